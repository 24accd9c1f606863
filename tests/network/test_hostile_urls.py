"""Hundreds of hostile URLs, redirects and DNS answers open not one connection (F01–F04).

All three doors to the network are tried: Scrapy, with which portals are harvested, `requests` for
files, aiohttp for links. An audit hook counts every connection of the process, a server on
loopback everything that arrives.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from datenernte_dcat.errors import ForbiddenAddress
from datenernte_validators.links import check_links
from datenernte_validators.network.download import download
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

Serve = Callable[..., tuple[str, list[str], list[bytes]]]
Reply = Callable[..., bytes]
NET_CODES = {"net-private", "net-scheme", "net-invalid", "net-userinfo", "net-port"}
NOW = datetime(2026, 1, 2, tzinfo=UTC)
QUICK = NetworkSettings(link_timeout_seconds=3, link_deadline_seconds=6, deadline_seconds=6)

HOSTS = (
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),
    *("017700000001", "0x7f.0.0.01", "127.0.0.1.", "%31%32%37.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①"),
    *("0", "0x0", "00.0.0.00", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "localhost"),
    *("LOCALHOST.", "portal.localhost", "innen.example.org", "innen.example.org."),
)
FORMS = (
    *("http://{host}:{port}/", "HTTP://{host}:{port}/geheim?a=b", "https://{host}:{port}/"),
    *("http://{host}:{port}/../x#y", "http://a:b@{host}:{port}/", "http://@{host}:{port}/"),
    *(
        "http:/{host}:{port}/",
        "http:{host}:{port}/",
        "http:\\\\{host}:{port}\\",
        "//{host}:{port}/",
    ),
    *("http://stadt.example.org@{host}:{port}/", "http://{host}:{port}\\@stadt.example.org/"),
    *(
        " http://{host}:{port}/",
        "http://\t{host}:{port}/",
        "http://{host}:{port}%2f@x.example.org/",
    ),
    *("ftp://{host}:{port}/", "file://{host}/etc/passwd", "ws://{host}:{port}/"),
)
ANSWERS = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"),  # noqa: S104
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1"),
    *("100.64.0.1", "100.127.255.254", "169.254.169.254", "169.254.1.1", "192.0.0.8"),
    *("192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255", "fe80::1", "fc00::1", "fd00:ec2::254"),
    *("fec0::1", "ff02::1", "100::1", "2001:db8::1", "2001:10::1", "3fff::1", "2002:7f00:1::"),
    *("2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "::127.0.0.1"),
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "2001:0:7f00:1::"),
)
"""What a hostile DNS server may say of a name."""
AUDITED: list[tuple[str, int]] = []
_installed: list[bool] = []


@contextmanager
def connections() -> Iterator[list[tuple[str, int]]]:
    """The addresses that this process connects to meanwhile; a hook stays for good once set."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            AUDITED.append(arguments[1])

    if not _installed:
        _installed.append(True)
        sys.addaudithook(hook)
    AUDITED.clear()
    yield AUDITED


def inside(host: str, port: int) -> list[str]:
    """A resolver that leads every name inside, as an attacker's would."""
    return ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0"]  # noqa: S104


def hostile_urls(port: int) -> list[str]:
    """The table of URLs."""
    return sorted({form.format(host=host, port=port) for form, host in product(FORMS, HOSTS)})


def test_the_table_has_500_rows() -> None:
    redirects = [host for host in HOSTS if host.isascii()]
    assert len(hostile_urls(8000)) + len(redirects) + len(ANSWERS) >= 500


