"""The search: words and stems, the files of the index, and the page in a real browser."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.site.conftest import NOW, Site, portal, record, text

from datenernte_dcat.records import Reference
from datenernte_dcat.site.search import files
from datenernte_dcat.site.search.stemming import HEADS, STOP_WORDS, folded, stem, stems, words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = [
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="chromium is not installed"
    ),
    pytest.mark.timeout(180),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bäume", "Baum"),
        ("Straßen", "Strasse"),
        ("Spielplätze", "Spielplatz"),
        ("Kindertagesstätten", "Kindertagesstätte"),
        ("GEBÄUDEN", "gebäude"),
        ("Verkehrszählungen", "Verkehrszählung"),
    ],
)
def test_forms_of_a_word_meet_in_one_stem(one: str, other: str) -> None:
    assert [stem(word) for word in words(one)] == [stem(word) for word in words(other)]


def test_different_words_keep_different_stems() -> None:
    some = ["Baum", "Bau", "Wald", "Wahl", "Park", "Parken", "Haus", "Haushalt", "Straße", "Strom"]
    found = {stem(next(words(word))) for word in some}

    assert len(found) >= len(some) - 1  # »Park« and »parken« are one


def test_a_compound_is_found_by_its_head() -> None:
    found = stems(next(words("Kinderspielplätze")))

    assert stem("spielplatz") in found
    assert stem("platz") in found


def test_words_that_say_nothing_are_left_out() -> None:
    assert list(words("Die Bäume der Stadt – und des Landes (2024)")) == [
        "baume",
        "stadt",
        "landes",
        "2024",
    ]


@given(st.text(max_size=60))
def test_any_text_has_words_and_stems(value: str) -> None:
    for word in words(value):
        assert word == folded(word)
        assert stem(word)


def test_the_words_of_the_data_are_as_the_search_compares_them() -> None:
    assert all(word == folded(word) for word in (*STOP_WORDS, *HEADS))
    assert len(set(HEADS)) == len(HEADS)


def test_names_of_files_hold_on_every_system() -> None:
    assert files.file_name("con") == "w-con"
    assert files.file_name("ø/") == "x-c3b82f"


def directory(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.read("search/directory.json"))
    return found


def found_by(site: Site, word: str) -> set[str]:
    """Ids of the datasets that have the word, read as the script reads them."""
    listing = directory(site)
    wanted = stem(next(words(word)))
    start = wanted[: 3 if wanted[:2] in listing["divided"] else 2]
    if start not in listing["words"]:
        return set()
    places = json.loads(site.read(f"search/words/{files.file_name(start)}.json")).get(wanted, [])
    ids = set()
    for differences in places:
        number = 0
        for step in differences:
            number += step
            name = f"{number:010x}"[: listing["digits"]]
            for one in json.loads(site.read(f"search/datasets/{name}.json"))[str(number)]:
                ids.add(one[0])
    return ids


def test_a_dataset_is_found_by_title_keyword_description_and_publisher(site: Site) -> None:
    site.harvest(
        [
            record("a", title=(text("Spielplätze"),), keyword=(text("Kinder"),)),
            record("b", title=(text("Haushalt"),), description=(text("Plan mit Spielplätzen"),)),
        ]
    )
    site.publish()
    a, b = record("a").id, record("b").id

    assert found_by(site, "Spielplatz") == {a, b}
    assert found_by(site, "kind") == {a}
    assert found_by(site, "Musterstadt") == {a, b}
    assert found_by(site, "Wetter") == set()


def test_the_index_follows_changes_and_removals(site: Site) -> None:
    site.harvest([record("a"), record("b", title=(text("Wetter"),))])
    site.publish()
    site.harvest([record("a", title=(text("Klima"),), changed_at=NOW + timedelta(days=1))])
    run = site.store.begin_run("run", NOW.date(), NOW)
    site.store.withdraw("musterstadt", ["b"], run, NOW)
    site.publish()

    assert found_by(site, "Klima") == {record("a").id}
    assert found_by(site, "Wetter") == set()
    assert directory(site)["datasets"] == 1


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_without_the_old_index_the_same_files_come_out(site: Site, damage: str) -> None:
    site.harvest([record(name) for name in "abc"])
    site.publish()
    index = site.output.resolve().parent / "1.search"
    if damage == "missing":
        index.unlink()
    elif damage == "truncated":
        os.truncate(index, 5000)
    else:
        index.write_bytes(b"something else")
    site.harvest([record("d")])
    site.publish()
    found = {path: data for path, data in site.files().items() if path.startswith("search/")}
    other = Site(site.store, site.output.parent / "fresh")
    other.portals = site.portals
    other.publish()
    fresh = {path: data for path, data in other.files().items() if path.startswith("search/")}

    assert found == fresh


def test_files_without_a_changed_dataset_are_not_written_anew(site: Site) -> None:
    site.harvest([record("a", title=(text("Wetter"),)), record("b", title=(text("Quark"),))])
    site.publish()
    before = {path: (site.output / path).stat().st_ino for path in site.files()}
    site.harvest([record("c", title=(text("Zebra"),))])
    site.publish()
    same = [path for path in before if (site.output / path).stat().st_ino == before[path]]

    assert "search/words/w-qu.json" in same
    assert "search/words/w-we.json" in same
    assert "search/directory.json" not in same


def test_many_stems_of_one_beginning_are_divided(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SHARD_POSTINGS", 3)
    site.harvest([record(name, title=(text(f"Stadion Stall Stumm {name}"),)) for name in "abc"])
    site.publish()

    assert "st" in directory(site)["divided"]
    assert "search/words/w-st.json" not in site.files()
    assert found_by(site, "Stall") == {record(name).id for name in "abc"}


def test_every_value_of_a_filter_has_a_static_list(site: Site) -> None:
    pdf = Reference(uri="http://publications.europa.eu/resource/authority/file-type/PDF")
    other = record("b").normalised.distribution[0]
    site.harvest(
        [
            record("a"),
            record(
                "b",
                distribution=(other.__class__(access_url=other.access_url, format=pdf),),
            ),
        ]
    )
    site.publish()
    for entry in directory(site)["filters"]:
        if entry["name"] == "municipality":
            continue
        overview = site.text(f"lists/{entry['name']}/index.html")
        for value in entry["values"]:
            page = f"lists/{entry['name']}/{files.list_name(value['value'])}/index.html"
            assert page in overview
            assert f"{value['datasets']} Datens" in site.text(page)


def test_a_hostile_value_names_no_file(site: Site) -> None:
    licence = Reference(label=text("../../../etc/passwd <b>"))
    base = record("a").normalised.distribution[0]
    site.harvest([record("a", distribution=(base.__class__(license=licence),))])
    site.publish()

    assert all(".." not in path for path in site.files())
    assert "&lt;b&gt;" in site.text("lists/license/index.html")


class Handler(SimpleHTTPRequestHandler):
    """Serves the site without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
        pass


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """Address of a served site with a few datasets."""
    site.portals = {name: portal(name, key) for name, key in (("a", "09162000"), ("b", "09564000"))}
    evil = '<img src=x onerror="document.title=1">'
    site.harvest(
        [
            record("trees", portal="a", title=(text("Baumkataster"),)),
            record("play", portal="a", title=(text(f"Kinderspielplätze {evil}"),)),
            record("budget", portal="b", title=(text("Haushaltsplan"),), municipality="09564000"),
        ]
    )
    site.publish()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(site.output.resolve()))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def browse(url: str, folder: Path) -> str:
    """The document of a page after its scripts have run."""
    assert CHROMIUM is not None, "chromium is not installed"
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--virtual-time-budget=10000",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


