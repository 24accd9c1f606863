"""Fetching tables and having them checked: threads fetch, a child of each thread checks.

Hosts are handled side by side, the files of one host one after another; a host that stays silent is
left for the next run.
"""

import os
import tempfile
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from shutil import rmtree
from stat import S_ISDIR
from threading import Event, Lock, Thread
from time import monotonic, sleep, time
from types import TracebackType
from urllib.parse import unquote, urlsplit

import msgspec

from datenernte_dcat.errors import DownloadError, ForbiddenAddress
from datenernte_dcat.store.rows import FileReport, FileState
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.settings import version
from datenernte_validators.network.download import Download, download
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings
from datenernte_validators.tabular.declared import declared_schema
from datenernte_validators.tabular.isolation import TableJob, TableWorker
from datenernte_validators.tabular.library import named_schemas
from datenernte_validators.tabular.limits import METHOD, Limits

UNFINISHED = frozenset({"table-deadline", "table-memory", "table-failed"})
"""Findings of a check that did not come to an end: the file is due again, nothing is kept."""

_SILENT = frozenset({"host-unknown", "connection-refused", "connection-failed", "download-timeout"})
"""Faults of a host that does not answer; those of TLS (`tls-`) count as well."""

_SILENCES = 3
"""Such faults in a row after which a host is left alone for the rest of the run."""

_DOCUMENTS = 100
"""Fetched schemas that are kept in memory, of a megabyte at most each."""

_SCHEMA_HOPS = 2
"""Documents fetched for one schema: a Data Package may point to its schema, and that is all."""

_LEAVE_SECONDS = 1.0
"""Longest wait for the threads where the stage is left by an exception."""

_FOLDER_PREFIX = "datenernte-tables-"
_FOLDER_DAYS = 1
"""Age from which a folder for downloads is one that a killed run left behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table that a distribution offers."""

    url: str
    media_type: str | None
    schema_urls: tuple[str, ...] = ()
    """Where its schema may stand: what it says it conforms to, then files that describe it."""
    about: tuple[str, ...] = ()
    """Title and keywords of the dataset and of the distribution."""
    land: str | None = None
    """Two-digit key of the Land that its municipality lies in."""
    declared: str | None = None
    """Its format in the metadata."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one table."""

    state: FileState
    report: FileReport | None = None
    """None where nothing new had to be checked."""


