"""The page that shows what becomes of datasets when portals fail is what the script measures."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from datenernte_harvester.simulator.failures import (
    DATASETS,
    ROWS,
    Measured,
    failures_page,
    is_good,
    main,
    measure,
)
from datenernte_harvester.simulator.faults import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Measured]:
    return measure(tmp_path_factory.mktemp("failures"))


def test_the_page_is_what_the_script_measures(
    measured: Mapping[tuple[str, str], Measured],
) -> None:
    shown = PAGE.read_text(encoding="utf-8")
    assert shown == failures_page(measured), (
        "rewrite it: python -m datenernte_harvester.simulator.failures"
    )


def test_nothing_is_lost_withdrawn_or_endless(
    measured: Mapping[tuple[str, str], Measured],
) -> None:
    for case, one in measured.items():
        assert (one.kept, one.withdrawn, one.ended) == (DATASETS, 0, True), case
    assert is_good(measured)


def test_what_could_be_read_was_taken_at_the_first_harvest(
    measured: Mapping[tuple[str, str], Measured],
) -> None:
    for fault in ("F24", "F24-broken", "F11"):
        assert {one.first for (row, _), one in measured.items() if row == fault} == {5}
    assert {one.first for (row, _), one in measured.items() if row == "F25-missing"} == {9}


def test_every_row_has_a_fault_that_its_source_types_can_show() -> None:
    for row in ROWS:
        assert row.faults
        assert all(FAULTS[fault].concerns(kind) for kind, fault in row.faults.items()), row.words


def test_a_lost_dataset_is_not_good(measured: Mapping[tuple[str, str], Measured]) -> None:
    from dataclasses import replace

    case, one = next(iter(measured.items()))
    for change in ({"kept": 9}, {"withdrawn": 1}, {"ended": False}):
        assert not is_good({**measured, case: replace(one, **change)})


def test_the_page_is_written_where_docs_is(tmp_path: Path) -> None:
    assert main([str(tmp_path / "nirgends")]) == 1
