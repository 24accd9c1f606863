"""The link part of the validate stage: what is due is requested, every record gets its findings."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import takewhile
from time import monotonic

from datenernte_dcat.findings import Finding
from datenernte_dcat.records import Distribution
from datenernte_dcat.store.link_history import forget_link_history
from datenernte_dcat.store.rows import LinkResult, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_dcat.terms import DCAT
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.judging import chunks, fingerprint, judged_dataset, link_urls
from datenernte_harvester.progress import Progress, silent
from datenernte_validators.link_confirmation import LATER, newest, settled
from datenernte_validators.links import check_links, link_findings
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

_BATCH = 200
"""Records or results handled at once."""

_HISTORY = timedelta(days=400)
"""How far back the history of a link goes: a year can be compared with the year before."""

_CONNECTION_ERROR = 1100
"""Status that a link check notes for a HEAD request without an answer."""

_PAGES = frozenset({"HTML", "XHTML", "HTML_SIMPL"})
"""Formats for which a web page is the right answer."""


def validate_links(
    store: Store,
    settings: ValidateSettings,
    network: NetworkSettings,
    *,
    now: datetime,
    progress: Progress = silent,
) -> None:
    """Request every link that is due, then say for each record what its links mean.

    A link that answered is due again after `recheck_days`, any other one a day after it was asked,
    one whose failure is unconfirmed an hour after.
    What the stage's deadline leaves over is due in the next run.
    """
    _request(store, settings, network, now, progress)
    heads = ((head.id, head.content_hash) for head in store.heads())
    inputs = fingerprint([(store.links_digest(),), *heads])
    if store.setting("links_input") == inputs:
        return
    for records in chunks(store.records(), _BATCH):
        urls = {url for record in records for url in _urls(record)}
        results = store.links(urls)
        store.put_findings(
            "links",
            {(record.id, record.portal): list(_findings(record, results)) for record in records},
        )
    store.put_setting("links_input", inputs)


def is_unanswered(result: LinkResult, now: datetime) -> bool:
    """Whether a link check that is not due again yet got no connection at all."""
    result = newest(result)
    no_answer = result.status is None and result.head_status in (None, _CONNECTION_ERROR)
    return (
        no_answer
        and result.outcome in ("timeout", "error")
        and now - result.checked_at < timedelta(days=1)
    )


def _request(
    store: Store,
    settings: ValidateSettings,
    network: NetworkSettings,
    now: datetime,
    progress: Progress,
) -> None:
    """Request what is due, a batch of results at a time into the store."""
    due = list(_due(store, now, settings.recheck_days))
    if not due:
        return
    ends = monotonic() + settings.deadline_seconds
    done = 0
    checked = check_links(due, Guard(network.allow), network, now=now)
    with closing(checked):
        in_time = takewhile(lambda _: monotonic() <= ends, checked)
        for results in chunks(in_time, _BATCH):
            _put(store, results)
            done += len(results)
            progress("links", results[-1].url, done, len(due))

    forget_link_history(store, now - _HISTORY)


def _put(store: Store, results: list[LinkResult]) -> None:
    """Keep what counts after these observations; a confirmed failure counts from its first one."""
    known = store.links(result.url for result in results)
    kept = [settled(known.get(result.url), result) for result in results]
    store.put_links([steps[0] for steps in kept if len(steps) > 1])
    store.put_links([steps[-1] for steps in kept])


def _due(store: Store, now: datetime, recheck_days: int) -> Iterator[str]:
    """Each URL once that was never asked or not for long enough."""
    seen: set[str] = set()
    for records in chunks(store.records(), _BATCH):
        urls = [url for record in records for url in _urls(record) if url not in seen]
        seen.update(urls)
        known = store.links(urls)
        for url in dict.fromkeys(urls):
            result = known.get(url)
            if result is None or now - newest(result).checked_at >= _wait(result, recheck_days):
                yield url


def _wait(result: LinkResult, recheck_days: int) -> timedelta:
    if result.unconfirmed is not None:
        return LATER
    return timedelta(days=recheck_days if result.outcome == "ok" else 1)


def _urls(record: StoredRecord) -> list[str]:
    """The addresses as published and, where they had to be repaired, as repaired."""
    return list(dict.fromkeys([*link_urls(record.as_published), *link_urls(record.normalised)]))


def _findings(record: StoredRecord, results: dict[str, LinkResult]) -> Iterator[Finding]:
    dataset = judged_dataset(record)
    for distribution in dataset.distribution:
        promised = _promised(distribution)
        told: set[str] = set()
        for name, references in (
            ("downloadURL", distribution.download_url),
            ("accessURL", distribution.access_url),
        ):
            for url in (reference.uri for reference in references):
                # The same file under both properties is one fault, not two.
                if url is None or url in told or url not in results:
                    continue
                told.add(url)
                yield from link_findings(
                    results[url],
                    subject=distribution.uri or record.iri,
                    property=DCAT + name,
                    promised=promised if name == "downloadURL" else None,
                )


def _promised(distribution: Distribution) -> str | None:
    """The data format that a distribution states; None if a web page is as good as anything."""
    stated = distribution.format
    if stated is None:
        return None
    if stated.uri is None:
        return None if stated.label is None else stated.label.value
    code = stated.uri.rpartition("/")[2]
    if code in _PAGES:
        return None
    return vocabulary("file_types").label(stated.uri, "de") or code
