"""Tables that are no CSV and no XLSX: sheets of other programs, JSON, GeoJSON, archives."""

import gzip
import importlib.util
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck

Check = Callable[..., TableCheck]


def _workbooks() -> ModuleType:
    """The module beside this one; tests are imported without a package."""
    spec = importlib.util.spec_from_file_location(
        "table_workbooks", Path(__file__).with_name("workbooks.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["table_workbooks"] = module
    spec.loader.exec_module(module)
    return module


workbooks = _workbooks()
ROWS: list[list[Any]] = [["Ort", "Einwohner", "Anteil"], ["A", 10, 0.5], ["B", 20, 0.25]]
CSV = b"Ort;Einwohner\nA;10\nB;20\nC;30\n"


def codes(result: TableCheck) -> list[str]:
    return [found.code for found in result.findings]


def names(result: TableCheck) -> list[str]:
    return [field["name"] for field in result.document["fields"]]


def types(result: TableCheck) -> list[str]:
    return [field["type"] for field in result.document["fields"]]


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (workbooks.xls(ROWS), "a.xls", "xls"),
        (workbooks.ods({"Daten": ROWS}), "a.ods", "ods"),
        (json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]), "a.json", "json"),
        (json.dumps(ROWS), "a.json", "json"),
    ],
)
def test_every_format_gives_the_same_table(
    check: Check, data: bytes | str, name: str, kind: str
) -> None:
    result = check(data, name)
    assert result.document["format"] == kind
    assert names(result) == ROWS[0]
    assert types(result) == ["string", "integer", "number"]
    assert result.document["rows"] == 2
    assert result.document["report"]["tasks"][0]["stats"]["rows"] == 2
    assert result.valid
    assert not codes(result)


def test_the_sheet_with_the_most_cells_is_the_table_in_ods_too(check: Check) -> None:
    notes: list[list[Any]] = [["Hinweise"], ["Stand 2024"]]
    result = check(workbooks.ods({"Hinweise": notes, "Daten": ROWS}), "a.ods")
    assert names(result) == ROWS[0]
    assert codes(result) == ["table-sheet-chosen"]


def test_blank_rows_up_to_the_end_of_an_ods_sheet_are_no_data(check: Check) -> None:
    tail = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    result = check(workbooks.ods({"Daten": ROWS}, tail=tail), "a.ods")
    assert result.document["rows"] == 2
    assert not codes(result)


def test_an_ods_bomb_is_not_unfolded(check: Check) -> None:
    tail = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        ' office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
        "</table:table-row>"
    )
    assert codes(check(workbooks.ods({"Daten": ROWS}, tail=tail), "a.ods")) == ["table-too-large"]


@pytest.mark.parametrize("size", [600, 1_000, 2_000])
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_torn_workbooks_are_findings(check: Check, kind: str, size: int) -> None:
    data = workbooks.xls(ROWS) if kind == "xls" else workbooks.ods({"Daten": ROWS})
    result = check(data[: min(size, len(data) - 200)], f"a.{kind}")
    assert not result.valid
    assert len(codes(result)) == 1


def test_a_word_document_is_no_sheet(check: Check) -> None:
    data = workbooks.xls(ROWS).replace(
        "Workbook".encode("utf-16-le") + bytes(8), "WordDocument".encode("utf-16-le")
    )
    assert codes(check(data, "a.xls")) == ["table-not-a-table"]


RECORDS = [{"ort": "A", "n": 1}, {"ort": "B", "n": 2}, {"ort": "C", "n": None}]


@pytest.mark.parametrize(
    "document",
    [
        RECORDS,
        {"data": RECORDS},
        {"help": "x", "result": {"fields": [{"id": "ort"}, {"id": "n"}] * 9, "records": RECORDS}},
        {"features": [{"attributes": record, "geometry": {"x": 1}} for record in RECORDS]},
        {"ort": ["A", "B", "C"], "n": [1, 2, None]},
        [["ort", "n"], ["A", 1], ["B", 2], ["C", None]],
    ],
)
def test_the_list_of_records_is_found_wherever_it_lies(check: Check, document: Any) -> None:
    result = check(json.dumps(document), "a.json")
    assert names(result) == ["ort", "n"]
    assert types(result) == ["string", "integer"]
    assert result.document["rows"] == 3


def test_one_document_in_each_line_is_a_table(check: Check) -> None:
    result = check("\n".join(json.dumps(record) for record in RECORDS) + "\n", "a.ndjson")
    assert names(result) == ["ort", "n"]
    assert result.document["rows"] == 3


def test_a_record_without_a_name_that_others_have_is_counted(check: Check) -> None:
    records = [{"a": n, "b": n} for n in range(30)] + [{"a": 1}]
    result = check(json.dumps(records), "a.json")
    assert codes(result) == ["table-json-uneven"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"data": [{"a": 1},]}', "table-json-broken"),
        ("[" * 5_000, "table-json-broken"),
        ('[{"a": ' + "9" * 5_000 + "}]", "table-json-broken"),
        ('{"a": {"b": 1}}', "table-json-no-rows"),
        ("[1, 2, 3]", "table-json-no-rows"),
    ],
)
def test_json_without_a_table_is_a_finding(check: Check, text: str, code: str) -> None:
    assert codes(check(text, "a.json")) == [code]


