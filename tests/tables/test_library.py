"""Every schema of the library is shown by a file that keeps to it and one that does not."""

import json
from pathlib import Path

import pytest
from frictionless import Schema

from datenernte_validators.tabular.library import library
from datenernte_validators.tabular.library_page import page
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.schema import read_schema
from datenernte_validators.tabular.table import check_table

EXAMPLES = Path(__file__).parent / "library"
EXPECTED: dict[str, list[tuple[str, int, int]]] = json.loads(
    (EXAMPLES / "expected.json").read_text(encoding="utf-8")
)
NAMES = sorted(library())


def run(path: Path, about: tuple[str, ...] = ()) -> TableCheck:
    return check_table(path, target=path.name, file_name="datei.csv", about=about)


def title(name: str) -> tuple[str, ...]:
    return (str(library()[name]["title"]),)


def test_the_library_is_large_enough() -> None:
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_table_schema_with_words_and_sources(name: str) -> None:
    document = library()[name]
    assert document["name"] == name
    for key in ("title", "description"):
        assert document[key].strip()
    assert document["keywords"] and document["fields"]
    assert all(source["path"].startswith("https://") for source in document["sources"])
    for field in document["fields"]:
        assert field["title"] and field["description"] and field["type"]
    Schema.from_descriptor(read_schema(document))


@pytest.mark.parametrize("name", NAMES)
def test_a_good_file_is_known_and_valid(name: str) -> None:
    result = run(EXAMPLES / f"{name}.gut.csv", title(name))
    assert result.document["schema"] == f"library:{name}"
    assert [f.code for f in result.findings if f.severity != "info"] == []
    assert result.valid


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_is_known_and_its_faults_have_places(name: str) -> None:
    result = run(EXAMPLES / f"{name}.schlecht.csv", title(name))
    assert result.document["schema"] == f"library:{name}"
    found = {(f.code, f.row, f.field) for f in result.findings if f.severity == "error"}
    assert found == {tuple(place) for place in EXPECTED[name]}
    assert not result.valid


@pytest.mark.parametrize("name", NAMES)
def test_the_header_alone_does_not_choose_a_schema(name: str) -> None:
    result = run(EXAMPLES / f"{name}.gut.csv", ("Etwas ganz anderes",))
    assert result.document["schema"] == "inferred"


@pytest.mark.parametrize("name", NAMES)
def test_the_title_alone_does_not_choose_a_schema(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("alpha;beta;gamma\n1;2;3\n4;5;6\n7;8;9\n", encoding="utf-8")
    assert run(path, title(name)).document["schema"] == "inferred"


def test_the_file_name_and_its_title_rows_are_words_too(tmp_path: Path) -> None:
    text = (EXAMPLES / "baumkataster.gut.csv").read_text(encoding="utf-8")
    path = tmp_path / "stadtbaeume_2024.csv"
    path.write_text(text, encoding="utf-8")
    assert check_table(path, target="x").document["schema"] == "library:baumkataster"
    titled = tmp_path / "export.csv"
    titled.write_text("Baumkataster der Stadt\n\n" + text, encoding="utf-8")
    assert check_table(titled, target="x").document["schema"] == "library:baumkataster"


def test_columns_about_something_else_are_not_judged_by_their_name(tmp_path: Path) -> None:
    """»Höhe« that holds words is not the height in metres."""
    lines = (EXAMPLES / "baumkataster.gut.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(";") for line in lines[1:]]
    for row in rows:
        row[3] = "über zehn Meter"
    path = tmp_path / "baumkataster.csv"
    path.write_text("\n".join([lines[0], *map(";".join, rows)]) + "\n", encoding="utf-8")
    result = check_table(path, target="x")
    assert result.document["schema"] == "library:baumkataster"
    assert result.valid


def test_the_page_is_made_of_the_library() -> None:
    written = Path(__file__).parents[2] / "docs" / "table-schemas.md"
    assert written.read_text(encoding="utf-8") == page(), "write it anew: see its third paragraph"


def test_columns_that_a_schema_does_not_know_are_recognised_all_the_same(tmp_path: Path) -> None:
    lines = (EXAMPLES / "baumkataster.gut.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "baumkataster.csv"
    rows = [f"{line};{n},5;01.02.2024" for n, line in enumerate(lines[1:])]
    path.write_text("\n".join([f"{lines[0]};Wert;Tag", *rows]) + "\n", encoding="utf-8")
    document = check_table(path, target="x").document
    assert document["schema"] == "library:baumkataster"
    fields = {field["name"]: (field["type"], field["format"]) for field in document["fields"]}
    assert fields["Wert"] == ("number", "default")
    assert fields["Tag"] == ("date", "%d.%m.%Y")
    assert fields["Pflanzjahr"] == ("integer", "default")
