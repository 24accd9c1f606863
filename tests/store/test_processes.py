"""Several processes at once, and processes that are killed."""

import signal
import subprocess
import sys
import textwrap

import pytest

from datenernte_dcat.errors import StoreError
from datenernte_dcat.store import address
from datenernte_dcat.store.store import Store

PROCESSES = 4
BATCHES = 25
BATCH = 20

# A program, since a process that is killed must not be a child of the test by fork.
WRITER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from datenernte_dcat.findings import Finding, Severity
    from datenernte_dcat.identity import record_id
    from datenernte_dcat.records import Dataset, Literal
    from datenernte_dcat.store.rows import LinkResult, StoredRecord
    from datenernte_dcat.store.store import Store

    url, portal, batches, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    now = datetime(2026, 3, 1, tzinfo=UTC)
    dataset = Dataset(title=(Literal(value="x" * 2000),))
    finding = Finding(code="a", severity=Severity.INFO)
    with Store(url) as store:
        for batch in range(batches):
            records = [
                StoredRecord(
                    id=record_id(portal, str(n)), portal=portal, source_identifier=str(n),
                    iri=f"https://x.de/{portal}/{n}", as_published=dataset, normalised=dataset,
                    content_hash="c", feed_hash="f", first_seen=now, changed_at=now,
                )
                for n in range(batch * size, (batch + 1) * size)
            ]
            store.put_records(1, records, {one.id: [finding] for one in records})
            # The same rows from all processes: waiting in a circle would be a deadlock.
            store.put_links(
                [
                    LinkResult(url=f"https://y.de/{n}", checked_at=now, outcome=portal)
                    for n in range(50)
                ]
            )
            print(batch, flush=True)
    """
)


def writer(url: str, portal: str, batches: int = BATCHES) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", WRITER, url, portal, str(batches), str(BATCH)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_write_at_once_lose_nothing_and_meet_no_lock(url: str) -> None:
    # The store is not there yet: all of them create it.
    writers = [writer(url, f"p{n}") for n in range(PROCESSES)]
    for process in writers:
        _, errors = process.communicate(timeout=100)
        assert (process.returncode, errors) == (0, "")
    with Store(url) as store:
        store.verify()
        for n in range(PROCESSES):
            assert store.count_records(f"p{n}") == BATCHES * BATCH
            assert store.finding_counts(f"p{n}")["info"] == BATCHES * BATCH
        assert len(store.links(f"https://y.de/{n}" for n in range(50))) == 50


@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_killed_process_leaves_whole_batches(url: str, after: int) -> None:
    with Store(url):
        pass
    process = writer(url, "p", 1000)
    assert process.stdout is not None
    assert process.stderr is not None
    for _ in range(after + 1):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stderr.close()
    with Store(url) as store:
        store.verify()
        count = store.count_records("p")
        assert count >= (after + 1) * BATCH
        assert count % BATCH == 0
        assert store.finding_counts("p")["info"] == count
        assert len(list(store.records(portal="p"))) == count
        numbers = {int(identifier) for identifier in store.known("p")}
        assert numbers == set(range(count))


def test_readers_go_on_while_a_writer_holds_the_lock(url: str) -> None:
    with Store(url) as store, Store(url) as other:
        store.put_setting("a", "alt")
        with store.batch():
            store.put_setting("a", "neu")
            assert other.setting("a") == "alt"
        assert other.setting("a") == "neu"


def test_a_lock_that_never_ends_is_a_store_error(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "BUSY_TIMEOUT_SECONDS", 0.01)
    locked = pytest.raises(StoreError, match="von einem anderen Programm gesperrt")
    with Store(sqlite_url) as store, Store(sqlite_url) as other, store.batch(), locked:
        other.put_setting("a", 1)
