"""Pages that may be missing, and counts that must agree, with real servers and a real crawl."""

import json
from collections.abc import Callable, Sequence

from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, dcat, portal

from datenernte_dcat.store.rows import PortalState


def piveau(
    numbers: Sequence[int], *, indexed: int, hydra_fails: bool = False, names_total: bool = True
) -> Callable[[Asked], Answer]:
    """The answers of a piveau with these datasets, and a search that knows so many."""

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/api/hub/search/"):
            return Answer(json.dumps({"result": {"count": indexed, "results": []}}).encode())
        if hydra_fails and "hydra" in asked.query:
            return Answer(b"Internal Server Error", 500)
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        page = numbers[offset : offset + limit]
        total = len(numbers) if "hydra" in asked.query and names_total else None
        return Answer(dcat(page, total=total), content_type="text/turtle")

    return answer


def data_json(numbers: Sequence[int], *, status: int) -> Callable[[Asked], Answer]:
    """The answers of a paged data.json, ten a page; `status` for the page behind the last."""

    def answer(asked: Asked) -> Answer:
        page = int(asked.query.get("page", "1"))
        found = numbers[10 * (page - 1) : 10 * page]
        if not found:
            return Answer(b"{}", status)
        datasets = [{"identifier": f"d{number}", "title": f"{number}"} for number in found]
        return Answer(json.dumps({"dataset": datasets}).encode())

    return answer


def test_piveau_is_read_without_hydra_where_hydra_fails(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = piveau(range(250), indexed=250, hydra_fails=True)

    [run] = harvest(portal(server, source_type="piveau"))

    assert (run.state, run.reason, run.new) == (PortalState.OK, None, 250)
    offsets = [asked.query["offset"] for asked in server.pages_asked if "offset" in asked.query]
    assert offsets[-4:] == ["0", "100", "200", "250"]


def test_what_only_the_search_knows_keeps_everything_published(
    server: WebServer, harvest: Harvester
) -> None:
    place = portal(server, source_type="piveau")
    server.answer = piveau(range(30), indexed=30)
    harvest(place)
    server.answer = piveau(range(29), indexed=30)

    [run] = harvest(place)

    assert (run.state, run.reason) == (PortalState.PARTIAL, "harvest-count-differs")
    assert run.withdrawn == 0


def test_what_the_search_no_longer_knows_either_is_withdrawn(
    server: WebServer, harvest: Harvester
) -> None:
    place = portal(server, source_type="piveau")
    server.answer = piveau(range(30), indexed=30)
    harvest(place)
    server.answer = piveau(range(29), indexed=29)

    [run] = harvest(place)

    assert (run.state, run.withdrawn) == (PortalState.OK, 1)


def test_a_next_page_that_does_not_exist_is_the_end(server: WebServer, harvest: Harvester) -> None:
    server.answer = data_json(range(20), status=404)

    [run] = harvest(portal(server, source_type="dcat_us", url=f"{server.url}/data.json"))

    assert (run.state, run.reason, run.new) == (PortalState.OK, None, 20)
    assert [asked.query.get("page") for asked in server.pages_asked] == [None, "2", "3"]


def test_a_next_page_that_fails_is_not_the_end(server: WebServer, harvest: Harvester) -> None:
    server.answer = data_json(range(20), status=500)

    [run] = harvest(portal(server, source_type="dcat_us", url=f"{server.url}/data.json"))

    assert (run.state, run.reason) == (PortalState.PARTIAL, "portal-http-status")
    assert run.new == 20


def test_a_site_without_any_feed_has_failed(server: WebServer, harvest: Harvester) -> None:
    [run] = harvest(portal(server, source_type="arcgis_hub"))

    assert (run.state, run.reason) == (PortalState.FAILED, "portal-http-status")
    assert [asked.path for asked in server.pages_asked] == [
        "/api/feed/dcat-ap/3.0.0.json",
        "/api/feed/dcat-ap/2.1.1.json",
        "/api/feed/dcat-ap/2.0.1.json",
    ]


def test_an_address_that_names_no_catalogue_is_not_even_asked(
    server: WebServer, harvest: Harvester
) -> None:
    place = portal(server, source_type="piveau", url=f"{server.url}/#catalogue=lindenau")

    [run] = harvest(place)

    assert (run.state, run.reason) == (PortalState.FAILED, "portal-url-unusable")
    assert server.pages_asked == []
