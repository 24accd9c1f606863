"""Records on their way into the store: both views, findings, failures, and what is left alone."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.harvest.conftest import NOW

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.identity import record_id
from datenernte_dcat.normalise import normalise
from datenernte_dcat.records import (
    Agent,
    Dataset,
    Distribution,
    Literal,
    Reference,
    SourceRecord,
    content_hash,
    feed_hash,
)
from datenernte_dcat.store.rows import Portal, RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_dcat.terms import XSD
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.pipelines import (
    CheckPipeline,
    NormalisePipeline,
    StorePipeline,
    _with_distribution_iris,
    municipality_of,
)
from datenernte_harvester.crawl.portal_harvest import PortalHarvest
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.portal import PortalFile
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

PORTAL = PortalFile(name="probe", title="Probe", source_type="ckan", url="https://daten.example")
CATALOG = CatalogSettings(
    title="", description="", publisher="", base_url="https://katalog.example"
)


class Runs:
    """Sends records through the pipelines, run after run, into one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.number = 0
        store.put_portals([Portal(name="probe", title="P", source_type="ckan", url=PORTAL.url)])

    def __call__(self, *items: SourceRecord | FailedRecord, **fields: Any) -> PortalHarvest:
        now = NOW + timedelta(days=self.number)
        self.number = self.store.begin_run("harvest", now.date(), now)
        harvest = PortalHarvest(
            portal=PORTAL,
            store=self.store,
            run=self.number,
            now=now,
            catalog=CATALOG,
            network=NetworkSettings(),
            guard=Guard(),
            hosts={},
            known=self.store.known("probe"),
            **fields,
        )
        for stage, subjects in harvest.had_findings.items():
            for stored in self.store.stored_findings(portal="probe", stage=stage):
                subjects.add(stored.subject_id)
                if stored.finding.code == "record-failed":
                    harvest.failed_before.add(stored.subject_id)
        translate, check, keep = (
            NormalisePipeline(harvest),
            CheckPipeline(harvest),
            StorePipeline(harvest),
        )
        for item in items:
            harvest.outcome.received.add(item.source_identifier)
            keep.process_item(check.process_item(translate.process_item(item)))
        for ending in harvest.endings:
            ending()
        return harvest

    def codes(self) -> dict[str, int]:
        return self.store.findings_by_code("probe")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        yield Runs(store)


def record(identifier: str, title: str = "Bäume", **fields: Any) -> SourceRecord:
    dataset = Dataset(title=(Literal(value=title),), **fields)
    return SourceRecord(source_identifier=identifier, dataset=dataset)


def failed(identifier: str) -> FailedRecord:
    return FailedRecord(
        identifier, finding("record-failed", subject=identifier, detail="kein Titel")
    )


def test_a_failed_record_counts_as_seen_and_keeps_its_older_version(runs: Runs) -> None:
    runs(record("a"))

    harvest = runs(failed("a"))

    assert harvest.counts.failed == 1
    assert runs.store.seen(harvest.run, "probe") == {"a"}
    stored = runs.store.record(record_id("probe", "a"))
    assert stored is not None
    assert stored.as_published.title[0].value == "Bäume"
    assert runs.codes()["record-failed"] == 1


def test_a_record_that_is_readable_again_loses_its_finding(runs: Runs) -> None:
    runs(record("a"))
    runs(failed("a"))

    runs(record("a"), is_same_context=True)

    assert "record-failed" not in runs.codes()


def test_the_finding_of_a_failed_record_goes_with_the_record(runs: Runs) -> None:
    runs(record("a"), failed("new"))
    assert runs.codes()["record-failed"] == 1

    runs(record("a"))

    assert "record-failed" not in runs.codes()


