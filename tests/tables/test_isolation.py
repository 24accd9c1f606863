"""The child process: reused, bounded, replaced after a kill."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular import isolation
from datenernte_validators.tabular.isolation import TableJob, TableWorker, check_table_isolated
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.table import check_table

Write = Callable[..., Path]
BOMB = {"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "(a+)+$"}}]}


def codes(result: TableCheck) -> list[str]:
    return [finding.code for finding in result.findings]


def test_the_child_gives_what_the_parent_would(write: Write) -> None:
    path = write("Ort;n\nMünchen;1;2\n", encoding="cp1252")
    here = check_table(path, target="x.csv")
    with TableWorker() as worker:
        there = worker.check(TableJob(path=path, target="x.csv"))
    for result in (here, there):
        result.document["report"]["stats"].pop("seconds")
        result.document["report"]["tasks"][0]["stats"].pop("seconds")
    assert there == here


def test_one_child_serves_many_files_and_is_replaced_only_after_a_kill(
    write: Write,
) -> None:
    good = TableJob(path=write("a\n1\n", "gut.csv"), target="gut.csv")
    bad = TableJob(path=write("a\n" + "a" * 40 + "!\n", "x.csv"), target="x.csv", schema=BOMB)
    with TableWorker(Limits(seconds=1)) as worker:
        assert worker.check(good).valid
        assert worker.check(good).valid
        assert worker.starts == 1
        stopped = worker.check(bad)
        assert codes(stopped) == ["table-deadline"]
        assert stopped.document["schema"] == "given"
        assert worker.check(good).valid
        assert worker.starts == 2


def test_too_little_memory_is_a_finding(write: Write) -> None:
    path = write("a\n" + "x" * 60_000_000 + "\n")
    limits = Limits(memory_bytes=500_000_000, row_characters=100_000_000)
    with TableWorker(limits) as worker:
        assert codes(worker.check(TableJob(path=path, target="x.csv"))) == ["table-memory"]
        assert worker.check(TableJob(path=write("a\n1\n", "b.csv"), target="b.csv")).valid


def test_a_child_that_dies_is_a_finding_with_its_last_words(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(
        textwrap.dedent(
            """
            import sys
            sys.stdin.readline()
            sys.stdin.readline()
            raise RuntimeError("nothing works")
            """
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr(isolation, "_COMMAND", (str(broken),))
    with TableWorker() as worker:
        result = worker.check(TableJob(path=write("a\n1\n"), target="x.csv"))
    assert codes(result) == ["table-failed"]
    assert "RuntimeError: nothing works" in result.findings[0].message


def test_results_come_in_the_order_of_the_jobs(write: Write) -> None:
    jobs = [
        TableJob(path=write(f"a;b\n{'1;2' * 1};{n}\n", f"{n}.csv"), target=f"{n}.csv")
        for n in range(6)
    ]
    for workers in (1, 2):
        found = [job.target for job, _ in check_table_isolated(jobs, workers=workers)]
        assert found == [job.target for job in jobs]


def test_the_child_has_no_network(write: Write) -> None:
    probe = (
        "import socket, sys\n"
        "from datenernte_validators.tabular import worker\n"
        "worker._confine(None)\n"
        "try:\n"
        "    socket.create_connection(('127.0.0.1', 9))\n"
        "except PermissionError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert re.search(r"socket\.\w+ is not allowed", done.stdout)


def test_a_schema_file_and_a_descriptor_reach_the_child(write: Write, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"fields": [{"name": "a", "type": "date"}]}', encoding="utf-8")
    path = write("a\n1\n")
    with TableWorker() as worker:
        by_file = worker.check(
            TableJob(path=path, target="x", schema=schema, schema_origin="declared")
        )
        by_value = worker.check(
            TableJob(path=path, target="x", schema={"fields": [{"name": "a", "type": "date"}]})
        )
    assert by_file.document["schema"] == "declared"
    assert by_value.document["schema"] == "given"
    assert "type-error" in codes(by_file)
    assert codes(by_file) == codes(by_value)


def test_the_first_table_of_a_fresh_child_is_read_by_our_parser(write: Write) -> None:
    """Frictionless finds parsers once; ours must be among them from the first table on."""
    text = "Titel\n\nOrt;n\n" + "".join(f"Ort {n};{n}\n" for n in range(9)) + "\nQuelle: Amt\n"
    with TableWorker() as worker:
        report = worker.check(TableJob(path=write(text), target="x.csv")).document["report"]
    assert report["valid"]
    assert report["tasks"][0]["stats"]["rows"] == 9
