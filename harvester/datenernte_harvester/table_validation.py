"""The file part of the validate stage: tables and other files that are due are fetched and checked.

A file is asked for conditionally and checked only if its bytes or its schema are new: reports are
kept by the hash of both, across runs and portals.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.records import Distribution, Reference
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
from datenernte_validators.files.promises import is_checkable
from datenernte_validators.network.settings import NetworkSettings
from datenernte_validators.tabular.declared import is_metadata_file, looks_like_schema
from datenernte_validators.tabular.limits import Limits

_BATCH = 200
"""Records or outcomes handled at once."""

_SCHEMAS = 5
"""Addresses tried for the schema of one table."""

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
    dataset = record.normalised
    beside = _addresses(entry for entry in dataset.distribution)
    describing = tuple(url for url in beside if is_metadata_file(url))
    common = _addresses_of(dataset.conforms_to)
    land = (record.municipality or "")[:2] or None
    words = [*(text.value for text in dataset.title), *(text.value for text in dataset.keyword)]
    for distribution in dataset.distribution:
        table = _table(distribution)
        if table is not None:
            stated = (*_addresses_of(distribution.conforms_to), *common)
            schemas = [*(url for url in stated if looks_like_schema(url)), *describing]
            about = (*words, *(text.value for text in distribution.title))
            urls = tuple(dict.fromkeys(schemas))[:_SCHEMAS]
            yield distribution, replace(table, schema_urls=urls, about=about, land=land)


def _addresses(distributions: Iterable[Distribution]) -> tuple[str, ...]:
    """Download and access URLs, in their order."""
    return tuple(
        url
        for entry in distributions
        for url in _addresses_of((*entry.download_url, *entry.access_url))
    )


def _addresses_of(references: Iterable[Reference]) -> tuple[str, ...]:
    uris = (reference.uri for reference in references)
    return tuple(u for u in uris if u and u.lower().startswith(("http://", "https://")))


def _table(distribution: Distribution) -> Table | None:
    """The file of a distribution, if it is of a kind that can be checked."""
    downloads = [ref.uri for ref in distribution.download_url if ref.uri]
    accesses = [ref.uri for ref in distribution.access_url if ref.uri]
    media_type = _media_type(distribution)
    declared = _declared_format(distribution)
    promised = is_checkable(declared) or is_checkable(media_type)
    # Without a download URL the access URL is a file only if it looks like one.
    candidates = downloads or [url for url in accesses if is_checkable(ending(url))]
    candidates += [url for url in accesses if _is_capabilities(url)]
    url = next((u for u in candidates if promised or is_checkable(ending(u))), None)
    if url is None or not url.lower().startswith(("http://", "https://")):
        return None
    if is_metadata_file(url):
        return None  # it describes a table and is none
    return Table(url=url, media_type=media_type, declared=declared)


def _declared_format(distribution: Distribution) -> str | None:
    stated = distribution.format
    if stated is None:
        return None
    return stated.uri or (stated.label.value if stated.label else None)


def _is_capabilities(url: str) -> bool:
    """Whether a URL asks a service what it offers, which is a small document."""
    return "request=getcapabilities" in url.lower()


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