def ending(url: str) -> str:
    """Ending of a URL's path with its dot, lower case; empty without one."""
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def remove_left_folders() -> None:
    """Remove the folders that killed runs of this user left in the system's temporary folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            age = timedelta(seconds=time() - status.st_mtime)
            is_ours = S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
            if is_ours and age > timedelta(days=_FOLDER_DAYS):
                rmtree(folder, ignore_errors=True)


def _stem(url: str) -> str:
    return unquote(PurePosixPath(urlsplit(url).path).stem)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


class _Child(TableWorker):
    """A worker whose child another thread may kill."""

    def kill(self) -> None:
        """Kill the child; whoever waits for its answer is told that it ended."""
        process = self._process
        if process is not None:
            process.kill()


class _LeftError(Exception):
    """Raised inside this module in a thread whose stage was left or is out of time."""


class _Handover:
    """Ends a thread's work: what it failed with is raised again where its outcomes are awaited."""

    def __init__(self, arrived: "SimpleQueue[Outcome | BaseException | None]") -> None:
        self._arrived = arrived

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Hand over the error, then say that nothing more comes."""
        if error is not None:
            self._arrived.put(error)
        self._arrived.put(None)
        return True


class _UnfinishedCheckError(Exception):
    """Raised inside this module when the child could not finish a table."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Checking:
    """Fetches and checks tables: threads fetch, a child process for each thread checks.

    The threads are daemons: neither an exception nor the end of the process waits for a download.
    """

    def __init__(
        self, store: Store, settings: ValidateSettings, network: NetworkSettings, now: datetime
    ) -> None:
        self._store = store
        self._store_lock = Lock()
        self._settings = settings
        self._network = network
        self._guard = Guard(network.allow)
        self._limits = Limits(file_bytes=settings.table_max_bytes)
        self._now = now
        self._ends = monotonic() + settings.deadline_seconds
        self._left = Event()
        """Set once nobody waits for outcomes; from then on no thread touches the store."""
        self._documents: dict[str, object] = {}
        """What schemas and the like were fetched, by address."""
        self._silences: dict[str, int] = {}
        """Connections in a row that failed, by host."""

    def outcomes(self, tables: Sequence[Table]) -> Generator[tuple[int, list[Outcome]]]:
        """Number of tables done so far and the newest outcomes, until all are done or time is up.

        The store is touched by whoever takes the outcomes, and by a worker under a lock. Close the
        iterator if it is left early.
        """
        hosts: dict[str, list[Table]] = {}
        for table in tables:
            hosts.setdefault(_host(table.url), []).append(table)
        if not hosts:
            return
        waiting: SimpleQueue[list[Table]] = SimpleQueue()
        for asked in hosts.values():
            waiting.put(asked)
        arrived: SimpleQueue[Outcome | BaseException | None] = SimpleQueue()
        children = [_Child(self._limits) for _ in range(min(len(hosts), os.cpu_count() or 1))]
        with tempfile.TemporaryDirectory(
            prefix=_FOLDER_PREFIX, ignore_cleanup_errors=True
        ) as folder:
            threads = [
                Thread(target=self._work, args=(waiting, Path(folder), child, arrived), daemon=True)
                for child in children
            ]
            finished = False
            try:
                for thread in threads:
                    thread.start()
                at_work, done = len(threads), 0
                while at_work:
                    entry = arrived.get()
                    if entry is None:
                        at_work -= 1
                    elif isinstance(entry, BaseException):
                        raise entry
                    else:
                        done += 1
                        yield done, [entry]
                finished = True
            finally:
                if not finished:
                    self._leave(threads, children)

    def _leave(self, threads: Sequence[Thread], children: Sequence[_Child]) -> None:
        """Kill the children and wait a moment for the threads."""
        with self._store_lock:
            self._left.set()
        ends = monotonic() + _LEAVE_SECONDS
        while any(thread.is_alive() for thread in threads) and monotonic() < ends:
            # More than once: a thread may just have been about to start its child.
            for child in children:
                child.kill()
            sleep(0.05)

    def _work(
        self,
        waiting: SimpleQueue[list[Table]],
        folder: Path,
        child: _Child,
        arrived: "SimpleQueue[Outcome | BaseException | None]",
    ) -> None:
        """Handle the tables of one host after the other; the last thing to arrive is None."""
        with _Handover(arrived), child, suppress(Empty, _LeftError):
            while True:
                for table in waiting.get_nowait():
                    if self._is_silent(table.url):
                        break
                    arrived.put(self._outcome(table, folder, child))

    def _is_silent(self, url: str) -> bool:
        return self._silences.get(_host(url), 0) >= _SILENCES

    def _download(
        self,
        url: str,
        folder: Path,
        max_bytes: int,
        conditional: tuple[str | None, str | None] | None = None,
    ) -> Download:
        """Fetch a file within what is left of the stage's time, and note whether its host answers.

        Raises:
            ForbiddenAddress, DownloadError, StoreError: as `download`.
            _LeftError: the stage was left or its time is up.
        """
        left = self._ends - monotonic()
        if self._left.is_set() or left <= 0:
            raise _LeftError
        seconds = min(self._network.deadline_seconds, left)
        network = replace(self._network, deadline_seconds=seconds)
        silences = 0
        try:
            return download(
                url, folder, self._guard, network, max_bytes=max_bytes, conditional=conditional
            )
        except DownloadError as error:
            if error.code == "download-timeout" and monotonic() >= self._ends:
                raise _LeftError from error
            if error.code in _SILENT or error.code.startswith("tls-"):
                silences = self._silences.get(_host(url), 0) + 1
            raise
        finally:
            self._silences[_host(url)] = silences

    def _outcome(self, table: Table, folder: Path, worker: TableWorker) -> Outcome:
        with self._store_lock:
            if self._left.is_set():
                raise _LeftError
            before = self._store.file_state(table.url)
        schema, schema_hash = self._schema(table, folder)
        conditional = None
        if before is not None and before.content_hash and before.schema_hash == schema_hash:
            conditional = (before.etag, before.last_modified)
        try:
            fetched = self._download(table.url, folder, self._settings.table_max_bytes, conditional)
        except ForbiddenAddress as error:
            return self._failed(table, error.code, error.reason)
        except DownloadError as error:
            return self._failed(table, error.code, error.detail)
        if fetched.path is None or fetched.sha256 is None:
            # Not modified: only ever the answer to what we asked with `before`.
            if before is None:
                return self._failed(table, "download-http-status", "304 ohne Anlass")
            return Outcome(state=msgspec.structs.replace(before, fetched_at=self._now))
        state = FileState(
            url=table.url,
            content_hash=fetched.sha256,
            size=fetched.size,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            fetched_at=self._now,
            schema_hash=schema_hash,
        )
        try:
            key = (fetched.sha256, schema_hash)
            report = self._report(table, fetched.path, fetched.file_name, schema, key, worker)
            return Outcome(state=state, report=report)
        except _UnfinishedCheckError as error:
            return self._failed(table, error.code, error.detail)
        finally:
            fetched.path.unlink(missing_ok=True)

    def _report(
        self,
        table: Table,
        fetched: Path,
        file_name: str | None,
        schema: dict[str, object] | None,
        key: tuple[str, str],
        worker: TableWorker,
    ) -> FileReport | None:
        """The report of a file; None if one of these bytes under this schema is known."""
        content_hash, schema_hash = key
        with self._store_lock:
            if self._left.is_set():
                raise _LeftError
            if self._store.file_report(content_hash, schema_hash) is not None:
                return None
        check = worker.check(
            TableJob(
                path=fetched,
                target=table.url,
                media_type=table.media_type,
                file_name=file_name or PurePosixPath(urlsplit(table.url).path).name,
                schema=schema,
                schema_origin="declared",
                about=table.about,
                land=table.land,
                declared=table.declared,
            )
        )
        for found in check.findings:
            if found.code in UNFINISHED:
                raise _UnfinishedCheckError(found.code, found.message)
        return FileReport(content_hash=content_hash, schema_hash=schema_hash, report=check.document)

    def _failed(self, table: Table, code: str, detail: str) -> Outcome:
        return Outcome(
            state=FileState(
                url=table.url,
                content_hash=None,
                size=None,
                fetched_at=self._now,
                problem=code,
                problem_detail=detail,
            )
        )

    def _schema(self, table: Table, folder: Path) -> tuple[dict[str, object] | None, str]:
        """The declared Table Schema, if it can be read, and the hash of all that decides a report.

        A schema that cannot be fetched or read is none: the table is then checked with one of our
        library or an inferred one, which claims less. Of what is said about the dataset only what
        our library makes of it counts, so that equal bytes are checked once for all portals.
        """
        found = (self._declared_schema(url, table.url, folder) for url in table.schema_urls)
        schema = next((one for one in found if one is not None), None)
        named = () if schema is not None else named_schemas((*table.about, _stem(table.url)))
        basis = (
            *(version(), METHOD, repr(self._limits), schema),
            *(table.media_type, table.declared, ending(table.url), named, table.land),
        )
        return schema, sha256(msgspec.json.encode(basis)).hexdigest()

    def _declared_schema(self, url: str, table_url: str, folder: Path) -> dict[str, object] | None:
        """The schema of a table that stands at a URL, or where the document there points to."""
        for _ in range(_SCHEMA_HOPS):
            document = self._fetched_json(url, folder)
            if document is None:
                return None
            declared = declared_schema(document, url, table_url)
            if declared.url is None or not declared.url.startswith(("http://", "https://")):
                return declared.schema
            url = declared.url
        return None

    def _fetched_json(self, url: str, folder: Path) -> object:
        """A JSON document, asked for once in a run: a Data Package describes many tables."""
        if url not in self._documents:
            document = self._downloaded_json(url, folder)
            if len(self._documents) >= _DOCUMENTS:
                return document
            self._documents[url] = document
        return self._documents[url]

    def _downloaded_json(self, url: str, folder: Path) -> object:
        if self._is_silent(url):
            return None
        try:
            fetched = self._download(url, folder, 1_000_000)
        except (ForbiddenAddress, DownloadError):
            return None
        if fetched.path is None:
            return None
        try:
            return msgspec.json.decode(fetched.path.read_bytes())
        except (msgspec.DecodeError, RecursionError):
            return None
        finally:
            fetched.path.unlink(missing_ok=True)
