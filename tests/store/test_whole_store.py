"""What concerns all tables: digest, retention, verifying, threads, forks."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from datenernte_dcat.findings import Finding
from datenernte_dcat.store.rows import (
    FileReport,
    FileState,
    Portal,
    PortalRun,
    PortalState,
    Score,
    StoredRecord,
)
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MakeRecord = Callable[..., StoredRecord]
MakeFinding = Callable[..., Finding]


def fill(store: Store, make_record: MakeRecord, make_finding: MakeFinding) -> int:
    run = store.begin_run("run", date(2026, 3, 1), NOW)
    store.put_portals([Portal(name="p", title="Ä", source_type="ckan", url="https://p.de")])
    store.put_records(run, [make_record(n) for n in range(3)])
    store.put_findings("links", {(make_record(1).id, "p"): [make_finding("a")]})
    store.put_scores([Score(subject="x", kind="dataset", method="m", total=1.0, document={})])
    return run


def test_the_digest_is_the_same_while_nothing_published_changes(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(store, make_record, make_finding)
    before = store.digest()
    run = fill(store, make_record, make_finding)
    store.put_portal_run(PortalRun(run=run, portal="p", state=PortalState.OK))
    store.put_setting("x", 1)
    assert store.digest() == before


def test_the_digest_does_not_depend_on_database_or_order(
    sqlite_url: str, postgresql_url: str, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    digests = []
    for url, numbers in ((sqlite_url, [1, 2, 3]), (postgresql_url, [3, 1, 2])):
        with Store(url) as store:
            fill(store, make_record, make_finding)
            for number in numbers:
                store.put_records(1, [make_record(number)])
            digests.append(store.digest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda store, record, finding: store.withdraw("p", ["1"], 9, NOW),
        lambda store, record, finding: store.put_records(9, [record(1, feed_hash="f" * 64)]),
        lambda store, record, finding: store.put_records(9, [record(1, municipality="09")]),
        lambda store, record, finding: store.put_records(9, [record(7)]),
        lambda store, record, finding: store.replace_findings(
            "links", record(1).id, "p", [finding("b")]
        ),
        lambda store, record, finding: store.replace_findings("links", record(1).id, "p", []),
        lambda store, record, finding: store.put_scores(
            [Score(subject="x", kind="dataset", method="m", total=1.0, document={"a": 1})]
        ),
        lambda store, record, finding: store.put_portals(
            [Portal(name="p", title="Neu", source_type="ckan", url="https://p.de")]
        ),
    ],
)
def test_the_digest_changes_with_everything_that_the_site_shows(
    store: Store,
    make_record: MakeRecord,
    make_finding: MakeFinding,
    change: Callable[[Store, MakeRecord, MakeFinding], object],
) -> None:
    fill(store, make_record, make_finding)
    before = store.digest()
    change(store, make_record, make_finding)
    assert store.digest() != before


def test_retention_keeps_the_newest_runs_and_the_last_good_one_of_each_portal(
    store: Store,
) -> None:
    states = {1: "ok", 2: "ok", 3: "held", 4: None, 5: None}
    for state in states.values():
        run = store.begin_run("run", date(2026, 3, 1), NOW)
        if state is not None:
            store.put_portal_run(PortalRun(run=run, portal="p", state=PortalState(state)))
    assert store.retention(1) == 2
    assert [run.id for run in store.runs()] == [5, 3, 2]
    assert store.portal_runs(1) == []
    assert store.retention(1) == 0
    assert store.retention(0) == 0, "at least the newest run stays"


def test_retention_forgets_reports_that_nothing_refers_to(
    store: Store, make_record: MakeRecord
) -> None:
    record = make_record(1)
    store.put_records(1, [record])
    store.put_shape_reports(
        {
            (record.content_hash, "p"): 1,
            (record.feed_hash, "p"): 2,
            ("0" * 64, "p"): 3,
        }
    )
    reports = [FileReport(content_hash="c", schema_hash=key, report={}) for key in "st"]
    store.put_file_reports(reports)
    store.put_file_states(
        [FileState(url="u", content_hash="c", size=1, fetched_at=NOW, schema_hash="s")]
    )
    store.retention(10)
    assert store.file_report("c", "s") is not None
    assert store.file_report("c", "t") is None
    assert store.shape_report(record.content_hash, "p") == 1
    assert store.shape_report(record.feed_hash, "p") == 2
    assert store.shape_report("0" * 64, "p") is None


def test_a_sound_store_verifies_and_can_be_vacuumed(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(store, make_record, make_finding)
    before = store.digest()
    store.verify()
    store.vacuum()
    store.put_setting("nachher", 1)
    assert store.digest() == before


def test_threads_share_a_store(store: Store, make_record: MakeRecord) -> None:
    def write(first: int) -> None:
        for number in range(first, first + 50):
            store.put_records(1, [make_record(number)])

    threads = [threading.Thread(target=write, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count_records() == 200


def test_a_forked_child_gets_connections_of_its_own(store: Store, make_record: MakeRecord) -> None:
    store.put_records(1, [make_record(1)])
    child = os.fork()
    if child == 0:
        status = 1
        try:
            store.put_records(1, [make_record(2)])
            status = 0 if store.count_records() == 2 else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.put_records(1, [make_record(3)])
    assert store.count_records() == 3


def test_a_store_in_memory_lives_as_long_as_it_is_open(make_record: MakeRecord) -> None:
    with Store("sqlite://") as store:
        store.put_records(1, [make_record(n) for n in range(3)])
        for record in store.records():
            store.put_setting(record.id, 1)
        store.verify()
        assert store.count_records() == 3
    with Store("sqlite://") as store:
        assert store.count_records() == 0
