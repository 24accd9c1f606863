"""Credentials reach the portal, and nobody else; proxy and authorities are the operator's."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from scrapy import Request
from tests.harvest.conftest import NOW, Answer, Asked, Harvester, WebServer, ckan, package, portal
from tests.harvest.forward_proxy import ForwardProxy

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.crawl.authentication import Authentication, proxy_of
from datenernte_harvester.credentials import Credentials, credentials, variable_of
from datenernte_harvester.portal import PortalFile
from datenernte_validators.links import check_links
from datenernte_validators.network.download import download
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

CANARY = "kanarienvogel-4711"


@pytest.mark.parametrize(
    ("text", "header", "value"),
    [
        ("basic nutzer:geheim", "Authorization", "Basic bnV0emVyOmdlaGVpbQ=="),
        ("Basic nutzer:ge:heim ß", "Authorization", "Basic bnV0emVyOmdlOmhlaW0gw58="),
        ("bearer abc.def-1", "Authorization", "Bearer abc.def-1"),
        ("header X-Api-Key: a b=c", "X-Api-Key", "a b=c"),
    ],
)
def test_the_three_forms_of_credentials(text: str, header: str, value: str) -> None:
    assert credentials("stadt-a", {"AUTH_STADT_A": text}) == Credentials(header, value)


@pytest.mark.parametrize(
    "text",
    [
        CANARY,
        f"basic {CANARY}",
        f"bearer {CANARY} zwei",
        f"bearer {CANARY}\r\nX: y",
        f"header Host: {CANARY}",
        f"header X Y: {CANARY}",
        f"header X: {CANARY}\nY: z",
        f"digest {CANARY}",
        "header X:",
        "bearer ",
    ],
)
def test_another_form_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        credentials("stadt", {"AUTH_STADT": text})
    assert "DATENERNTE_AUTH_STADT" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_file_may_hold_them_and_nothing_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "geheim"
    path.write_text(f"bearer {CANARY}\n", encoding="utf-8")
    known = credentials("stadt", {"AUTH_STADT_FILE": str(path)})
    assert known == Credentials("Authorization", f"Bearer {CANARY}")
    assert CANARY not in repr(known)
    assert credentials("andere", {"AUTH_STADT_FILE": str(path)}) is None
    assert variable_of("stadt-a") == "DATENERNTE_AUTH_STADT_A"


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://portal.example/api", True),
        ("https://portal.example:443/", True),
        ("https://PORTAL.example/x", True),
        ("http://portal.example/api", False),
        ("https://portal.example:8443/", False),
        ("https://portal.example.org/", False),
        ("https://sub.portal.example/", False),
    ],
)
@pytest.mark.parametrize("header", ["Authorization", "X-Key"])
def test_only_the_portals_own_origin_gets_the_header(url: str, sent: bool, header: str) -> None:
    middleware = Authentication("https://portal.example/api", Credentials(header, CANARY))
    request = Request(url, headers={header: CANARY})
    middleware.process_request(request)
    assert (header in request.headers) is sent


@pytest.mark.parametrize("form", [f"basic nutzer:{CANARY}", f"header X-Key: {CANARY}"])
def test_a_redirect_to_another_host_does_not_carry_the_credentials(
    form: str,
    server: WebServer,
    servers: Callable[[], WebServer],
    harvest: Harvester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATENERNTE_AUTH_PROBE", form)
    elsewhere = servers()
    elsewhere.answer = ckan([package(1)])

    def moved(asked: Asked) -> Answer:
        if not {"authorization", "x-key"} & asked.headers.keys():
            return Answer(status=401)
        return Answer(status=302, headers={"Location": elsewhere.url + asked.path})

    server.answer = moved
    [run] = harvest(portal(server), allow=[server.place, elsewhere.place])

    assert (run.state, run.seen) == ("ok", 1)
    assert elsewhere.pages_asked
    for asked in elsewhere.asked:
        assert not {"authorization", "x-key"} & asked.headers.keys()
        assert CANARY not in str(asked)


def test_credentials_of_one_portal_are_not_those_of_another(
    server: WebServer,
    servers: Callable[[], WebServer],
    harvest: Harvester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATENERNTE_AUTH_PROBE", f"bearer {CANARY}")
    other = servers()
    for one in (server, other):
        one.answer = ckan([package(1)])
    runs = harvest(portal(server), portal(other, "andere"), workers=1)
    assert [run.state for run in runs] == ["ok", "ok"]
    assert {asked.headers.get("authorization") for asked in server.asked} == {f"Bearer {CANARY}"}
    assert {asked.headers.get("authorization") for asked in other.asked} == {None}


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[WebServer, Path]]:
    """A portal on https under a name that only the proxy knows, and its authority."""
    authority = trustme.CA()
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("portal.lindenau.example").configure_cert(context)
    web_server = WebServer(context)
    web_server.answer = ckan([package(1), package(2)])
    yield web_server, path
    web_server.close()


def test_a_real_proxy_with_password_tunnels_to_a_portal_of_a_private_authority(
    tls: tuple[WebServer, Path], harvest: Harvester, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = tls
    monkeypatch.setenv("DATENERNTE_AUTH_PROBE", f"bearer {CANARY}")
    proxy = ForwardProxy({"portal.lindenau.example": server.port}, "Basic b3A6Z2VoZWlt")
    try:
        behind = PortalFile(
            name="probe", title="P", source_type="ckan", url="https://portal.lindenau.example"
        )
        network = {"proxy": f"http://op:geheim@127.0.0.1:{proxy.port}", "ca_file": authority}
        [run] = harvest(behind, allow=[], network=network)
    finally:
        proxy.close()
    assert (run.state, run.seen) == ("ok", 2)
    assert {asked[:2] for asked in proxy.asked} == {("CONNECT", "portal.lindenau.example:443")}
    # what belongs to the proxy stays there, what belongs to the portal goes through
    assert all("proxy-authorization" not in asked.headers for asked in server.asked)
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {CANARY}"}


@pytest.mark.parametrize("password", ["geheim", "falsch"])
def test_a_real_proxy_leads_plain_requests_or_refuses_them(
    password: str, server: WebServer, harvest: Harvester
) -> None:
    server.answer = ckan([package(1)])
    proxy = ForwardProxy({"portal.lindenau.example": server.port}, "Basic b3A6Z2VoZWlt")
    try:
        behind = PortalFile(
            name="probe", title="P", source_type="ckan", url="http://portal.lindenau.example"
        )
        network = {"proxy": f"http://op:{password}@127.0.0.1:{proxy.port}"}
        [run] = harvest(behind, allow=[], network=network)
    finally:
        proxy.close()
    if password == "geheim":  # noqa: S105 - made up
        assert (run.state, run.seen) == ("ok", 1)
    else:
        assert run.state == "failed"
        assert server.asked == []


def test_the_address_of_a_proxy_loses_its_userinfo() -> None:
    assert proxy_of("http://p:3128") == ("http://p:3128", None)
    assert proxy_of("http://a%40b:c%3Ad@p:3128") == ("http://p:3128", "Basic YUBiOmM6ZA==")


def test_downloads_and_link_checks_pass_a_proxy_with_password_without_our_credentials(
    tls: tuple[WebServer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = tls
    server.answer = lambda _asked: Answer(b"a;b\n1;2\n", content_type="text/csv")
    monkeypatch.setenv("DATENERNTE_AUTH_PROBE", f"bearer {CANARY}")
    proxy = ForwardProxy({"portal.lindenau.example": server.port}, "Basic b3A6Z2VoZWlt")
    url = "https://portal.lindenau.example/a.csv"
    settings = NetworkSettings(
        proxy=f"http://op:geheim@127.0.0.1:{proxy.port}", ca_file=authority, deadline_seconds=20.0
    )
    try:
        assert download(url, tmp_path, Guard(), settings).size == 8
        (results,) = [list(check_links([url], Guard(), settings, now=NOW))]
    finally:
        proxy.close()
    assert [result.outcome for result in results] == ["ok"]
    assert {asked[:2] for asked in proxy.asked} == {("CONNECT", "portal.lindenau.example:443")}
    assert len(server.asked) >= 2
    assert CANARY not in str(server.asked)
