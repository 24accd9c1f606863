"""What portals do wrong, each on a real server, all harvested in one run beside a healthy one."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.harvest.conftest import (
    Answer,
    Asked,
    Harvester,
    WebServer,
    ckan,
    dcat,
    package,
    portal,
)

from datenernte_dcat.store.rows import PortalRun
from datenernte_harvester.portal import PortalFile

Respond = Callable[[Asked], Answer]

GOOD = [package(n) for n in range(5)]


def turtle(body: bytes) -> Answer:
    return Answer(body, content_type="text/turtle")


def second_page_fails(asked: Asked) -> Answer:
    return ckan(GOOD, rows_max=2)(asked) if asked.query["start"] == "0" else Answer(status=500)


def cut_short(asked: Asked) -> Answer:
    answer = ckan(GOOD)(asked)
    return Answer(answer.body[:-20], length=len(answer.body))


def shifting(asked: Asked) -> Answer:
    """A dataset is deleted between the pages: everything behind it moves up by one."""
    start = int(asked.query["start"])
    packages = [package(n) for n in range(6)]
    shown = packages if start == 0 else packages[1:]
    return Answer(body=_result(shown[start : start + 3], 6))


def shifting_and_said(asked: Asked) -> Answer:
    """The same, and the portal's count follows: at the end all numbers fit."""
    start = int(asked.query["start"])
    packages = [package(n) for n in range(6)][bool(start) :]
    return Answer(body=_result(packages[start : start + 3], len(packages)))


def changing_order(asked: Asked) -> Answer:
    """The order changes between the pages: one comes twice, one never."""
    start = int(asked.query["start"])
    order = [0, 1, 2, 3] if start == 0 else [0, 2, 1, 3]
    return Answer(body=_result([package(n) for n in order[start : start + 2]], 4))


def clamped(asked: Asked) -> Answer:
    """The last page comes again for every offset behind it, and one dataset never."""
    start = int(asked.query["start"])
    return Answer(_result([GOOD[0], GOOD[1], GOOD[1]] if start == 0 else [GOOD[2], GOOD[2]], 6))


def endless(asked: Asked) -> Answer:
    number = int(asked.query.get("page", "1"))
    return turtle(dcat([1], next_page=f"/catalog.ttl?page={number + 1}"))


def cycle(asked: Asked) -> Answer:
    number = int(asked.query.get("page", "1"))
    following = {1: 2, 2: 3, 3: 2}[number]
    return turtle(dcat([number], next_page=f"/catalog.ttl?page={following}"))


def busy_for_an_hour(_asked: Asked) -> Answer:
    return Answer(status=429, headers={"Retry-After": "3600"})


class BusyOnce:
    """Asks for a pause, once in seconds and once as a date, then answers."""

    def __init__(self) -> None:
        self.headers = [
            {"Retry-After": "0"},
            {
                "Date": "Sun, 01 Mar 2026 04:00:00 GMT",
                "Retry-After": "Sun, 01 Mar 2026 04:00:00 GMT",
            },
        ]

    def __call__(self, asked: Asked) -> Answer:
        if self.headers:
            return Answer(status=503, headers=self.headers.pop())
        return ckan(GOOD)(asked)


def html(_asked: Asked) -> Answer:
    page = b'<!doctype html><meta http-equiv="refresh" content="0;url=@BYSTANDER@/geheim"><h1>Wartung</h1>'
    return Answer(page, content_type="text/html")


def bomb(_asked: Asked) -> Answer:
    return Answer(gzip.compress(bytes(60_000_000)), headers={"Content-Encoding": "gzip"})


def bad_among_good(_asked: Asked) -> Answer:
    return Answer(
        _result([GOOD[0], None, GOOD[1], {"id": "p9", "extras": [[[]]], "resources": "x"}], 4)
    )


def _result(packages: list[Any], count: int) -> bytes:
    return json.dumps({"success": True, "result": {"count": count, "results": packages}}).encode()


