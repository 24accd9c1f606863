"""Pauses are kept, dead hosts cost one timeout, walls and log-in pages are called by name."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from datenernte_dcat.store.rows import LinkResult
from datenernte_validators.links import check_links, link_findings
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

Serve = Callable[..., tuple[str, list[str], list[bytes]]]
Reply = Callable[..., bytes]
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
QUICK = NetworkSettings(link_timeout_seconds=3, link_deadline_seconds=9)
HASTY = replace(QUICK, link_timeout_seconds=1, link_deadline_seconds=3)


def results_of(urls: Iterable[str], network: NetworkSettings = QUICK) -> dict[str, LinkResult]:
    urls = list(urls)
    guard = Guard({url.split("/")[2] for url in urls})
    return {result.url: result for result in check_links(urls, guard, network, now=NOW)}


def codes(result: LinkResult) -> list[str]:
    found = link_findings(result, subject=None, property=None, promised="CSV")
    return [finding.code for finding in found]


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_that_a_host_asks_for_is_kept_for_all_its_links(
    serve: Serve, reply: Reply, status: int
) -> None:
    moments: list[float] = []
    refusals = [reply(status, Retry_After="1")]

    def busy(head: bytes) -> list[bytes]:
        moments.append(time.monotonic())
        return [refusals.pop() if refusals else reply(200)]

    base, _, _ = serve({f"/{number}": busy for number in range(6)})
    found = results_of(f"{base}/{number}" for number in range(6))
    assert {result.outcome for result in found.values()} == {"ok"}
    # The first request was refused; one more may have been under way with it.
    assert sum(moment - moments[0] < 0.95 for moment in moments) <= 2
    assert len(moments) == 13


def test_a_host_that_wants_a_long_pause_is_left_alone(serve: Serve, reply: Reply) -> None:
    routes = {f"/{number}": reply(429, Retry_After="3600") for number in range(50)}
    other, _, _ = serve({"/a": reply(200, b"x")})
    base, hits, _ = serve(routes)
    found = results_of([*(f"{base}/{number}" for number in range(50)), f"{other}/a"])
    assert found.pop(f"{other}/a").outcome == "ok"
    assert len(hits) <= 3  # robots.txt and what two could ask at once
    assert 1 <= len(found) <= 3  # the others stay as they were
    assert {result.outcome for result in found.values()} == {"blocked"}


def test_too_many_requests_without_a_time_slow_the_host_down(
    serve: Serve, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datenernte_validators.network.manners._PAUSES_SECONDS", 1.0)
    base, hits, _ = serve({f"/{number}": reply(429) for number in range(50)})
    found = results_of(f"{base}/{number}" for number in range(50))
    assert len(hits) <= 3
    assert {result.outcome for result in found.values()} == {"blocked"}


def test_a_dead_host_costs_one_timeout(serve: Serve, reply: Reply) -> None:
    """A full backlog drops further connections, as a host that is off does."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        place = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(place)
            started = time.monotonic()
            found = results_of((f"http://127.0.0.1:{place[1]}/{n}" for n in range(40)), HASTY)
            assert time.monotonic() - started < 2.9  # one of 1 s, on a busy machine
        finally:
            for filler in fillers:
                filler.close()
    assert {result.outcome for result in found.values()} == {"timeout"}
    assert {result.head_status for result in found.values()} == {1100}
    assert all("der ganze Server" in result.detail for result in found.values())


def test_a_host_that_takes_connections_and_says_nothing_costs_two(serve: Serve) -> None:
    def silence(head: bytes) -> Iterator[bytes]:
        while True:
            yield b""

    names = ("robots.txt", "", *map(str, range(40)))
    base, hits, _ = serve({f"/{name}": silence for name in names})
    found = results_of((f"{base}/{number}" for number in range(40)), HASTY)
    assert sorted(hits) == ["GET /robots.txt", "HEAD /"]
    assert {result.outcome for result in found.values()} == {"timeout"}


def test_a_name_that_does_not_exist_is_looked_up_once() -> None:
    asked: list[str] = []

    def nowhere(host: str, port: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "unbekannt")

    urls = [f"http://weg.example.org/{number}" for number in range(30)]
    found = list(check_links(urls, Guard(), QUICK, now=NOW, lookup=nowhere))
    assert {(result.outcome, result.code) for result in found} == {("error", "host-unknown")}
    assert len(found) == 30
    assert len(asked) == 1


