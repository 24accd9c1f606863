"""The to-do list as XLSX and CSV, and the badge, as other programs read them."""

import csv
import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tests.site.conftest import Site, finding, portal, record, text

from datenernte_dcat.findings import Severity
from datenernte_dcat.site import todo
from datenernte_dcat.site.badge import badge
from datenernte_dcat.site.todo import TodoRow, german_csv, plain_csv

FOLDER = "municipalities/09162000"
ATTACKS = [
    '=HYPERLINK("http://evil.example/","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
]


def row(value: str) -> TodoRow:
    return TodoRow(
        severity="Fehler",
        task="",
        dataset=value,
        message="",
        value=value,
        row=17,
        field=None,
        property="",
        advice="",
        page="",
        code="x",
    )


@pytest.fixture
def filled(site: Site) -> Site:
    records = [record(f"n{number}", title=(text(one),)) for number, one in enumerate(ATTACKS)]
    findings = {
        one.id: [
            finding("license-missing", Severity.ERROR, value=attack, message=attack),
            finding("type-error", row=17, field=3),
            finding("format-added", Severity.INFO),
        ]
        for one, attack in zip(records, ATTACKS, strict=True)
    }
    site.harvest(records, findings=findings)
    site.publish()
    return site


def cells(site: Site) -> Iterator[openpyxl.cell.cell.Cell]:
    book = openpyxl.load_workbook(io.BytesIO(site.read(f"{FOLDER}/report.xlsx")))
    for sheet in book.worksheets:
        for line in sheet.iter_rows():
            yield from (cell for cell in line if cell.value is not None)
    book.close()


def test_no_cell_of_the_workbook_is_a_formula(filled: Site) -> None:
    found = list(cells(filled))

    assert {cell.data_type for cell in found} == {"s", "n"}
    assert {cell.value for cell in found} >= set(ATTACKS)
    assert not any(cell.hyperlink for cell in found)


def test_another_reader_finds_the_same_text(filled: Site) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(filled.read(f"{FOLDER}/report.xlsx")))
    rows = book.get_sheet_by_name("Aufgaben").to_python()

    assert book.sheet_names == ["Aufgaben", "Datensätze", "Hinweise"]
    assert len(rows) == 1 + 2 * len(ATTACKS)
    assert {line[3] for line in rows} >= set(ATTACKS)
    assert [line[0] for line in rows[1:]] == ["Fehler"] * 5 + ["Warnung"] * 5
    assert {(line[5], line[6]) for line in rows if line[0] == "Warnung"} == {(17, 3)}


def test_no_cell_of_a_csv_begins_a_formula(filled: Site) -> None:
    for name, encoding, delimiter in (
        ("report.csv", "utf-8-sig", ";"),
        ("report-rfc4180.csv", "utf-8", ","),
    ):
        body = filled.read(f"{FOLDER}/{name}")
        lines = list(
            csv.reader(io.StringIO(body.decode(encoding), newline=""), delimiter=delimiter)
        )
        assert len(lines) == 1 + 2 * len(ATTACKS)
        assert len({len(line) for line in lines}) == 1
        assert not [one for line in lines for one in line if one.startswith(("=", "+", "-", "@"))]
        assert {line[3] for line in lines} >= {f"'{attack}" for attack in ATTACKS}
        assert body.startswith(b"\xef\xbb\xbf") == (name == "report.csv")
        assert body.endswith(b"\r\n")


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_comes_back_from_the_csv(value: str) -> None:
    for body, delimiter in ((german_csv([row(value)]), ";"), (plain_csv([row(value)]), ",")):
        read = list(
            csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        )
        cell = read[1][2]
        assert len(read) == 2
        assert cell.removeprefix("'") == value.removeprefix("'") or cell == value
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_same_data_gives_the_same_bytes_and_a_change_elsewhere_no_new_file(
    filled: Site,
) -> None:
    path = filled.output / FOLDER / "report.xlsx"
    before, inode = path.read_bytes(), path.stat().st_ino
    other = Site(filled.store, filled.output.parent / "other")
    other.publish()
    filled.portals["other"] = portal("other", "09162001")
    filled.harvest([record("elsewhere", portal="other", municipality="09162001")])
    filled.publish()

    assert other.read(f"{FOLDER}/report.xlsx") == before
    assert path.stat().st_ino == inode


def test_a_very_long_list_is_cut_and_says_so(filled: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todo, "ROWS_MAX", 3)
    other = Site(filled.store, filled.output.parent / "other")
    other.publish()
    values = [cell.value for cell in cells(other)]

    assert "Es gibt 10 Befunde; hier stehen die ersten 3." in values
    assert len(other.read(f"{FOLDER}/report.csv").splitlines()) == 4


@pytest.mark.parametrize(
    ("total", "band", "css", "words"),
    [(233, "gut", "good", "233 von 405 · gut"), (None, "", "", "noch nicht bewertet")],
)
def test_the_badge_says_its_words(total: int | None, band: str, css: str, words: str) -> None:
    made = ElementTree.fromstring(badge(total, band, css))  # noqa: S314 - we wrote it

    assert made.get("aria-label") == f"Offene Daten: {words}"
    assert words in "".join(made.itertext())


def test_the_badge_has_enough_contrast() -> None:
    for css in ("good", "warn", "bad", ""):
        colour = re.findall(rb'fill="#([0-9a-f]{6})"', badge(1, "x", css))[-1]
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [
            one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5
