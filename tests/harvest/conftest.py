"""Real web servers on loopback, and real harvests of them into a store of the test's own."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.rows import Portal, PortalRun
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.portals import CrawlJob, harvest_portals
from datenernte_harvester.portal import PortalFile
from datenernte_validators.network.settings import NetworkSettings

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@dataclass
class Answer:
    """What a server says to one request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    length: int | None = None
    """Stated length, where it is not that of the body."""


@dataclass
class Asked:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]

    @property
    def query(self) -> dict[str, str]:
        return {key: values[-1] for key, values in parse_qs(urlsplit(self.path).query).items()}


class WebServer:
    """A server on loopback; `answer` decides, `asked` remembers. Paths without an answer are 404."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.scheme = "http" if tls is None else "https"
        self.answer: Callable[[Asked], Answer] = lambda _asked: Answer(status=404)
        self.robots: Answer = Answer(status=404)
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.released = threading.Event()
        """Set when the test is over: handlers that keep somebody waiting wait for it."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.place}"

    @property
    def pages_asked(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path != "/robots.txt"]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()})
                server.asked.append(asked)
                robots = asked.path == "/robots.txt"
                answer = server.robots if robots else server.answer(asked)
                body, status = answer.body, answer.status
                etag = answer.headers.get("ETag")
                if (
                    status == 200
                    and etag is not None
                    and asked.headers.get("if-none-match") == etag
                ):
                    body, status = b"", 304
                self.send_response(status)
                self.send_header("Content-Type", answer.content_type)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                length = len(body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)
                if length != len(body):
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[WebServer]:
    web_server = WebServer()
    yield web_server
    web_server.close()


@pytest.fixture
def servers() -> Iterator[Callable[[], WebServer]]:
    started: list[WebServer] = []

    def start() -> WebServer:
        started.append(WebServer())
        return started[-1]

    yield start
    for web_server in started:
        web_server.close()


class Harvester:
    """Harvests portals, one run after another, into one store."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'store.db'}"
        self.runs = 0
        self.allow: list[str] = []

    def __call__(
        self, *portals: PortalFile, allow: Sequence[str] | None = None, **options: Any
    ) -> list[PortalRun]:
        job = {
            key: options.pop(key) for key in ("limit", "dry_run", "may_withdraw") if key in options
        }
        with Store(self.url) as store:
            store.put_portals(
                Portal(name=p.name, title=p.title, source_type=p.source_type, url=p.url)
                for p in portals
            )
            now = NOW + timedelta(days=self.runs)
            run = store.begin_run("harvest", now.date(), now)
        self.runs += 1
        places = [urlsplit(portal.url).netloc for portal in portals] if allow is None else allow
        network = {"allow": tuple(places), "user_agent": "datenernte/test (+https://op.example)"}
        return harvest_portals(
            [CrawlJob(portal=portal, **job) for portal in portals],
            store_url=self.url,
            run=run,
            now=now,
            catalog=CatalogSettings(
                title="Probe",
                description="Probe",
                publisher="Probe",
                base_url="https://katalog.example",
            ),
            network=NetworkSettings(**{**network, **options.pop("network", {})}),
            **{
                "workers": 4,
                "retry_pause_seconds": 0.0,
                "portal_deadline_seconds": 60.0,
                **options,
            },
        )

    def store(self) -> Store:
        """The store, open; close it."""
        return Store(self.url)


@pytest.fixture
def harvest(tmp_path: Path) -> Harvester:
    return Harvester(tmp_path)


def portal(server: WebServer, name: str = "probe", **fields: Any) -> PortalFile:
    """A portal file for a server: CKAN at its root, unless said otherwise."""
    values = {"title": name.title(), "source_type": "ckan", "url": server.url, **fields}
    return PortalFile(name=name, **values)


def package(number: int, **fields: Any) -> dict[str, Any]:
    """A CKAN package."""
    url = f"https://daten.lindenau.example/{number}.csv"
    return {
        "id": f"p{number:04}",
        "name": f"datensatz-{number}",
        "title": f"Datensatz {number}",
        "notes": "Beschreibung",
        "resources": [{"id": f"r{number}", "url": url, "format": "CSV"}],
        **fields,
    }


def ckan(
    packages: Sequence[Any], *, rows_max: int = 1000, count: int | None = None, etag: bool = False
) -> Callable[[Asked], Answer]:
    """The answers of a CKAN with these packages, in the order of their identifiers."""

    def answer(asked: Asked) -> Answer:
        if not asked.path.startswith("/api/3/action/package_search"):
            return Answer(status=404)
        start = int(asked.query["start"])
        rows = min(int(asked.query["rows"]), rows_max)
        total = len(packages) if count is None else count
        result = {"count": total, "results": list(packages[start : start + rows])}
        body = json.dumps({"success": True, "result": result}).encode()
        return Answer(body, headers={"ETag": f'"{hash(body)}"'} if etag else {})

    return answer


def dcat(
    identifiers: Sequence[int], *, next_page: str | None = None, total: int | None = None
) -> bytes:
    """A page of a catalogue in Turtle."""
    lines = [
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .",
        "@prefix dct: <http://purl.org/dc/terms/> .",
        "@prefix hydra: <http://www.w3.org/ns/hydra/core#> .",
    ]
    if next_page is not None:
        lines.append(f"[] a hydra:PartialCollectionView ; hydra:next <{next_page}> .")
    if total is not None:
        lines.append(f"[] a hydra:Collection ; hydra:totalItems {total} .")
    for number in identifiers:
        lines.append(
            f"<https://daten.lindenau.example/dataset/{number}> a dcat:Dataset ; "
            f'dct:title "Datensatz {number}" .'
        )
    return "\n".join(lines).encode()