def test_a_dead_target_of_redirects_does_not_harm_the_host_that_redirects(
    serve: Serve, reply: Reply
) -> None:
    dead = "http://127.0.0.1:9"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
    moved = {f"/m{number}": reply(302, Location=f"{dead}/") for number in range(9)}
    base, _, _ = serve({**moved, "/da": reply(200, b"x")})
    urls = [*(f"{base}{path}" for path in moved), f"{base}/da"]
    guard = Guard([base.split("/")[2], dead.split("/")[2]])
    found = {result.url: result for result in check_links(urls, guard, QUICK, now=NOW)}
    assert found.pop(f"{base}/da").outcome == "ok"
    assert {result.code for result in found.values()} == {"connection-refused"}


def test_an_answer_that_breaks_off_concerns_one_link_only(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"/kaputt": lambda head: [b""], "/gut": reply(200, b"x")})
    found = results_of([f"{base}/kaputt", f"{base}/gut"])
    assert found[f"{base}/kaputt"].outcome == "error"
    assert found[f"{base}/gut"].outcome == "ok"


def test_spellings_of_one_address_are_asked_once(serve: Serve, reply: Reply) -> None:
    base, hits, _ = serve({"/a": reply(200, b"x")})
    urls = [f"{base}/a", f"{base}/a#blatt-1", f" {base}/a", f"{base}/a#blatt-2"]
    guard = Guard([base.split("/")[2]])
    found = list(check_links(urls, guard, QUICK, now=NOW))
    assert sorted(result.url for result in found) == sorted(urls)
    assert hits.count("GET /a") == 1


ANUBIS = (
    b"<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>"
    b'<script id="anubis_challenge" type="application/json">{}</script>'
    b'<script src="/.within.website/x/cmd/anubis/static/js/main.mjs"></script>'
)
CLOUDFLARE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>'
)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, ANUBIS, {}),
        (200, CLOUDFLARE, {}),
        (200, b"x" * 2000 + ANUBIS, {"Cf_Mitigated": "challenge"}),
        (202, b"", {"X_Amzn_Waf_Action": "challenge"}),
        (405, b"", {"X_Amzn_Waf_Action": "captcha"}),
    ],
)
def test_a_wall_against_programs_is_a_block(
    serve: Serve, reply: Reply, status: int, body: bytes, headers: dict[str, str]
) -> None:
    base, _, _ = serve({"/a": reply(status, body, **headers)})
    (result,) = results_of([f"{base}/a"]).values()
    assert (result.outcome, result.code, result.status) == ("blocked", "link-blocked", status)
    assert "kein Programm" in result.detail


def test_an_ordinary_page_with_the_scripts_of_such_a_service_is_no_wall(
    serve: Serve, reply: Reply
) -> None:
    page = b"<html><title>Stadt</title><script src='/cdn-cgi/challenge-platform/x'></script>"
    base, _, _ = serve({"/a": reply(200, page)})
    assert results_of([f"{base}/a"])[f"{base}/a"].outcome == "ok"


LONG = b"<!DOCTYPE html><html><head><title>%s</title></head><body>" + b"<p>Text</p>" * 900
FORM = b'<form><input name="u"><input\n class=x type="password" name="p"></form>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (LONG % b"Portal" + FORM, "link-login"),
        (b"<html><title>Anmelden</title>" + FORM, "link-login"),
        (LONG % b"404 - Seite nicht gefunden", "link-error-page"),
        (LONG % b"Wartungsarbeiten", "link-error-page"),
        (LONG % b"Haushalt 2404", "link-html"),
        (LONG % b"Stadtplan", "link-html"),
        (b"<html><body>Bitte warten", "link-html-small"),
    ],
)
def test_a_page_in_place_of_data_is_called_what_it_is(
    serve: Serve, reply: Reply, body: bytes, code: str
) -> None:
    base, _, _ = serve({"/a": reply(200, body, Content_Type="text/html")})
    (result,) = results_of([f"{base}/a"]).values()
    assert (result.outcome, result.content_type) == ("ok", "text/html")
    assert codes(result) == [code]


def test_a_redirect_to_a_log_in_is_one_whatever_the_page_says(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve(
        {
            "/a.csv": reply(302, Location="/auth/realms/x/protocol/openid-connect/auth?next=1"),
            "/auth/realms/x/protocol/openid-connect/auth?next=1": reply(200, LONG % b"Willkommen"),
        }
    )
    (result,) = results_of([f"{base}/a.csv"]).values()
    assert codes(result) == ["link-login"]


def test_requests_to_many_hosts_run_side_by_side(serve: Serve, reply: Reply) -> None:
    """Each host answers only once all of them have been asked."""
    together = threading.Barrier(8, timeout=20)

    def wait(head: bytes) -> list[bytes]:
        if head.startswith(b"HEAD"):
            together.wait()
        return [reply(200)]

    bases = [serve({"/a": wait})[0] for _ in range(8)]
    found = results_of(f"{base}/a" for base in bases)
    assert {result.outcome for result in found.values()} == {"ok"}
