"""A small corpus in the manner of real German files, with what must be recognised in each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from datenernte_validators.tabular.outcome import TableCheck

Check = Callable[..., TableCheck]


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    text: str
    types: tuple[str, ...]
    """Type of each column, with its format where it is not the default."""
    written: str = "utf-8"
    encoding: str = "utf-8"
    delimiter: str = ";"
    header: tuple[int, ...] = (1,)
    rows: int
    decimal: str | None = None
    group: str | None = None
    missing: tuple[str, ...] = ()
    """Tokens for »no value« of all columns, blanks apart."""
    codes: tuple[str, ...] = ()
    """Our findings, in any order."""


CASES = [
    Case(
        name="statistical office: titles, dates as a header, units, notes",
        text="""GENESIS-Tabelle: 12411-01-01-4;;;;
Bevölkerung nach Geschlecht - Stichtag 31.12. - regionale Tiefe: Kreise;;;;
;;31.12.2022;31.12.2022;31.12.2022
;;Insgesamt;männlich;weiblich
;;Anzahl;Anzahl;Anzahl
DG;Deutschland;84358845;41582000;42776845
01;  Schleswig-Holstein;2953270;1447000;1506270
01001;    Flensburg, kreisfreie Stadt;92550;46000;46550
01002;    Kiel, kreisfreie Stadt;247717;-;.
01003;    Lübeck, Hansestadt, kreisfreie Stadt;218095;104;113
_____
Quelle: Statistische Ämter;;;;
"© Statistisches Amt, 2024
Vervielfältigung mit Quellennachweis gestattet."
Stand: 01.02.2024 / 10:11:12
""",
        written="cp1252",
        encoding="cp1252",
        header=(3, 4, 5),
        rows=5,
        types=("string", "string", "integer", "integer", "integer"),
        missing=("-", "."),
        codes=(
            "table-encoding-not-utf8",
            "table-footer",
            "table-header-rows",
            "table-subtotals",
            "table-symbols",
            "table-title-rows",
        ),
    ),
    Case(
        name="election export: keys with zeros, empty columns, a separator too many",
        text="""datum;wahl;ags;gebiet-nr;gebiet-name;A;A1;B;D1;
26.05.2024;Europawahl;09162000;0001;"Bezirk 1; Nord";1234;1000;;555;
26.05.2024;Europawahl;09162000;0002;Bezirk 2;934;800;;444;
26.05.2024;Europawahl;09162000;0003;Bezirk 3;934;800;;444;
""",
        rows=3,
        types=(
            "date %d.%m.%Y",
            "string",
            "string",
            "string",
            "string",
            "integer",
            "integer",
            "any",
            "integer",
            "any",
        ),
        codes=("table-columns-empty", "table-trailing-delimiter"),
    ),
    Case(
        name="export of R: quoted words, decimal point, NA",
        text='"id","jahr","wert","gruppe"\n"1",2019,1.5,"a"\n"2",2020,NA,"b"\n"3",2021,2.25,"c"\n',
        delimiter=",",
        rows=3,
        types=("integer", "integer", "number", "string"),
        decimal=".",
        missing=("NA",),
    ),
    Case(
        name="budget: commas between cells and in quoted numbers",
        text="""Kapitel,Titel,Zweck,Ansatz,Ist
0101,422 01,"Bezüge, Beamte","1.234,5","1.200,0"
0102,428 01,"Entgelte","234,5","200,1"
0103,511 01,"Geschäftsbedarf","34,5","30,1"
""",
        delimiter=",",
        rows=3,
        types=("string", "string", "string", "number", "number"),
        decimal=",",
        group=".",
    ),
    Case(
        name="saved from a spreadsheet: padded title, blank row, totals, source",
        text="""Einwohner der Gemeinden;;