# name → (answers, state, reason, records that arrive)
FAULTS: dict[str, tuple[Respond, str, str | None, int]] = {
    "healthy": (ckan(GOOD), "ok", None, 5),
    "html": (html, "failed", "portal-html", 0),
    "html-for-rdf": (html, "failed", "portal-html", 0),
    "not-json": (lambda _: Answer(b"{success: ja"), "failed", "portal-not-json", 0),
    "deep-json": (lambda _: Answer(b"[" * 200_000), "failed", "portal-not-json", 0),
    "not-rdf": (lambda _: turtle(b"<a> <b> ."), "failed", "rdf-syntax", 0),
    "server-error": (lambda _: Answer(status=500), "failed", "portal-http-status", 0),
    "not-found": (lambda _: Answer(status=404), "failed", "portal-http-status", 0),
    "forbidden": (lambda _: Answer(status=403), "failed", "portal-access-denied", 0),
    "busy": (busy_for_an_hour, "failed", "portal-busy", 0),
    "busy-once": (BusyOnce(), "ok", None, 5),
    "second-page-fails": (second_page_fails, "partial", "portal-http-status", 2),
    "cut-short": (cut_short, "failed", "portal-truncated", 0),
    "too-large": (lambda _: Answer(b"x", length=60_000_000), "failed", "portal-too-large", 0),
    "bomb": (bomb, "failed", "portal-too-large", 0),
    "redirect-private": (
        lambda _: Answer(status=302, headers={"Location": "@BYSTANDER@/geheim"}),
        "failed",
        "net-private",
        0,
    ),
    "redirect-file": (
        lambda _: Answer(status=302, headers={"Location": "file:///etc/hostname"}),
        "failed",
        "portal-http-status",
        0,
    ),
    "redirect-loop": (
        lambda asked: Answer(status=302, headers={"Location": asked.path + "&x=1"}),
        "failed",
        "portal-redirects",
        0,
    ),
    "count-too-high": (ckan(GOOD, count=9), "partial", "harvest-count-differs", 5),
    "count-too-low": (ckan(GOOD, count=4), "partial", "harvest-count-differs", 5),
    "count-absurd": (ckan(GOOD, count=-1), "failed", "portal-unexpected-answer", 0),
    "offset-ignored": (
        lambda _: Answer(_result(GOOD[:2], 5)),
        "partial",
        "paging-loop",
        2,
    ),
    "shifting": (shifting, "partial", "harvest-count-differs", 5),
    "shifting-and-said": (shifting_and_said, "partial", "paging-shifted", 5),
    "changing-order": (changing_order, "partial", "harvest-count-differs", 3),
    "listed-twice": (ckan([*GOOD, GOOD[4]]), "ok", None, 5),
    "listed-twice-counted-once": (ckan([*GOOD, GOOD[4]], count=5), "ok", None, 5),
    "counted-once-on-pages": (ckan([GOOD[0], *GOOD], count=5, rows_max=5), "ok", None, 5),
    "listed-twice-and-one-short": (
        ckan([*GOOD, GOOD[4]], count=7),
        "partial",
        "harvest-count-differs",
        5,
    ),
    "clamped": (clamped, "partial", "paging-loop", 3),
    "endless": (endless, "partial", "paging-loop", 1),
    "cycle": (cycle, "partial", "paging-loop", 3),
    "next-to-itself": (
        lambda asked: turtle(dcat([1], next_page=asked.path)),
        "partial",
        "paging-loop",
        1,
    ),
    "total-differs": (
        lambda _: turtle(dcat([1, 2], total=3)),
        "partial",
        "harvest-count-differs",
        2,
    ),
    "empty": (ckan([]), "held", "portal-empty", 0),
    "bad-among-good": (bad_among_good, "partial", "identifier-missing", 3),
}
RDF = {"html-for-rdf", "not-rdf", "endless", "cycle", "next-to-itself", "total-differs"}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Zoo"]:
    zoo = Zoo(tmp_path_factory.mktemp("zoo"))
    yield zoo
    zoo.close()


class Zoo:
    """All faults, harvested once."""

    def __init__(self, folder: Path) -> None:
        self.bystander = WebServer()
        """Must never be asked: it is not among the allowed addresses."""
        self.servers = {name: WebServer() for name in FAULTS}
        for name, (respond, *_) in FAULTS.items():
            self.servers[name].answer = self._answering(respond)
        self.servers["robots"] = WebServer()
        self.servers["robots"].robots = Answer(b"User-agent: *\nDisallow: /api/\n")
        self.servers["robots"].answer = ckan(GOOD)
        portals = [self._portal(name) for name in self.servers]
        portals += [
            PortalFile(name="unreachable", title="U", source_type="ckan", url=closed_port()),
            PortalFile(name="not-allowed", title="N", source_type="ckan", url=self.bystander.url),
            PortalFile(
                name="localhost",
                title="L",
                source_type="ckan",
                url=f"http://localhost:{self.bystander.port}",
            ),
        ]
        self.harvest = Harvester(folder)
        allow = [server.place for server in self.servers.values()]
        allow.append(portals[-3].url.removeprefix("http://"))
        runs = self.harvest(*portals, allow=allow, network={"timeout_seconds": 5.0})
        self.runs: dict[str, PortalRun] = {run.portal: run for run in runs}

    def _portal(self, name: str) -> PortalFile:
        if name in RDF:
            url = f"{self.servers[name].url}/catalog.ttl"
            return portal(self.servers[name], name, source_type="dcat_rdf", url=url)
        return portal(self.servers[name], name)

    def _answering(self, respond: Respond) -> Respond:
        def answer(asked: Asked) -> Answer:
            made = respond(asked)
            here = self.bystander.url
            made.body = made.body.replace(b"@BYSTANDER@", here.encode())
            made.headers = {k: v.replace("@BYSTANDER@", here) for k, v in made.headers.items()}
            return made

        return answer

    def close(self) -> None:
        self.bystander.close()
        for server in self.servers.values():
            server.close()


