"""The table part of the validate stage: files that are due are fetched and checked.

A file is asked for conditionally and checked only if its bytes or its schema are new: reports are
kept by the hash of both, across runs and portals.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.records import Distribution
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import finding
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.judging import chunks, fingerprint
from datenernte_harvester.link_validation import is_unanswered
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.table_checking import (
    UNFINISHED,
    Checking,
    Table,
    ending,
    remove_left_folders,
)
from datenernte_validators.network.settings import NetworkSettings
from datenernte_validators.tabular.content import (
    TABLE_ENDINGS,
    TABLE_FILE_TYPES,
    TABLE_MEDIA_TYPES,
)
from datenernte_validators.tabular.limits import Limits

_BATCH = 200
"""Records or outcomes handled at once."""

_OWN_FAULTS = UNFINISHED | {
    "download-too-large",
    "download-bomb",
    "download-truncated",
    "download-encoding",
}
"""Faults that a link check does not see; all others are findings of the links."""


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
    What the stage's deadline or a silent host leaves over is due in the next run. A file that the
    link stage could not connect to is a finding of the links and not fetched.
    """
    remove_left_folders()
    due = list(_due(store, now, settings.recheck_days))
    checking = Checking(store, settings, network, now)
    with closing(checking.outcomes(due)) as arriving:
        for done, outcomes in arriving:
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


def _tables(record: StoredRecord) -> Iterator[tuple[Distribution, Table]]:
    """The tables of a record, each with its distribution."""
    for distribution in record.normalised.distribution:
        url = _table_url(distribution)
        if url is not None:
            yield distribution, url


def _table_url(distribution: Distribution) -> Table | None:
    downloads = [ref.uri for ref in distribution.download_url if ref.uri]
    accesses = [ref.uri for ref in distribution.access_url if ref.uri]
    stated = distribution.format.uri if distribution.format else None
    media_type = _media_type(distribution)
    is_table = stated in TABLE_FILE_TYPES or media_type in TABLE_MEDIA_TYPES
    # Without a download URL the access URL is a file only if it looks like one.
    candidates = downloads or [url for url in accesses if ending(url) in TABLE_ENDINGS]
    url = next((u for u in candidates if is_table or ending(u) in TABLE_ENDINGS), None)
    if url is None or not url.lower().startswith(("http://", "https://")):
        return None
    schemas = [ref.uri for ref in distribution.conforms_to if ref.uri]
    schema = next((u for u in schemas if ending(u) == ".json" and "schema" in u.lower()), None)
    return Table(url=url, media_type=media_type, schema_url=schema)


def _media_type(distribution: Distribution) -> str | None:
    stated = distribution.media_type
    if stated is None or stated.uri is None:
        return None
    return "/".join(stated.uri.lower().rsplit("/", 2)[-2:])


def _due(store: Store, now: datetime, recheck_days: int) -> Iterator[Table]:
    """Each table once that was never fetched or not for long enough, unless its link is dead."""
    seen: set[str] = set()
    for records in chunks(store.records(), _BATCH):
        tables = {table.url: table for record in records for _, table in _tables(record)}
        states = store.file_states(tables)
        links = store.links(tables)
        for url, table in tables.items():
            if url in seen:
                continue
            seen.add(url)
            link = links.get(url)
            if link is not None and is_unanswered(link, now):
                continue
            state = states.get(url)
            days = recheck_days if state is not None and state.problem is None else 1
            if state is None or now - state.fetched_at >= timedelta(days=days):
                yield table


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
