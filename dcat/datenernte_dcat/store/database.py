"""One open database: transactions, upserts, JSON; what the parts of the store build on."""

import hashlib
import os
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any, Self, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from datenernte_dcat.store.address import open_engine, shown, store_url
from datenernte_dcat.store.failures import is_locked, store_error, translated
from datenernte_dcat.store.schema import REVISIONS, storable
from datenernte_dcat.store.upgrade import current_revision, upgrade

CHUNK = 500
"""Values per statement: SQLite takes 32 766 and PostgreSQL 65 535 parameters; beyond some
hundred nothing gets faster."""

_LOCK_ATTEMPTS = 5
"""Times that BEGIN waits for `address.BUSY_TIMEOUT_SECONDS` before the store gives up."""

_encoder = msgspec.json.Encoder(order="deterministic")
_T = TypeVar("_T")

AnyRow = Row[*tuple[Any, ...]]
"""A row of any statement; its values are typed where they become our own."""


class Database:
    """An open store without its topics.

    Several threads may use it; a forked child gets connections of its own.
    """

    def __init__(self, url: str) -> None:
        """Opens the database and brings its schema up to date.

        Raises:
            ConfigError: the URL cannot be used; the message names `[store] url`.
            StoreVersionError: a newer datenernte wrote the database.
            StoreError: folder missing, file damaged, disk full, server away.
        """
        parsed = store_url(url)
        self.address = shown(parsed)
        """The database as messages may name it: without user and password."""
        self.engine = open_engine(parsed)
        self._process = os.getpid()
        self._local = threading.local()
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        with ExitStack() as unless_it_opens:
            unless_it_opens.callback(self.engine.dispose)
            self._open()
            unless_it_opens.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives all connections back; the store must not be used any more."""
        self.engine.dispose()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Makes one transaction of everything this thread writes inside: all of it or nothing."""
        with self.writing():
            yield

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write; inside `batch` the one of the batch.

        Raises:
            StoreError: the disk or the database failed; nothing of the transaction is kept.
        """
        current = self._current()
        if current is not None:
            with translated(self.address):
                yield current
            return
        with translated(self.address), self._begin(writes=True) as connection:
            self._local.connection = connection
            try:
                yield connection
                connection.commit()
            finally:
                self._local.connection = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads one state of the store; inside `batch` the batch's own.

        Raises:
            StoreError: the disk or the database failed, or a stored value cannot be read any more.
        """
        current = self._current()
        with translated(self.address), self.decoding():
            if current is not None:
                yield current
            else:
                with self._begin(writes=False) as connection:
                    yield connection

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Stored values that cannot be read any more come out as `StoreError`."""
        try:
            yield
        except (msgspec.DecodeError, ValueError, zlib.error) as error:
            # ValueError: a state or time that is none, so the file was changed behind our back.
            raise store_error("damaged", self.address) from error

    def upsert(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        keep: Iterable[str] = (),
        override: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        """Inserts the rows; a row whose primary key exists replaces the other columns.

        Args:
            rows: all with the same keys; written in the order of their primary key, so that two
                processes never wait for each other in a circle.
            keep: columns that an existing row keeps.
            override: expressions for single columns of an existing row.
        """
        if not rows:
            return
        keys = [column.name for column in table.primary_key]
        insert = sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)
        kept = {*keys, *keep}
        changes: dict[str, Any] = {
            name: insert.excluded[name] for name in rows[0] if name not in kept
        }
        for name, expression in (override or {}).items():
            changes[name] = expression
        statement = (
            insert.on_conflict_do_update(index_elements=keys, set_=changes)
            if changes
            else insert.on_conflict_do_nothing(index_elements=keys)
        )
        connection.execute(statement, sorted(rows, key=lambda row: [row[key] for key in keys]))

    def digest_of(self, *parts: tuple[Sequence[ColumnElement[Any]], int]) -> str:
        """SHA-256 of some columns of whole tables, in constant memory.

        Args:
            parts: columns, and how many of them (the first ones) give the order of the rows.
        """
        sha256 = hashlib.sha256()
        with self.reading() as connection:
            for columns, ordering in parts:
                # Joined by the database, so that Python handles one value a row instead of six.
                line: ColumnElement[str] = func.coalesce(columns[0], "")
                for column in columns[1:]:
                    line = line.concat("\x1f").concat(func.coalesce(column, ""))
                statement = select(line).order_by(*columns[:ordering])
                rows = connection.execute(statement.execution_options(yield_per=10_000))
                for lines in rows.scalars().partitions():
                    sha256.update("\n".join(lines).encode())
                    sha256.update(b"\n")
                sha256.update(b"\n")
        return sha256.hexdigest()

    def _current(self) -> Connection | None:
        connection: Connection | None = getattr(self._local, "connection", None)
        if os.getpid() != self._process:
            # After a fork the parent's connections must not be touched, not even closed.
            self.engine.dispose(close=False)
            self._process = os.getpid()
            self._local = threading.local()
            return None
        return connection

    @contextmanager
    def _begin(self, *, writes: bool) -> Iterator[Connection]:
        """A connection with an open transaction; rolled back unless it was committed."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(datenernte_writes=writes)
            for attempt in range(_LOCK_ATTEMPTS):
                try:
                    connection.begin()
                    break
                except DBAPIError as error:
                    if attempt + 1 == _LOCK_ATTEMPTS or not is_locked(error):
                        raise
            yield connection

    def _open(self) -> None:
        """Checks the schema, without the write lock where it is current."""
        with self.reading() as connection:
            revision = current_revision(connection, self.address)
        if revision == REVISIONS[-1]:
            return
        with translated(self.address):
            if self._is_sqlite:
                self._use_write_ahead_log()
            with self._begin(writes=True) as connection:
                upgrade(connection, self.address)
                connection.commit()

    def _use_write_ahead_log(self) -> None:
        """Readers go on while a writer writes. SQLite notes the mode in the file itself."""
        with self.engine.connect() as connection:
            driver = connection.connection.cursor()
            for attempt in range(_LOCK_ATTEMPTS):
                try:
                    driver.execute("PRAGMA journal_mode = WAL")
                    driver.close()
                    return
                except SqliteOperationalError as error:
                    if attempt + 1 == _LOCK_ATTEMPTS or not is_locked(error):
                        raise
                # Several processes create the store at once. This statement does not wait for
                # the lock by itself, a transaction does.
                driver.execute("BEGIN IMMEDIATE")
                driver.execute("ROLLBACK")


def to_json(value: object) -> str:
    """The value as JSON; equal values give equal text, whatever characters they have."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        return _encoder.encode(_storable(msgspec.to_builtins(value))).decode()


def json_hash(value: object) -> str:
    """SHA-256 of the value as JSON: equal values have equal hashes."""
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def chunks(values: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """The values in lists of at most `size`."""
    chunk: list[_T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _storable(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_storable(key): _storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(entry) for entry in value]
    return value