class TestInTheBrowser:
    pytestmark = needs_browser

    @pytest.mark.parametrize(
        ("query", "shown", "not_shown"),
        [
            ("q=b%C3%A4umkatast", ["Baumkataster"], ["Haushaltsplan", "Kinderspiel"]),
            ("q=Spielplatz", ["Kinderspielplätze"], ["Baumkataster"]),
            ("q=haush", ["Haushaltsplan"], ["Baumkataster"]),
            ("q=Musterstadt&municipality=09564000", ["Haushaltsplan"], ["Baumkataster"]),
            ("format=CSV", ["Haushaltsplan", "Baumkataster", "Kinderspiel"], []),
            ("q=Baumkataster+Haushalt", ["Kein Datensatz passt"], ["<h3>"]),
        ],
    )
    def test_what_is_asked_for_is_found(
        self, address: str, tmp_path: Path, query: str, shown: list[str], not_shown: list[str]
    ) -> None:
        page = browse(f"{address}/search/index.html?{query}", tmp_path)

        assert all(word in page for word in shown), page
        assert not any(word in page for word in not_shown), page
        assert "<img" not in page

    def test_browser_and_index_agree_on_words_and_stems(
        self, address: str, site: Site, tmp_path: Path
    ) -> None:
        samples: list[str] = []

        @settings(max_examples=300, database=None, derandomize=True)
        @given(
            st.text(
                st.sampled_from("abcdefghijklmnopqrstuvwxyzäöüßÄÖÜéñ0123456789 -_./²ǅŒ\u0308"),
                max_size=40,
            )
        )
        def collect(value: str) -> None:
            samples.append(value)

        collect()
        samples += ["Straßenverzeichnis", "Gebäude", "gesessen", "Schiffahrt", "Bettuch", *HEADS]
        expected = [[[word, stem(word)] for word in words(value)] for value in samples]
        root = site.output.resolve()
        script = (
            'import { words, stem } from "./search/search.js";\n'
            f"const samples = {json.dumps(samples)};\n"
            f"const stop = {json.dumps(STOP_WORDS)};\n"
            "const found = samples.map((v) => words(v, stop).map((w) => [w, stem(w)]));\n"
            "document.body.textContent = encodeURIComponent(JSON.stringify(found));\n"
        )
        (root / "check.js").write_text(script)
        (root / "check.html").write_text(
            '<!DOCTYPE html><body>-</body><script type="module" src="check.js"></script>'
        )
        page = browse(f"{address}/check.html", tmp_path)
        told = page.partition("<body>")[2].partition("</body>")[0].strip()

        assert told == quote(
            json.dumps(expected, separators=(",", ":"), ensure_ascii=False), safe="!'()*~"
        )
