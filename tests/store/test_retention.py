"""What is forgotten with time, and what never is."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from datenernte_dcat.store.retention import forget_links, forget_responses
from datenernte_dcat.store.rows import (
    CachedResponse,
    FileState,
    LinkResult,
    PortalRun,
    PortalState,
    StoredRecord,
)
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import StoreSettings
from datenernte_harvester.retention import apply_retention

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=100)
LIMIT = NOW - timedelta(days=90)


def look(store: Store, url: str, at: datetime) -> None:
    store.put_links([LinkResult(url=url, checked_at=at, status=200, outcome="ok")])
    store.put_file_states([FileState(url=url, content_hash="a", size=1, fetched_at=at)])


def never() -> Iterable[str]:
    raise AssertionError("nothing is old: nobody needs to know what is used")


def test_an_old_address_that_nobody_uses_is_forgotten_whole(store: Store) -> None:
    look(store, "https://x.de/alt", OLD)
    look(store, "https://x.de/neu", NOW)
    assert forget_links(store, LIMIT, lambda: ["https://x.de/anders"]) == 1
    assert set(store.links(["https://x.de/alt", "https://x.de/neu"])) == {"https://x.de/neu"}
    assert store.link_history("https://x.de/alt") == []
    assert store.file_state("https://x.de/alt") is None
    assert store.file_state("https://x.de/neu") is not None


def test_an_address_in_use_is_never_forgotten(store: Store) -> None:
    look(store, "https://x.de/alt", OLD)
    assert forget_links(store, LIMIT, lambda: ["https://x.de/alt"]) == 0
    assert store.links(["https://x.de/alt"])
    assert store.file_state("https://x.de/alt") is not None


def test_one_new_observation_keeps_an_address(store: Store) -> None:
    look(store, "https://x.de/a", OLD)
    store.put_links([LinkResult(url="https://x.de/a", checked_at=NOW, outcome="timeout")])
    assert forget_links(store, LIMIT, never) == 0
    assert store.file_state("https://x.de/a") is not None


def test_nothing_old_means_nothing_is_read(store: Store) -> None:
    look(store, "https://x.de/neu", NOW)
    assert forget_links(store, LIMIT, never) == 0


def answer(store: Store, portal: str, at: datetime) -> None:
    store.put_cached_response(
        CachedResponse(
            portal=portal, url=f"https://{portal}.de/", status=200, headers=(), body=b"x",
            stored_at=at,
        )
    )  # fmt: skip


def harvested(store: Store, portal: str, at: datetime, state: PortalState) -> None:
    run = store.begin_run("run", at.date(), at)
    store.put_portal_run(PortalRun(run=run, portal=portal, state=state))


@pytest.mark.parametrize(
    ("stored", "last", "state", "kept"),
    [
        (OLD, NOW, PortalState.OK, True),
        (OLD, NOW, PortalState.FAILED, False),
        (OLD, OLD, PortalState.OK, False),
        (NOW, OLD, PortalState.OK, True),
    ],
)
def test_answers_of_a_portal_that_is_no_longer_harvested_are_forgotten(
    store: Store, stored: datetime, last: datetime, state: PortalState, kept: bool
) -> None:
    answer(store, "stadt", stored)
    answer(store, "nachbar", NOW)
    harvested(store, "stadt", last, state)
    assert forget_responses(store, LIMIT) == (0 if kept else 1)
    assert (store.cached_response("stadt", "https://stadt.de/") is not None) is kept
    assert store.cached_response("nachbar", "https://nachbar.de/") is not None


def test_the_end_of_a_run_forgets_once_a_day_and_nothing_that_is_published(
    store: Store, make_record: Callable[..., StoredRecord]
) -> None:
    record = make_record(1)
    store.put_records(store.begin_run("run", OLD.date(), OLD), [record])
    used = "https://daten.stadt.de/f/0.csv"
    before = store.digest()
    for url in (used, "https://x.de/unbenutzt"):
        look(store, url, OLD)
    settings = StoreSettings(keep_links_days=90, keep_responses_days=90)

    apply_retention(store, settings, NOW)
    assert set(store.links([used, "https://x.de/unbenutzt"])) == {used}
    assert store.digest() == before
    assert store.count_records() == 1

    look(store, "https://x.de/unbenutzt", OLD)
    apply_retention(store, settings, NOW + timedelta(hours=1))
    assert store.links(["https://x.de/unbenutzt"])
    apply_retention(store, settings, NOW + timedelta(days=1))
    assert not store.links(["https://x.de/unbenutzt"])
