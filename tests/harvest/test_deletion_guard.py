"""The deletion guard: what may disappear, at every edge of the rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.crawl.deletion_guard import Decision, judge


def ids(number: int, start: int = 0) -> frozenset[str]:
    return frozenset(f"d{i}" for i in range(start, start + number))


@pytest.mark.parametrize(
    ("known", "seen", "state", "withdrawn", "held", "reason"),
    [
        # a healthy portal
        (0, 5, "ok", 0, 0, None),
        (5, 5, "ok", 0, 0, None),
        # one may always go, as long as something is left
        (2, 1, "ok", 1, 0, None),
        (3, 2, "ok", 1, 0, None),
        (19, 18, "ok", 1, 0, None),
        # two of less than twenty are more than a tenth
        (3, 1, "held", 0, 2, "withdrawal-held"),
        (19, 17, "held", 0, 2, "withdrawal-held"),
        # exactly a tenth goes, one more does not
        (20, 18, "ok", 2, 0, None),
        (20, 17, "held", 0, 3, "withdrawal-held"),
        (29, 27, "ok", 2, 0, None),
        (29, 26, "held", 0, 3, "withdrawal-held"),
        (100, 90, "ok", 10, 0, None),
        (100, 89, "held", 0, 11, "withdrawal-held"),
        (27, 1, "held", 0, 26, "withdrawal-held"),
        # nothing left is never believed, whatever the size
        (1, 0, "held", 0, 1, "portal-empty"),
        (3, 0, "held", 0, 3, "portal-empty"),
        (100, 0, "held", 0, 100, "portal-empty"),
        (0, 0, "held", 0, 0, "portal-empty"),
    ],
)
def test_a_complete_run_withdraws_at_most_a_tenth_or_one(
    known: int, seen: int, state: str, withdrawn: int, held: int, reason: str | None
) -> None:
    decision = judge(ids(known), ids(seen), True, None, 0)

    assert decision.state == state
    assert decision.withdraw == ids(known) - ids(seen) if withdrawn else not decision.withdraw
    assert len(decision.withdraw) == withdrawn
    assert decision.held == held
    assert decision.reason == reason


def test_an_incomplete_run_withdraws_nothing() -> None:
    assert judge(ids(20), ids(19), False, None, 0) == Decision(
        PortalState.PARTIAL, reason="harvest-incomplete"
    )


def test_an_incomplete_run_without_records_failed() -> None:
    assert judge(ids(20), ids(0), False, None, 0).state is PortalState.FAILED


@pytest.mark.parametrize("announced", [18, 20, 1000, 0])
def test_another_number_than_announced_withdraws_nothing(announced: int) -> None:
    decision = judge(ids(20), ids(19), True, announced, 0)

    assert decision == Decision(PortalState.PARTIAL, reason="harvest-count-differs")


def test_the_announced_number_lets_a_small_loss_pass() -> None:
    assert judge(ids(20), ids(19), True, 19, 0).withdraw == {"d19"}


@pytest.mark.parametrize(("datasets_min", "state"), [(19, "ok"), (20, "held")])
def test_fewer_than_the_lower_bound_is_held(datasets_min: int, state: str) -> None:
    decision = judge(ids(20), ids(19), True, None, datasets_min)

    assert decision.state == state
    assert decision.held == (1 if state == "held" else 0)


def test_the_lower_bound_holds_a_new_portal_too() -> None:
    decision = judge(ids(0), ids(4), True, 4, 5)

    assert (decision.state, decision.reason) == (PortalState.HELD, "below-datasets-min")


def test_renamed_identifiers_are_held() -> None:
    decision = judge(ids(10), ids(10, start=100), True, 10, 0)

    assert (decision.state, decision.held) == (PortalState.HELD, 10)


def losses(known: int, each: list[int]) -> tuple[int, list[str]]:
    """What is left after runs that miss so many each, and the state of each run."""
    left, withdrawn, states = known, 0, []
    for missing in each:
        gone = min(missing, left)
        decision = judge(ids(left), ids(left - gone), True, None, 0, withdrawn)
        withdrawn += len(decision.withdraw)
        left -= len(decision.withdraw)
        states.append(str(decision.reason or decision.state))
    return left, states


def test_nine_per_cent_in_every_run_are_held_from_the_second_on() -> None:
    left, states = losses(100, [9, 8, 8, 7])

    assert left == 91
    assert states == ["ok", *["withdrawals-add-up"] * 3]


def test_three_datasets_do_not_vanish_one_by_one() -> None:
    assert losses(3, [1, 1, 1]) == (2, ["ok", "withdrawals-add-up", "withdrawals-add-up"])


def test_small_losses_of_long_ago_do_not_count() -> None:
    assert judge(ids(100), ids(91), True, None, 0, withdrawn_before=0).withdraw


def test_losses_before_hold_back_nothing_where_nothing_is_missing() -> None:
    assert judge(ids(50), ids(50), True, None, 0, withdrawn_before=50).state is PortalState.OK


@given(
    known=st.integers(1, 300),
    answers=st.lists(
        st.tuples(
            st.sampled_from(["whole", "cut", "empty", "lie", "renamed"]), st.integers(0, 300)
        ),
        max_size=25,
    ),
)
def test_no_sequence_of_answers_takes_more_than_a_tenth_in_a_month(
    known: int, answers: list[tuple[str, int]]
) -> None:
    """However the answers follow each other: cut short, empty, lying about their number."""
    published = set(ids(known))
    withdrawn = 0
    for kind, missing in answers:
        seen = set(sorted(published)[: max(0, len(published) - missing)])
        if kind == "empty":
            seen = set()
        if kind == "renamed":
            seen = {f"neu-{name}" for name in seen}
        announced = len(seen) + 1 if kind == "lie" else len(seen)
        decision = judge(published, seen, kind != "cut", announced, 0, withdrawn)
        assert not (decision.withdraw and kind in ("cut", "empty", "lie"))
        withdrawn += len(decision.withdraw)
        published -= decision.withdraw
    assert known - len(published) <= max(1, known // 10)
    assert published


@given(
    known=st.integers(0, 400),
    gone=st.integers(0, 400),
    new=st.integers(0, 50),
    complete=st.booleans(),
    announced=st.none() | st.integers(0, 450),
    datasets_min=st.integers(0, 450),
)
def test_nothing_is_ever_withdrawn_beyond_the_rule(
    known: int, gone: int, new: int, complete: bool, announced: int | None, datasets_min: int
) -> None:
    before = ids(known)
    seen = ids(known - min(gone, known), start=min(gone, known)) | ids(new, start=1000)

    decision = judge(before, seen, complete, announced, datasets_min)

    assert decision.withdraw <= before - seen
    assert len(decision.withdraw) <= max(1, known // 10)
    if decision.withdraw:
        assert decision.state is PortalState.OK
        assert complete
        assert seen
        assert announced in (None, len(seen))
        assert len(seen) >= datasets_min
    assert (decision.reason is None) == (decision.state is PortalState.OK)
