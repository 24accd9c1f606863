"""Every vice of the demo's files is found, with its place and with advice."""

from pathlib import Path

import pytest

from datenernte_harvester.simulator.files import VICES, body, spoiled
from datenernte_validators.files.door import check_file
from datenernte_validators.tabular.outcome import TableCheck

EXPECTED = {
    "cp1252": "table-encoding-not-utf8",
    "utf16": "table-encoding-not-utf8",
    "mojibake": "table-mojibake",
    "ragged": "missing-cell",
    "blank-rows": "blank-row",
    "bad-cells": "type-error",
    "title-rows": "table-title-rows",
    "duplicate-header": "duplicate-label",
    "mixed-dates": "table-mixed-dates",
    "empty": "table-empty",
    "html": "table-html",
    "binary": "table-not-a-table",
    "formulas": "table-formula",
    "personal": "table-personal-data",
    "swapped": "table-coordinates-swapped",
    "geojson-swapped": "geojson-axes-swapped",
    "shapefile-torn": "shapefile-part-missing",
    "gtfs-incomplete": "gtfs-file-missing",
    "pdf-cut": "file-truncated",
    "kml-broken": "xml-broken",
    "lost-zeros": "table-lost-zero",
    "glued": "table-glued-row",
    "inner-sums": "table-totals-inside",
    "trailing": "table-trailing-delimiter",
}


def checked(vice: str, folder: Path) -> TableCheck:
    file = spoiled(vice, 1)
    path = folder / file.name
    path.write_bytes(body(file))
    return check_file(path, target=file.name, declared=file.format)


@pytest.mark.parametrize(("vice", "code"), EXPECTED.items())
def test_a_vice_is_found(vice: str, code: str, tmp_path: Path) -> None:
    found = {one.code: one for one in checked(vice, tmp_path).findings}
    assert found[code].advice


def test_every_vice_is_expected() -> None:
    assert set(EXPECTED) == set(VICES) - {"clean", "formula"}


def test_a_faultless_file_has_no_finding(tmp_path: Path) -> None:
    assert not checked("clean", tmp_path).findings


def test_at_least_ten_kinds_of_faults_have_row_column_and_advice(tmp_path: Path) -> None:
    findings = [one for vice in EXPECTED for one in checked(vice, tmp_path).findings]
    placed = {one.code for one in findings if one.row and one.field and one.advice}
    assert len(placed) >= 10, placed
