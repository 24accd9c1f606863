"""Tables of a run: fetched once, checked once, their faults in the reports."""

from datetime import UTC, datetime, timedelta
from typing import Any

from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.simulator.portals import simulated_portals

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def codes(land: Any) -> set[str]:
    """Codes of all findings of the table stage."""
    with Store(read_configuration(land.folder, {}).store_url) as store:
        return {found.code for found in store.findings(stage="tables")}


def file_requests(land: Any) -> list[Any]:
    """Every request for a file so far."""
    return [
        request
        for server in land.servers.values()
        for request in server.requests
        if request.path.startswith("/dateien/")
    ]


def test_bad_tables_become_findings_of_at_least_ten_kinds(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 100)[2])
    land.configure("[validate]\nlinks = false\nshapes = false\n")
    assert land.run().exit_code == 0
    assert len(codes(land)) >= 10
    assert {"blank-row", "extra-cell", "missing-cell", "table-html", "table-empty"} <= codes(land)


def test_a_file_is_asked_for_again_when_it_is_due_and_then_conditionally(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 20)[0])
    land.configure("[validate]\nlinks = false\nshapes = false\nrecheck_days = 7\n")
    land.run(NOW)
    first = file_requests(land)
    land.run(NOW + timedelta(days=1))
    # The simulated portal has one broken link, which is asked for every day.
    again = file_requests(land)[len(first) :]
    assert len(again) == 1
    land.run(NOW + timedelta(days=8))
    later = file_requests(land)[len(first) + 1 :]
    assert len(later) == len(first)
    assert sum("if-none-match" in request.headers for request in later) == len(first) - 1


def test_a_file_that_is_too_large_is_told_and_not_judged(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 20)[0])
    land.configure("[validate]\nlinks = false\nshapes = false\ntable_max_bytes = 100\n")
    assert land.run().exit_code == 0
    assert codes(land) == {"download-too-large"}