def test_a_bad_record_does_not_touch_the_others(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(dataset: Dataset, *arguments: Any) -> Any:
        if dataset.title[0].value == "schlecht":
            raise ZeroDivisionError("durch null")
        return normalise(dataset, *arguments)

    monkeypatch.setattr("datenernte_harvester.crawl.pipelines.normalise", failing)

    harvest = runs(record("a"), record("b", "schlecht"), record("c"))

    assert (harvest.counts.new, harvest.counts.failed) == (2, 1)
    assert set(runs.store.known("probe")) == {"a", "c"}
    [found] = runs.store.findings(portal="probe", code="record-failed")
    assert "ZeroDivisionError" in found.message


def test_an_unchanged_record_is_not_normalised_again(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(record("a"), record("b"))
    normalised: list[str] = []

    def counting(dataset: Dataset, *arguments: Any) -> Any:
        normalised.append(dataset.title[0].value)
        return normalise(dataset, *arguments)

    monkeypatch.setattr("datenernte_harvester.crawl.pipelines.normalise", counting)

    harvest = runs(record("a"), record("b", "Neu"), is_same_context=True)

    assert normalised == ["Neu"]
    assert (harvest.counts.unchanged, harvest.counts.changed) == (1, 1)


def test_a_withdrawn_record_comes_back_whatever_the_context(runs: Runs) -> None:
    first = runs(record("a"), record("b"))
    runs(record("a"))
    runs.store.withdraw("probe", ["b"], first.run + 1, NOW)

    runs(record("a"), record("b"), is_same_context=True)

    assert runs.store.known("probe")["b"].status is RecordStatus.PRESENT


def test_a_published_iri_is_kept_for_life(runs: Runs) -> None:
    runs(record("a"))
    before = runs.store.known("probe")["a"].iri

    runs(record("a", uri="https://daten.lindenau.example/a"))

    assert runs.store.known("probe")["a"].iri == before


def test_records_are_written_in_batches(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    put = runs.store.put_records

    def counting(run: int, records: Any, **more: Any) -> None:
        batches.append(len(records))
        put(run, records, **more)

    monkeypatch.setattr(runs.store, "put_records", counting)

    runs(*(record(str(number)) for number in range(450)))

    assert batches == [200, 200, 50]


def test_findings_of_the_record_checks_follow_the_date(runs: Runs) -> None:
    """A date ahead of the run is a finding until the day comes, also where nothing changed."""
    date = Literal(value="2026-03-04", datatype=f"{XSD}date")
    runs(record("a", modified=date))
    assert runs.codes()["date-in-future"] == 1

    for _ in range(4):
        runs(record("a", modified=date), is_same_context=True)

    assert "date-in-future" not in runs.codes()


@pytest.mark.parametrize(
    ("portal", "publisher", "key"),
    [
        ({"municipality": "09761000"}, "irgendwer", "09761000"),
        ({"municipality": "097720177177"}, None, "09772177"),
        ({"municipalities": {"Stadt A": "09761000"}}, "Stadt A", "09761000"),
        ({"municipalities": {"https://a.example/": "09761000"}}, "https://a.example/", "09761000"),
        ({"municipalities": {"Stadt A": "09761000"}}, "Stadt B", None),
        ({"municipalities": {"Stadt A": "09761000"}}, None, None),
        ({}, "Stadt A", None),
    ],
)
def test_a_dataset_counts_for_the_municipality_that_the_portal_file_names(
    portal: dict[str, Any], publisher: str | None, key: str | None
) -> None:
    file = PortalFile(name="p", title="P", source_type="ckan", url="https://d.example", **portal)
    agent = None
    if publisher is not None:
        is_iri = publisher.startswith("https:")
        agent = Agent(uri=publisher) if is_iri else Agent(name=(Literal(value=publisher),))

    assert municipality_of(Dataset(publisher=agent), file) == key


@pytest.mark.parametrize(
    "other",
    [
        lambda: feed_hash("b", None, Dataset(), ()),
        lambda: feed_hash("a", "09761000", Dataset(), ()),
        lambda: feed_hash("a", None, Dataset(uri="x"), ()),
        lambda: feed_hash("a", None, Dataset(), ("<a> <b> <c> .",)),
    ],
)
def test_the_feed_hash_covers_all_that_a_feed_says(other: Callable[[], str]) -> None:
    assert feed_hash("a", None, Dataset(), ()) == feed_hash("a", None, Dataset(), ())
    assert feed_hash("a", None, Dataset(), ()) != other()


def test_the_content_hash_covers_record_and_kept_triples() -> None:
    hashes = {
        content_hash(Dataset(), ()),
        content_hash(Dataset(uri="x"), ()),
        content_hash(Dataset(), ("<a> <b> <c> .",)),
    }

    assert len(hashes) == 3


def test_every_distribution_gets_an_iri_and_kept_triples_follow() -> None:
    dataset = Dataset(
        distribution=(
            Distribution(download_url=(Reference(uri="https://a.example/1.csv"),)),
            Distribution(uri="_:b", download_url=(Reference(uri="https://a.example/2.csv"),)),
            Distribution(uri="https://a.example/own"),
        )
    )
    kept = ('_:b <https://a.example/p> "x" .',)
    named, renamed = _with_distribution_iris(dataset, kept, "https://daten.example.org/d")
    first, second, third = (one.uri for one in named.distribution)
    assert first is not None
    assert first.startswith("https://daten.example.org/d#distribution-")
    assert renamed == (f'<{second}> <https://a.example/p> "x" .',)
    assert third == "https://a.example/own"
    again, _ = _with_distribution_iris(dataset, kept, "https://daten.example.org/d")
    assert again == named


def test_a_record_of_ten_thousand_files_is_capped_and_said_to_be(runs: Runs) -> None:
    """Its other fields, and the records beside it, arrive as ever."""
    files = tuple(
        Distribution(
            uri=f"https://daten.example/{number}",
            download_url=(Reference(uri=f"https://daten.example/{number}.csv"),),
        )
        for number in range(10_000)
    )
    large = record("a", distribution=files)
    kept = ('<https://daten.example/1> <https://x/p> "1" .',)
    gone = ('<https://daten.example/9999> <https://x/p> "1" .',)

    runs(dataclasses.replace(large, kept=(*kept, *gone)), record("b"))

    stored = runs.store.record(record_id("probe", "a"))
    assert stored is not None
    assert len(stored.as_published.distribution) == len(stored.normalised.distribution) == 1000
    assert stored.kept_as_published == kept
    assert runs.codes()["distributions-capped"] == 1
    assert runs.store.count_records() == 2
    runs(large, record("b"))
    assert runs.codes()["distributions-capped"] == 1
