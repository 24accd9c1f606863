"""`--help`: German to the last note, and nothing unexplained."""

import re
from pathlib import Path

import click
import pytest

from datenernte_harvester.cli.german import GermanArgument
from datenernte_harvester.cli.main import exit_code
from datenernte_harvester.reference.commands_page import commands

CONTEXTS = dict(commands())


@pytest.mark.parametrize("name", CONTEXTS)
def test_nothing_of_click_is_left_in_english(name: str) -> None:
    shown = CONTEXTS[name].get_help()
    assert not re.search(r"\b(default|required|env var|Usage|Options|Arguments)\b|x>=", shown)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_argument_is_explained(name: str) -> None:
    for parameter in CONTEXTS[name].command.params:
        if isinstance(parameter, click.Argument):
            assert isinstance(parameter, GermanArgument)
            assert parameter.explanation.endswith(".")


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_number_and_choice_tells_its_default(name: str) -> None:
    """A flag is off and a missing limit is none; every other default is shown or told."""
    for option in CONTEXTS[name].command.params:
        if not isinstance(option, click.Option) or option.is_flag or option.required:
            continue
        context = CONTEXTS[name]
        if isinstance(option.get_default(context), int):
            assert "default" in option.get_help_extra(context), option.opts
        if isinstance(option.type, click.Choice):
            assert "Vorgabe" in (option.help or ""), option.opts


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["runn"],
            "Den Befehl 'runn' gibt es nicht. »datenernte --help« zeigt alle. Meinten Sie run?",
        ),
        (["config", "chek"], "Meinten Sie check?"),
        (["status", "--json=3"], "Die Option --json nimmt keinen Wert an."),
        (["run", "--limit"], "Die Option --limit braucht einen Wert."),
        (["config"], "Aufruf: datenernte config"),
    ],
)
def test_wrong_calls_say_what_would_be_right(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(arguments) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert "datenernte: Aufruf" not in captured.err
    assert captured.out == ""


def test_a_wrong_option_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["init", str(tmp_path), "--blueprint", "bayern"]) == 0
    assert exit_code(["run", "-C", str(tmp_path), "--since", "gestern"]) == 2
    assert "Ungültiger Wert für --since: »gestern« ist kein Datum." in capsys.readouterr().err


def test_explain_tells_what_a_rule_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["explain", "shacl-dataset-title-min-count"]) == 0
    assert "Meldung: Das Feld »Titel« (dct:title) des Datensatzes fehlt." in capsys.readouterr().out
    assert exit_code(["explain", "record-failed"]) == 0
    shown = capsys.readouterr().out
    assert "(record-failed, Fehler)" in shown
    assert "{" not in shown


def test_a_new_folder_asks_for_its_first_portal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["init", str(tmp_path / "neu")]) == 0
    assert f"datenernte init {tmp_path / 'neu'} --portal URL" in capsys.readouterr().out
