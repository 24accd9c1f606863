"""Scores, site files, page places and datasets of several portals."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import event

from datenernte_dcat.identity import duplicates
from datenernte_dcat.records import Dataset
from datenernte_dcat.store.rows import Artefact, Score, ScorePoint, StoredRecord
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MakeRecord = Callable[..., StoredRecord]
METHOD = "mqa-405/piveau-2026"


def score(subject: str, total: float, *, kind: str = "dataset", method: str = METHOD) -> Score:
    document = {"metrics": {"keywordAvailability": 30}, "total": total}
    return Score(subject=subject, kind=kind, method=method, total=total, document=document)


def test_scores_are_keyed_by_subject_kind_and_method(store: Store) -> None:
    scores = [
        score("r1", 200.5), score("r1", 210, method=f"{METHOD}+eu-feed"),
        score("r1", 1, kind="portal"), score("r2", 190),
    ]  # fmt: skip
    store.put_scores(scores)
    assert store.score("r1", "dataset", METHOD) == scores[0]
    assert store.score("r1", "portal", METHOD) == scores[2]
    assert store.score("r3", "dataset", METHOD) is None
    assert list(store.scores("dataset", METHOD)) == [scores[0], scores[3]]
    assert list(store.scores("dataset")) == [scores[0], scores[3], scores[1]]
    store.put_scores([score("r1", 0)])
    assert [entry.total for entry in store.scores("dataset", METHOD)] == [0, 190]


def test_equal_scores_are_not_written_again(store: Store) -> None:
    store.put_scores([score("r1", 200)])
    statements: list[str] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: statements.append(statement),
    )
    store.put_scores([score("r1", 200)])
    assert [line for line in statements if line.startswith("INSERT")] == []
    store.put_scores([score("r1", 201)])
    assert [line for line in statements if line.startswith("INSERT")] != []


def test_more_scores_than_one_page(store: Store) -> None:
    scores = [score(f"r{n:05}", n) for n in range(2100)]
    store.put_scores(scores)
    assert list(store.scores("dataset")) == scores


def test_deleted_scores_are_of_one_kind(store: Store) -> None:
    store.put_scores([score("x", 1), score("y", 2), score("x", 3, kind="portal")])
    store.delete_scores(["x"])
    assert [entry.subject for entry in store.scores("dataset")] == ["y"]
    assert store.score("x", "portal", METHOD) is not None


def test_the_history_has_one_total_per_run_but_no_datasets(store: Store) -> None:
    for day, total in enumerate([100.0, 150.0, 150.0], start=1):
        run = store.begin_run("run", date(2026, 3, day), NOW)
        town = score("09562000", total, kind="municipality")
        store.put_scores([town, score("r1", total)], run=run)
        store.put_scores([town], run=run)
    store.put_scores([score("09562000", 7, kind="municipality")])
    assert store.score_history("09562000", "municipality", METHOD) == [
        ScorePoint(run=1, as_of=date(2026, 3, 1), total=100.0),
        ScorePoint(run=2, as_of=date(2026, 3, 2), total=150.0),
        ScorePoint(run=3, as_of=date(2026, 3, 3), total=150.0),
    ]
    assert store.score_history("r1", "dataset", METHOD) == []


def artefact(path: str, digest: str = "a") -> Artefact:
    return Artefact(path=path, input_hash=digest * 64, sha256="b" * 64, size=2**40)


def test_replacing_the_files_of_the_site_keeps_exactly_these(store: Store) -> None:
    store.replace_artefacts(artefact(f"datasets/{n}.ttl") for n in range(5003))
    assert len(store.artefacts()) == 5003
    store.replace_artefacts([artefact("b"), artefact("a")])
    assert store.artefacts() == {"a": artefact("a"), "b": artefact("b")}


def test_single_files_of_the_site_can_change(store: Store) -> None:
    store.replace_artefacts([artefact("a"), artefact("b"), artefact("c")])
    store.put_artefacts([artefact("b", "c"), artefact("d")], gone=["a", "unknown"])
    assert store.artefacts() == {
        "b": artefact("b", "c"), "c": artefact("c"), "d": artefact("d")
    }  # fmt: skip


def test_page_places_are_kept_per_feed(store: Store) -> None:
    store.put_page_places("catalog", {"r1": 1, "r2": 1, "r3": 2})
    store.put_page_places("09562000", {"r1": 1})
    store.put_page_places("catalog", {"r1": 1, "r3": 3, "r4": 3})
    assert store.page_places("catalog") == {"r1": 1, "r3": 3, "r4": 3}
    assert store.page_places("09562000") == {"r1": 1}
    assert store.page_places("eu") == {}


def test_the_same_dataset_through_two_portals_is_published_once(
    store: Store, make_record: MakeRecord
) -> None:
    ours = make_record(1, portal="stadt")
    theirs = make_record(1, portal="land", iri="https://katalog.de/datasets/x")
    store.put_records(1, [ours, theirs, make_record(2, portal="stadt")])
    candidates = store.duplicate_candidates()
    assert {one.id for one in candidates} == {ours.id, theirs.id}
    assert {one.source_iri for one in candidates} == {"https://daten.stadt.de/d/1"}
    assert {one.modified for one in candidates} == {"2026-01-01"}
    hosts = {"daten.stadt.de": "stadt"}
    store.replace_duplicates(duplicates(candidates, hosts, store.shared_iris()))
    assert [record.portal for record in store.records()] == ["stadt", "stadt"]
    assert store.count_records() == 2
    everything = list(store.records(duplicates=True))
    assert {record.duplicate_of for record in everything} == {None, ours.id}

    store.put_records(2, [theirs])
    assert store.count_records() == 2, "harvesting again does not publish it"

    # The winner leaves: the other one takes over, under the IRI the dataset already has.
    store.withdraw("stadt", ["1"], 3, NOW)
    [duplicate] = duplicates(store.duplicate_candidates(), hosts, store.shared_iris())
    assert (duplicate.winner.id, duplicate.losers) == (theirs.id, ())
    assert duplicate.iri == "https://daten.stadt.de/d/1" != duplicate.winner.iri
    store.replace_duplicates([duplicate])
    assert {record.portal for record in store.records()} == {"stadt", "land"}
    assert store.shared_iris() == {"https://daten.stadt.de/d/1": "https://daten.stadt.de/d/1"}


def test_private_source_iris_never_make_duplicates(store: Store, make_record: MakeRecord) -> None:
    local = Dataset(uri="http://localhost:8080/d/1")
    store.put_records(
        1,
        [
            make_record(n, portal=f"p{n}", as_published=local, iri=f"https://k.de/{n}")
            for n in (1, 2)
        ],
    )
    assert store.duplicate_candidates() == []
