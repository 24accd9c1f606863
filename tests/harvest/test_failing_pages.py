"""Single pages that fail: the others arrive, nothing goes, and the failed ones are tried again."""

import threading
from collections import Counter

from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, ckan, dcat, package, portal

from datenernte_dcat.store.rows import PortalState

PAGES = 20
ROWS = 5


class Failing:
    """A CKAN whose page fails so many times."""

    def __init__(self, number: int, *, times: int, page: int = 7) -> None:
        self.good = ckan([package(n) for n in range(number)], rows_max=ROWS)
        self.times = times
        self.bad_start = str((page - 1) * ROWS)
        self.starts: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        start = asked.query.get("start", "")
        with self._lock:
            self.starts.append(start)
            if start == self.bad_start and self.times > 0:
                self.times -= 1
                return Answer(b"Fehler", status=500)
        return self.good(asked)


def test_a_page_that_stays_away_costs_its_own_records_only(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = Failing(PAGES * ROWS, times=0)
    harvest(portal(server))
    failing = Failing(PAGES * ROWS - 1, times=10**6)  # one dataset is gone besides
    server.answer = failing

    [run] = harvest(portal(server))

    assert (run.state, run.reason) == (PortalState.PARTIAL, "portal-http-status")
    assert (run.seen, run.withdrawn) == (PAGES * ROWS - 1 - ROWS, 0)
    asked = Counter(failing.starts)
    # four times, once more at the end, and perhaps once when all pages were compared
    assert asked.pop(failing.bad_start) in (5, 6)
    assert set(asked.values()) == {1}
    with harvest.store() as store:
        assert store.count_records("probe") == PAGES * ROWS


def test_a_page_that_failed_is_asked_first_in_the_next_run_and_once_only(
    server: WebServer, harvest: Harvester
) -> None:
    server.answer = Failing(PAGES * ROWS, times=10**6)
    [first] = harvest(portal(server))
    assert (first.state, first.seen) == (PortalState.PARTIAL, PAGES * ROWS - ROWS)
    recovered = Failing(PAGES * ROWS, times=0)
    server.answer = recovered

    [run] = harvest(portal(server))

    assert (run.state, run.seen, run.new) == (PortalState.OK, PAGES * ROWS, ROWS)
    assert recovered.starts.index(recovered.bad_start) < 2
    assert set(Counter(recovered.starts).values()) == {1}
    with harvest.store() as store:
        assert store.setting("failed-pages:probe") is None


def test_a_page_that_comes_at_the_end_of_the_run_makes_it_whole(
    server: WebServer, harvest: Harvester
) -> None:
    failing = Failing(PAGES * ROWS, times=4)
    server.answer = failing

    [run] = harvest(portal(server))

    assert (run.state, run.seen) == (PortalState.OK, PAGES * ROWS)
    assert failing.starts[-1] == failing.bad_start
    assert len(failing.starts) == PAGES + 4


def test_a_chain_of_pages_goes_on_where_it_broke(server: WebServer, harvest: Harvester) -> None:
    asked: list[str] = []

    def answer(request: Asked) -> Answer:
        asked.append(request.path)
        if request.path == "/2.ttl" and asked.count("/2.ttl") <= 4:
            return Answer(status=502)
        number = int(request.path[1])
        following = f"/{number + 1}.ttl" if number < 4 else None
        return Answer(dcat([number], next_page=following), content_type="text/turtle")

    server.answer = answer

    [run] = harvest(portal(server, source_type="dcat_rdf", url=f"{server.url}/1.ttl"))

    assert (run.state, run.seen) == (PortalState.OK, 4)


def test_a_server_that_dies_is_not_asked_for_all_its_pages(
    server: WebServer, harvest: Harvester
) -> None:
    good = ckan([package(n) for n in range(PAGES * ROWS)], rows_max=ROWS)
    starts: list[str] = []

    def answer(asked: Asked) -> Answer:
        starts.append(asked.query.get("start", ""))
        return good(asked) if asked.query.get("start") in ("0", "5") else Answer(status=503)

    server.answer = answer

    [run] = harvest(portal(server))

    assert (run.state, run.seen, run.withdrawn) == (PortalState.PARTIAL, 10, 0)
    # the first failure, three pages behind it, four times each and once more at the end
    assert len(set(starts)) == 2 + 4
    assert len(starts) == 2 + 4 * 5


def test_a_portal_that_answers_nothing_gets_no_second_chance(
    server: WebServer, harvest: Harvester
) -> None:
    starts: list[str] = []

    def answer(asked: Asked) -> Answer:
        starts.append(asked.path)
        return Answer(status=503)

    server.answer = answer

    [run] = harvest(portal(server))

    assert (run.state, len(starts)) == (PortalState.FAILED, 4)


def test_an_answer_that_does_not_end_costs_two_timeouts_and_no_more(
    server: WebServer, harvest: Harvester
) -> None:
    whole = ckan([package(n) for n in range(5)])
    tries: list[str] = []

    def answer(asked: Asked) -> Answer:
        tries.append(asked.path)
        made = whole(asked)
        server.released.wait(5)  # longer than the timeout below
        return made

    server.answer = answer

    [run] = harvest(portal(server), network={"timeout_seconds": 1.0})

    assert (run.state, run.reason) == (PortalState.FAILED, "portal-timeout")
    assert len(tries) == 2
