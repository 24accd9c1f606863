"""The records: both views, what a second harvest changes, streaming."""

import random
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from datenernte_dcat.findings import Finding
from datenernte_dcat.identity import record_id
from datenernte_dcat.records import Dataset, Literal
from datenernte_dcat.store import record_store
from datenernte_dcat.store.database import CHUNK
from datenernte_dcat.store.rows import Counts, KnownRecord, RecordHead, RecordStatus, StoredRecord
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MakeRecord = Callable[..., StoredRecord]
MakeFinding = Callable[..., Finding]


def ids(records: list[StoredRecord]) -> list[str]:
    return [record.id for record in records]


def test_every_field_of_a_record_comes_back(store: Store, make_record: MakeRecord) -> None:
    record = make_record(
        1,
        normalised=Dataset(title=(Literal(value="Anders"),)),
        kept=("a", "ö\n\x00\x1f"),
        municipality=None,
        first_seen=NOW - timedelta(days=900),
        changed_at=NOW - timedelta(microseconds=1),
        withdrawn_at=NOW,
        status=RecordStatus.WITHDRAWN,
    )
    store.put_records(1, [record])
    assert store.record(record.id) == record
    assert store.record("none") is None


def test_a_head_is_the_record_without_its_views(store: Store, make_record: MakeRecord) -> None:
    record = make_record(1, files=3)
    store.put_records(1, [record])
    expected = {
        name: getattr(record, name)
        for name in RecordHead.__struct_fields__
        if name != "distributions"
    }
    assert list(store.heads()) == [RecordHead(**expected, distributions=3)]


def test_known_records_of_a_portal_by_source_identifier(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(1), make_record(2), make_record(3, portal="q")])
    store.withdraw("p", ["2"], 2, NOW)
    known = store.known("p")
    assert set(known) == {"1", "2"}
    assert known["1"] == KnownRecord(
        id=record_id("p", "1"),
        source_identifier="1",
        content_hash=f"{1:064x}",
        feed_hash=f"{2:064x}",
        status=RecordStatus.PRESENT,
        iri="https://daten.stadt.de/d/1",
        first_seen=NOW,
    )
    assert known["2"].status is RecordStatus.WITHDRAWN
    assert store.known("r") == {}


def test_a_second_harvest_keeps_when_a_record_was_first_seen(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(1)])
    store.put_records(2, [make_record(1, first_seen=LATER, changed_at=LATER, title="Neu")])
    [record] = store.records()
    assert record.first_seen == NOW
    assert record.normalised.title[0].value == "Neu"


def test_changed_at_moves_only_with_the_feed_hash(store: Store, make_record: MakeRecord) -> None:
    store.put_records(1, [make_record(1), make_record(2)])
    same = make_record(1, content_hash="c" * 64, changed_at=LATER)
    other = make_record(2, feed_hash="f" * 64, changed_at=LATER)
    store.put_records(2, [same, other])
    assert [record.changed_at for record in store.records()] == [NOW, LATER]


def test_a_withdrawn_record_that_is_seen_again_is_restored(
    store: Store, make_record: MakeRecord
) -> None:
    records = [make_record(1), make_record(2)]
    store.put_records(1, records)
    assert store.withdraw("p", ["1", "2"], 2, NOW) == 2
    assert store.count_records() == 0
    store.put_records(3, [make_record(1, changed_at=LATER)], unchanged=[records[1].id])
    first, second = store.records()
    assert (first.withdrawn_at, second.withdrawn_at) == (None, None)
    assert (first.changed_at, second.changed_at) == (LATER, NOW)


def test_withdrawing_spares_what_the_same_run_has_seen(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(1), make_record(2), make_record(3, portal="q")])
    store.put_records(2, [], unchanged=[record_id("p", "2")])
    assert store.withdraw("p", ["1", "2", "3", "unknown"], 2, NOW) == 1
    [gone] = store.records(status=RecordStatus.WITHDRAWN)
    assert (gone.source_identifier, gone.withdrawn_at) == ("1", NOW)
    assert store.withdraw("p", ["1"], 3, LATER) == 0, "its tombstone keeps its time"


def test_seen_are_the_records_that_this_run_put_or_marked(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(n) for n in range(3)] + [make_record(9, portal="q")])
    store.put_records(2, [make_record(1)], unchanged=[record_id("p", "2"), "unknown"])
    assert store.seen(1, "p") == {"0"}
    assert store.seen(2, "p") == {"1", "2"}
    assert store.seen(2, "q") == set()