;;
Gemeinde;Einwohner;Fläche in ha
A;1.234;1,5
B;15.000;2,5
C;999;3,5
D;2.000;1,0
Insgesamt;19.233;8,5
;;
Quelle: Einwohnermeldeamt;;
""",
        header=(3,),
        rows=4,
        types=("string", "integer", "number"),
        decimal=",",
        group=".",
        codes=("table-footer", "table-title-rows", "table-totals-row"),
    ),
    Case(
        name="integers with dots only",
        text="Ort;Einwohner\nA;15.000\nB;2.500\nC;104.000\n",
        rows=3,
        types=("string", "integer"),
        group=".",
    ),
    Case(
        name="a decimal point in a semicolon file, three places in one column",
        text="Ort;lat;lon\nA;48.137;11.5755\nB;48.251;11.6\nC;48.399;11.75\n",
        rows=3,
        types=("string", "number", "number"),
        decimal=".",
    ),
    Case(
        name="years as column names",
        text="Stadtteil;2019;2020;2021\nMitte;1200;1300;1400\nNord;500;510;520\nSüd;300;320;330\n",
        rows=3,
        types=("string", "integer", "integer", "integer"),
    ),
    Case(
        name="no header",
        text="1;CDU;12,5\n2;SPD;13,5\n3;Grüne;14,5\n4;FDP;5,5\n",
        header=(),
        rows=4,
        types=("integer", "string", "number"),
        decimal=",",
        codes=("table-no-header",),
    ),
    Case(
        name="group names over two columns each",
        text=";Bevölkerung;;Haushalte;\nOrt;männlich;weiblich;klein;groß\nA;1;2;3;4\nB;5;6;7;8\n",
        header=(1, 2),
        rows=2,
        types=("string", "integer", "integer", "integer", "integer"),
        codes=("table-header-rows",),
    ),
    Case(
        name="product groups that look like dates",
        text="Produkt;Betrag\n01.01.01;1,00\n01.01.02;2,00\n01.13.05;3,00\n",
        rows=3,
        types=("string", "number"),
        decimal=",",
    ),
    Case(
        name="short dates",
        text="Tag;Wert\n01.02.23;1\n28.02.23;2\n",
        rows=2,
        types=("date %d.%m.%y", "integer"),
    ),
    Case(
        name="dates of other countries and times",
        text="""a;b;c;d;e;f
