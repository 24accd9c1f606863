"""The report of a municipality with its Kommunal-Score: what stands there, and in which words."""

import json
import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from tests.site.conftest import AS_OF, Site, record, text
from tests.site.test_pages import Page

from datenernte_dcat.site.charts import Band, course
from datenernte_dcat.site.kommunal_view import KommunalView, check_command, signed
from datenernte_dcat.site.report_data import report_data

PATH = "municipalities/09162000/index.html"
CODE_WORDS = re.compile(r"\b(IRI|SHACL|Triple|URI|dct:|dcat:|foaf:|dcatde:)", re.IGNORECASE)


@pytest.fixture(scope="session")
def view(full: Site) -> KommunalView:
    data = report_data(full.store, "09162000")
    assert data is not None
    return KommunalView(data=data, titles={row.id: row.title for row in data.datasets})


@pytest.fixture(scope="session")
def page(full: Site) -> Page:
    return Page(full.text(PATH))


def test_every_block_has_its_section(full: Site) -> None:
    found = re.findall(r'<section[^>]* aria-labelledby="([a-z]+)"', full.text(PATH))
    assert found[:7] == [
        "bewertung", "schritte", "bereiche", "vergleich", "verlauf", "kennzahlen", "aufgabenliste",
    ]  # fmt: skip
    assert {"andere", "links", "punkte", "dateipruefung", "hvd", "methode", "europa"} <= set(found)


def test_the_head_says_score_grade_and_both_scales(page: Page, view: KommunalView) -> None:
    head = view.data.head
    shown = f"{head.score:.1f}".replace(".", ",")
    assert f"{shown} von 100 Punkten (Kommunal-Score) Stufe {head.grade}" in page.text
    assert "233 von 405 Punkten (MQA-405), gut" in page.text


def test_the_lost_points_on_the_page_add_up(view: KommunalView) -> None:
    assert view.lost == Decimal(100) - Decimal(str(view.data.head.score))
    shown = [Decimal(one.points.replace(",", ".")) for one in view.losses]
    assert sum(shown) == view.lost
    dimensions = sum(Decimal(str(row.lost)) for row in view.data.dimensions)
    assert dimensions + view.cap_loss == view.lost


def test_a_cap_is_named_with_what_it_takes(site: Site) -> None:
    nowhere = tuple(record("x").as_published.distribution[:0])
    site.harvest([record(f"a{n}", distribution=nowhere) for n in range(4)])
    site.score_kommunal()
    site.publish()
    capped = Page(site.text(PATH))
    data = report_data(site.store, "09162000")
    assert data is not None
    if data.losses.get("Deckel"):
        assert "Deckel: Weniger als die Hälfte" in capped.text
        assert re.search(r"Deckel – – \d", capped.text)
    else:
        assert "Deckel – –" not in capped.text


def test_each_step_has_gain_effort_and_a_command(page: Page, view: KommunalView) -> None:
    assert 1 <= len(view.steps) <= 3
    for step in view.steps:
        assert step.gain.startswith(("+", "unter +"))
        assert step.effort in view.data.method["effort_words"].values()
        assert re.match(r"datenernte (check https?://|score --explain )", step.command)
        assert f"Danach prüfen: {step.command}" in page.text


def test_tasks_of_the_portal_stand_apart_and_without_points(view: KommunalView, page: Page) -> None:
    assert view.portal_tasks
    assert {task.who for task in view.portal_tasks} == {"Portal"}
    assert "Portal" not in {task.who for task in view.tasks}
    start = page.text.index("Was die Gemeinde nicht beheben kann")
    apart = page.text[start : page.text.index("Links Links, die", start)]
    assert view.portal_tasks[0].title in apart
    assert "Gewinn" not in apart
    assert "a002.csv" in apart, "a blocked link is nobody's fault"


def test_links_are_listed_with_state_and_command(page: Page) -> None:
    assert (
        "https://portal.example.org/a001.csv Erneut prüfen: datenernte check "
        "https://portal.example.org/a001.csv ✕ defekt" in page.text
    )


