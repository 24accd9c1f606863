"""Identifiers that a portal changed: the same records under the same addresses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.harvest.conftest import Answer, Harvester, WebServer, ckan, dcat, package, portal

from datenernte_dcat.records import Dataset, Distribution, Literal, Reference
from datenernte_dcat.store.rows import PortalState, StoredRecord
from datenernte_harvester.crawl.renaming import is_other_content, is_suspicious, renamed


def stored(identifier: str, *titles: str, files: tuple[str, ...] = ()) -> StoredRecord:
    dataset = Dataset(
        title=tuple(Literal(value=title) for title in titles),
        distribution=tuple(Distribution(download_url=(Reference(uri=uri),)) for uri in files),
    )
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return StoredRecord(
        id=identifier,
        portal="p",
        source_identifier=identifier,
        iri=f"https://daten.example/{identifier}",
        as_published=dataset,
        normalised=dataset,
        content_hash=identifier,
        feed_hash=identifier,
        first_seen=now,
        changed_at=now,
    )


@pytest.mark.parametrize(
    ("known", "kept", "new", "expected"),
    [
        (3, 0, 3, True),
        (1, 0, 1, True),
        (10, 2, 8, True),
        (10, 3, 7, False),  # 70 % gone
        (10, 2, 7, False),  # 7 of 9 are new
        (10, 0, 0, False),  # nothing came: that is no renaming
        (0, 0, 5, False),
        (10, 10, 5, False),
    ],
)
def test_four_fifths_gone_and_four_fifths_new_are_suspicious(
    known: int, kept: int, new: int, expected: bool
) -> None:
    before = {f"d{n}" for n in range(known)}
    listed = {f"d{n}" for n in range(kept)} | {f"n{n}" for n in range(new)}

    assert is_suspicious(before, listed) is expected


def test_equal_titles_are_the_same_datasets() -> None:
    old = [stored("a", "Bäume"), stored("b", "  Parks "), stored("c", "Straßen", "Streets")]
    new = [stored("z", "Streets", "STRASSEN"), stored("y", "parks"), stored("x", "Bäume")]

    assert renamed(old, new) == {"x": "a", "y": "b", "z": "c"}


def test_of_several_with_one_title_the_files_decide() -> None:
    old = [stored("a", "Plan", files=("https://x/1",)), stored("b", "Plan", files=("https://x/2",))]
    new = [stored("y", "Plan", files=("https://x/2",)), stored("z", "Plan", files=("https://x/1",))]

    assert renamed(old, new) == {"z": "a", "y": "b"}


def test_one_title_for_all_proves_nothing() -> None:
    assert renamed([stored("a", "Plan"), stored("b", "Plan")], [stored("x", "Plan")]) == {}
    assert renamed([stored("a")], [stored("x")]) == {}


def test_fewer_than_four_fifths_found_again_is_no_renaming() -> None:
    old = [stored(f"a{n}", f"Titel {n}") for n in range(10)]

    assert len(renamed(old, [stored(f"b{n}", f"Titel {n}") for n in range(8)])) == 8
    assert renamed(old, [stored(f"b{n}", f"Titel {n}") for n in range(7)]) == {}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"title": "Parks", "files": ("https://x/2",)}, True),
        ({"title": "Bäume", "files": ("https://x/2",)}, False),
        ({"title": "Parks", "files": ("https://x/1",)}, False),
        ({"title": "Parks", "files": ()}, False),
    ],
)
def test_only_what_has_nothing_in_common_is_other_content(
    after: dict[str, Any], expected: bool
) -> None:
    before = stored("a", "Bäume", files=("https://x/1",)).as_published
    now = stored("a", after["title"], files=after["files"]).as_published

    assert is_other_content(before, now) is expected


@pytest.mark.parametrize("number", [3, 25])
def test_new_identifiers_leave_records_and_addresses_alone(
    server: WebServer, harvest: Harvester, number: int
) -> None:
    server.answer = ckan([package(n) for n in range(number)], rows_max=10)
    harvest(portal(server))
    with harvest.store() as store:
        before = {record.iri: record.id for record in store.records()}
        titles = {record.id: record.as_published.title for record in store.records()}
    again = ckan([package(n, id=f"neu{n:04}") for n in range(number)], rows_max=10)
    server.answer = again
    asked = len(server.asked)

    [run] = harvest(portal(server))

    assert (run.state, run.seen) == (PortalState.OK, number)
    assert (run.new, run.withdrawn, run.held) == (0, 0, 0)
    paths = [request.path for request in server.asked[asked:]]
    assert len(paths) == len(set(paths))
    with harvest.store() as store:
        assert {record.iri: record.id for record in store.records()} == before
        assert {record.id: record.as_published.title for record in store.records()} == titles
        assert set(store.known("probe")) == {f"neu{n:04}" for n in range(number)}
        assert store.findings_by_code("probe")["identifiers-renamed"] == 1
        assert store.purged("probe") == []
        now = {record.id: record for record in store.records()}

    [stable] = harvest(portal(server))
    assert (stable.state, stable.new, stable.changed) == (PortalState.OK, 0, 0)
    assert stable.unchanged == number
    with harvest.store() as store:
        assert {record.id: record for record in store.records()} == now

    # and back again: one identifier of the old ones has become another dataset's in between
    server.answer = ckan([package(n) for n in range(number)], rows_max=10)
    [back] = harvest(portal(server))
    assert (back.state, back.new, back.withdrawn) == (PortalState.OK, 0, 0)
    with harvest.store() as store:
        assert {record.iri: record.id for record in store.records()} == before


def test_a_source_iri_that_changes_is_not_the_published_one(
    server: WebServer, harvest: Harvester
) -> None:
    def answer(identifiers: list[int], offset: int) -> Answer:
        body = dcat(identifiers)
        for n in identifiers:
            body = body.replace(f'Datensatz {n}"'.encode(), f'Datensatz {n - offset}"'.encode())
        return Answer(body, content_type="text/turtle")

    where = portal(server, source_type="dcat_rdf", url=f"{server.url}/catalog.ttl")
    server.answer = lambda _asked: answer([10, 11, 12], 10)
    harvest(where)
    server.answer = lambda _asked: answer([20, 21, 22], 20)

    [run] = harvest(where)

    assert (run.state, run.new, run.withdrawn) == (PortalState.OK, 0, 0)
    with harvest.store() as store:
        iris = sorted(record.iri for record in store.records())
    assert iris == [f"https://daten.lindenau.example/dataset/{n}" for n in (10, 11, 12)]


def test_an_old_identifier_that_comes_back_for_something_else_gets_an_id_of_its_own(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    moved = [package(n, id=f"neu{n:04}") for n in range(3)]
    server.answer = ckan(moved)
    harvest(portal(server))
    server.answer = ckan([*moved, package(1, title="Etwas ganz anderes")])

    [run] = harvest(portal(server))

    assert (run.state, run.seen, run.new) == (PortalState.OK, 4, 1)
    with harvest.store() as store:
        records = list(store.records())
    assert len({record.id for record in records}) == len({record.iri for record in records}) == 4


def test_other_datasets_under_new_identifiers_are_no_renaming(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(5)])
    harvest(portal(server))
    server.answer = ckan([package(n, title=f"Anderes {n}") for n in range(50, 55)])

    [run] = harvest(portal(server))

    assert (run.state, run.reason, run.held) == (PortalState.HELD, "withdrawal-held", 5)


def test_an_identifier_that_stands_for_something_else_is_reported_until_it_changes(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    other = package(7, id="p0001", title="Parkplätze", notes="Ganz anderes")
    server.answer = ckan([package(0), other, package(2)])

    for _ in range(2):
        harvest(portal(server))
        with harvest.store() as store:
            assert store.findings_by_code("probe")["identifier-reused"] == 1