def test_hostile_urls_open_no_connection(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, hits, _ = serve({"/": reply(200, b"geheim")})
    urls = hostile_urls(int(base.rpartition(":")[2]))
    with connections() as connected:
        found = list(check_links(urls, Guard(), QUICK, now=NOW, lookup=inside))
        assert {result.outcome for result in found} == {"forbidden"}
        assert len(found) == len(urls)
        for url in urls:
            with pytest.raises(ForbiddenAddress):
                download(url, tmp_path, Guard(), QUICK, lookup=inside)
        assert connected == []
    assert hits == []
    assert list(tmp_path.iterdir()) == []


def test_hostile_dns_answers_open_no_connection(tmp_path: Path) -> None:
    with connections() as connected:
        for number, address in enumerate(ANSWERS):
            url = f"http://daten-{number}.example.org/liste.csv"

            def answer(host: str, port: int, address: str = address) -> list[str]:
                return [address]

            [found] = check_links([url], Guard(), QUICK, now=NOW, lookup=answer)
            assert found.outcome == "forbidden", address
            with pytest.raises(ForbiddenAddress):
                download(url, tmp_path, Guard(), QUICK, lookup=answer)
        assert connected == []


def test_a_dns_answer_that_changes_gains_nothing(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    """Rebinding: the name leads to an allowed address first and to another one afterwards."""
    name = "wechselhaft.example.org"
    base, hits, _ = serve({"/liste.csv": reply(302, Location="/zwei.csv")})
    port = int(base.rpartition(":")[2])
    _, inner_hits, _ = serve({"/zwei.csv": reply(200, b"geheim")}, None, "127.0.0.2", port)
    guard = Guard((f"127.0.0.1:{port}",))
    url = f"http://{name}:{port}/liste.csv"
    for door in ("links", "files"):
        answers = iter(["127.0.0.1"])

        def changing(host: str, port: int, answers: Iterator[str] = answers) -> list[str]:
            return [next(answers, "127.0.0.2")]

        with connections() as connected:
            if door == "links":
                [found] = check_links([url], guard, QUICK, now=NOW, lookup=changing)
                # broken where the first answer is used for the second hop too: 404 outside
                assert found.outcome in ("forbidden", "broken")
            else:
                with pytest.raises(ForbiddenAddress):
                    download(url, tmp_path, guard, QUICK, lookup=changing)
            assert set(connected) == {("127.0.0.1", port)}
    assert any("/liste.csv" in hit for hit in hits)
    assert inner_hits == []


SCRAPY_DOOR = """
import asyncio, collections, json, socket, sys
asked = json.load(sys.stdin)
connected, plain = [], socket.getaddrinfo

def hostile_dns(host, port, *arguments, **named):
    # whatever the name, an answer of the attacker; addresses of literals stay what they are
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    except OSError:
        host = asked["answers"][len(host) % len(asked["answers"])]
    return plain(host, port, *arguments, **named)

socket.getaddrinfo = hostile_dns
sys.addaudithook(lambda event, a: connected.append(a[1]) if event == "socket.connect" else None)

from datetime import UTC, datetime
from scrapy import Request
from scrapy.crawler import AsyncCrawlerProcess
from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.portal_harvest import PortalCrawler, PortalHarvest
from datenernte_harvester.crawl.scrapy_settings import process_settings, settings_for
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

outcomes = collections.Counter()

class Asking(SourceSpider):
    name = "asking"

    async def start(self):
        for url in asked["urls"]:
            try:
                yield Request(url, self.answered, errback=self.refused, dont_filter=True)
            except ValueError:
                outcomes["no-url"] += 1

    def answered(self, response):
        outcomes[f"answered {response.url} {response.status}"] += 1

    def refused(self, failure):
        outcomes[getattr(failure.value, "code", type(failure.value).__name__)] += 1

allow = asked["allow"]
process = AsyncCrawlerProcess({**process_settings(), "DATENERNTE_ALLOW": allow})
portal = PortalFile(name="p", title="P", source_type="ckan", url="http://p.example.org/")
network = NetworkSettings(allow=tuple(allow))
catalog = CatalogSettings(title="", description="", publisher="", base_url="https://k.example")
with Store(asked["store"]) as store:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    harvest = PortalHarvest(
        portal=portal, store=store, run=store.begin_run("run", now.date(), now), now=now,
        catalog=catalog, network=network, guard=Guard(allow), hosts={},
    )
    settings = settings_for(
        user_agent="probe", respect_robots=False, delay_seconds=None, deadline_seconds=50.0,
        timeout_seconds=5.0, retry_pause_seconds=0.0,
    )
    crawler = PortalCrawler(Asking, settings, harvest)

    async def crawl():
        from twisted.internet import reactor
        await process.crawl(crawler, portal=portal, guard=harvest.guard)
        reactor.stop()

    from twisted.internet import reactor
    reactor.callWhenRunning(lambda: asyncio.ensure_future(crawl()))
    process.start(stop_after_crawl=False, install_signal_handlers=False)
print(json.dumps({"outcomes": outcomes, "connected": connected}))
"""


def through_scrapy(urls: list[str], folder: Path, allow: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the harvest's whole stack makes of these URLs, and every connection it opened."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", SCRAPY_DOOR],
        input=json.dumps(
            {
                "urls": urls,
                "allow": list(allow),
                "answers": [a for a in ANSWERS if socket.has_ipv6 or ":" not in a],
                "store": f"sqlite:///{folder / 'store.db'}",
            }
        ).encode(),
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:].decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_scrapy_opens_no_connection_for_hostile_urls_and_dns_answers(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    base, hits, _ = serve({"/": reply(200, b"geheim")})
    port = int(base.rpartition(":")[2])
    names = [f"http://{'n' * length}.example.org/" for length in range(1, 60)]

    found = through_scrapy([*hostile_urls(port), *names], tmp_path)

    assert found["connected"] == []
    assert hits == []
    assert sum(found["outcomes"].values()) == len(hostile_urls(port)) + len(names)
    # `answered` would be an outcome of its own; the codes are those of the guard's refusals
    assert set(found["outcomes"]) <= {"no-url", *NET_CODES}, found["outcomes"]


def test_scrapy_follows_no_hostile_redirect(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    inner, inner_hits, _ = serve({"/": reply(200, b"geheim")})
    port = inner.rpartition(":")[2]
    places = [f"http://{host}:{port}/" for host in HOSTS if host.isascii()]
    places += ["file:///etc/hostname", "data:text/plain,geheim", "ftp://127.0.0.1/"]
    routes = {f"/{number}": reply(302, Location=place) for number, place in enumerate(places)}
    base, hits, _ = serve(routes)
    outer = base.removeprefix("http://")

    found = through_scrapy([f"{base}/{n}" for n in range(len(places))], tmp_path, (outer,))

    assert {address[1] for address in found["connected"]} == {int(outer.rpartition(":")[2])}
    assert inner_hits == []
    assert len(hits) == len(places)
    assert not any("geheim" in name or "200" in name for name in found["outcomes"])


def test_hostile_redirects_open_no_further_connection(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    inner, inner_hits, _ = serve({"/": reply(200, b"geheim")})
    port = inner.rpartition(":")[2]
    places = [f"http://{host}:{port}/" for host in HOSTS if host.isascii()]
    routes = {f"/{number}": reply(302, Location=place) for number, place in enumerate(places)}
    base, _, _ = serve(routes)
    outer = base.rpartition(":")[2]
    guard = Guard((f"aussen.example.org:{outer}",))
    urls = [f"http://aussen.example.org:{outer}/{number}" for number in range(len(places))]
    with connections() as connected:
        found = list(check_links(urls, guard, QUICK, now=NOW, lookup=inside))
        assert {result.outcome for result in found} == {"forbidden"}
        for url in urls:
            with pytest.raises(ForbiddenAddress):
                download(url, tmp_path, guard, QUICK, lookup=inside)
        assert {address[1] for address in connected} == {int(outer)}
    assert inner_hits == []
