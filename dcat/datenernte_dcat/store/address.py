"""`[store] url`: what it may be, and the engine behind it."""

from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from datenernte_dcat.errors import ConfigError, StoreError
from datenernte_dcat.store.failures import store_error

BUSY_TIMEOUT_SECONDS = 30
"""How long SQLite itself waits for a lock; `database.py` then tries again."""

CONNECT_TIMEOUT_SECONDS = 15
"""How long PostgreSQL may take to answer at all; the driver's default is the system's minutes."""

_SQLITE_NAMES = {"sqlite", "sqlite+pysqlite"}
_POSTGRESQL_NAMES = {"postgres", "postgresql", "postgresql+psycopg"}


def store_url(text: str) -> URL:
    """The URL of `[store] url`, checked.

    Raises:
        ConfigError: it is no URL or names a database that the store does not speak.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Without `from`: the cause may quote a part of the URL, and with it the password.
        raise ConfigError(
            "`[store] url` ist keine gültige Datenbank-URL. Schreiben Sie zum Beispiel "
            "»sqlite:///datenernte.db« oder »postgresql+psycopg://benutzer@server/datenbank«; "
            "Sonderzeichen im Kennwort stehen darin prozentkodiert."
        ) from None
    if url.drivername in _SQLITE_NAMES:
        return url.set(drivername="sqlite")
    if url.drivername in _POSTGRESQL_NAMES:
        return url.set(drivername="postgresql+psycopg")
    raise ConfigError(
        f"`[store] url` nennt die Datenbank »{url.drivername}«, die datenernte nicht kennt. "
        "Möglich sind »sqlite:///…« und »postgresql+psycopg://…«."
    )


def url_in_folder(text: str, folder: Path) -> str:
    """The URL with the path of an SQLite file below the working folder, unless it is absolute.

    Raises:
        ConfigError: as `store_url`.
    """
    url = store_url(text)
    if url.drivername == "sqlite" and url.database not in {None, "", ":memory:"}:
        url = url.set(database=str(folder / str(url.database)))
    return url.render_as_string(hide_password=False)


def shown(url: URL) -> str:
    """The database as messages name it: never user, password or options."""
    if url.drivername == "sqlite":
        return url.database or ":memory:"
    place = f"{url.host or 'localhost'}{f':{url.port}' if url.port else ''}/{url.database or ''}"
    # An unencoded »@« or »/« in the password shifts its end into host or database.
    return f"postgresql://{'…' if '@' in place else place}"


def open_engine(url: URL) -> Engine:
    """An engine for the URL; no connection is made yet.

    Raises:
        ConfigError: the driver of PostgreSQL is not installed.
        StoreError: the folder of the SQLite file is not there.
    """
    if url.drivername == "sqlite":
        return _sqlite_engine(url)
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "`[store] url` nennt PostgreSQL, aber der Treiber dafür fehlt. Installieren Sie ihn "
            "mit »pip install 'datenernte[postgres]'«."
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    in_memory = url.database in {None, "", ":memory:"}
    if not in_memory and not url.query.get("uri"):
        path = Path(str(url.database))
        if not path.parent.is_dir():
            raise StoreError(
                f"Der Ordner »{path.parent}« für die Datenbank »{path}« ist nicht vorhanden. "
                "Legen Sie ihn an oder berichtigen Sie `[store] url`."
            )
        if path.is_dir():
            raise StoreError(
                f"»{path}« ist ein Ordner und keine Datenbank. Berichtigen Sie `[store] url`."
            )
        if path.is_file() and not _may_be_sqlite(path):
            raise store_error("damaged", shown(url))
    if in_memory:
        # One connection for all threads: every further one would be another empty database.
        engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
    else:
        engine = create_engine(
            url,
            hide_parameters=True,
            max_overflow=-1,  # a connection is only an open file: no thread needs to wait for one
            connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


_PAGE_BYTES = 4096
"""SQLite's default page; no database of ours is smaller, but for an empty file."""


def _may_be_sqlite(path: Path) -> bool:
    """Whether the file is not a small one of something else.

    SQLite itself takes any file of less than a page for empty and would overwrite it, for example
    a configuration file that the URL names by mistake; larger ones it refuses by itself. Those
    must not be opened here: closing a file ends all POSIX locks that this process has on it, those
    of SQLite's own open connections included, and the next process to leave would then delete the
    journal under them (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        if not 0 < path.stat().st_size < _PAGE_BYTES:
            return True
        with path.open("rb") as file:
            return file.read(16) in {b"", b"SQLite format 3\0"}
    except OSError:
        return True  # SQLite says better what is wrong


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Settings that SQLite keeps per connection."""
    # The driver would open transactions late and deferred; `_begin_sqlite` says when and which.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # In WAL mode a crash of the program loses nothing with NORMAL; a crash of the machine may
    # lose the last batches, never tear one.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA cache_size = -16000")  # 16 MB instead of 2 MB: indexes stay in memory
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once.

    A transaction that reads first and then writes fails at once, without waiting, when another
    process wrote in between.
    """
    writes = connection.get_execution_options().get("datenernte_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
