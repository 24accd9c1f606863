"""Doubtful content: in our reports, and as checks that every user of Frictionless can take."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frictionless import validate
from frictionless.resources import TableResource

from datenernte_validators.tabular import checks, rules
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.table import check_table

Check = Callable[..., TableCheck]
BODY = "".join(f"{n};{48 + n / 10:.1f};{11 + n / 10:.1f};Weg {n}\n" for n in range(1, 15))
HEADER = "Nr;lat;lon;Ort\n"


def places(result: TableCheck, code: str) -> list[tuple[int | None, int | None]]:
    return [(f.row, f.field) for f in result.findings if f.code == code]


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("15;11.5;48.1;Weg\n", "table-coordinates-swapped", (16, 2)),
        ("15;5334000;691000;Weg\n", "table-coordinates-projected", (16, 2)),
        ("15;0;0;Weg\n", "table-coordinates-outside", (16, 2)),
        ("15;48.1;11.5;eva.muster@example.org\n", "table-personal-data", (16, 4)),
        ("15;48.1;11.5;0171 1234567\n", "table-personal-data", (16, 4)),
        ("15;48.1;11.5;DE02120300000000202051\n", "table-personal-data", (16, 4)),
        ("15;48.1;11.5;=SUMME(A1:A3)\n", "table-formula", (16, 4)),
        ("15;48.1;11.5;#BEZUG!\n", "table-error-value", (16, 4)),
        ("15;#DIV/0!;11.5;Weg\n", "table-error-value", (16, 2)),
    ],
)
def test_doubtful_cells_are_found_with_their_place(
    check: Check, line: str, code: str, place: tuple[int, int]
) -> None:
    assert places(check(HEADER + BODY + line), code) == [place]
    assert not places(check(HEADER + BODY), code)


@pytest.mark.parametrize(
    "text",
    [
        "info@example.org",
        "poststelle@example.org",
        "bauamt@example.org",
        "Mo 08:00-12:00",
        "0123456789",
        "09162000",
        "12.03.2024",
        "2024-03-12",
        "DE00000000000000000000",
        "ABC-2024-000-12",
        "=",
        "= keine",
        "# 1",
        "a = b",
    ],
)
def test_ordinary_texts_are_not_doubtful(text: str) -> None:
    assert rules.suspect(text) is None


def test_a_column_that_says_so_may_hold_addresses(check: Check) -> None:
    text = "Name;E-Mail;Telefon\n" + "A;eva.muster@example.org;0171 1234567\n" * 3
    assert not places(check(text), "table-personal-data")


def test_what_is_personal_is_not_repeated_in_the_report(check: Check) -> None:
    result = check(HEADER + BODY + "15;48.1;11.5;eva.muster@example.org\n")
    assert "eva.muster" not in str(list(result.findings))


def test_idle_columns_are_named_together(check: Check) -> None:
    text = "a;b;c;d\n" + "".join(f"{n};;y;\n" for n in range(12))
    result = check(text)
    found = {f.code: f.message for f in result.findings}
    assert "»b«, »d«" in found["table-columns-empty"]
    assert "»c«" in found["table-columns-constant"]
    assert not places(check("a;b\n1;x\n2;x\n"), "table-columns-constant")


def test_a_sum_between_the_data_is_found(check: Check) -> None:
    rows = "".join(f"Ort {n};{n}\n" for n in range(1, 12))
    text = "Ort;n\n" + rows + "Summe Nord;66\n" + rows
    result = check(text)
    assert places(result, "table-totals-inside") == [(13, None)]
    assert result.document["rows"] == 23


def test_postal_codes_that_lost_their_zero_are_found(check: Check) -> None:
    text = "PLZ;Ort\n" + "1067;Au\n" * 5 + "80331;Bach\n" * 5
    assert places(check(text), "table-lost-zero") == [(None, 1)]
    assert not places(check("PLZ;Ort\n1010;Au\n1020;Bach\n"), "table-lost-zero")


def test_places_are_compared_with_the_land_where_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + BODY, encoding="utf-8")
    northern = check_table(path, target="x", land="01")
    assert "table-coordinates-outside" in {f.code for f in northern.findings}
    assert "des Landes" not in str(check_table(path, target="x").findings)


def errors(path: Path, *asked: Any) -> list[tuple[str, int | None, str | None]]:
    report = validate(TableResource(path=path.name, basepath=str(path.parent)), checks=list(asked))
    return [
        (e.type, getattr(e, "row_number", None), getattr(e, "field_name", None))
        for task in report.tasks
        for e in task.errors
        if e.type not in ("type-error",)
    ]


def test_every_user_of_frictionless_can_take_the_checks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{n},y,MÜ {n},48.{n},11.{n},01.02.2024,9162{n:03}" for n in range(10, 24)]
    rows[0] = "10,y,MÃ¼ller,48.1,11.1,01.02.2024,9162000"
    rows[1] = "11,y,eva.muster@example.org,48.1,11.1,01.02.2024,9162000"
    rows[2] = "12,y,=SUM(A1:A2),48.1,11.1,2024-02-01,9162000"
    rows[3] = "13,y,#REF!,11.5,48.1,01.02.2024,9162000"
    rows[4] = "14,y,Insgesamt,48.1,11.1,01.02.2024,9162000"
    path.write_text("n,c,t,lat,lon,d,ags\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = errors(path, *checks.all_checks())
    assert ("mojibake", 2, "t") in found
    assert ("personal-data", 3, "t") in found
    assert ("spreadsheet-value", 4, "t") in found
    assert ("spreadsheet-value", 5, "t") in found
    assert ("coordinate", 5, None) in found
    assert ("totals-row", 6, None) in found
    assert [one for one in found if one[0] == "doubtful-column"] == [
        ("doubtful-column", None, None)
    ] * 3  # constant, mixed dates, lost zeros


def test_a_clean_table_has_no_doubts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n,ort\n" + "".join(f"{n},Ort {n}\n" for n in range(20)), encoding="utf-8")
    assert errors(path, *checks.all_checks()) == []
