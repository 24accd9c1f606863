"""Hundreds of hostile URLs open not one connection (F01–F04)."""

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


def test_hostile_urls_open_no_connection(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, hits, _ = serve({"/": reply(200, b"geheim")})
    port = base.rpartition(":")[2]
    urls = {form.format(host=host, port=port) for form, host in product(FORMS, HOSTS)}
    assert len(urls) > 450
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