def test_missing_is_what_a_run_and_all_later_ones_did_not_see(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(n) for n in range(4)] + [make_record(9, portal="q")])
    store.put_records(2, [make_record(0)])
    store.put_records(3, [], unchanged=[record_id("p", "1")])
    assert store.missing("p", 1) == set()
    assert store.missing("p", 2) == {"2", "3"}
    assert store.missing("p", 3) == {"0", "2", "3"}
    store.withdraw("p", ["0", "1", "2"], 2, NOW)
    assert store.missing("p", 2) == {"3"}
    assert store.count_records("p") == 3, "0 and 1 were seen in this run or later"


def test_of_the_same_id_twice_in_a_batch_the_last_stays(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(1, [make_record(1, title="Eins"), make_record(1, title="Zwei")])
    [record] = store.records()
    assert record.normalised.title[0].value == "Zwei"


def test_text_that_no_database_stores_never_stops_a_batch(
    store: Store, make_record: MakeRecord
) -> None:
    dataset = Dataset(title=(Literal(value="a\x00b\ud800c\U0001f333"),))
    record = make_record(1, source_identifier="x\x00\udfff", as_published=dataset)
    store.put_records(1, [record, make_record(2)])
    assert store.count_records() == 2
    assert set(store.known("p")) == {"x\ufffd\ufffd", "2"}
    stored = store.record(record.id)
    assert stored is not None
    assert stored.as_published.title[0].value == "a\ufffdb\ufffdc\U0001f333"
    assert store.withdraw("p", ["x\x00\udfff"], 2, NOW) == 1


def test_records_come_by_iri_in_code_point_order_on_every_database(
    store: Store, make_record: MakeRecord
) -> None:
    names = ["a", "B", "Z", "z", "ä", "Ä", "a-b", "a b", "10", "9", "~", "A", "\U0001f333", "ﬀ"]
    records = [make_record(n, iri=f"https://x.de/{name}") for n, name in enumerate(names)]
    random.Random(1).shuffle(records)  # noqa: S311
    store.put_records(1, records)
    by_iri = sorted(records, key=lambda record: record.iri)
    assert [record.iri for record in store.records()] == [record.iri for record in by_iri]
    assert [head.iri for head in store.heads()] == [record.iri for record in by_iri]


def test_pages_neither_repeat_nor_miss_a_record_even_with_equal_iris(
    store: Store, make_record: MakeRecord
) -> None:
    count = 2 * CHUNK + 7
    records = [make_record(n, iri=f"https://x.de/{n // 300}") for n in range(count)]
    store.put_records(1, records)
    expected = [record.id for record in sorted(records, key=lambda one: (one.iri, one.id))]
    assert ids(list(store.records())) == expected
    assert [head.id for head in store.heads(portal="p")] == expected
    assert ids(list(store.records(municipality="09562000"))) == expected


def test_a_page_that_ends_exactly_is_the_last(store: Store, make_record: MakeRecord) -> None:
    store.put_records(1, [make_record(n) for n in range(CHUNK)])
    assert len(list(store.records())) == CHUNK


def test_huge_datasets_are_read_one_by_one(
    store: Store, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_store, "DOCUMENT_BYTES_AT_ONCE", 1)
    records = [make_record(n) for n in range(5)]
    store.put_records(1, records)
    assert list(store.records()) == records


def test_the_store_may_be_written_while_records_are_read(
    store: Store, url: str, make_record: MakeRecord
) -> None:
    count = CHUNK + 20
    store.put_records(1, [make_record(n) for n in range(count)])
    seen = []
    with Store(url) as other:
        for position, record in enumerate(store.records()):
            seen.append(record.id)
            if position == 3:
                other.put_records(2, [make_record(n, title="Neu") for n in range(count)])
                store.put_setting("zwischendurch", True)
    assert len(seen) == len(set(seen)) == count


def test_a_record_purged_while_reading_is_left_out(
    store: Store, url: str, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_store, "DOCUMENT_BYTES_AT_ONCE", 1)
    store.put_records(1, [make_record(n) for n in range(3)])
    reading = store.records()
    next(reading)
    with Store(url) as other:
        other.withdraw("p", ["2"], 2, NOW)
        other.purge_withdrawn(LATER)
    assert [record.source_identifier for record in reading] == ["1"]


def test_records_are_filtered_by_portal_municipality_and_status(
    store: Store, make_record: MakeRecord
) -> None:
    store.put_records(
        1,
        [
            make_record(1, files=1),
            make_record(2, files=2, portal="q"),
            make_record(3, files=3, municipality=None),
            make_record(4, files=4),
        ],
    )
    store.withdraw("p", ["4"], 2, NOW)

    def numbers(**filters: object) -> list[str]:
        found = [record.source_identifier for record in store.records(**filters)]  # type: ignore[arg-type]
        assert [head.source_identifier for head in store.heads(**filters)] == found  # type: ignore[arg-type]
        return found

    assert numbers() == ["1", "2", "3"]
    assert numbers(portal="p") == ["1", "3"]
    assert numbers(municipality="09562000") == ["1", "2"]
    assert numbers(status=RecordStatus.WITHDRAWN) == ["4"]
    assert numbers(status=None, portal="p") == ["1", "3", "4"]
    assert (store.count_records(), store.count_records("p")) == (3, 2)
    assert store.count_records(municipality="09562000", status=None) == 3
    assert (store.count_distributions(), store.count_distributions("q")) == (6, 2)
    assert store.count_distributions(municipality="09562000") == 3
    assert store.counts_by_portal() == {
        "p": Counts(datasets=2, distributions=4),
        "q": Counts(datasets=1, distributions=2),
    }
    assert store.counts_by_municipality() == {
        None: Counts(datasets=1, distributions=3),
        "09562000": Counts(datasets=2, distributions=3),
    }


def test_an_empty_store_counts_nothing(store: Store) -> None:
    assert (store.count_records(), store.count_distributions()) == (0, 0)
    assert store.counts_by_portal() == {}
    assert list(store.records()) == []


def test_records_by_id_come_in_the_order_asked_for(store: Store, make_record: MakeRecord) -> None:
    records = [make_record(n) for n in range(CHUNK + 5)]
    store.put_records(1, records)
    wanted = [record.id for record in records[::-1]]
    assert ids(list(store.records_by_id([*wanted, "unknown"]))) == wanted


def test_findings_travel_with_their_batch(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    first, second = make_record(1), make_record(2)
    store.put_records(1, [first, second], {first.id: [make_finding("a")]})
    store.put_records(1, [], {})
    assert [finding.code for finding in store.findings()] == ["a"]
    store.put_records(2, [first], None)
    assert [finding.code for finding in store.findings()] == ["a"], "None leaves them"
    store.put_records(2, [first, second], {second.id: [make_finding("b")]})
    assert [finding.code for finding in store.findings()] == ["b"]


def test_a_batch_is_kept_whole_or_not_at_all(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    record = make_record(1)
    broken = msgspec.structs.replace(make_record(2), first_seen=NOW.replace(tzinfo=None))
    with pytest.raises(Exception, match="a time without zone"):
        store.put_records(1, [record, broken], {record.id: [make_finding("a")]})
    with pytest.raises(RuntimeError, match="abgebrochen"), store.batch():
        store.put_records(1, [record], {record.id: [make_finding("a")]})
        store.put_setting("x", 1)
        assert store.count_records() == 1, "inside, the batch sees what it wrote"
        raise RuntimeError("abgebrochen")
    assert (store.count_records(), list(store.findings())) == (0, [])
    assert store.setting("x") is None
    with store.batch(), store.batch():
        store.put_records(1, [record])
    assert store.count_records() == 1


def test_purging_leaves_only_the_iri(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    records = [make_record(n) for n in range(3)]
    store.put_records(1, records, {record.id: [make_finding("a")] for record in records})
    store.put_page_places("catalog", {record.id: 1 for record in records})
    store.withdraw("p", ["0"], 2, NOW)
    store.withdraw("p", ["1"], 3, LATER)
    assert store.purge_withdrawn(NOW) == [], "before this time, not at it"
    assert store.purge_withdrawn(LATER) == [records[0].id]
    assert store.record(records[0].id) is None
    assert list(store.findings(record=records[0].id)) == []
    assert set(store.page_places("catalog")) == {records[1].id, records[2].id}
    [purged] = store.purged("p")
    assert (purged.id, purged.iri) == (records[0].id, records[0].iri)
    assert (purged.first_seen, purged.withdrawn_at) == (NOW, NOW)
    assert store.purged("q") == []


def test_streaming_needs_constant_memory(sqlite_url: str, make_record: MakeRecord) -> None:
    with Store(sqlite_url) as store:
        for start in range(0, 6000, CHUNK):
            store.put_records(1, [make_record(n, files=10) for n in range(start, start + CHUNK)])
        tracemalloc.start()
        for count, _ in enumerate(store.records()):
            if count == 1000:
                early = tracemalloc.get_traced_memory()[1]
        late = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert late < 1.5 * early
