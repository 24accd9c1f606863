"""The table part of the validate stage: files that are due are fetched and checked.

A file is asked for conditionally and checked only if its bytes or its schema are new: reports are
kept by the hash of both, across runs and portals. Files of one host are fetched one after another.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from os import cpu_count
from pathlib import Path, PurePosixPath
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Event, Lock
from time import monotonic
from urllib.parse import urlsplit

import msgspec

from datenernte_dcat.errors import DownloadError, ForbiddenAddress
from datenernte_dcat.findings import Finding
from datenernte_dcat.records import Distribution
from datenernte_dcat.store.rows import FileReport, FileState, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import finding
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.judging import chunks, fingerprint
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.settings import version
from datenernte_validators.network.download import download
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings
from datenernte_validators.tabular.content import (
    TABLE_ENDINGS,
    TABLE_FILE_TYPES,
    TABLE_MEDIA_TYPES,
)
from datenernte_validators.tabular.isolation import TableJob, TableWorker
from datenernte_validators.tabular.limits import Limits

_BATCH = 200
"""Records or outcomes handled at once."""

_UNFINISHED = frozenset({"table-deadline", "table-memory", "table-failed"})
"""Findings of a check that did not come to an end: the file is due again, nothing is kept."""

_OWN_FAULTS = _UNFINISHED | {
    "download-too-large",
    "download-bomb",
    "download-truncated",
    "download-encoding",
}
"""Faults that a link check does not see; all others are findings of the links."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """A table that a distribution offers."""

    url: str
    media_type: str | None
    schema_url: str | None
    """Table Schema that the distribution says it conforms to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """What became of one table."""

    state: FileState
    report: FileReport | None = None
    """None where nothing new had to be checked."""


def validate_tables(
    store: Store,
    settings: ValidateSettings,
    network: NetworkSettings,
    *,
    now: datetime,
    progress: Progress = silent,
) -> None:
    """Fetch and check every table that is due, then say for each record what its tables mean.

    A table that could be fetched is due again after `recheck_days`, any other one after a day.
    What the stage's deadline leaves over is due in the next run.
    """
    due = list(_due(store, now, settings.recheck_days))
    checking = _Checking(store, settings, network, now)
    for done, outcomes in checking.outcomes(due):
        store.put_file_reports([entry.report for entry in outcomes if entry.report is not None])
        store.put_file_states([entry.state for entry in outcomes])
        progress("tables", outcomes[-1].state.url, done, len(due))
    heads = ((head.id, head.feed_hash) for head in store.heads())
    inputs = fingerprint([(store.files_digest(),), *heads])
    if store.setting("tables_input") == inputs:
        return
    for records in chunks(store.records(), _BATCH):
        store.put_findings(
            "tables",
            {(record.id, record.portal): list(_findings(store, record)) for record in records},
        )
    store.put_setting("tables_input", inputs)


def _tables(record: StoredRecord) -> Iterator[tuple[Distribution, _Table]]:
    """The tables of a record, each with its distribution."""
    for distribution in record.normalised.distribution:
        url = _table_url(distribution)
        if url is not None:
            yield distribution, url


def _table_url(distribution: Distribution) -> _Table | None:
    downloads = [ref.uri for ref in distribution.download_url if ref.uri]
    accesses = [ref.uri for ref in distribution.access_url if ref.uri]
    stated = distribution.format.uri if distribution.format else None
    media_type = _media_type(distribution)
    is_table = stated in TABLE_FILE_TYPES or media_type in TABLE_MEDIA_TYPES
    # Without a download URL the access URL is a file only if it looks like one.
    candidates = downloads or [url for url in accesses if _ending(url) in TABLE_ENDINGS]
    url = next((u for u in candidates if is_table or _ending(u) in TABLE_ENDINGS), None)
    if url is None or not url.lower().startswith(("http://", "https://")):
        return None
    schemas = [ref.uri for ref in distribution.conforms_to if ref.uri]
    schema = next((u for u in schemas if _ending(u) == ".json" and "schema" in u.lower()), None)
    return _Table(url=url, media_type=media_type, schema_url=schema)


def _media_type(distribution: Distribution) -> str | None:
    stated = distribution.media_type
    if stated is None or stated.uri is None:
        return None
    return "/".join(stated.uri.lower().rsplit("/", 2)[-2:])


