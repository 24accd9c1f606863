"""One portal over several runs: what arrives, stays, goes and is held."""

import re
from collections.abc import Callable

from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, ckan, dcat, package, portal

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.rows import PortalRun, PortalState, RecordStatus
from datenernte_harvester.crawl.portals import user_agent
from datenernte_validators.network.settings import NetworkSettings


def published(harvest: Harvester, name: str = "probe") -> int:
    with harvest.store() as store:
        return store.count_records(name)


def counts(run: PortalRun) -> tuple[int, int, int, int]:
    return run.new, run.changed, run.unchanged, run.withdrawn


def test_everything_that_a_portal_lists_arrives_once(server: WebServer, harvest: Harvester) -> None:
    server.answer = ckan([package(n) for n in range(450)], rows_max=200)

    [run] = harvest(portal(server))

    assert (run.state, run.reason) == (PortalState.OK, None)
    assert (run.seen, run.new, run.announced) == (450, 450, 450)
    assert [asked.query["start"] for asked in server.pages_asked] == ["0", "200", "400"]
    assert published(harvest) == 450
    with harvest.store() as store:
        [stored] = store.records_by_id(
            known.id
            for known in store.known("probe").values()
            if known.source_identifier == "p0007"
        )
        assert stored.as_published.title[0].value == "Datensatz 7"
        assert stored.iri == f"https://katalog.example/datasets/{stored.id}"
        assert store.portal_runs(1) == [run]


def test_a_second_run_asks_conditionally_and_changes_nothing(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(30)], rows_max=20, etag=True)
    harvest(portal(server))
    with harvest.store() as store:
        before = {record.id: record for record in store.records()}
    first = len(server.asked)

    [run] = harvest(portal(server))

    assert run.state is PortalState.OK
    assert counts(run) == (0, 0, 30, 0)
    assert run.not_modified == 2
    assert all(
        "if-none-match" in asked.headers for asked in server.asked[first:] if "start=" in asked.path
    )
    with harvest.store() as store:
        assert {record.id: record for record in store.records()} == before


def test_an_answer_without_validators_is_compared_by_content(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(5)])
    harvest(portal(server))
    server.answer = ckan([*(package(n) for n in range(4)), package(4, title="Neuer Titel")])

    [run] = harvest(portal(server))

    assert counts(run) == (0, 1, 4, 0)
    assert run.not_modified == 0


def test_a_small_loss_is_withdrawn_and_comes_back_under_the_same_iri(
    server: WebServer, harvest: Harvester
) -> None:
    packages = [package(n) for n in range(20)]
    server.answer = ckan(packages)
    harvest(portal(server))
    with harvest.store() as store:
        iri = store.known("probe")["p0019"].iri

    server.answer = ckan(packages[:19])
    [smaller] = harvest(portal(server))
    with harvest.store() as store:
        assert store.known("probe")["p0019"].status is RecordStatus.WITHDRAWN
    assert (smaller.state, counts(smaller)) == (PortalState.OK, (0, 0, 19, 1))
    assert published(harvest) == 19

    server.answer = ckan(packages)
    [again] = harvest(portal(server))
    assert again.state is PortalState.OK
    with harvest.store() as store:
        back = store.known("probe")["p0019"]
    assert (back.status, back.iri) == (RecordStatus.PRESENT, iri)
    assert published(harvest) == 20


def test_a_portal_that_lists_one_twice_still_withdraws_what_is_gone(
    server: WebServer, harvest: Harvester
) -> None:
    packages = [package(n) for n in range(30)]
    private = package(99, private=True)
    server.answer = ckan([*packages, packages[7], private, private])
    [first] = harvest(portal(server))
    server.answer = ckan([*packages[:29], packages[7], private, private])

    [run] = harvest(portal(server))

    assert (first.state, first.seen, first.announced) == (PortalState.OK, 30, 33)
    assert (run.state, counts(run)) == (PortalState.OK, (0, 0, 29, 1))


def test_a_number_of_thousands_of_digits_costs_nothing_else(
    server: WebServer, harvest: Harvester
) -> None:
    digits = "9" * 5000
    odd = package(1, version=0)
    odd["resources"][0]["size"] = 0
    plain = ckan([package(0), odd, package(2)])

    def answer(asked: Asked) -> Answer:
        made = plain(asked)
        for name in (b"version", b"size"):
            made.body = made.body.replace(b'"%s": 0' % name, b'"%s": ' % name + digits.encode())
        return made

    server.answer = answer

    [run] = harvest(portal(server))

    assert (run.state, run.reason, run.seen, run.failed) == (PortalState.OK, None, 3, 0)
    with harvest.store() as store:
        [stored] = store.records_by_id([store.known("probe")["p0001"].id])
    size = stored.as_published.distribution[0].byte_size
    assert stored.as_published.title[0].value == "Datensatz 1"
    assert size is not None
    assert size.value == digits


