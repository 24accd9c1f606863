"""Full disks and damaged files: a German sentence, never a traceback, never half a batch."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from datenernte_dcat.errors import ConfigError, StoreError
from datenernte_dcat.findings import Finding
from datenernte_dcat.store.rows import CachedResponse, LinkResult, Score, StoredRecord
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MakeRecord = Callable[..., StoredRecord]
MakeFinding = Callable[..., Finding]


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def fill(url: str, make_record: MakeRecord, make_finding: MakeFinding) -> None:
    with Store(url) as store:
        run = store.begin_run("run", date(2026, 3, 1), NOW)
        records = [make_record(n, files=4) for n in range(200)]
        store.put_records(run, records, {one.id: [make_finding("a")] for one in records})
        store.put_links(
            [LinkResult(url=f"https://x/{n}", checked_at=NOW, outcome="ok") for n in range(200)]
        )
        store.put_scores(
            [
                Score(subject=one.id, kind="dataset", method="m", total=1, document={"a": [1] * 9})
                for one in records
            ]
        )
        store.put_cached_response(
            CachedResponse(
                portal="p",
                url="u",
                status=200,
                headers=(("a", "b"),),
                body=random.Random(1).randbytes(20_000),  # noqa: S311
                stored_at=NOW,
            )
        )


def read_everything(store: Store) -> None:
    store.runs()
    store.known("p")
    list(store.records(status=None))
    list(store.heads())
    list(store.stored_findings())
    store.findings_by_code()
    store.links([f"https://x/{n}" for n in range(200)])
    list(store.scores("dataset"))
    store.cached_response("p", "u")
    store.digest()


def test_a_full_disk_is_a_store_error_and_the_state_stays(
    sqlite_url: str, make_record: MakeRecord
) -> None:
    with Store(sqlite_url) as store:
        store.put_records(1, [make_record(n) for n in range(100)])
        event.listen(
            store.engine,
            "checkout",
            lambda connection, *_rest: connection.execute("PRAGMA max_page_count = 1"),
        )
        with pytest.raises(StoreError, match=r"Der Datenträger der Datenbank .* ist voll"):
            store.put_records(2, [make_record(n, files=50) for n in range(50, 400)])
        assert store.count_records() == 100
        assert store.seen(2, "p") == set()
    with Store(sqlite_url) as store:
        store.put_records(2, [make_record(n) for n in range(400)])
        assert store.count_records() == 400


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(5000), b"Das ist Text.\n" * 500, b"x"])
def test_a_file_that_is_no_database_is_a_store_error(sqlite_url: str, content: bytes) -> None:
    path_of(sqlite_url).write_bytes(content)
    with pytest.raises(StoreError, match=r"beschädigt .*Verschieben Sie die Datei .*erntet alles"):
        Store(sqlite_url)
    assert path_of(sqlite_url).read_bytes() == content


def test_an_empty_file_is_a_new_store(sqlite_url: str) -> None:
    path_of(sqlite_url).touch()
    with Store(sqlite_url) as store:
        assert store.runs() == []


def test_a_damaged_header_is_a_store_error(
    sqlite_url: str, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(sqlite_url, make_record, make_finding)
    content = bytearray(path_of(sqlite_url).read_bytes())
    content[:64] = bytes(byte ^ 0xFF for byte in content[:64])
    path_of(sqlite_url).write_bytes(content)
    with pytest.raises(StoreError, match="beschädigt"):
        Store(sqlite_url)


def test_a_file_that_was_cut_is_a_store_error(
    sqlite_url: str, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(sqlite_url, make_record, make_finding)
    content = path_of(sqlite_url).read_bytes()
    path_of(sqlite_url).write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match="beschädigt"), Store(sqlite_url) as store:
        store.verify()
        read_everything(store)


@pytest.mark.parametrize("seed", range(25))
def test_64_flipped_bytes_give_data_or_a_store_error_and_nothing_else(
    seed: int, sqlite_url: str, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(sqlite_url, make_record, make_finding)
    content = bytearray(path_of(sqlite_url).read_bytes())
    chance = random.Random(seed)  # noqa: S311
    for _ in range(64):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path_of(sqlite_url).write_bytes(content)
    for step in (read_everything, Store.verify):
        try:
            with Store(sqlite_url) as store:
                step(store)
        except (StoreError, ConfigError) as error:
            assert "Datenbank" in str(error)


def test_verifying_finds_damage_that_reading_would_miss(
    sqlite_url: str, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    fill(sqlite_url, make_record, make_finding)
    with Store(sqlite_url) as store, store.writing() as connection:
        page = connection.execute(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'record_by_municipality'")
        ).scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    content = bytearray(path_of(sqlite_url).read_bytes())
    content[(page - 1) * size : page * size] = bytes(size)
    path_of(sqlite_url).write_bytes(content)
    with Store(sqlite_url) as store:
        store.known("p")
        with pytest.raises(StoreError, match="beschädigt"):
            store.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET status = 'quatsch'",
        "UPDATE record SET first_seen = 'gestern'",
        "UPDATE record_document SET normalised = '{'",
        "UPDATE record_document SET as_published = '[]'",
        "UPDATE record_document SET kept = CAST(x'ff' AS TEXT)",
        "UPDATE finding SET severity = 'schlimm'",
        "UPDATE score SET document = 'x'",
        "UPDATE response SET body = x'00'",
        "UPDATE link SET document = '{}'",
    ],
)
def test_values_that_cannot_be_read_any_more_are_a_store_error(
    sqlite_url: str, make_record: MakeRecord, make_finding: MakeFinding, statement: str
) -> None:
    fill(sqlite_url, make_record, make_finding)
    with Store(sqlite_url) as store:
        with store.writing() as connection:
            connection.execute(text(statement))
        with pytest.raises(StoreError, match="beschädigt"):
            read_everything(store)


def test_a_store_that_is_read_only_says_so(sqlite_url: str, make_record: MakeRecord) -> None:
    with Store(sqlite_url) as store:
        store.put_records(1, [make_record(1)])
        event.listen(
            store.engine,
            "checkout",
            lambda connection, *_rest: connection.execute("PRAGMA query_only = ON"),
        )
        with pytest.raises(StoreError, match="schreibgeschützt"):
            store.put_records(1, [make_record(2)])
        assert store.count_records() == 1
