"""A dataset that comes twice: the portal lists it twice, or the list moved while it was read."""

import json

from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, ckan, package, portal

from datenernte_dcat.store.rows import PortalState


def test_a_still_list_that_names_one_twice_is_complete(
    server: WebServer, harvest: Harvester
) -> None:
    """The second mention stands on another page: only asking again tells it from a moved list."""
    packages = [package(n) for n in range(30)]
    server.answer = ckan([*packages[:25], packages[3], *packages[25:]], rows_max=10)
    [first] = harvest(portal(server))
    asked = [request.path for request in server.pages_asked]
    server.answer = ckan([*packages[:25], packages[3], *packages[25:29]], rows_max=10)

    [run] = harvest(portal(server))

    assert (first.state, first.seen, first.announced) == (PortalState.OK, 30, 31)
    assert len(asked) == 4 + 1  # the page of the first mention once more
    assert (run.state, run.withdrawn) == (PortalState.OK, 1)


def test_a_list_that_moves_stays_partial(server: WebServer, harvest: Harvester) -> None:
    """A dataset is added in front while the list is read: one comes twice, one never."""
    packages = [package(n) for n in range(30)]
    server.answer = ckan(packages, rows_max=10)
    harvest(portal(server))
    moved = [package(99), *packages]
    answered: list[str] = []

    def answer(asked: Asked) -> Answer:
        start = int(asked.query.get("start", 0))
        listed = packages if not answered else moved
        answered.append(asked.path)
        rows = listed[start : start + 10]
        return Answer(
            json.dumps({"success": True, "result": {"count": 31, "results": rows}}).encode()
        )

    server.answer = answer

    [run] = harvest(portal(server))

    assert (run.state, run.reason) == (PortalState.PARTIAL, "harvest-count-differs")
    assert (run.withdrawn, run.duplicates) == (0, 1)


def test_a_list_in_another_order_each_time_stays_partial(
    server: WebServer, harvest: Harvester
) -> None:
    packages = [package(n) for n in range(30)]
    turns: list[int] = []

    def answer(asked: Asked) -> Answer:
        start = int(asked.query.get("start", 0))
        turns.append(start)
        by = 7 * len(turns) % 30
        rows = [*packages[by:], *packages[:by]][start : start + 10]
        return Answer(
            json.dumps({"success": True, "result": {"count": 30, "results": rows}}).encode()
        )

    server.answer = answer

    [run] = harvest(portal(server))

    assert run.state is PortalState.PARTIAL
    assert run.withdrawn == 0