def closed_port() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_own_state_reason_and_sentence(zoo: Zoo, name: str) -> None:
    _, state, reason, seen = FAULTS[name]
    run = zoo.runs[name]

    assert (run.state, run.reason, run.seen) == (state, reason, seen)
    assert bool(run.detail) == (reason is not None)
    with zoo.harvest.store() as store:
        assert store.count_records(name) == seen
        assert reason is None or store.findings_by_code(name)[reason] == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("robots", "portal-robots"),
        ("unreachable", "connection-refused"),
        ("not-allowed", "net-private"),
        ("localhost", "net-private"),
    ],
)
def test_what_cannot_or_must_not_be_asked_has_failed(zoo: Zoo, name: str, reason: str) -> None:
    assert (zoo.runs[name].state, zoo.runs[name].reason) == ("failed", reason)


def test_no_address_is_reached_that_the_guard_forbids(zoo: Zoo) -> None:
    assert zoo.bystander.asked == []


def test_robots_txt_is_asked_for_and_obeyed(zoo: Zoo) -> None:
    assert [asked.path for asked in zoo.servers["robots"].asked] == ["/robots.txt"]


def test_the_first_characters_of_a_wrong_answer_are_quoted(zoo: Zoo) -> None:
    assert "Wartung" in zoo.runs["html"].detail
    assert "{success: ja" in zoo.runs["not-json"].detail


def test_repetitions_end(zoo: Zoo) -> None:
    assert len(zoo.servers["server-error"].pages_asked) == 4
    assert len(zoo.servers["busy"].pages_asked) == 1
    assert len(zoo.servers["redirect-loop"].pages_asked) == 6
    assert len(zoo.servers["endless"].pages_asked) == 2


def test_repeated_identifiers_are_counted(zoo: Zoo) -> None:
    assert zoo.runs["changing-order"].duplicates == 1
    assert zoo.runs["listed-twice"].duplicates == 1
    with zoo.harvest.store() as store:
        assert store.findings_by_code("listed-twice")["identifier-repeated"] == 1


def test_a_portal_file_may_overrule_robots_txt(server: WebServer, harvest: Harvester) -> None:
    from datenernte_harvester.portal import PortalNetwork

    server.robots = Answer(b"User-agent: *\nDisallow: /\n")
    server.answer = ckan(GOOD)
    network = PortalNetwork(
        respect_robots=False, reason="vereinbart", user_agent="ernte-probe/1", delay_seconds=0.01
    )

    [run] = harvest(portal(server, network=network))

    assert run.state == "ok"
    assert {asked.headers["user-agent"] for asked in server.asked} == {"ernte-probe/1"}


def test_a_portal_that_begins_to_redirect_holds_nobody_up(
    server: WebServer, harvest: Harvester
) -> None:
    """A remembered crawl is compared first; its redirects are not the spider's own."""
    hops = iter(range(1000))
    server.answer = ckan(GOOD)
    harvest(portal(server))
    server.answer = lambda asked: Answer(
        status=302, headers={"Location": f"{asked.path.partition('?')[0]}?hop={next(hops) % 20}"}
    )

    [run] = harvest(portal(server), portal_deadline_seconds=8.0)

    assert (run.state, run.reason) == ("failed", "portal-redirects")


def test_a_slow_server_meets_the_timeout(server: WebServer, harvest: Harvester) -> None:
    def dripping(_asked: Asked) -> Answer:
        server.released.wait(20)
        return Answer()

    server.answer = dripping
    server.robots = Answer(b"")

    [run] = harvest(portal(server), network={"timeout_seconds": 0.5})

    assert (run.state, run.reason) == ("failed", "portal-timeout")


def test_a_proxy_of_the_environment_is_ignored(
    server: WebServer,
    servers: Callable[[], WebServer],
    harvest: Harvester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = servers()
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    server.answer = ckan(GOOD)

    [run] = harvest(portal(server))

    assert run.state == "ok"
    assert proxy.asked == []


def test_the_operators_proxy_is_used_for_every_request(
    servers: Callable[[], WebServer], harvest: Harvester
) -> None:
    proxy = servers()
    proxy.answer = lambda asked: ckan(GOOD)(
        Asked(asked.path.removeprefix("http://daten.lindenau.example"), asked.headers)
    )
    behind = PortalFile(
        name="probe", title="P", source_type="ckan", url="http://daten.lindenau.example"
    )

    [run] = harvest(behind, allow=[], network={"proxy": proxy.url})

    assert (run.state, run.seen) == ("ok", 5)
    assert [asked.path.partition("?")[0] for asked in proxy.asked] == [
        "http://daten.lindenau.example/robots.txt",
        "http://daten.lindenau.example/api/3/action/package_search",
    ]
