"""Findings: replaced per stage and subject, counted only for what is published."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

import pytest
from sqlalchemy import event

from datenernte_dcat.findings import Finding, Severity, Stage
from datenernte_dcat.store import finding_store
from datenernte_dcat.store.finding_store import portal_subject
from datenernte_dcat.store.rows import StoredFinding, StoredRecord
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MakeRecord = Callable[..., StoredRecord]
MakeFinding = Callable[..., Finding]

WHOLE = Finding(
    code="license-unknown", severity=Severity.ERROR, subject="https://x.de/d/1",
    property="http://purl.org/dc/terms/license", value="frei → ?", row=2**40, field=3,
    message="Die Lizenz »frei« ist unbekannt.", advice="Tragen Sie eine ein.", source="https://x",
)  # fmt: skip


def codes(store: Store, **filters: str) -> list[str]:
    return [finding.code for finding in store.findings(**filters)]  # type: ignore[arg-type]


def test_every_field_of_a_finding_comes_back(store: Store) -> None:
    store.replace_findings("normalise", "r1", "p", [WHOLE])
    assert list(store.findings()) == [WHOLE]
    assert list(store.stored_findings()) == [
        StoredFinding(stage="normalise", subject_id="r1", portal="p", finding=WHOLE)
    ]


def test_every_stage_replaces_its_own_findings_only(
    store: Store, make_finding: MakeFinding
) -> None:
    for stage in get_args(Stage):
        store.replace_findings(stage, "r1", "p", [make_finding(stage)])
    store.replace_findings("links", "r1", "p", [make_finding("neu"), make_finding("neu-2")])
    store.replace_findings("tables", "r1", "p", [])
    expected = set(get_args(Stage)) - {"links", "tables"} | {"neu", "neu-2"}
    assert codes(store) == sorted(expected)


def test_a_subject_keeps_the_findings_that_nobody_replaces(
    store: Store, make_finding: MakeFinding
) -> None:
    store.put_findings(
        "links", {("r1", "p"): [make_finding("a")], ("r2", "q"): [make_finding("b")]}
    )
    store.put_findings("links", {("r1", "p"): [], ("r3", "q"): [make_finding("c")]})
    assert codes(store) == ["b", "c"]
    assert codes(store, portal="q") == ["b", "c"]
    assert codes(store, record="r2") == ["b"]
    assert codes(store, code="c") == ["c"]
    assert codes(store, stage="tables") == []


def test_a_subject_that_moves_to_another_portal_takes_its_findings_along(
    store: Store, make_finding: MakeFinding
) -> None:
    store.replace_findings("links", "r1", "p", [make_finding("a")])
    store.replace_findings("links", "r1", "q", [make_finding("a")])
    assert (codes(store, portal="p"), codes(store, portal="q")) == ([], ["a"])
    store.replace_findings("links", "r1", "p", [])
    assert codes(store) == []


def test_findings_of_a_portal_as_a_whole(store: Store, make_finding: MakeFinding) -> None:
    subject = portal_subject("p")
    store.replace_findings("harvest", subject, "p", [make_finding("source-empty", Severity.ERROR)])
    assert subject == "portal:p"
    assert codes(store, record="portal:p") == ["source-empty"]
    assert store.finding_counts("p") == {"error": 1, "warning": 0, "info": 0}


def test_the_order_of_findings_is_kept(store: Store, make_finding: MakeFinding) -> None:
    names = [f"c{n % 7}" for n in range(30)]
    store.replace_findings("tables", "r1", "p", [make_finding(name) for name in names])
    assert codes(store) == names


def test_equal_findings_are_not_written_again(store: Store, make_finding: MakeFinding) -> None:
    findings = {(f"r{n}", "p"): [make_finding("a"), make_finding("b")] for n in range(3)}
    store.put_findings("links", findings)
    statements: list[str] = []
    event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: statements.append(statement),
    )
    store.put_findings("links", findings)
    assert [line for line in statements if line.startswith(("INSERT", "DELETE", "UPDATE"))] == []
    assert len(list(store.findings())) == 6


def test_findings_of_withdrawn_records_are_not_counted_but_kept(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    first, second = make_record(1), make_record(2, municipality="09161000")
    store.put_records(1, [first, second], {one.id: [make_finding("a")] for one in (first, second)})
    store.replace_findings("harvest", "portal:p", "p", [make_finding("p")])
    store.withdraw("p", ["1"], 2, NOW)
    assert store.findings_by_code() == {"a": 1, "p": 1}
    assert store.finding_counts() == {"error": 0, "warning": 2, "info": 0}
    assert sorted(codes(store)) == ["a", "p"]
    assert codes(store, record=first.id) == ["a"], "its own page may still show them"
    store.put_records(3, [], unchanged=[first.id])
    assert store.findings_by_code("p") == {"a": 2, "p": 1}


def test_findings_are_counted_by_code_severity_portal_and_municipality(
    store: Store, make_record: MakeRecord, make_finding: MakeFinding
) -> None:
    records = [make_record(1), make_record(2, portal="q", municipality="09161000")]
    store.put_records(1, records)
    error, info = make_finding("e", Severity.ERROR), make_finding("i", Severity.INFO)
    store.put_findings(
        "record",
        {(records[0].id, "p"): [error, error, info], (records[1].id, "q"): [info]},
    )
    store.replace_findings("harvest", "portal:p", "p", [make_finding("w")])
    assert store.findings_by_code() == {"e": 2, "i": 2, "w": 1}
    assert list(store.findings_by_code()) == ["e", "i", "w"]
    assert store.findings_by_code("q") == {"i": 1}
    assert store.findings_by_code(municipality="09562000") == {"e": 2, "i": 1}
    assert store.finding_counts() == {"error": 2, "warning": 1, "info": 2}
    assert store.finding_counts("p") == {"error": 2, "warning": 1, "info": 1}
    assert store.finding_counts(municipality="09161000") == {"error": 0, "warning": 0, "info": 1}
    assert store.finding_counts("nobody") == {"error": 0, "warning": 0, "info": 0}
    assert codes(store, municipality="09161000") == ["i"]


def test_findings_of_several_subjects_at_once(store: Store, make_finding: MakeFinding) -> None:
    store.put_findings("links", {(f"r{n}", "p"): [make_finding(f"c{n}")] for n in range(3)})
    store.replace_findings("harvest", "r0", "p", [make_finding("h")])
    found = store.findings_of(["r2", "r0", "unknown"])
    assert {key: [one.finding.code for one in value] for key, value in found.items()} == {
        "r0": ["h", "c0"],
        "r2": ["c2"],
    }


def test_pages_of_findings_neither_repeat_nor_miss_one(
    store: Store, make_finding: MakeFinding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding_store, "PAGE", 4)
    names = [f"c{n:02}" for n in range(10)]
    store.replace_findings("links", "r1", "p", [make_finding(name) for name in names])
    store.replace_findings("tables", "r1", "p", [make_finding("t1"), make_finding("t2")])
    assert codes(store) == [*names, "t1", "t2"]


def test_text_that_no_database_stores_is_replaced(store: Store, make_finding: MakeFinding) -> None:
    store.replace_findings("links", "r1", "p", [make_finding("a", value="x\x00\ud800ä")])
    [finding] = store.findings()
    assert finding.value == "x\ufffd\ufffdä"
