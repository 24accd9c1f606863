"""The pages: German, complete, linked, without anything that a strict browser would refuse."""

import json
import re
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest
from tests.site.conftest import Site, finding, portal, record, text

from datenernte_dcat.findings import Severity
from datenernte_dcat.texts import texts

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of; complains where tags do not match."""

    def __init__(self, data: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.texts: list[str] = []
        self.feed(data)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"attribute twice: {tag} {names}"
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def pages(site: Site) -> dict[str, Page]:
    return {
        path: Page(data.decode()) for path, data in site.files().items() if path.endswith(".html")
    }


def test_every_page_is_well_formed_german_and_has_its_own_title(full: Site) -> None:
    titles: dict[str, str] = {}
    for path, data in full.files().items():
        if not path.endswith(".html"):
            continue
        page = Page(data.decode())
        assert data.startswith(b"<!DOCTYPE html>\n")
        assert page.all("html") == [{"lang": "de"}]
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        assert all(
            after - before <= 1
            for before, after in zip(page.headings, page.headings[1:], strict=False)
        ), path
        title = re.search("<title>(.*)</title>", data.decode())
        assert title is not None
        assert titles.setdefault(title[1], path) == path
        (main,) = page.all("main")
        assert page.all("a")[0] == {"class": "skip", "href": f"#{main['id']}"}


def test_no_page_has_script_style_or_handlers(full: Site) -> None:
    for path, page in pages(full).items():
        scripts = [held for name, held in page.tags if name == "script"]
        is_dataset = any('"@type": "Dataset"' in text for text in page.texts)
        expected: list[dict[str, str | None]] = []
        if path == "search/index.html":
            expected = [{"type": "module", "src": "search.js"}]
        elif is_dataset:
            expected = [{"type": "application/ld+json"}]
        assert scripts == expected, path
        names = {name for name, _ in page.tags} - {"script"}
        assert names.isdisjoint({"style", "iframe", "object", "base"}), path
        assert len(page.all("form")) == (path in ("index.html", "search/index.html")), path
        attributes = {name for _, held in page.tags for name in held}
        assert not [name for name in attributes if name.startswith("on") or name == "style"], path
        policies = [
            meta["content"]
            for meta in page.all("meta")
            if meta.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1
        assert policies[0] is not None
        assert policies[0].startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in policies[0]
        assert ("script-src" in policies[0]) == (path == "search/index.html"), path


def test_links_of_portals_are_marked_and_ours_are_relative(full: Site) -> None:
    ours = "https://daten.example.org"
    for path, page in pages(full).items():
        for link in page.all("a"):
            target = link["href"]
            assert target is not None
            scheme = urlsplit(target).scheme
            assert scheme in ("", "http", "https", "mailto"), path
            if scheme.startswith("http"):
                assert link.get("rel") == "noopener nofollow ugc", (path, target)
                assert not target.startswith(ours)


def test_every_relative_link_leads_to_a_file_and_every_anchor_exists(full: Site) -> None:
    files = full.files()
    parsed = pages(full)
    identifiers = {
        path: {held["id"] for _, held in page.tags if "id" in held} for path, page in parsed.items()
    }
    for path, page in parsed.items():
        targets = [link["href"] for link in (*page.all("a"), *page.all("link"))]
        for target in targets:
            parts = urlsplit(target or "")
            if parts.scheme:
                continue
            found = resolve(path, unquote(parts.path)) if parts.path else path
            assert found in files, f"{path}: {target}"
            if parts.fragment:
                assert parts.fragment in identifiers[found], f"{path}: {target}"


def resolve(path: str, target: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(path).parts[:-1], *PurePosixPath(target).parts):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_every_id_stands_once_and_every_reference_to_one_holds(full: Site) -> None:
    for path, page in pages(full).items():
        ids = [held["id"] for _, held in page.tags if "id" in held]
        assert len(ids) == len(set(ids)), path
        named = {held["aria-labelledby"] for _, held in page.tags if "aria-labelledby" in held}
        assert named <= set(ids), path


def test_tables_have_caption_and_headers_with_scope(full: Site) -> None:
    for path, page in pages(full).items():
        assert len(page.all("table")) == len(page.all("caption")), path
        assert all(cell.get("scope") in ("col", "row") for cell in page.all("th")), path


def test_the_start_page_lists_municipalities_portals_and_feeds(full: Site) -> None:
    page = Page(full.text("index.html"))
    assert "Datensätze 231 Dateien und Dienste 231 Gemeinden 2 Stand 01.03.2026" in page.text
    assert re.search(
        r"Stadt Musterstadt 09162000 230 230 \d+,\d Stufe [A-E] 233 \(gut\)", page.text
    )
    assert "Stadt Leerhausen 09162001 0 0 – – –" in page.text
    assert "1\xa0Datensatz ist keiner Gemeinde zugeordnet" in full.text("index.html")
    assert {"catalog.rdf", "catalog.ttl", "catalog.jsonld", "catalog.nt"} <= {
        link["href"] for link in page.all("a")
    }


def test_the_report_says_what_to_do_first(full: Site) -> None:
    page = Page(full.text("municipalities/09162000/index.html"))
    assert "Schlüssel 09162000 Stand 01.03.2026" in page.text
    assert "233 von 405 Punkten (MQA-405) gut" in page.text
    title = texts()["license-missing"].title
    assert "Befunde der Prüfung Alle Befunde: Fehler zuerst" in page.text
    assert f"{title} ✕ Fehler 40 von 230 40" in page.text
    assert "Auffindbarkeit Schlagwörter, Themen, Ort und Zeit 60,0 100" in page.text
    assert page.text.count("Auffindbarkeit") >= 4, "as bar and in the table, twice"


def test_without_a_kommunal_score_the_findings_are_the_steps(site: Site) -> None:
    first = record("a")
    site.harvest([first], findings={first.id: [finding("license-missing", Severity.ERROR)]})
    site.score({first.id: 233})
    site.publish()
    page = Page(site.text("municipalities/09162000/index.html"))
    text = texts()["license-missing"]
    assert f"Was zuerst zu tun ist {text.title} ✕ Fehler Betrifft 1 von 1 Datensatz." in page.text
    assert text.advice in page.text
    assert "Kommunal-Score" not in page.text
    assert page.text.count("Auffindbarkeit") == 2, "as bar and in the table"


def test_hints_stand_apart_from_what_is_to_do(full: Site) -> None:
    page = Page(full.text("municipalities/09162000/index.html")).text
    note = texts()["format-added"].title
    assert page.index("Hinweise, bei denen nichts zu tun ist") < page.rindex(note)
    assert note not in page[page.index("Befunde der Prüfung") : page.index("Hinweise, bei denen")]


def test_a_code_without_a_text_of_ours_is_called_by_its_message(full: Site) -> None:
    page = full.text("municipalities/09162000/index.html")
    assert "Befund shacl-dataset-title-mincount." in page
    assert 'href="findings/shacl-dataset-title-mincount/index.html"' in page


def test_a_strange_code_gets_a_harmless_address(full: Site) -> None:
    folders = {
        path.split("/")[3] for path in full.files() if path.startswith("municipalities/09162000/f")
    }
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in folders)
    assert len(folders) == 5


def test_the_list_of_a_finding_names_dataset_place_and_value(full: Site) -> None:
    page = Page(full.text("municipalities/09162000/findings/type-error/index.html"))
    assert "Baumkataster a000 – Befund type-error. Zeile 17, Spalte 3" in page.text
    lists = full.text("municipalities/09162000/findings/license-missing/index.html")
    assert "&lt;b&gt;" in lists
    assert len(Page(lists).all("tr")) == 41


def test_a_dataset_page_shows_files_licence_and_link_state_in_words(full: Site) -> None:
    stored = record("a001")
    page = Page(full.text(f"datasets/{stored.id}/index.html"))
    assert "Bäume als CSV Format: CSV Größe: 12,3\xa0kB".replace("\xa0", " ") in page.text
    assert "Lizenz: Datenlizenz Deutschland" in page.text
    assert "Namensnennung: Stadt Musterstadt" in page.text
    assert "✕ nicht erreichbar" in page.text
    assert "Themen Umwelt Kontakt Open-Data-Stelle opendata@example.org" in page.text
    assert "Daten geändert am 01.02.2026" in page.text
    assert "MQA-405: 233 (gut) von 405 Punkten" in page.text


def test_lists_have_200_datasets_on_a_page_and_lead_to_all(full: Site) -> None:
    found: list[str] = []
    for name in ("index.html", "page-2.html"):
        page = Page(full.text(f"datasets/{name}"))
        found += [
            str(link["href"])
            for link in page.all("a")
            if str(link["href"]).startswith("../datasets/") and len(str(link["href"])) > 40
        ]
    assert len(found) == len(set(found)) == 231
    assert "Seite 2 von 2" in full.text("datasets/page-2.html")


def test_the_sitemap_names_start_reports_and_datasets(full: Site) -> None:
    sitemap = full.text("sitemap.xml")
    assert (
        sitemap.count("<url>") == 231 + 2 + 3 + 1 + 3 + 4 * 2
    )  # search; standing pages; four filters of one value
    assert "<loc>https://daten.example.org/</loc><lastmod>2026-03-01</lastmod>" in sitemap


def test_the_report_as_json_has_what_the_page_has(full: Site) -> None:
    document = json.loads(full.text("municipalities/09162000/report.json"))
    assert document["municipality"] == {"key": "09162000", "title": "Stadt Musterstadt"}
    assert document["tasks"][0]["code"] == "license-missing"
    assert document["tasks"][0]["datasets"] == 40
    assert [note["code"] for note in document["notes"]] == ["format-added"]
    assert len(document["dataset_list"]) == document["datasets"] == 230


def test_what_was_noticed_about_a_portal_as_a_whole_stands_in_its_report(site: Site) -> None:
    site.harvest([record("a")])
    site.store.replace_findings(
        "harvest",
        "portal:musterstadt",
        "musterstadt",
        [finding("above-datasets-max", message="Es sind mehr als erwartet.")],
    )
    site.publish()
    page = Page(site.text("municipalities/09162000/index.html"))
    assert "Aufgefallen beim Abruf: Stadt Musterstadt ! Warnung Es sind mehr als" in page.text


def test_a_municipality_without_a_portal_is_called_by_its_publisher(site: Site) -> None:
    site.portals = {"kreis": portal("kreis", None)}
    site.harvest([record("a", portal="kreis", municipality="09162005")])
    site.publish()
    assert "<bdi>Stadt Musterstadt</bdi></h1>" in site.text("municipalities/09162005/index.html")


@pytest.mark.parametrize("key", ["../../etc", "9", "", "0916200x", "99162000"])
def test_what_is_no_key_never_becomes_a_path(site: Site, key: str) -> None:
    site.portals = {"musterstadt": portal("musterstadt", None)}
    site.harvest([record("a", municipality=key)])
    site.publish()
    assert not (site.output / "municipalities").exists()
    assert "keiner Gemeinde zugeordnet" in site.text("index.html")


def test_a_catalogue_without_anything_has_all_its_pages(site: Site) -> None:
    site.harvest([])
    site.publish()
    for path in ("index.html", "feeds/index.html", "datasets/index.html"):
        assert Page(site.text(path)).headings[0] == 1


def test_our_own_words_are_escaped_too(site: Site) -> None:
    site.catalog = type(site.catalog)(
        title="A & B <Test>", description='"x"', publisher="<i>", base_url="https://x.example.org"
    )
    site.harvest([record("a", title=(text("x"),))])
    site.publish()
    for page in pages(site).values():
        assert "i" not in {name for name, _ in page.tags}
