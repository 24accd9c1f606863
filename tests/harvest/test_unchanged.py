"""A portal in which nothing changed: found out cheaply, and never by mistake."""

import json
from typing import Any

import pytest
from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, ckan, dcat, package, portal

from datenernte_dcat.store.rows import PortalState, RecordStatus
from datenernte_harvester.crawl.crawl_memo import decoded
from datenernte_harvester.portal import Body


def is_remembered(harvest: Harvester) -> bool:
    with harvest.store() as store:
        return decoded(store.crawl_memo("probe")) is not None


def everything(harvest: Harvester) -> dict[str, Any]:
    with harvest.store() as store:
        findings = [
            (found.stage, found.subject_id, found.finding)
            for stage in ("harvest", "normalise", "record")
            for found in store.stored_findings(portal="probe", stage=stage)
        ]
        return {
            "records": {record.id: record for record in store.records(status=None)},
            "findings": sorted(findings, key=str),
        }


@pytest.mark.parametrize("etag", [True, False], ids=["validators", "no validators"])
def test_pages_that_are_as_they_were_are_not_read_again(
    server: WebServer, harvest: Harvester, etag: bool
) -> None:
    packages = [package(n) for n in range(30)] + [package(77, private=True)]
    server.answer = ckan(packages, rows_max=10, etag=etag)
    [first] = harvest(portal(server))
    before = everything(harvest)
    asked = [request.path for request in server.asked]
    with harvest.store() as store:
        memo = store.crawl_memo("probe")

    [run] = harvest(portal(server))

    assert (run.state, run.seen, run.announced) == (PortalState.OK, 30, 31)
    assert (run.new, run.changed, run.unchanged, run.withdrawn) == (0, 0, 30, 0)
    assert run.not_modified == (4 if etag else 0)
    assert everything(harvest) == before
    assert sorted(request.path for request in server.asked[len(asked) :]) == sorted(asked)
    with harvest.store() as store:
        assert store.crawl_memo("probe") == memo
        assert store.seen(2, "probe") == {f"p{n:04}" for n in range(30)}
    assert first.unchanged == 0


def test_a_run_that_reads_nothing_says_what_the_run_before_said(
    server: WebServer, harvest: Harvester
) -> None:
    packages = [package(n, unbekannt="x") for n in range(5)]
    server.answer = ckan([*packages, packages[2]])
    [first] = harvest(portal(server))
    before = everything(harvest)

    [run] = harvest(portal(server))

    assert is_remembered(harvest)
    assert (run.duplicates, run.announced, run.state) == (1, 6, first.state)
    assert everything(harvest) == before
    codes = {found.code for _, _, found in before["findings"]}
    assert {"identifier-repeated", "ckan-fields-unknown"} <= codes


@pytest.mark.parametrize("page", [0, 1, 2])
def test_one_page_that_differs_is_enough_and_none_is_asked_for_twice(
    server: WebServer, harvest: Harvester, page: int
) -> None:
    packages = [package(n) for n in range(30)]
    server.answer = ckan(packages, rows_max=10)
    harvest(portal(server))
    asked = len(server.asked)
    changed = [*packages]
    changed[page * 10 + 3] = package(page * 10 + 3, title="Ein anderer Titel")
    server.answer = ckan(changed, rows_max=10)

    [run] = harvest(portal(server))

    assert (run.state, run.new, run.changed, run.unchanged) == (PortalState.OK, 0, 1, 29)
    paths = [request.path for request in server.asked[asked:]]
    assert len(paths) == len(set(paths)) == 4
    with harvest.store() as store:
        known = store.known("probe")[f"p{page * 10 + 3:04}"]
        [record] = store.records_by_id([known.id])
        assert record.as_published.title[0].value == "Ein anderer Titel"


