"""Folders on web servers: what their listings say, and a real one harvested."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harvest.conftest import Harvester

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.data_files import file_name, is_data
from datenernte_harvester.sources.folder_listing import entries_of, is_listing
from datenernte_harvester.sources.web_pages import encoded_url, web_page

FOLDER = "https://daten.lindenau.example/opendata/"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that Python's own web server lists: a real server, nothing simulated."""
    root = tmp_path / "opendata"
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield root, f"http://127.0.0.1:{server.server_address[1]}/opendata/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_real_folder_is_harvested_and_unchanged_on_the_second_run(
    folder: tuple[Path, str], harvest: Harvester
) -> None:
    root, url = folder
    (root / "2025").mkdir()
    for name in ("Bäume.csv", "Bäume.xlsx", "a b.csv", "2025/wahl.csv", "README.txt", "bild.svg"):
        (root / name).write_text("nr;art\n1;Linde\n", "utf-8")
    (root / "a b.meta.json").write_text('{"title": "AB", "license": "CC-BY-4.0"}', "utf-8")
    probe = PortalFile(name="f", title="F", source_type="file_listing", url=url)

    (first,), (second,) = harvest(probe), harvest(probe)

    assert (first.state, first.reason, first.new) == (PortalState.OK, None, 3)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 3, 0)
    with harvest.store() as store:
        titles = {
            record.source_identifier: [title.value for title in record.as_published.title]
            for record in store.records()
        }
    assert titles[f"{url}a%20b"] == ["AB"]
    assert titles[f"{url}B%C3%A4ume"] == []


def test_a_folder_that_leads_back_to_itself_ends(
    folder: tuple[Path, str], harvest: Harvester
) -> None:
    root, url = folder
    (root / "wahl.csv").write_text("nr\n1\n", "utf-8")
    (root / "hinauf").symlink_to(root)

    (run,) = harvest(PortalFile(name="f", title="F", source_type="file_listing", url=url))

    assert (run.state, run.reason) == (PortalState.PARTIAL, "paging-endless")
    assert run.requests <= 30


@pytest.mark.parametrize(
    ("url", "stem", "ending"),
    [
        ("https://a.example/d/b.csv", "https://a.example/d/b", "csv"),
        ("https://a.example/d/b.csv?v=17", "https://a.example/d/b", "csv"),
        ("https://a.example/d/b.csv?jahr=2025", "https://a.example/d/b?jahr=2025", "csv"),
        ("https://a.example/d/b.csv.gz", "https://a.example/d/b", "csv"),
        ("https://a.example/d/b.2025.csv", "https://a.example/d/b.2025", "csv"),
        ("https://a.example/d/b.zip", "https://a.example/d/b", "zip"),
    ],
)
def test_a_file_is_named_by_its_address_without_ending(url: str, stem: str, ending: str) -> None:
    found = file_name(url)

    assert found is not None
    assert (found.stem, found.ending) == (stem, ending)


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("https://a.example/b.csv", True),
        ("https://a.example/B.XLSX", True),
        ("https://a.example/sitemap.xml", False),
        ("https://a.example/feed.xml", False),
        ("https://a.example/b.pdf", False),
        ("https://a.example/b", False),
        ("https://a.csv/", False),
    ],
)
def test_data_is_known_by_its_ending(url: str, data: bool) -> None:
    assert is_data(url) == data


LINKS = [
    "?C=N;O=D",
    "../",
    "/",
    "..",
    "./",
    "https://anderswo.example/opendata/x.csv",
    "//anderswo.example/opendata/x.csv",
    "unter/ordner/x.csv",
    "x.csv?sort=1",
    "mailto:a@b.example",
    "javascript:alert(1)",
    "#oben",
    "/opendata/../geheim/x.csv",
    "http://daten.lindenau.example/opendata/x.csv",
    "%2e%2e/x.csv",
]


@pytest.mark.parametrize("href", LINKS)
def test_links_that_lead_elsewhere_are_no_entries(href: str) -> None:
    html = f'<title>Index of /opendata/</title><pre><a href="{href}">x</a></pre>'

    assert not entries_of(web_page(html.encode(), FOLDER))


def test_two_spellings_of_an_address_are_one() -> None:
    assert encoded_url("https://a.example/b%c3%a4ume") == encoded_url("https://a.example/bäume")


@given(st.text(max_size=200) | st.binary(max_size=200))
@settings(max_examples=150)
def test_no_page_breaks_the_reading(words: str | bytes) -> None:
    body = words if isinstance(words, bytes) else words.encode("utf-8", "surrogatepass")
    try:
        page = web_page(b"<html><title>Index of /</title><pre><a href='" + body, FOLDER)
    except SourceProtocolError:
        return
    is_listing(page)
    for entry in entries_of(page):
        assert entry.url.startswith(FOLDER)


def test_a_page_that_is_too_deep_is_refused_and_not_cut() -> None:
    body = b"<html>" + b"<div>" * 5000 + b"<a href='x.csv'>x</a>"

    with pytest.raises(SourceProtocolError, match="tief"):
        web_page(body, FOLDER)
