"""The blocks of a municipality's report, read from a store after real runs."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from fractions import Fraction

import pytest
from tests.run.conftest import NOW, Land

from datenernte_dcat.site.report_blocks import ReportData
from datenernte_dcat.site.report_data import report_data
from datenernte_dcat.store.rows import LinkResult, PortalRun, PortalState
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.simulator.portals import simulated_portals
from datenernte_validators.scores.kommunal.method import method


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store after two days over one portal."""
    with ExitStack() as stack:
        land = Land(tmp_path_factory.mktemp("bericht"), stack)
        for portal in simulated_portals(1, 8, 7):
            land.serve(portal)
        land.run(stages=("harvest", "validate", "score"))
        land.run(NOW + timedelta(days=1), stages=("score",))
        url = read_configuration(land.folder, {}).store_url
        yield stack.enter_context(closing(Store(url)))


@pytest.fixture
def reports(store: Store) -> dict[str, ReportData]:
    keys = {head.municipality for head in store.heads() if head.municipality}
    return {key: found for key in keys if (found := report_data(store, key)) is not None}


def test_every_municipality_with_a_score_has_a_report(
    store: Store, reports: dict[str, ReportData]
) -> None:
    assert set(reports) == {one.subject for one in store.scores("municipality", method().id)}
    assert report_data(store, "09999999") is None


def test_the_head_and_the_steps_are_those_of_the_score(
    store: Store, reports: dict[str, ReportData]
) -> None:
    for key, report in reports.items():
        score = store.score(key, "municipality", method().id)
        assert score is not None
        assert report.head.score == score.total
        assert report.head.datasets == len(report.datasets)
        assert report.head.distributions > 0
        assert report.head.mqa is not None
        assert len(report.next_steps) <= 3
        assert all(step["gain"] > 0 for step in report.next_steps)
        assert all(entry["who"] == "Portal" for entry in report.portal_tasks)
        assert not any(entry["who"] == "Portal" for entry in report.tasks)


def test_the_lost_points_of_the_dimensions_add_up(reports: dict[str, ReportData]) -> None:
    for report in reports.values():
        assert [row.code for row in report.dimensions] == list(method().dimensions)
        lost = sum(Fraction(str(row.lost)) for row in report.dimensions)
        if not report.head.caps:
            assert lost == 100 - Fraction(str(report.head.score))
        assert any(row.peer_median is not None for row in report.dimensions)


def test_every_dataset_and_file_is_listed_with_its_proof(reports: dict[str, ReportData]) -> None:
    for report in reports.values():
        for row in report.datasets:
            assert row.title
            assert row.score is not None
            assert all(fault["missing"] for fault in row.faults)
        for file in report.files:
            assert file.dataset in {row.id for row in report.datasets}
    assert any(report.files for report in reports.values())
    assert any(row.conformant is not None for r in reports.values() for row in r.datasets)


def test_the_history_has_months_changes_and_incidents(store: Store) -> None:
    head = next(iter(store.heads()))
    key = head.municipality or ""
    before = report_data(store, key)
    assert before is not None
    assert before.history.months[-1][1] == before.head.score
    assert before.history.incidents == ()
    run = store.runs(limit=1)[0].id
    held = PortalRun(run=run, portal=head.portal, state=PortalState.HELD, detail="Es fehlt viel.")
    store.put_portal_run(held)
    after = report_data(store, key)
    assert after is not None
    [incident] = after.history.incidents
    assert (incident.portal, incident.state, incident.detail) == (
        head.portal,
        "held",
        "Es fehlt viel.",
    )
    assert incident.day == (NOW + timedelta(days=1)).date()


def test_a_link_is_called_broken_after_48_hours_only(store: Store) -> None:
    record = next(store.records())
    key = record.municipality or ""
    url = next(
        reference.uri
        for one in record.as_published.distribution
        for reference in (*one.access_url, *one.download_url)
        if reference.uri is not None
    )

    def state_after(hours: int, outcome: str = "broken") -> str | None:
        at = NOW + timedelta(days=3, hours=hours)
        store.put_links([LinkResult(url=url, checked_at=at, status=404, outcome=outcome)])
        report = report_data(store, key)
        assert report is not None
        found = {row.url: row for row in report.links}
        return found[url].state if url in found else None

    assert state_after(0) == "doubtful"
    assert state_after(47) == "doubtful"
    assert state_after(48) == "broken"
    assert state_after(50, "ok") == "flaky"
    assert state_after(51, "blocked") == "blocked"


def test_key_figures_always_say_of_how_many(reports: dict[str, ReportData]) -> None:
    for report in reports.values():
        assert len(report.key_figures) >= 5
        assert all(0 <= figure.count <= figure.of for figure in report.key_figures)


def test_the_method_stands_in_the_report(reports: dict[str, ReportData]) -> None:
    report = next(iter(reports.values()))
    assert report.method["id"] == method().id
    assert report.reproducibility["method"] == method().id
    assert report.onward.mqa_feed is not None