def test_files_are_listed_with_place_and_fault(full: Site, page: Page) -> None:
    assert "40\xa0Zeilen · CSV · utf-8 · Schema: keines, aus den Werten erschlossen" in full.text(
        PATH
    )
    assert "Zeile 17, Spalte 3: In der Zeile fehlt <b>eine</b> Zelle." in page.text
    assert "&lt;b&gt;eine&lt;/b&gt;" in full.text(PATH)


def test_the_words_are_those_of_a_town_hall(page: Page) -> None:
    first = page.text[page.text.index("Bewertung") : page.text.index("Methode")]
    unknown = "shacl-dataset-title-mincount"  # of no rule of ours, so without words
    assert CODE_WORDS.findall(first.replace(unknown, "")) == []


def test_nobody_is_ranked(page: Page) -> None:
    assert "Eine Rangliste gibt es nicht" in page.text
    assert not re.search(r"Platz \d|Rang \d", page.text)


def test_the_history_has_chart_and_table(full: Site, view: KommunalView) -> None:
    assert [month for month, _ in view.months] == ["02/2026", "03/2026"]
    assert 'class="course"' in full.text(PATH)
    assert "02/2026" in full.text(PATH)


def test_the_change_is_split_into_its_parts(view: KommunalView) -> None:
    for change in view.data.history.changes:
        parts = sum(
            Decimal(str(change[name])) for name in ("stayed", "added", "removed", "method", "other")
        )
        assert parts == Decimal(str(change["after"])) - Decimal(str(change["before"]))


def test_json_and_badge_have_the_score(full: Site, view: KommunalView) -> None:
    document = json.loads(full.text("municipalities/09162000/report.json"))
    assert document["score"]["kommunal"] == view.data.head.score
    assert document["score"]["grade"] == view.data.head.grade
    shown = f"{view.data.head.score:.1f}".replace(".", ",")
    assert f"{shown} von 100 · Stufe {view.data.head.grade}" in full.text(
        "municipalities/09162000/badge.svg"
    )


def test_a_report_changes_with_its_score_only(site: Site) -> None:
    site.harvest([record("a"), record("b"), record("c")])
    site.score_kommunal()
    site.publish()
    before = site.files()
    assert not site.publish().changed
    own = site.store.score("09162000", "municipality", "kommunal/1.0")
    assert own is not None
    higher = {**own.document, "score": 99.9, "exact": "999/10"}
    site.store.put_scores([msgspec.structs.replace(own, total=99.9, document=higher)])
    site.publish(date(2026, 3, 2))
    after = site.files()
    changed = {path for path in before if before[path] != after[path]}
    assert PATH in changed
    assert "municipalities/09162000/badge.svg" in changed
    assert not [path for path in changed if path.startswith("datasets/")]


def test_what_a_portal_wrote_cannot_leave_a_command() -> None:
    assert check_command("https://x.example/a'; rm -rf ~; '.csv") in (
        "",
        "datenernte check 'https://x.example/a'\"'\"'; rm -rf ~; '\"'\"'.csv'",
    )
    assert check_command("javascript:alert(1)") == ""
    assert check_command("https://x.example/$(id).csv") in (
        "",
        "datenernte check 'https://x.example/$(id).csv'",
    )


def test_a_zero_has_no_direction() -> None:
    assert [signed(value, 1) for value in (1.5, 0, -0.2)] == ["+1,5", "±0,0", "\N{MINUS SIGN}0,2"]


def test_a_course_stays_within_its_picture() -> None:
    chart = course([("1/26", -5.0), ("2/26", 50.0), ("3/26", 250.0)], [Band("A", 85)], "<b>", "x")
    heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', chart)]
    assert heights == [158.0, 83.0, 8.0]
    assert "<b>" not in chart


def test_a_municipality_without_datasets_has_no_score_of_zero(full: Site) -> None:
    page = Page(full.text("municipalities/09162001/index.html"))
    assert "Kommunal-Score" not in page.text
    assert "noch nicht bewertet" in page.text


def test_hostile_titles_stay_text_in_every_block(site: Site) -> None:
    word = '"><svg onload=alert(1)>\u202e'
    site.harvest([record(f"a{n}", title=(text(word),), description=()) for n in range(3)])
    site.score_kommunal(AS_OF)
    site.publish()
    found = site.text(PATH)
    assert "<svg onload" not in found
    assert "\u202e" not in found