def feature(coordinates: Any, kind: str = "Point", **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)})


SQUARE = [[11.0, 48.0], [11.1, 48.0], [11.1, 48.1], [11.0, 48.1], [11.0, 48.0]]


def test_properties_are_the_columns_of_geojson(check: Check) -> None:
    text = collection(
        feature([11.5, 48.1], name="A", plz="01067"), feature([SQUARE], "Polygon", name="B")
    )
    result = check(text, "a.geojson")
    assert result.document["format"] == "geojson"
    assert names(result) == ["name", "plz"]
    assert result.document["rows"] == 2
    assert not [code for code in codes(result) if code.startswith("geojson")]


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        (collection(feature([48.1, 11.5], a=1)), "geojson-axes-swapped", 2),
        (collection(feature([11, 48], a=1), feature([0, 0], a=2)), "geojson-outside", 3),
        (collection(feature([691_000, 5_334_000], a=1)), "geojson-projected", 2),
        (collection(feature([SQUARE[:-1]], "Polygon", a=1)), "geojson-ring-open", 2),
        (collection(feature([SQUARE[::-1]], "Polygon", a=1)), "geojson-ring-orientation", 2),
        (collection(feature([11, "48"], a=1)), "geojson-structure", 2),
        (collection(feature([[11, 48]], a=1)), "geojson-structure", 2),
        (collection({"type": "Feature", "properties": {}}), "geojson-no-geometry", 2),
        (collection("x"), "geojson-structure", 2),
        ('{"type": "FeatureCollection"}', "geojson-structure", None),
        (
            collection(
                feature([11, 48], a=1),
                crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
            ),
            "geojson-crs",
            None,
        ),
    ],
)
def test_geojson_faults_are_named_with_their_first_place(
    check: Check, text: str, code: str, row: int | None
) -> None:
    found = [f for f in check(text, "a.geojson").findings if f.code.startswith("geojson")]
    assert [(f.code, f.row) for f in found] == [(code, row)]


def test_geojson_that_is_not_utf8_is_read_and_named(check: Check) -> None:
    result = check(
        json.dumps(json.loads(collection(feature([11, 48], ort="Fürth"))), ensure_ascii=False),
        "a.geojson",
        encoding="latin-1",
    )
    assert "table-encoding-not-utf8" in codes(result)
    assert result.document["rows"] == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (packed({"ordner/../../daten.csv": CSV}), "daten.zip"),
        (
            packed({"daten.csv": CSV, "liesmich.txt": b"Hinweise", "__MACOSX/._daten.csv": b"x"}),
            "d.zip",
        ),
        (gzip.compress(CSV, mtime=0), "daten.csv.gz"),
    ],
)
def test_the_one_table_of_an_archive_is_checked(check: Check, data: bytes, name: str) -> None:
    result = check(data, name)
    assert codes(result) == ["table-in-archive"]
    assert result.findings[0].value == "daten.csv"
    assert result.document["format"] == "csv"
    assert result.document["rows"] == 3
    assert result.valid


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (packed({"a.csv": CSV, "b.csv": CSV}), "table-archive-many"),
        (packed({"a.zip": packed({"a.csv": CSV})}), "table-archive-nested"),
        (packed({"a.csv": packed({"a.csv": CSV})}), "table-archive-nested"),
        (packed({"bild.svg": b"<svg/>"}), "table-archive-no-table"),
        (packed({}), "table-archive-no-table"),
        (packed({"a.csv": bytes(30_000_000)}), "table-archive-bomb"),
        (packed({"a.csv": CSV})[:-30], "table-unreadable"),
        (gzip.compress(bytes(30_000_000), mtime=0), "table-archive-bomb"),
        (gzip.compress(CSV, mtime=0)[:-6], "table-unreadable"),
        (gzip.compress(gzip.compress(CSV, mtime=0), mtime=0), "table-archive-nested"),
    ],
)
def test_an_archive_that_is_no_single_table_is_a_finding(
    check: Check, data: bytes, code: str
) -> None:
    assert len(data) < 200_000
    assert codes(check(data, "a.zip")) == [code]


def test_bytes_and_entries_of_an_archive_are_limited(check: Check) -> None:
    many = packed({f"{n}.txt": b"" for n in range(30)})
    assert codes(check(many, "a.zip", limits=Limits(archive_entries=20))) == ["table-archive-bomb"]
    large = packed({"a.csv": CSV * 1_000})
    assert codes(check(large, "a.zip", limits=Limits(file_bytes=20_000))) == ["table-archive-bomb"]


def test_a_parquet_file_is_a_table(check: Check) -> None:
    polars = pytest.importorskip("polars")
    stream = io.BytesIO()
    polars.DataFrame(
        {"Ort": ["A", "B"], "Einwohner": [10, 20], "Anteil": [0.5, 0.25]}
    ).write_parquet(stream)
    result = check(stream.getvalue(), "a.parquet")
    assert names(result) == ROWS[0]
    assert types(result) == ["string", "integer", "number"]
    assert result.document["rows"] == 2
    assert not codes(result)
    assert codes(check(stream.getvalue()[:-20], "a.parquet")) == ["table-unreadable"]