1/31/2024;31/1/2024;2024.01.31;12:30;31.01.2024 12:30;2024-01-31T12:00:00
2/15/2024;15/2/2024;2024.02.01;08:15;01.02.2024 00:00;2024-02-01T12:00:00
""",
        rows=2,
        types=(
            "date %m/%d/%Y",
            "date %d/%m/%Y",
            "date %Y.%m.%d",
            "time %H:%M",
            "datetime %d.%m.%Y %H:%M",
            "datetime",
        ),
    ),
    Case(
        name="a sum line without a name",
        text="Ort;a;b\nA;1;2\nB;3;4\nC;5;6\nD;7;8\n;16;20\n",
        rows=4,
        types=("string", "integer", "integer"),
        codes=("table-totals-row",),
    ),
    Case(
        name="the whole city on top",
        text="Bezirk;Einwohner;Haushalte\nStadt X;100;50\nA;10;5\nB;20;10\nC;30;15\nD;40;20\n",
        rows=4,
        types=("string", "integer", "integer"),
        codes=("table-totals-row",),
    ),
    Case(
        name="»insgesamt« as a category is no totals row",
        text="Ort;Geschlecht;n\nA;m;1\nA;w;2\nA;insgesamt;3\nB;m;4\nB;w;5\nB;insgesamt;9\n",
        rows=6,
        types=("string", "string", "integer"),
    ),
    Case(
        name="a small table whose last number happens to be the sum",
        text="id;name;wert\n1;a;1\n2;b;2\n3;c;3\n",
        rows=3,
        types=("integer", "string", "integer"),
    ),
    Case(
        name="a line of its own above a table of two columns",
        text="Stand;31.12.2023\nName;Wert\nA;1\nB;2\n",
        header=(2,),
        rows=2,
        types=("string", "integer"),
        codes=("table-title-rows",),
    ),
    Case(
        name="coordinates named x and y",
        text="x;y\n1;2\n3;4\n",
        rows=2,
        types=("integer", "integer"),
    ),
    Case(
        name="tokens for no value, with blanks around them",
        text="Ort;a;b;c\nA;1;2;k. A.\nB;x; - ;3\nC;2;5;…\nD;4;6;7\n",
        rows=4,
        types=("string", "integer", "integer", "integer"),
        missing=("x", " - ", "k. A.", "…"),
        codes=("table-symbols",),
    ),
    Case(
        name="units in cells",
        text="Ort;Anteil;Preis\nA;12,5 %;1.234 €\nB;13,5 %;34 €\nC;1 %;1.034.567 €\n",
        rows=3,
        types=("string", "number", "integer"),
        decimal=",",
        group=".",
    ),
    Case(
        name="blanks in groups of three",
        text="Ort;Einwohner\nA;1 234\nB;12\u00a0345\nC;999\n",
        rows=3,
        types=("string", "integer"),
        group=" ",
    ),
    Case(
        name="yes and no",
        text="Ort;barrierefrei;WC\nA;ja;Ja\nB;nein;Nein\nC;;ja\n",
        rows=3,
        types=("string", "boolean", "boolean"),
    ),
    Case(
        name="a single letter is no truth value",
        text="Ort;Kürzel\nA;n\nB;n\nC;n\n",
        rows=3,
        types=("string", "string"),
    ),
    Case(
        name="keys by name, and keys that lost their zero",
        text="AGS;PLZ;Nr;n\n9162000;80331;101;1\n9163000;80333;102;22\n9164000;80335;103;3\n",
        rows=3,
        types=("string", "string", "string", "integer"),
        codes=("table-lost-zero",),
    ),
    Case(
        name="words only",
        text="Straße;Stadtteil;Ort\nAhornweg;Nord;X\nBirkenweg;Süd;X\nBuchenweg;Nord;X\n",
        rows=3,
        types=("string", "string", "string"),
    ),
    Case(
        name="tabs in UTF-16 with byte-order mark",
        text="Ort\tWert\r\nA\t1,5\r\nB\t2,5\r\n",
        written="utf-16",
        encoding="utf-16",
        delimiter="\t",
        rows=2,
        types=("string", "number"),
        decimal=",",
        codes=("table-encoding-not-utf8",),
    ),
    Case(
        name="subtotals in the body stay data",
        text="Gebiet;n\nKreis A;3\nOrt 1;1\nOrt 2;2\nKreis B;7\nOrt 3;3\nOrt 4;4\n",
        rows=6,
        types=("string", "integer"),
    ),
    Case(
        name="a long number with a comma in three places is a decimal",
        text="Ort;Anteil\nA;0,123\nB;1,234\nC;2,500\n",
        rows=3,
        types=("string", "number"),
        decimal=",",
    ),
    Case(
        name="one text among many numbers does not make a column of text",
        text="Ort;n\n" + "".join(f"O{n};{n}\n" for n in range(60)) + "P;geheim\n",
        rows=61,
        types=("string", "integer"),
        codes=("type-error",),
    ),
    Case(
        name="decimal comma here, decimal point there",
        text="Ort;Betrag;lat;lon\nA;1,5;48.1;11.1\nB;2,5;48.2;11.2\n",
        rows=2,
        types=("string", "number", "number", "number"),
        decimal=".",
        codes=("table-mixed-decimal-marks",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_recognised_for_what_it_is(check: Check, case: Case) -> None:
    result = check(case.text, encoding=case.written)
    document = result.document
    dialect = document["dialect"]
    assert document["encoding"] == case.encoding
    assert dialect["delimiter"] == case.delimiter
    assert tuple(dialect["header_rows"]) == case.header
    assert document["rows"] == case.rows
    assert document["report"]["tasks"][0]["stats"]["rows"] == case.rows
    found = tuple(
        field["type"] if field["format"] == "default" else f"{field['type']} {field['format']}"
        for field in document["fields"]
    )
    assert found == case.types
    assert (dialect["decimal_char"], dialect["group_char"]) == (case.decimal, case.group)
    tokens = [token for field in document["fields"] for token in field["missing_values"] if token]
    assert tokens == list(case.missing)
    ours = {finding.code for finding in result.findings if finding.code.startswith("table-")}
    warned = {finding.code for finding in result.findings if finding.code == "type-error"}
    assert ours | warned == set(case.codes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_inferred_type_never_makes_a_file_invalid(check: Check, case: Case) -> None:
    result = check(case.text, encoding=case.written)
    assert {error["type"] for error in result.document["report"]["tasks"][0]["errors"]} <= {
        "blank-label"
    }
    assert result.valid == result.document["report"]["valid"]


def test_row_numbers_are_those_of_the_file(check: Check) -> None:
    text = "Titel\n\nName;Wert;Tag\nA;1;01.01.2024\nB;2;02.01.2024;zu viel\nC;3\n"
    result = check(text)
    places = {(f.code, f.row, f.field) for f in result.findings if not f.code.startswith("table-")}
    assert places == {("extra-cell", 5, 4), ("missing-cell", 6, 3)}


def test_footnotes_of_thousands_of_blank_rows_are_cut_quickly(check: Check) -> None:
    document = check("a;b\n1;2\n3;4\n" + ";\n" * 200_000).document
    assert document["rows"] == 2
    assert document["valid"]
    assert document["dialect"]["footer_rows"] == []  # 200 000 numbers would help nobody


def test_names_of_given_fields_find_the_header(check: Check) -> None:
    schema = {"fields": [{"name": "ort"}, {"name": "lage"}]}
    result = check("alpha;beta\nmehr;text\nort;lage\nA;nord\nB;süd\n", schema=schema)
    assert result.document["dialect"]["header_rows"] == [3]
    assert result.valid


def test_each_broken_cell_is_listed_with_its_place(check: Check) -> None:
    result = check("Ort;n\nMÃ¼nchen;1\nKöln;2\nD\ufffdren;3\n")
    found = [(f.row, f.field, f.value) for f in result.findings if f.code == "table-mojibake"]
    assert found == [(2, 1, "MÃ¼nchen"), (4, 1, "D\ufffdren")]


def test_mixed_dates_in_a_column_are_reported(check: Check) -> None:
    rows = "".join(f"{day:02}.01.2024;1\n" for day in range(1, 32)) * 2
    result = check("Tag;n\n" + rows + "2024-02-01;1\n")
    assert result.document["fields"][0]["type"] == "date"
    codes = [f.code for f in result.findings]
    assert "table-mixed-dates" in codes
    assert codes.count("type-error") == 1


def finding_of(result: TableCheck, code: str) -> tuple[int | None, str | None]:
    return next((f.row, f.value) for f in result.findings if f.code == code)


def test_two_records_in_one_line_are_named(check: Check) -> None:
    text = "Nr;Ort;Art\n" + "".join(f"{n};Au;x\n" for n in range(9)) + "10;Au;x;11;Au;x\n12;Au;x\n"
    assert finding_of(check(text), "table-glued-row") == (11, None)


def test_groups_that_end_early_are_no_riddle(check: Check) -> None:
    text = "P;n;P;n;P;n\n" + "a;1;b;2;c;3\n" * 6 + "a;1;b;2\n" * 3
    assert "table-groups-cut" in {f.code for f in check(text).findings}


@pytest.mark.parametrize(
    "text",
    [
        "Gebietsart;Ort;n\nLand;L;9\nGemeinde;A;1\nGemeinde;B;2\nGemeinde;C;3\nGemeinde;D;3\n",
        "key;Ort;n\n09;L;9\n091;A;4\n09111;B;2\n09112;C;2\n092;E;5\n09211;D;5\n",
        "Ort;n\nLand;9\n  Au;4\n    Bach;2\n    Dorf;2\n  Egg;5\n",
    ],
)
def test_levels_in_one_table_are_reported(check: Check, text: str) -> None:
    result = check(text)
    assert finding_of(result, "table-subtotals")[0] == 2
    assert result.document["rows"] == text.count("\n") - 1


def test_keys_of_one_level_are_no_subtotals(check: Check) -> None:
    text = "key;Ort;n\n" + "".join(f"0{n};Ort {n};{n}\n" for n in range(1, 30))
    assert "table-subtotals" not in {f.code for f in check(text).findings}
