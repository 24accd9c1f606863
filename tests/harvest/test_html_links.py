"""Plain web pages: which words are names, and that nothing depends on position."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harvest.conftest import Harvester, WebServer, portal
from tests.harvest.gdi_faces import simulated

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.html_pages import html_links_site
from datenernte_harvester.sources.page_links import things_on
from datenernte_harvester.sources.page_words import column_of, name_in, stated_date
from datenernte_harvester.sources.web_pages import web_page
from datenernte_harvester.spiders.html_links import dataset_from_html_links, identifier_of

PAGE = "https://www.lindenau.example/offene-daten"


def test_all_pages_are_harvested_and_unchanged_on_the_second_run(
    server: WebServer, harvest: Harvester
) -> None:
    made = datasets("musterstadt", 23, 1)
    server.answer = simulated(html_links_site("Stadt Musterstadt", made))
    probe = portal(server, source_type="html_links", url=f"{server.url}/offene-daten")

    (first,), (second,) = harvest(probe), harvest(probe)

    assert (first.state, first.reason, first.new) == (PortalState.OK, None, 23)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 23, 0)
    with harvest.store() as store:
        titles = {title.value for one in store.records() for title in one.as_published.title}
    assert titles == {one.title for one in made}


def test_the_identifier_depends_on_neither_title_nor_place() -> None:
    rows = [f"<tr><td>{n}</td><td><a href='/f/{n}.csv'>CSV</a></td></tr>" for n in "abc"]
    before = f"<table>{''.join(rows)}</table>"
    after = before.replace("<td>a</td>", "<td>Neuer Titel</td>")
    after = after.replace(rows[1], "").replace("</table>", f"{rows[1]}</table>")

    names = [
        {identifier_of(thing) for thing in things_on(web_page(html.encode(), PAGE))[0]}
        for html in (before, after)
    ]

    assert names[0] == names[1]
    assert len(names[0]) == 3


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("CSV", None),
        ("Download (CSV, 1,2 MB)", None),
        ("als Excel-Datei herunterladen", None),
        ("hier", None),
        ("12 KB", None),
        ("Baumkataster (CSV, 2 MB)", "Baumkataster"),
        ("Baumkataster 2026 [GeoJSON]", "Baumkataster 2026"),
        ("Haushalt (Entwurf)", "Haushalt (Entwurf)"),
        ("Kitas – Stand: 12.03.2026", "Kitas"),
    ],
)
def test_a_name_is_what_is_left_without_format_and_size(words: str, name: str | None) -> None:
    assert name_in(words) == name


def test_the_name_of_a_file_is_no_title() -> None:
    assert name_in("baeume_2026.csv", "baeume_2026.csv") is None
    assert name_in("baeume_2026", "baeume_2026.csv") is None
    assert name_in("Baeume 2026", "baeume_2026.csv") == "Baeume 2026"


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("Stand: 12.03.2026", "12.03.2026"),
        ("(Stand 03/2026)", "03/2026"),
        ("Stand: 12. März 2026.", "12. März 2026"),
        ("zuletzt aktualisiert am 2026-03-12", "2026-03-12"),
        ("Stand: 31.02.2026", None),
        ("Stand: Januar bis heute", None),
        ("Stand: 2024, Stand: 2025", None),
        ("Bestand: 2024", None),
        ("12.03.2026", None),
    ],
)
def test_a_date_counts_where_the_page_says_what_it_is(words: str, date: str | None) -> None:
    assert stated_date(words) == date


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Lizenz:", "license"),
        ("Datensatz", "title"),
        ("Ansprechpartner", None),
        ("STAND", "modified"),
    ],
)
def test_columns_are_known_by_their_headings(heading: str, column: str | None) -> None:
    assert column_of(heading) == column


def test_a_licence_of_the_footer_is_not_that_of_the_data() -> None:
    html = (
        "<p><a href='a.csv'>Bäume als Tabelle</a></p><footer>"
        "<a href='https://creativecommons.org/licenses/by/4.0/'>CC BY</a></footer>"
    )
    (thing,), _ = things_on(web_page(f"<html><body>{html}".encode(), PAGE))

    assert thing.license is None


def test_two_licences_on_a_page_are_nobodys() -> None:
    html = (
        "<p><a href='a.csv'>Bäume als Tabelle</a></p><p>"
        "<a href='https://creativecommons.org/licenses/by/4.0/'>CC BY</a>"
        "<a href='https://www.govdata.de/dl-de/by-2-0'>dl-de</a></p>"
    )
    (thing,), _ = things_on(web_page(f"<html><body>{html}".encode(), PAGE))

    assert thing.license is None


TAGS = st.sampled_from(
    [
        *("<table><tr><th>Stand</th></tr>", "<tr>", "<td colspan='3'>", "</table>", "<ul><li>"),
        *("</ul>", "<dl><dt>Name<dd>", "<h2>Bäume</h2>", "<p>", "</p>", "<footer>", "</footer>"),
        *("<a href='a.csv'>CSV</a>", "<a href='b.xlsx' download>B</a>", "<a href=':::'>x</a>"),
        *("<a type='text/csv' href='?x'>Daten</a>", "Stand: 2025", "<a rel=license href=x>y</a>"),
    ]
)


@given(st.lists(TAGS | st.text(max_size=10), max_size=25))
@settings(max_examples=200)
def test_no_page_breaks_the_reading(parts: list[str]) -> None:
    body = "<html><body>" + "".join(parts)
    try:
        things, _ = things_on(web_page(body.encode("utf-8", "surrogatepass"), PAGE))
    except SourceProtocolError:
        return
    names = [dataset_from_html_links(thing, PAGE).source_identifier for thing in things]
    assert len(names) == len(set(names))
