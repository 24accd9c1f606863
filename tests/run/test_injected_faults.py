"""Thirty faults at once beside sound portals, and three of the whole process.

`tests/endurance/faults.py` does the same with every fault at every source type.
"""

from pathlib import Path

import pytest
from tests.endurance import faults
from tests.endurance.faults import Case, Figures, applicable, inject

from datenernte_harvester.simulator.faults import FAULTS

CHOSEN = (
    *(("F01", "csw"), ("F02", "ckan"), ("F02-file", "oai_pmh"), ("F04", "ckan")),
    *(("F05", "dcat_rdf"), ("F06", "csw"), ("F06-xxe", "dcat_rdf"), ("F07", "ogc_records")),
    *(
        ("F08", "ckan"),
        ("F09-short", "dcat_rdf"),
        ("F09-none", "data_package"),
        ("F10-silent", "ckan"),
    ),
    *(("F11", "csw"), ("F11-endless", "ckan"), ("F11-self", "dcat_rdf"), ("F11-shift", "dcat_rdf")),
    *(("F12", "ogc_records"), ("F12-expired", "ckan"), ("F12-wrong-host", "dcat_rdf")),
    *(("F13", "data_package"), ("F14", "ckan"), ("F14-twice", "dcat_rdf"), ("F15-triple", "ckan")),
    *(("F16", "dcat_rdf"), ("F19", "ckan"), ("F20", "dcat_rdf"), ("F23", "csw")),
    *(("F23-40", "ckan"), ("F24", "oai_pmh"), ("F25-churn", "dcat_rdf"), ("F26", "ckan")),
    *(("F31-hour", "oai_pmh"), ("F31-robots", "schema_org"), ("F34", "ckan")),
)
"""Of every row at least one, at every source type at least one."""


@pytest.mark.timeout(600)
def test_thirty_faults_are_named_and_touch_nobody_else(tmp_path: Path) -> None:
    cases = [
        Case(fault=fault, source_type=source_type, size=6, page_size=2)
        for fault, source_type in CHOSEN
    ]
    figures = Figures()
    inject(tmp_path / "batch", cases, figures, anew=False)

    assert figures.complaints == []
    assert figures.injected >= 30
    assert (figures.crashes, figures.hangs, figures.deletions) == (0, 0, 0)


def test_the_chosen_faults_are_of_every_row_and_every_source_type() -> None:
    known = {(case.fault, case.source_type) for case in applicable()}
    assert set(CHOSEN) <= known
    rows = {fault[:3] for fault in FAULTS}
    assert rows - {fault[:3] for fault, _ in CHOSEN} == {"F32"}  # of files alone: test_links.py
    assert {source_type for _, source_type in CHOSEN} == {case.source_type for case in applicable()}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "check", [faults.two_runs_at_once, faults.killed_in_the_middle, faults.broken_database]
)
def test_a_fault_of_the_whole_process_has_its_exit_code(
    check: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "SMALL", ("ckan",))
    figures = Figures()
    assert callable(check)
    check(tmp_path / "place", figures)

    assert figures.complaints == []
    assert figures.injected
