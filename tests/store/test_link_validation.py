"""The link stage asks what is due, each address once, and needs two looks at a link that worked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from datenernte_dcat.records import Dataset, Distribution, Literal, Reference
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.link_validation import is_unanswered, validate_links
from datenernte_validators.network.settings import NetworkSettings

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


@dataclass
class Town:
    """A server whose one file may be there or not."""

    port: int
    status: int = 200
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/baum.csv"


@contextmanager
def running() -> Iterator[Town]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"a;b\n" if self.command == "GET" and place.status == 200 else b""
            if self.path != "/robots.txt":
                place.asked.append(self.command)
            self.send_response(404 if self.path == "/robots.txt" else place.status)
            self.send_header("Content-Type", "text/csv")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    place = Town(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def town() -> Iterator[Town]:
    with running() as started:
        yield started


def harvested(store: Store, make_record: Callable[..., StoredRecord], urls: list[str]) -> None:
    """One record for each URL, as two portals may name the same file."""
    records = []
    for number, url in enumerate(urls):
        dataset = Dataset(
            uri=f"https://daten.stadt.de/d/{number}",
            title=(Literal(value="Bäume", language="de"),),
            distribution=(Distribution(download_url=(Reference(uri=url),)),),
        )
        made = make_record(number)
        records.append(msgspec.structs.replace(made, as_published=dataset, normalised=dataset))
    run = store.begin_run("harvest", NOW.date(), NOW)
    store.put_records(run, records)


def look(store: Store, town: Town, hours: float) -> list[str]:
    """Codes of all link findings after a look at the links so many hours later."""
    town.asked.clear()
    network = NetworkSettings(allow=(f"127.0.0.1:{town.port}",))
    validate_links(store, ValidateSettings(), network, now=NOW + timedelta(hours=hours))
    return [found.code for found in store.findings(stage="links")]


def test_an_address_in_many_records_is_asked_once_and_only_when_due(
    store: Store, make_record: Callable[..., StoredRecord], town: Town
) -> None:
    harvested(store, make_record, [town.url] * 5)
    assert look(store, town, 0) == []
    assert town.asked == ["HEAD", "GET"]
    assert look(store, town, 24) == []
    assert town.asked == []
    assert look(store, town, 24 * 7) == []
    assert town.asked == ["HEAD", "GET"]


def test_a_link_that_worked_is_broken_after_a_second_look_only(
    store: Store, make_record: Callable[..., StoredRecord], town: Town
) -> None:
    harvested(store, make_record, [town.url])
    look(store, town, 0)
    town.status = 404
    assert look(store, town, 168) == ["link-unconfirmed"]
    assert store.links([town.url])[town.url].outcome == "ok"
    assert look(store, town, 168.5) == ["link-unconfirmed"]
    assert town.asked == []  # not due yet
    assert look(store, town, 170) == ["link-broken"]
    history = store.link_history(town.url)
    assert [(line.checked_at, line.outcome) for line in history] == [
        (NOW, "ok"),
        (NOW + timedelta(hours=168), "broken"),
    ]


def test_a_short_failure_leaves_no_finding(
    store: Store, make_record: Callable[..., StoredRecord], town: Town
) -> None:
    harvested(store, make_record, [town.url])
    look(store, town, 0)
    town.status = 500
    assert look(store, town, 168) == ["link-unconfirmed"]
    town.status = 200
    assert look(store, town, 192) == []
    assert [line.outcome for line in store.link_history(town.url)] == ["ok"]


def test_a_link_that_never_worked_is_broken_at_once(
    store: Store, make_record: Callable[..., StoredRecord], town: Town
) -> None:
    harvested(store, make_record, [town.url])
    town.status = 404
    assert look(store, town, 0) == ["link-broken"]


def test_an_unconfirmed_silence_keeps_the_table_stage_from_waiting_for_it(
    store: Store, make_record: Callable[..., StoredRecord]
) -> None:
    with running() as town:
        harvested(store, make_record, [town.url])
        look(store, town, 0)
    assert look(store, town, 168) == ["link-unconfirmed"]
    kept = store.links([town.url])[town.url]
    assert kept.outcome == "ok"
    assert is_unanswered(kept, NOW + timedelta(hours=169))
