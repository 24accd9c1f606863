"""A link that worked is broken only after two observations; the history tells from when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.store.link_history import forget_link_history
from datenernte_dcat.store.rows import LinkResult
from datenernte_dcat.store.store import Store
from datenernte_validators.link_confirmation import newest, settled
from datenernte_validators.links import link_findings

START = datetime(2026, 3, 1, 4, tzinfo=UTC)
URL = "https://stadt.example.org/a.csv"
STATUSES = {"ok": 200, "broken": 404, "blocked": 403}


def seen(outcome: str, hours: float = 0) -> LinkResult:
    return LinkResult(
        url=URL,
        checked_at=START + timedelta(hours=hours),
        head_status=STATUSES.get(outcome, 1100),
        status=STATUSES.get(outcome),
        outcome=outcome,
        hops=(f"{URL}?{outcome}",),
    )


def after(*outcomes: str, every: float = 24) -> LinkResult:
    """What counts after these observations, one each `every` hours."""
    kept: LinkResult | None = None
    for number, outcome in enumerate(outcomes):
        kept = settled(kept, seen(outcome, number * every))[-1]
    assert kept is not None
    return kept


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path / 'probe.db'}") as opened:
        yield opened


@pytest.mark.parametrize(
    ("outcomes", "counts", "doubted"),
    [
        ("ok broken", "ok", True),
        ("ok timeout", "ok", True),
        ("ok error", "ok", True),
        ("ok broken broken", "broken", False),
        ("ok timeout broken", "broken", False),
        ("ok broken ok", "ok", False),
        ("broken", "broken", False),
        ("timeout", "timeout", False),
        ("ok broken broken ok broken", "ok", True),
        ("ok broken broken timeout", "timeout", False),
        ("blocked broken", "broken", False),
        ("ok blocked", "blocked", False),
        ("ok blocked broken", "blocked", True),
        ("ok blocked blocked broken broken", "broken", False),
        ("ok broken blocked", "blocked", True),
        ("ok broken blocked broken", "broken", False),
        ("ok broken blocked ok", "ok", False),
        ("ok forbidden", "forbidden", False),
    ],
)
def test_a_link_that_worked_fails_only_with_a_second_observation(
    outcomes: str, counts: str, doubted: bool
) -> None:
    kept = after(*outcomes.split())
    assert kept.outcome == counts
    assert (kept.unconfirmed is not None) == doubted


def test_an_unconfirmed_failure_is_told_as_such_and_keeps_its_answer() -> None:
    kept = after("ok", "broken")
    assert kept.unconfirmed == seen("broken", 24)
    assert newest(kept) == seen("broken", 24)
    assert kept.checked_at == START
    findings = list(link_findings(kept, subject=None, property=None, promised="CSV"))
    assert [(found.code, found.severity.value) for found in findings] == [
        ("link-unconfirmed", "info")
    ]


def test_a_second_failure_of_the_same_disturbance_confirms_nothing() -> None:
    assert after("ok", "broken", "broken", every=0.5).outcome == "ok"
    assert after("ok", "broken", "broken", "broken", every=0.5).outcome == "broken"


def test_a_link_that_flaps_again_and_again_is_told() -> None:
    once = after("ok", "broken", "ok")
    assert list(link_findings(once, subject=None, property=None)) == []
    often = after("ok", "broken", "ok", "timeout", "ok")
    (found,) = link_findings(often, subject=None, property=None)
    assert found.code == "link-unstable"
    assert "2-mal" in found.message
    calm = settled(often, seen("ok", 24 * 40))[-1]
    assert calm.flaps == ()


def keep(store: Store, *outcomes: str) -> list[tuple[int, str]]:
    """The history after these daily observations: day and outcome."""
    from datenernte_harvester.link_validation import _put

    for day, outcome in enumerate(outcomes):
        _put(store, [seen(outcome, day * 24)])
    return [((line.checked_at - START).days, line.outcome) for line in store.link_history(URL)]


@pytest.mark.parametrize(
    ("outcomes", "history"),
    [
        ("ok broken", [(0, "ok")]),
        ("ok broken ok", [(0, "ok")]),
        ("ok broken broken", [(0, "ok"), (1, "broken")]),
        ("ok timeout broken", [(0, "ok"), (1, "timeout"), (2, "broken")]),
        ("ok broken ok broken ok", [(0, "ok"), (3, "broken"), (4, "ok")]),
        ("broken ok", [(0, "broken"), (1, "ok")]),
    ],
)
def test_the_history_begins_a_failure_with_its_first_observation(
    store: Store, outcomes: str, history: list[tuple[int, str]]
) -> None:
    assert keep(store, *outcomes.split()) == history


def test_an_unconfirmed_failure_survives_the_store(store: Store) -> None:
    keep(store, "ok", "broken")
    kept = store.links([URL])[URL]
    assert kept == after("ok", "broken")
    assert kept.unconfirmed is not None
    assert kept.unconfirmed.hops == (f"{URL}?broken",)


@given(st.lists(st.sampled_from(("ok", "broken", "timeout", "blocked", "error")), min_size=1))
def test_nothing_counts_as_failed_that_failed_once_only(outcomes: list[str]) -> None:
    kept = after(*outcomes)
    judged = [outcome for outcome in outcomes if outcome != "blocked"]
    if kept.outcome in ("broken", "timeout", "error"):
        assert "ok" not in judged[-2:]
    if judged[-2:] and "ok" not in judged[-2:] and len(judged) > 1 and outcomes[-1] != "blocked":
        assert kept.outcome == outcomes[-1]
    if outcomes[-1] == "ok":
        assert (kept.outcome, kept.unconfirmed) == ("ok", None)


def test_the_history_keeps_what_stood_at_its_oldest_day(store: Store) -> None:
    assert len(keep(store, "broken", "ok", "blocked", "ok", "forbidden")) == 5
    limit = START + timedelta(days=2, hours=1)
    assert forget_link_history(store, limit) == 2
    assert [line.outcome for line in store.link_history(URL)] == ["blocked", "ok", "forbidden"]
    assert forget_link_history(store, limit) == 0