def _ending(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def _due(store: Store, now: datetime, recheck_days: int) -> Iterator[_Table]:
    """Each table once that was never fetched or not for long enough."""
    seen: set[str] = set()
    for records in chunks(store.records(), _BATCH):
        tables = {table.url: table for record in records for _, table in _tables(record)}
        states = store.file_states(tables)
        for url, table in tables.items():
            if url in seen:
                continue
            seen.add(url)
            state = states.get(url)
            days = recheck_days if state is not None and state.problem is None else 1
            if state is None or now - state.fetched_at >= timedelta(days=days):
                yield table


class _UnfinishedCheckError(Exception):
    """Raised inside this module when the child could not finish a table."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class _Checking:
    """Fetches and checks tables: threads fetch, a child process for each thread checks."""

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

    def outcomes(self, tables: Sequence[_Table]) -> Iterator[tuple[int, list[_Outcome]]]:
        """Number of tables done so far and the newest outcomes, until all are done or time is up.

        The store is touched by whoever takes the outcomes, and by a worker under a lock.
        """
        hosts: dict[str, list[_Table]] = {}
        for table in tables:
            hosts.setdefault(urlsplit(table.url).netloc.lower(), []).append(table)
        if not hosts:
            return
        arrived: SimpleQueue[_Outcome | None] = SimpleQueue()
        stop = Event()
        ends = monotonic() + self._settings.deadline_seconds
        with (
            TemporaryDirectory(prefix="datenernte-") as folder,
            ThreadPoolExecutor(min(len(hosts), cpu_count() or 1)) as pool,
        ):
            try:
                futures = [
                    pool.submit(self._work, asked, Path(folder), stop, arrived)
                    for asked in hosts.values()
                ]
                open_hosts, done = len(hosts), 0
                while open_hosts:
                    entry = arrived.get()
                    if entry is None:
                        open_hosts -= 1
                    else:
                        done += 1
                        yield done, [entry]
                    if monotonic() > ends:
                        stop.set()
                for future in futures:
                    future.result()
            finally:
                stop.set()

    def _work(
        self,
        tables: Iterable[_Table],
        folder: Path,
        stop: Event,
        arrived: "SimpleQueue[_Outcome | None]",
    ) -> None:
        """Handle the tables of one host; the last thing to arrive is None."""
        try:
            with TableWorker(self._limits) as worker:
                for table in tables:
                    if stop.is_set():
                        break
                    arrived.put(self._outcome(table, folder, worker))
        finally:
            arrived.put(None)

    def _outcome(self, table: _Table, folder: Path, worker: TableWorker) -> _Outcome:
        with self._store_lock:
            before = self._store.file_state(table.url)
        schema, schema_hash = self._schema(table, folder)
        conditional = None
        if before is not None and before.content_hash and before.schema_hash == schema_hash:
            conditional = (before.etag, before.last_modified)
        try:
            fetched = download(
                table.url,
                folder,
                self._guard,
                self._network,
                max_bytes=self._settings.table_max_bytes,
                conditional=conditional,
            )
        except ForbiddenAddress as error:
            return self._failed(table, error.code, error.reason)
        except DownloadError as error:
            return self._failed(table, error.code, error.detail)
        if fetched.path is None or fetched.sha256 is None:
            # Not modified: only ever the answer to what we asked with `before`.
            if before is None:
                return self._failed(table, "download-http-status", "304 ohne Anlass")
            return _Outcome(state=msgspec.structs.replace(before, fetched_at=self._now))
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
            return _Outcome(state=state, report=report)
        except _UnfinishedCheckError as error:
            return self._failed(table, error.code, error.detail)
        finally:
            fetched.path.unlink(missing_ok=True)

    def _report(
        self,
        table: _Table,
        fetched: Path,
        file_name: str | None,
        schema: dict[str, object] | None,
        key: tuple[str, str],
        worker: TableWorker,
    ) -> FileReport | None:
        """The report of a file; None if one of these bytes under this schema is known."""
        content_hash, schema_hash = key
        with self._store_lock:
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
            )
        )
        return FileReport(content_hash=content_hash, schema_hash=schema_hash, report=check.document)

    def _failed(self, table: _Table, code: str, detail: str) -> _Outcome:
        return _Outcome(
            state=FileState(
                url=table.url,
                content_hash=None,
                size=None,
                fetched_at=self._now,
                problem=code,
                problem_detail=detail,
            )
        )

    def _schema(self, table: _Table, folder: Path) -> tuple[dict[str, object] | None, str]:
        """The declared Table Schema, if it can be read, and the hash of all that decides a report.

        A schema that cannot be fetched or read is none: the table is then checked with an
        inferred one, which claims less.
        """
        schema = None
        if table.schema_url is not None:
            schema = self._fetched_schema(table.schema_url, folder)
        basis = (version(), repr(self._limits), schema, table.media_type, _ending(table.url))
        return schema, sha256(msgspec.json.encode(basis)).hexdigest()

    def _fetched_schema(self, url: str, folder: Path) -> dict[str, object] | None:
        try:
            fetched = download(url, folder, self._guard, self._network, max_bytes=1_000_000)
        except (ForbiddenAddress, DownloadError):
            return None
        if fetched.path is None:
            return None
        try:
            document = msgspec.json.decode(fetched.path.read_bytes())
        except (msgspec.DecodeError, RecursionError):
            return None
        finally:
            fetched.path.unlink(missing_ok=True)
        is_schema = isinstance(document, dict) and isinstance(document.get("fields"), list)
        return document if is_schema else None


def _findings(store: Store, record: StoredRecord) -> Iterator[Finding]:
    """What the tables of a record mean; the subject is the distribution."""
    tables = list(_tables(record))
    states = store.file_states([table.url for _, table in tables])
    for distribution, table in tables:
        state = states.get(table.url)
        if state is None:
            continue
        subject = distribution.uri or record.iri
        if state.problem in _OWN_FAULTS:
            yield finding(
                state.problem,
                subject=subject,
                value=table.url,
                detail=state.problem_detail,
                seconds=f"{Limits().seconds:g}",
            )
        if state.content_hash is None or state.schema_hash is None:
            continue
        report = store.file_report(state.content_hash, state.schema_hash)
        if report is not None:
            for found in msgspec.convert(report.report["findings"], list[Finding]):
                yield msgspec.structs.replace(found, subject=subject)
