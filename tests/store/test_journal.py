"""Runs, portals and settings."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from datenernte_dcat.store.rows import Portal, PortalRun, PortalState
from datenernte_dcat.store.store import Store

STARTED = datetime(2026, 3, 1, 3, 0, 0, 123456, tzinfo=UTC)


def begin(store: Store) -> int:
    return store.begin_run("run", date(2026, 3, 1), STARTED)


def test_a_run_without_end_was_killed_or_still_runs(store: Store) -> None:
    run = store.run(begin(store))
    assert run is not None
    assert (run.command, run.as_of, run.started) == ("run", date(2026, 3, 1), STARTED)
    assert (run.finished, run.status, run.exit_code, run.document) == (None, None, None, None)


def test_a_finished_run_has_its_document(store: Store) -> None:
    number = begin(store)
    finished = STARTED + timedelta(minutes=5)
    store.finish_run(number, finished, "partial", 3, {"totals": {"datasets": 237}, "ö": None})
    run = store.run(number)
    assert run is not None
    assert (run.finished, run.status, run.exit_code) == (finished, "partial", 3)
    assert run.document == {"totals": {"datasets": 237}, "ö": None}


def test_runs_come_newest_first_and_limited(store: Store) -> None:
    numbers = [begin(store) for _ in range(3)]
    assert [run.id for run in store.runs()] == numbers[::-1]
    assert [run.id for run in store.runs(limit=2)] == numbers[:0:-1]
    assert store.run(numbers[-1] + 1) is None


def test_a_run_id_is_never_given_twice(store: Store) -> None:
    numbers = [begin(store) for _ in range(4)]
    store.retention(1)
    assert [run.id for run in store.runs()] == [numbers[-1]]
    assert begin(store) > numbers[-1]


def test_times_keep_their_moment_and_come_back_in_utc(store: Store) -> None:
    summer = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    run = store.run(store.begin_run("run", date(2026, 7, 1), summer))
    assert run is not None
    assert run.started == summer
    assert run.started.tzinfo is UTC
    assert run.started.isoformat() == "2026-06-30T22:30:00+00:00"


def test_a_time_without_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="a time without zone"):
        store.begin_run("run", date(2026, 7, 1), datetime(2026, 7, 1))


def test_portals_are_replaced_by_name(store: Store) -> None:
    old = Portal(name="b", title="Alt", source_type="ckan", url="https://b.de")
    new = Portal(
        name="b", title="Neu", source_type="dcat_rdf", url="https://b.de", municipality="09562000"
    )
    other = Portal(name="a", title="Ä", source_type="ckan", url="https://a.de", retired=True)
    store.put_portals([old, other])
    store.put_portals([new])
    assert store.portals() == [other, new]
    store.put_portals([])
    assert len(store.portals()) == 2


def portal_run(run: int, portal: str, state: PortalState) -> PortalRun:
    return PortalRun(
        run=run, portal=portal, state=state, reason="source-empty", detail="Es fehlt etwas.",
        seen=1, new=2, changed=3, unchanged=4, withdrawn=5, held=6, failed=7, duplicates=8,
        requests=9, not_modified=10, announced=11, seconds=1.25,
    )  # fmt: skip


def test_every_field_of_a_portal_run_comes_back(store: Store) -> None:
    number = begin(store)
    first, second = (portal_run(number, name, PortalState.HELD) for name in "ab")
    store.put_portal_run(second)
    store.put_portal_run(first)
    assert store.portal_runs(number) == [first, second]
    store.put_portal_run(PortalRun(run=number, portal="a", state=PortalState.OK))
    assert store.portal_runs(number)[0] == PortalRun(run=number, portal="a", state=PortalState.OK)


def test_the_last_run_of_a_portal_can_be_asked_by_state(store: Store) -> None:
    states = [PortalState.OK, PortalState.OK, PortalState.HELD, PortalState.FAILED]
    numbers = []
    for state in states:
        numbers.append(begin(store))
        store.put_portal_run(portal_run(numbers[-1], "a", state))
    last, held = store.last_portal_run("a"), store.last_portal_run("a", state=PortalState.HELD)
    assert last is not None
    assert held is not None
    assert (last.run, held.run) == (numbers[3], numbers[2])
    assert store.last_portal_run("a", state=PortalState.SKIPPED) is None
    assert [entry.run for entry in store.portal_history("a", limit=2)] == numbers[:1:-1]


def test_the_last_success_is_when_that_run_ended(store: Store) -> None:
    assert store.last_success("a") is None
    number = begin(store)
    store.put_portal_run(portal_run(number, "a", PortalState.OK))
    assert store.last_success("a") == STARTED
    store.finish_run(number, STARTED + timedelta(hours=1), "ok", 0, {})
    store.put_portal_run(portal_run(begin(store), "a", PortalState.FAILED))
    assert store.last_success("a") == STARTED + timedelta(hours=1)


def test_settings_are_small_json_values(store: Store) -> None:
    assert store.setting("base_url") is None
    store.put_setting("base_url", "https://katalog.de")
    store.put_setting("base_url", {"neu": ["ö", 1, None]})
    assert store.setting("base_url") == {"neu": ["ö", 1, None]}
    store.put_setting("base_url", None)
    assert store.setting("base_url") is None