def test_an_empty_catalogue_after_a_full_one_is_held_every_time(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    server.answer = ckan([])

    for _ in range(2):
        [run] = harvest(portal(server))
        assert (run.state, run.reason, run.held) == (PortalState.HELD, "portal-empty", 3)
        assert published(harvest) == 3
    assert "keinen einzigen Datensatz" in run.detail


def test_a_large_loss_is_held_and_what_is_new_is_taken(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(20)])
    harvest(portal(server))
    server.answer = ckan([package(n) for n in range(10, 25)])

    [run] = harvest(portal(server))

    assert (run.state, run.reason, run.held) == (PortalState.HELD, "withdrawal-held", 10)
    assert counts(run) == (5, 0, 10, 0)
    assert published(harvest) == 25


def test_fewer_than_datasets_min_is_held(server: WebServer, harvest: Harvester) -> None:
    from datenernte_harvester.portal import Expect

    server.answer = ckan([package(n) for n in range(4)])

    [run] = harvest(portal(server, expect=Expect(datasets_min=5)))

    assert (run.state, run.reason) == (PortalState.HELD, "below-datasets-min")
    assert published(harvest) == 4


def test_more_than_datasets_max_is_a_warning(server: WebServer, harvest: Harvester) -> None:
    from datenernte_harvester.portal import Expect

    server.answer = ckan([package(n) for n in range(4)])

    [run] = harvest(portal(server, expect=Expect(datasets_max=3)))

    assert run.state is PortalState.OK
    with harvest.store() as store:
        assert store.findings_by_code("probe")["above-datasets-max"] == 1


def test_a_limit_withdraws_nothing_and_is_no_fault(server: WebServer, harvest: Harvester) -> None:
    server.answer = ckan([package(n) for n in range(20)], rows_max=4)
    harvest(portal(server))
    asked = len(server.pages_asked)

    [run] = harvest(portal(server), limit=6)

    assert (run.state, run.seen, run.withdrawn) == (PortalState.OK, 6, 0)
    assert "6" in run.detail
    assert len(server.pages_asked) == asked + 2
    assert published(harvest) == 20


def test_a_run_over_some_portals_withdraws_nothing(server: WebServer, harvest: Harvester) -> None:
    packages = [package(n) for n in range(20)]
    server.answer = ckan(packages)
    harvest(portal(server))
    server.answer = ckan(packages[:19])

    [run] = harvest(portal(server), may_withdraw=False)

    assert (run.state, run.withdrawn) == (PortalState.OK, 0)
    assert "bleiben veröffentlicht" in run.detail
    assert published(harvest) == 20


def test_a_dry_run_writes_nothing(server: WebServer, harvest: Harvester) -> None:
    server.answer = ckan([package(n) for n in range(3)], etag=True)

    [run] = harvest(portal(server), dry_run=True)

    assert (run.state, run.seen, run.new) == (PortalState.OK, 3, 3)
    assert published(harvest) == 0
    with harvest.store() as store:
        assert store.portal_runs(1) == []
        assert list(store.findings()) == []
        assert store.cached_response("probe", server.url + server.pages_asked[0].path) is None


def test_a_failure_keeps_everything_and_the_next_run_recovers(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(n) for n in range(3)])
    harvest(portal(server))
    server.answer = lambda _asked: Answer(status=503)
    [failed] = harvest(portal(server))
    with harvest.store() as store:
        assert store.findings_by_code("probe")["portal-http-status"] == 1
    server.answer = ckan([package(n) for n in range(3)])

    [run] = harvest(portal(server))

    assert failed.state is PortalState.FAILED
    assert (run.state, run.unchanged) == (PortalState.OK, 3)
    with harvest.store() as store:
        assert "portal-http-status" not in store.findings_by_code("probe")


def test_a_changed_portal_file_reaches_records_that_did_not_change(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(0)], etag=True)
    harvest(portal(server))

    [run] = harvest(portal(server, municipality="09761000"))

    assert counts(run) == (0, 0, 1, 0)
    with harvest.store() as store:
        [record] = store.records()
    assert record.municipality == "09761000"
    assert record.changed_at > record.first_seen


def test_portals_see_who_asks_and_where_to_complain() -> None:
    catalog = CatalogSettings(
        title="", description="", publisher="", base_url="https://k.example", homepage=None
    )

    ours = user_agent(NetworkSettings(), catalog)
    assert re.fullmatch(r"datenernte/\d[\w.]* \(\+https://k\.example\)", ours)
    assert user_agent(NetworkSettings(user_agent="x/1"), catalog) == "x/1"


def test_portals_of_one_host_are_asked_one_after_another(
    server: WebServer, harvest: Harvester, servers: Callable[[], WebServer]
) -> None:
    other = servers()
    other.answer = ckan([package(1)])
    pages = {"/a.ttl": dcat([1]), "/b.ttl": dcat([2, 3])}
    server.answer = lambda asked: Answer(pages[asked.path], content_type="text/turtle")

    first, second, third = harvest(
        portal(server, "a", source_type="dcat_rdf", url=f"{server.url}/a.ttl"),
        portal(server, "b", source_type="dcat_rdf", url=f"{server.url}/b.ttl"),
        portal(other, "c"),
    )

    assert [run.portal for run in (first, second, third)] == ["a", "b", "c"]
    assert [run.seen for run in (first, second, third)] == [1, 2, 1]
    assert [asked.path for asked in server.pages_asked] == ["/a.ttl", "/b.ttl"]
    assert {asked.headers["user-agent"] for asked in server.asked} == {
        "datenernte/test (+https://op.example)"
    }