def test_a_new_page_behind_the_last_is_found(server: WebServer, harvest: Harvester) -> None:
    """The first pages stay byte for byte, as in a feed that only names its next page."""
    pages = {"/catalog.ttl": dcat([1, 2], next_page="/2.ttl"), "/2.ttl": dcat([3])}
    server.answer = lambda asked: (
        Answer(pages[asked.path], content_type="text/turtle")
        if asked.path in pages
        else Answer(status=404)
    )
    where = portal(server, source_type="dcat_rdf", url=f"{server.url}/catalog.ttl")
    harvest(where)
    pages["/2.ttl"] = dcat([3], next_page="/3.ttl")
    pages["/3.ttl"] = dcat([4])

    [run] = harvest(where)

    assert (run.state, run.seen, run.new) == (PortalState.OK, 4, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ein anderer Name"},
        {"lookups": {"license": {"frei": "http://dcat-ap.de/def/licenses/cc-zero"}}},
        {"municipality": "09162000"},
        {"publisher": Body(name="Amt für Statistik")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_portal_file_reads_everything_again(
    server: WebServer, harvest: Harvester, change: dict[str, Any]
) -> None:
    server.answer = ckan([package(n, license_id="frei") for n in range(3)])
    harvest(portal(server))
    harvest(portal(server))
    with harvest.store() as store:
        memo = store.crawl_memo("probe")

    [run] = harvest(portal(server, **change))

    assert run.state is PortalState.OK
    with harvest.store() as store:
        assert store.crawl_memo("probe") != memo
        known = store.known("probe")["p0001"]
        [record] = store.records_by_id([known.id])
    if "municipality" in change:
        assert record.municipality == "09162000"
    if "lookups" in change:
        license_ = record.normalised.distribution[0].license
        assert license_ is not None
        assert license_.uri == "http://dcat-ap.de/def/licenses/cc-zero"


def test_a_portal_that_goes_back_to_older_answers_is_read_again(
    server: WebServer, harvest: Harvester
) -> None:
    """The store has newer content by then, taken over by a run that was no complete one."""
    old = ckan([package(n) for n in range(20)])
    server.answer = old
    harvest(portal(server))
    server.answer = ckan([package(n, title="Neu") for n in range(20)])
    harvest(portal(server), limit=5, may_withdraw=False)
    server.answer = old

    [run] = harvest(portal(server))

    assert (run.changed, run.unchanged) == (5, 15)
    with harvest.store() as store:
        titles = {record.as_published.title[0].value for record in store.records()}
    assert titles == {f"Datensatz {n}" for n in range(20)}


def test_withdrawn_by_a_person_and_still_listed_comes_back(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    with harvest.store() as store:
        run = store.begin_run("retire", store.runs()[0].as_of, store.runs()[0].started)
        store.withdraw("probe", ["p0001"], run, store.runs()[0].started)

    harvest(portal(server))

    with harvest.store() as store:
        assert store.known("probe")["p0001"].status is RecordStatus.PRESENT


def test_a_date_in_the_future_is_judged_anew_every_day(
    server: WebServer, harvest: Harvester
) -> None:
    """The second run is a day later, the third another one: then the date has come."""
    server.answer = ckan([package(1, issued="2026-03-04"), package(2)])
    codes = []
    for _ in range(4):
        harvest(portal(server))
        with harvest.store() as store:
            found = store.stored_findings(portal="probe", stage="record")
            codes.append([one.finding.message for one in found if "future" in one.finding.code])

    assert [len(found) for found in codes] == [1, 1, 0, 0]
    assert codes[0] != codes[1]  # the message names the day of the judgement


def test_a_portal_that_is_down_after_a_good_run_keeps_everything(
    server: WebServer, harvest: Harvester
) -> None:
    good = ckan([package(n) for n in range(5)])
    server.answer = good
    harvest(portal(server))
    asked = len(server.asked)
    server.answer = lambda _asked: Answer(status=503)

    [down] = harvest(portal(server))

    assert (down.state, down.reason) == (PortalState.FAILED, "portal-http-status")
    assert len([a for a in server.asked[asked:] if "start=" in a.path]) == 4  # as without a memo
    server.answer = good
    [again] = harvest(portal(server))
    assert (again.state, again.unchanged) == (PortalState.OK, 5)


def test_a_notice_of_maintenance_never_takes_the_place_of_a_page(
    server: WebServer, harvest: Harvester
) -> None:
    good = ckan([package(n) for n in range(5)], etag=True)
    server.answer = good
    harvest(portal(server))
    server.answer = lambda _asked: Answer(b"<html>Wartung</html>", headers={"ETag": '"w"'})
    [down] = harvest(portal(server))
    assert (down.state, down.reason) == (PortalState.FAILED, "portal-html")
    server.answer = good
    asked = len(server.asked)

    [again] = harvest(portal(server))

    assert (again.state, again.unchanged, again.not_modified) == (PortalState.OK, 5, 1)
    assert '"w"' not in {a.headers.get("if-none-match") for a in server.asked[asked:]}


def test_an_empty_catalogue_after_a_remembered_one_is_held(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    harvest(portal(server))
    server.answer = ckan([])

    for _ in range(2):
        [run] = harvest(portal(server))
        assert (run.state, run.held) == (PortalState.HELD, 3)


def test_a_page_that_was_missing_and_is_there_now_is_read(
    server: WebServer, harvest: Harvester
) -> None:
    """DCAT-US asks for a second page, which does not exist: that answer is compared, too."""

    def document(*numbers: int) -> bytes:
        entries = [{"identifier": f"d{n}", "title": f"Datensatz {n}"} for n in numbers]
        return json.dumps({"dataset": entries}).encode()

    pages = {"/data.json": document(1, 2)}

    def answer(asked: Asked) -> Answer:
        name = asked.path if asked.path in pages else asked.path.partition("?")[0]
        is_first = asked.path == "/data.json"
        return (
            Answer(pages[asked.path])
            if is_first or asked.path in pages
            else Answer(status=404, body=name.encode())
        )

    server.answer = answer
    where = portal(server, source_type="dcat_us", url=f"{server.url}/data.json")
    [first] = harvest(where)
    second = [a.path for a in server.pages_asked if a.path != "/data.json"]
    assert first.state is PortalState.OK
    if not second:
        pytest.skip("this version asks for one page only")
    pages[second[0]] = document(3)

    [run] = harvest(where)

    assert run.new == 1
