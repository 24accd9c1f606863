"""The screen on random tables: the report of Frictionless, and a wrong screen is found out."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest

from datenernte_validators.tabular.report import error_descriptor
from datenernte_validators.tabular.screen import columns, keys, shapes

SEED = 20261122
BATCHES = 5


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_tables_have_the_report_of_frictionless(
    endurance: ModuleType, tmp_path: Path, batch: int
) -> None:
    result = endurance.compare(endurance.cases(100, SEED, 100 * batch), tmp_path / "t.csv")
    for case in result.different[:3]:
        endurance.show(case, tmp_path / "t.csv")
    assert not result.different
    assert result.cases == 100
    assert result.screened > 60
    assert result.errors.total() > 500


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "dates are not looked at": lambda patch: patch.setitem(
        shapes._SHAPES, "date", lambda field, constraints: lambda cell: cell.is_not_null()
    ),
    "bounds are not looked at": lambda patch: patch.setattr(
        shapes, "_within", lambda value, bounds: value.is_not_null()
    ),
    "blank rows are clean": lambda patch: patch.setattr(
        "datenernte_validators.tabular.screen.stream.blank_rows", lambda frame, screens: None
    ),
    "keys are forgotten": lambda patch: patch.setattr(
        keys.SeenKeys, "_look_back", lambda self, keyed, names, repeats: None
    ),
    "Frictionless is not reminded": lambda patch: patch.setattr(
        "datenernte_validators.tabular.screen.stream.Screen._remind",
        lambda self, name, seen, earlier: None,
    ),
    "keys are texts": lambda patch: patch.setattr(
        "datenernte_validators.tabular.screen.stream.key_field",
        lambda screen: keys.KeyField(screen, str, ordinary=pl.col(screen.name)),
    ),
    "the reader is not asked": lambda patch: patch.setattr(
        columns.FieldScreen, "is_clean", lambda self, text: True
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_random_tables_find_a_screen_that_is_wrong(
    endurance: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutant: str
) -> None:
    MUTANTS[mutant](monkeypatch)
    different = 0
    for start in range(0, 300, 20):
        result = endurance.compare(endurance.cases(20, SEED, start), tmp_path / "t.csv")
        different += len(result.different)
        if different:
            break
    assert different


def test_errors_are_told_as_frictionless_tells_them(endurance: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for case in endurance.cases(30, SEED):
        path.write_bytes(case.data)
        for error in errors_of(endurance, case, path):
            assert error_descriptor(error) == error.to_descriptor()


def errors_of(endurance: ModuleType, case: Any, path: Path) -> list[Any]:
    """The errors of a report that is no descriptor yet."""
    found: list[Any] = []

    def kept(report: Any) -> Any:
        found.extend(error for task in report.tasks for error in task.errors)
        return {"tasks": []}

    with patch("datenernte_validators.tabular.judge.report_descriptor", kept):
        endurance.by_us(case, path)
    return found
