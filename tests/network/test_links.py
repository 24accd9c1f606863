"""HEAD may only confirm, GET judges, a block is no broken link (F02, F03, F09–F13, F31, F32)."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import LinkResult
from datenernte_validators.links import answers_with_page, check_links, link_findings
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

Serve = Callable[..., tuple[str, list[str], list[bytes]]]
Reply = Callable[..., bytes]
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
QUICK = NetworkSettings(
    link_timeout_seconds=3,
    link_deadline_seconds=6,
    user_agent="datenernte/0.1 (+https://a.example)",
)
HASTY = replace(QUICK, link_timeout_seconds=0.6, link_deadline_seconds=2)


def results_of(
    urls: Iterable[str], network: NetworkSettings = QUICK, guard: Guard | None = None
) -> dict[str, LinkResult]:
    urls = list(urls)
    opened = guard or Guard({url.split("/")[2] for url in urls if url.count("/") > 1})
    return {result.url: result for result in check_links(urls, opened, network, now=NOW)}


def result_of(url: str, network: NetworkSettings = QUICK, guard: Guard | None = None) -> LinkResult:
    result = results_of([url], network, guard)[url]
    for finding in link_findings(result, subject="s", property="p", promised="CSV"):
        assert finding.message
        assert "None" not in finding.message
    return result


def codes(result: LinkResult, promised: str | None = None) -> list[str]:
    return [
        found.code
        for found in link_findings(result, subject=None, property=None, promised=promised)
    ]


def silence(head: bytes) -> Iterator[bytes]:
    while True:
        yield b""


def endless(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\nContent-Type: text/csv\r\n\r\n"
    while True:
        yield b"1;2;3;4\n" * 8192


def test_a_working_link_is_asked_by_head_and_the_start_of_a_get(serve: Serve, reply: Reply) -> None:
    csv = {"Content_Type": "text/csv; charset=utf-8"}
    base, hits, heads = serve(
        {
            "HEAD /a.csv": reply(200, Content_Length="5000", **csv),
            "GET /a.csv": reply(206, b"a;b\n", Content_Range="bytes 0-3/5000", **csv),
        }
    )
    result = result_of(f"{base}/a.csv")
    assert result == LinkResult(
        url=f"{base}/a.csv",
        checked_at=NOW,
        head_status=200,
        status=206,
        outcome="ok",
        final_url=f"{base}/a.csv",
        content_type="text/csv",
        content_length=5000,
    )
    assert hits == ["GET /robots.txt", "HEAD /a.csv", "GET /a.csv"]
    assert b"Range: bytes=0-1023\r\n" in heads[2]
    assert b"User-Agent: datenernte/0.1 (+https://a.example)\r\n" in heads[2]
    assert codes(result, "CSV") == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 500, 501, 503])
def test_a_bad_head_never_speaks_against_a_link(serve: Serve, reply: Reply, status: int) -> None:
    base, _, _ = serve({"HEAD /a": reply(status), "GET /a": reply(200, b"x")})
    result = result_of(f"{base}/a")
    assert (result.head_status, result.status, result.outcome) == (status, 200, "ok")


@pytest.mark.parametrize("broken", [b"", b"kein HTTP\r\n\r\n"])
def test_a_head_that_breaks_off_is_a_connection_error_and_the_get_still_judges(
    serve: Serve, reply: Reply, broken: bytes
) -> None:
    base, _, _ = serve({"HEAD /a": lambda head: [broken], "GET /a": reply(200, b"x")})
    result = result_of(f"{base}/a")
    assert (result.head_status, result.status, result.outcome) == (1100, 200, "ok")


@pytest.mark.parametrize("length", ["", "1", "999"])
def test_a_head_answered_with_a_body_counts_all_the_same(
    serve: Serve, reply: Reply, length: str
) -> None:
    page = b"<html>" * 99
    base, _, _ = serve(
        {
            "HEAD /a": reply(302, page, Content_Length=length, Location="/b"),
            "HEAD /b": reply(403, page, Content_Length=length),
            "/a": reply(200, b"x"),
        }
    )
    result = result_of(f"{base}/a")
    assert (result.head_status, result.status, result.outcome) == (403, 200, "ok")


def test_a_head_without_answer_leaves_time_for_the_get(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"HEAD /a": silence, "GET /a": reply(200, b"x")})
    result = result_of(f"{base}/a", HASTY)
    assert (result.head_status, result.status, result.outcome) == (1100, 200, "ok")


def test_a_head_that_lies_is_not_believed(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"HEAD /a": reply(200), "GET /a": reply(404)})
    result = result_of(f"{base}/a")
    assert (result.head_status, result.status, result.outcome) == (200, 404, "broken")
    assert codes(result) == ["link-broken"]


def test_a_good_head_confirms_where_no_get_is_answered(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"HEAD /a": reply(200, Content_Length="7"), "GET /a": silence})
    result = result_of(f"{base}/a", HASTY)
    assert (result.head_status, result.status, result.outcome) == (200, 200, "ok")
    assert result.content_length == 7


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, "broken") for status in (400, 404, 405, 410, 500, 502, 504, 301, 600)),
        *((status, "blocked") for status in (401, 403, 407, 451, 503)),
        *((status, "ok") for status in (200, 203, 204)),
    ],
)
def test_the_get_judges_by_its_status(
    serve: Serve, reply: Reply, status: int, outcome: str
) -> None:
    body = b"" if status == 204 else b"x"
    base, _, _ = serve({"HEAD /a": reply(status), "GET /a": reply(status, body)})
    result = result_of(f"{base}/a")
    assert (result.status, result.outcome) == (status, outcome)
    assert (
        codes(result)
        == {
            "broken": ["link-broken"],
            "blocked": ["link-blocked"],
            "ok": [],
        }[outcome]
    )


def test_an_empty_file_is_asked_again_without_a_range(serve: Serve, reply: Reply) -> None:
    def whole(head: bytes) -> list[bytes]:
        return [reply(416 if b"Range:" in head else 200)]

    base, _, _ = serve({"HEAD /a": reply(200), "GET /a": whole})
    assert result_of(f"{base}/a").outcome == "ok"


def test_a_server_that_ignores_the_range_is_left_early(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"HEAD /a": reply(405), "GET /a": endless})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.content_type) == ("ok", "text/csv")


def drip_head(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\n"
    while True:
        yield b"X"
        yield b""


def header_flood(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\n"
    while True:
        yield b"X-A: b\r\n" * 1000


def interim_flood(head: bytes) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 10
        yield b""


@pytest.mark.parametrize("route", [silence, drip_head, header_flood, interim_flood])
def test_no_server_holds_a_check_beyond_its_deadline(
    serve: Serve, route: Callable[[bytes], Iterator[bytes]]
) -> None:
    base, _, _ = serve({"/robots.txt": route, "/a": route})
    started = datetime.now(tz=UTC)
    result = result_of(f"{base}/a", HASTY)
    assert (datetime.now(tz=UTC) - started).total_seconds() < 5
    assert (result.status, result.head_status) == (None, 1100)
    assert result.outcome in ("timeout", "error")
    assert codes(result) in (["link-timeout"], ["connection-failed"])


def test_a_dripping_body_does_not_change_the_judgement(
    serve: Serve, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datenernte_validators.network.bulk._BODY_SECONDS", 0.2)

    def drip(head: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 X\r\nContent-Length: 99999\r\nConnection: close\r\n\r\n"
        while True:
            yield b""

    base, _, _ = serve({"HEAD /a": reply(405), "GET /a": drip})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.status, result.content_length) == ("ok", 200, 99999)


def test_redirects_are_followed_and_every_hop_is_kept(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve(
        {
            "/a": reply(301, Location="/b"),
            "/b": reply(302, Location="c?x=%C3%A4#unten"),
            "/c?x=%C3%A4": reply(200, b"x"),
        }
    )
    result = result_of(f"{base}/a")
    assert (result.head_status, result.status, result.outcome) == (200, 200, "ok")
    assert result.hops == (f"{base}/b", f"{base}/c?x=%C3%A4")
    assert result.final_url == f"{base}/c?x=%C3%A4"


def test_redirects_without_end_are_broken(serve: Serve, reply: Reply) -> None:
    routes = {f"/{step}": reply(302, Location=f"/{step + 1}") for step in range(99)}
    base, hits, _ = serve({**routes, "/kreis": reply(307, Location="/kreis")})
    results = results_of([f"{base}/0", f"{base}/kreis"])
    for result in results.values():
        assert (result.outcome, result.code) == ("broken", "link-redirect-loop")
        assert result.head_status == result.status
    assert len(results[f"{base}/0"].hops) == 5
    assert len(hits) == 1 + 2 * 6 + 2


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.1:{other}/geheim", "net-private"),
        ("http://0x7f.1:{other}/geheim", "net-private"),
        ("http://[::1]:{other}/geheim", "net-private"),
        ("http://localhost:{other}/geheim", "net-private"),
        ("http://[::ffff:127.0.0.1]:{other}/geheim", "net-private"),
        ("http://169.254.169.254/", "net-private"),
        ("http://a:geheim@127.0.0.1:{other}/", "net-userinfo"),
        ("file:///etc/passwd", "net-scheme"),
        ("http://[", "net-invalid"),
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(
    serve: Serve, reply: Reply, location: str, code: str
) -> None:
    inner, inner_hits, _ = serve({"/geheim": reply(200, b"geheim")})
    place = location.format(other=inner.rpartition(":")[2])
    base, _, _ = serve({"/a": reply(302, Location=place)})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.code) == ("forbidden", code)
    assert "geheim@" not in result.detail
    assert inner_hits == []


@pytest.mark.parametrize(
    ("url", "head_status", "code"),
    [
        ("http://127.0.0.1:{port}/a", None, "net-private"),
        ("http://2130706433:{port}/a", None, "net-private"),
        ("http://017700000001:{port}/a", None, "net-private"),
        ("http://[::ffff:7f00:1]:{port}/a", None, "net-private"),
        ("http://localhost:{port}/a", None, "net-private"),
        ("http://a:b@127.0.0.1:{port}/a", None, "net-userinfo"),
        ("http://stadt.example.org:25/a", None, "net-port"),
        ("ftp://127.0.0.1:{port}/a", 1300, "net-scheme"),
        ("kein Link", 1300, "net-scheme"),
        ("", 1300, "net-scheme"),
        ("http://", 1300, "net-invalid"),
    ],
)
def test_a_forbidden_url_is_never_asked(
    serve: Serve, reply: Reply, url: str, head_status: int | None, code: str
) -> None:
    base, hits, _ = serve({"/a": reply(200)})
    result = result_of(url.format(port=base.rpartition(":")[2]), QUICK, Guard())
    assert (result.outcome, result.code, result.head_status) == ("forbidden", code, head_status)
    assert hits == []
    assert codes(result) == [code]


def test_names_that_lead_inside_are_refused_whatever_they_answered_before(
    serve: Serve, reply: Reply
) -> None:
    """127.0.0.2 stands for the public address, 127.0.0.1 for the inner one."""
    public, public_hits, _ = serve({"/a": reply(200, b"x")}, host="127.0.0.2")
    port = public.rpartition(":")[2]
    _, inner_hits, _ = serve({"/a": reply(200, b"geheim")}, port=int(port))
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        if host == "innen.example.org":
            return ["127.0.0.1", "::1"]
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    guard = Guard((f"127.0.0.2:{port}",))
    for host, outcome in (
        ("aussen.example.org", "ok"),  # one answer serves robots.txt, HEAD and GET
        ("aussen.example.org", "forbidden"),
        ("innen.example.org", "forbidden"),
    ):
        url = f"http://{host}:{port}/a"
        (result,) = check_links([url], guard, QUICK, now=NOW, lookup=lookup)
        assert (result.outcome, result.url) == (outcome, url)
    assert len(public_hits) == 3
    assert inner_hits == []


def test_an_allowed_name_reaches_its_private_address(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({"/a": reply(200, b"x")})
    port = base.rpartition(":")[2]
    (result,) = check_links(
        [f"http://portal.intern:{port}/a"],
        Guard((f"portal.intern:{port}",)),
        QUICK,
        now=NOW,
        lookup=lambda host, port: ["127.0.0.1"],
    )
    assert result.outcome == "ok"


def test_robots_txt_blocks_and_is_fetched_once(serve: Serve, reply: Reply) -> None:
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n\nUser-agent: Datenernte\nDisallow: /nein/\n"
    base, hits, _ = serve({"/robots.txt": reply(200, rules), "/ja": reply(200, b"x")})
    urls = [f"{base}/nein/{number}" for number in range(5)] + [f"{base}/ja"]
    results = results_of(urls)
    assert [results[url].outcome for url in urls] == ["blocked"] * 5 + ["ok"]
    assert results[urls[0]].head_status is None
    assert codes(results[urls[0]]) == ["link-blocked"]
    assert sorted(hits) == ["GET /ja", "GET /robots.txt", "HEAD /ja"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"User-agent: *\nDisallow: /"),
        (503, b"User-agent: *\nDisallow: /"),
        (200, b"<!DOCTYPE html><p>User-agent: *\nDisallow: /"),
        (200, b"\x00\xff\xfe" * 99),
    ],
)
def test_a_robots_txt_that_is_none_forbids_nothing(
    serve: Serve, reply: Reply, status: int, body: bytes
) -> None:
    base, _, _ = serve({"/robots.txt": reply(status, body), "/a": reply(200, b"x")})
    assert result_of(f"{base}/a").outcome == "ok"


def test_robots_txt_of_the_redirects_target_counts_too(serve: Serve, reply: Reply) -> None:
    other, other_hits, _ = serve(
        {"/robots.txt": reply(200, b"User-agent: *\nDisallow: /"), "/b": reply(200, b"x")}
    )
    base, _, _ = serve({"/a": reply(302, Location=f"{other}/b")})
    guard = Guard([base.split("/")[2], other.split("/")[2]])
    result = result_of(f"{base}/a", guard=guard)
    assert (result.outcome, result.head_status) == ("blocked", 200)
    assert "GET /b" not in other_hits


def test_robots_txt_can_be_left_unread(serve: Serve, reply: Reply) -> None:
    rules = b"User-agent: *\nDisallow: /"
    base, hits, _ = serve({"/robots.txt": reply(200, rules), "/a": reply(200, b"x")})
    assert result_of(f"{base}/a", replace(QUICK, respect_robots=False)).outcome == "ok"
    assert "GET /robots.txt" not in hits


DATE = "Fri, 02 Jan 2026 03:04:00 GMT"


@pytest.mark.parametrize(
    ("retry_after", "date", "waits"),
    [
        ("0", "", True),
        ("0.5", "", False),
        ("3600", "", False),
        ("", "", False),
        ("morgen", DATE, False),
        (DATE, DATE, True),
        ("Fri, 02 Jan 2026 04:04:00 GMT", DATE, False),
        (DATE, "", False),
    ],
)
def test_too_many_requests_are_repeated_once_where_the_wait_is_short(
    serve: Serve, reply: Reply, retry_after: str, date: str, waits: bool
) -> None:
    base, hits, _ = serve({"/a": reply(429, Retry_After=retry_after, Date=date)})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.status, result.head_status) == ("blocked", 429, 429)
    assert hits[1:] == ["HEAD /a"] * (2 if waits else 1)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_repeated_request_may_succeed(serve: Serve, reply: Reply, method: str) -> None:
    answers = [reply(429, Retry_After="0"), reply(200, b"x" if method == "GET" else b"")]
    base, hits, _ = serve({"/a": reply(200, b"x"), f"{method} /a": lambda head: [answers.pop(0)]})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.status, result.head_status) == ("ok", 200, 200)
    assert hits.count(f"{method} /a") == 2


def test_each_url_is_asked_once(serve: Serve, reply: Reply) -> None:
    base, hits, _ = serve({"/a": reply(200, b"x")})
    seen: list[tuple[int, int]] = []
    found = list(
        check_links(
            [f"{base}/a"] * 9,
            Guard([base.split("/")[2]]),
            QUICK,
            now=NOW,
            progress=lambda done, total: seen.append((done, total)),
        )
    )
    assert len(found) == 1
    assert seen == [(1, 1)]
    assert hits.count("HEAD /a") == 1


def test_nothing_to_check_starts_nothing() -> None:
    assert list(check_links([], Guard(), QUICK, now=NOW)) == []


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (" {base}/a.csv\n", "/a.csv"),
        ("{base}/a b.csv", "/a%20b.csv"),
        ("{base}/straße.csv", "/stra%C3%9Fe.csv"),
        ("{base}/stra%C3%9Fe.csv?q=%20+%2F&f[]=1", "/stra%C3%9Fe.csv?q=%20+%2F&f[]=1"),
        ("{base}/100%.csv", "/100%25.csv"),
        ("{base}/%7Eamt/a", "/%7Eamt/a"),
        ("{base}/a#blatt", "/a"),
        ("{base}", "/"),
        ("{base}?x=1", "/?x=1"),
    ],
)
def test_urls_are_sent_as_written_where_that_is_valid(
    serve: Serve, reply: Reply, written: str, sent: str
) -> None:
    base, hits, _ = serve({})
    url = written.format(base=base)
    (result,) = check_links([url], Guard([base.split("/")[2]]), QUICK, now=NOW)
    assert result.url == url
    assert hits[1] == f"HEAD {sent}"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=utf-8", b"Wartung"),
        ("text/csv", b"\xef\xbb\xbf\n <!-- x --><!DOCTYPE HTML><title>Anmeldung"),
        ("application/zip", b"<html><body>Fehler"),
        ("", b"<HTML>"),
    ],
)
def test_a_page_in_place_of_data_is_a_finding_only_where_data_is_promised(
    serve: Serve, reply: Reply, content_type: str, body: bytes
) -> None:
    base, _, _ = serve({"/a": reply(200, body, Content_Type=content_type)})
    result = result_of(f"{base}/a")
    assert (result.outcome, result.content_type) == ("ok", "text/html")
    assert answers_with_page(result)
    assert codes(result, "CSV") == ["link-html" if body == b"Wartung" else "link-html-small"]
    assert codes(result) == []


@pytest.mark.parametrize("body", [b"a;b\n<html>", b"", b"<?xml version='1.0'?><a/>", b"<!-- html"])
def test_data_is_no_page(serve: Serve, reply: Reply, body: bytes) -> None:
    base, _, _ = serve({"/a": reply(200, body, Content_Type="text/csv")})
    result = result_of(f"{base}/a")
    assert not answers_with_page(result)
    assert codes(result, "CSV") == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA, tmp_path: Path) -> NetworkSettings:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return replace(QUICK, ca_file=tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("none", None),
        ("expired", "tls-expired"),
        ("future", "tls-not-yet-valid"),
        ("hostname", "tls-hostname"),
        ("issuer", "tls-unknown-issuer"),
        ("plain", "tls-failed"),
    ],
)
def test_each_fault_of_a_certificate_has_its_code(
    serve: Serve,
    reply: Reply,
    authority: trustme.CA,
    trusting: NetworkSettings,
    fault: str,
    code: str | None,
) -> None:
    certificate = (trustme.CA() if fault == "issuer" else authority).issue_cert(
        "stadt.example.org" if fault == "hostname" else "127.0.0.1",
        not_before=datetime(2100 if fault == "future" else 2001, 1, 1, tzinfo=UTC),
        not_after=datetime(2002 if fault == "expired" else 2101, 1, 1, tzinfo=UTC),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    base, _, _ = serve({"/a": reply(200, b"x")}, None if fault == "plain" else context)
    result = result_of(f"{base}/a".replace("http:", "https:"), trusting)
    assert result.code == code
    assert result.outcome == ("error" if code else "ok")
    assert result.head_status == (1100 if code else 200)


def test_a_redirect_from_https_to_http_is_followed_and_reported(
    serve: Serve, reply: Reply, authority: trustme.CA, trusting: NetworkSettings
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    plain, _, _ = serve({"/b": reply(200, b"x")})
    base, _, _ = serve({"/a": reply(302, Location=f"{plain}/b")}, context)
    guard = Guard([plain.split("/")[2], base.split("/")[2]])
    result = result_of(f"{base}/a", trusting, guard)
    assert result.outcome == "ok"
    assert codes(result) == ["link-redirect-insecure"]


def test_a_missing_authorities_file_is_a_configuration_error(tmp_path: Path) -> None:
    unusable = replace(QUICK, ca_file=tmp_path / "fehlt.pem")
    with pytest.raises(ConfigError):
        list(check_links(["https://stadt.example.org/"], Guard(), unusable, now=NOW))


def test_unknown_names_and_closed_ports_have_their_codes() -> None:
    def nowhere(host: str, port: int) -> list[str]:
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "unbekannt")

    (unknown,) = check_links(["http://stadt.example.org/"], Guard(), QUICK, now=NOW, lookup=nowhere)
    assert (unknown.outcome, unknown.code, unknown.head_status) == ("error", "host-unknown", 1100)
    refused = result_of("http://127.0.0.1:8/")
    assert (refused.outcome, refused.code) == ("error", "connection-refused")


def test_one_host_gets_no_more_requests_at_once_than_allowed(serve: Serve, reply: Reply) -> None:
    lock = threading.Lock()
    under_way: list[int] = [0, 0]

    def count(head: bytes) -> Iterator[bytes]:
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
        yield from [b""] * 3
        with lock:
            under_way[0] -= 1
        yield reply(200, b"" if head.startswith(b"HEAD") else b"x")

    base, _, _ = serve({f"/{number}": count for number in range(12)})
    found = results_of([f"{base}/{number}" for number in range(12)])
    assert {result.outcome for result in found.values()} == {"ok"}
    assert under_way == [0, 2]


def test_requests_to_one_host_keep_their_distance(serve: Serve, reply: Reply) -> None:
    moments: list[datetime] = []

    def note(head: bytes) -> list[bytes]:
        moments.append(datetime.now(tz=UTC))
        return [reply(200)]

    base, _, _ = serve({"/robots.txt": note, "/a": note, "/b": note})
    guard = Guard([base.split("/")[2]])
    urls = [f"{base}/a", f"{base}/b"]
    assert len(list(check_links(urls, guard, QUICK, now=NOW, delay_seconds=0.1))) == 2
    assert len(moments) == 5
    assert (moments[-1] - moments[0]).total_seconds() > 0.3


def test_a_silent_host_is_given_up(serve: Serve) -> None:
    server = {f"/{number}": silence for number in range(60)} | {"/": silence}
    base, hits, _ = serve(server)
    started = datetime.now(tz=UTC)
    found = results_of([f"{base}/{number}" for number in range(60)], HASTY)
    assert len(found) == 60
    assert {result.outcome for result in found.values()} == {"timeout"}
    assert {result.head_status for result in found.values()} == {1100}
    assert (datetime.now(tz=UTC) - started).total_seconds() < 20
    assert len(hits) < 30
    assert any("der ganze Server" in result.detail for result in found.values())


def test_a_host_whose_start_page_answers_is_not_given_up(serve: Serve, reply: Reply) -> None:
    slow = {f"/{number}": silence for number in range(7)}
    base, _, _ = serve({**slow, "/": reply(200), "/schnell": reply(200, b"x")})
    found = results_of([*(f"{base}{path}" for path in slow), f"{base}/schnell"], HASTY)
    assert found[f"{base}/schnell"].outcome == "ok"


def test_closing_early_ends_the_requests(serve: Serve, reply: Reply) -> None:
    base, hits, _ = serve({"/0": reply(200), **{f"/{number}": silence for number in range(1, 99)}})
    running = check_links(
        [f"{base}/{number}" for number in range(99)], Guard([base.split("/")[2]]), QUICK, now=NOW
    )
    assert next(running).outcome == "ok"
    assert isinstance(running, Iterator)
    running.close()
    assert len(hits) < 12


def test_a_slow_reader_of_results_causes_no_timeouts(serve: Serve, reply: Reply) -> None:
    base, _, _ = serve({f"/{number}": reply(200) for number in range(6)})
    idle = threading.Event()
    outcomes = []
    for result in check_links(
        [f"{base}/{number}" for number in range(6)], Guard([base.split("/")[2]]), HASTY, now=NOW
    ):
        outcomes.append(result.outcome)
        idle.wait(0.2)
    assert outcomes == ["ok"] * 6


def test_the_operators_proxy_is_used(serve: Serve, reply: Reply) -> None:
    proxy, hits, _ = serve({"http://stadt.example.org/a": reply(200, b"x")})
    result = result_of("http://stadt.example.org/a", replace(QUICK, proxy=proxy), Guard())
    assert result.outcome == "ok"
    assert "HEAD http://stadt.example.org/a" in hits
    result = result_of("http://10.0.0.1/a", replace(QUICK, proxy=proxy), Guard())
    assert result.outcome == "forbidden"


def test_proxies_of_the_environment_are_ignored(
    serve: Serve, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, proxy_hits, _ = serve({})
    base, _, _ = serve({"/a": reply(200, b"x")})
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    assert result_of(f"{base}/a").outcome == "ok"
    assert proxy_hits == []


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.text(max_size=40).map(lambda text: f"http://{text}"),
            st.text(max_size=40).map(lambda text: f"https://a.example.org/{text}"),
            st.text(max_size=40).map(lambda text: f"http://{text}.example.org/"),
        ),
        max_size=30,
    )
)
def test_no_url_stops_the_check_of_the_others(urls: list[str]) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("kein Netz")

    found = list(check_links(urls, Guard(), QUICK, now=NOW, lookup=nowhere))
    assert sorted(result.url for result in found) == sorted(set(urls))
    for result in found:
        assert result.outcome in ("forbidden", "error")
        assert codes(result)


@settings(deadline=None, max_examples=40)
@given(body=st.binary(max_size=300), known=st.sampled_from([b"", b"HTTP/1.1 200 X\r\n"]))
def test_no_answer_stops_the_check_of_the_others(body: bytes, known: bytes) -> None:
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def answer() -> None:
        while True:
            try:
                opened, _ = server.accept()
            except OSError:
                return
            with opened, suppress(OSError):  # the client may have heard enough and left
                opened.recv(65536)
                opened.sendall(known + body)
                opened.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}/a"
    try:
        (result,) = check_links([url], Guard([f"127.0.0.1:{port}"]), HASTY, now=NOW)
        assert result.outcome in ("ok", "broken", "blocked", "error", "timeout", "forbidden")
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
