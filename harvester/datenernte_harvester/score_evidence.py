"""From the store to what the Kommunal-Score is computed from: links, files and rules of datasets."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.findings import Severity
from datenernte_dcat.records import Dataset, Distribution
from datenernte_dcat.store.rows import FileState, LinkResult, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.judging import judged_dataset, link_urls
from datenernte_harvester.shape_validation import published_reports
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    LinkEvidence,
    Observed,
    Violations,
    observe,
)
from datenernte_validators.scores.kommunal.own_checks import text_of


def read_evidence(
    store: Store,
    records: Sequence[StoredRecord],
    catalog: CatalogSettings,
    shacl_profile: str,
    *,
    as_of: date,
    before: Mapping[str, Mapping[str, Any]],
    repeated_titles: frozenset[str],
) -> Iterator[DatasetEvidence]:
    """What is known of each record, in their order.

    Args:
        before: documents of their scores as they stand, by record id, for what was observed.
        repeated_titles: ids of records whose title another one of the municipality has too.
    """
    datasets = {record.id: judged_dataset(record) for record in records}
    urls = {url for dataset in datasets.values() for url in evidence_urls(dataset)}
    results = store.links(urls)
    changes = store.link_changes(results)
    states = store.file_states({url for record in records for url in _file_urls(record)})
    reports = published_reports(store, records, catalog, shacl_profile)
    for record in records:
        dataset = datasets[record.id]
        links = {
            url: _link(results[url], changes.get(url, ()))
            for url in evidence_urls(dataset)
            if url in results
        }
        places = dict(_places(record, states))
        files = {state.url: _file(store, state) for state in dict.fromkeys(places.values())}
        stored = before.get(record.id)
        observed = Observed() if stored is None else msgspec.convert(stored["observed"], Observed)
        yield DatasetEvidence(
            id=record.id,
            iri=record.iri,
            dataset=dataset,
            first_seen=record.first_seen.date(),
            links=links,
            files=files,
            file_urls={position: state.url for position, state in places.items()},
            violations=_violations(reports.get(record.id)),
            observed=observe(observed, [files[url] for url in sorted(files)], as_of),
            title_unique=record.id not in repeated_titles,
        )


def evidence_urls(dataset: Dataset) -> list[str]:
    """The URLs of a dataset that somebody may have asked: access, download, services."""
    endpoints = [
        text_of(url)
        for distribution in dataset.distribution
        for service in distribution.access_service
        for url in service.endpoint_url
    ]
    return list(dict.fromkeys([*link_urls(dataset), *endpoints]))


def _file_urls(record: StoredRecord) -> Iterator[str]:
    for dataset in (record.as_published, record.normalised):
        for distribution in dataset.distribution:
            yield from _urls(distribution)


def _urls(distribution: Distribution) -> Iterator[str]:
    for reference in (*distribution.download_url, *distribution.access_url):
        if reference.uri is not None:
            yield reference.uri


def _places(
    record: StoredRecord, states: Mapping[str, FileState]
) -> Iterator[tuple[int, FileState]]:
    """Position of each distribution whose file was fetched, and what was fetched.

    Files are fetched from the addresses of the normalised view; where both views have the same
    distributions, these are in the same places.
    """
    own, ours = record.as_published.distribution, record.normalised.distribution
    for position, distribution in enumerate(own):
        candidates = [*_urls(distribution)]
        if len(own) == len(ours):
            candidates = [*_urls(ours[position]), *candidates]
        found = next((states[url] for url in candidates if url in states), None)
        if found is not None:
            yield position, found


def _link(result: LinkResult, changes: Sequence[tuple[Any, str]]) -> LinkEvidence:
    days = tuple((moment.date(), outcome) for moment, outcome in changes)
    last = result.checked_at.date()
    return LinkEvidence(
        url=result.url,
        outcome=result.outcome,
        changes=days or ((last, result.outcome),),
        last=last,
        status=result.status,
        code=result.code,
        content_type=result.content_type,
        content_length=result.content_length,
        final_url=result.final_url,
    )


def _file(store: Store, state: FileState) -> FileEvidence:
    report = None
    if state.content_hash is not None and state.schema_hash is not None:
        kept = store.file_report(state.content_hash, state.schema_hash)
        report = None if kept is None else kept.report
    return FileEvidence(
        url=state.url,
        content_hash=state.content_hash,
        size=state.size,
        problem=state.problem,
        report=report,
    )


def _violations(report: Mapping[str, Any] | None) -> Violations | None:
    if report is None:
        return None
    by_severity: dict[str, set[str]] = {}
    for found in report["findings"]:
        by_severity.setdefault(found["severity"], set()).add(found["code"])
    return Violations(
        errors=frozenset(by_severity.get(Severity.ERROR, ())),
        warnings=frozenset(by_severity.get(Severity.WARNING, ())),
    )
