"""`check` on a terminal: one answer for every kind of target."""

from pathlib import Path

import pytest

from datenernte_harvester.cli.main import exit_code


def test_a_file_that_is_no_table_is_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "seite.csv"
    path.write_text("<!doctype html><title>Wartung</title>", encoding="utf-8")
    assert exit_code(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "keine lesbare Tabelle (html)" in shown
    assert "Fehler:" in shown


def test_an_address_that_cannot_be_fetched_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["check", "http://127.0.0.1:9/x.csv"]) == 1
    assert "nicht öffentlich" in capsys.readouterr().out


def test_a_table_is_described_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "baeume.tsv"
    path.write_text("Baum\tHöhe\nEiche\t3\nBuche\t4\n", encoding="utf-8")
    assert exit_code(["check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Trennzeichen Tabulator, 2 Zeilen, 2 Spalten, Schema aus dem Inhalt erkannt" in shown


def test_going_back_has_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["publish", "--previous", "--json", "-C", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--previous baut nichts" in captured.err


def test_a_profile_that_does_not_exist_is_told_for_every_kind_of_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baeume.csv"
    path.write_text("Baum\nEiche\n", encoding="utf-8")
    assert exit_code(["check", str(path), "--profile", str(tmp_path / "nix.ttl")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nix.ttl" in captured.err
