"""The command line: help, errors and exit codes, without a run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from datenernte_harvester.cli.console import german_number, printable
from datenernte_harvester.cli.main import EXIT_CODES, cli, exit_code

ROOT = Path(__file__).parents[2]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, groups opened."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for part, nested in command.commands.items():
                yield f"{name} {part}", nested


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_has_german_help(
    name: str, command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Aufruf: datenernte" in shown
    assert not re.search(r"\b(Usage|Options|Commands|Show this)\b", shown)
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    if not isinstance(command, click.Group):
        assert "Beispiele" in shown


def test_every_command_is_in_the_list_with_a_short_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, _ in commands():
        assert re.search(rf"^  {name.split()[0]}\s+\S", shown, re.MULTILINE), name


def test_readme_and_help_name_the_same_exit_codes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code, _ in EXIT_CODES:
        assert re.search(rf"\b{code}\b", readme), code


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--version"]) == 0
    assert re.fullmatch(r"datenernte \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["gibtesnicht"], "Den Befehl 'gibtesnicht' gibt es nicht"),
        (["run", "--limitt", "3"], "Die Option --limitt gibt es nicht. Meinten Sie --limit"),
        (["run", "--limit", "0"], "Ungültiger Wert für --limit"),
        (["run", "--limit", "viele"], "'viele' ist keine ganze Zahl"),
        (["run", "--fail-on", "immer"], "möglich sind 'error', 'warning', 'never'"),
        (["run", "--since", "gestern"], "»gestern« ist kein Datum"),
        (["accept", "koeln"], "Es fehlt: --run"),
        (["check"], "Es fehlt: ZIEL"),
        (["diff", "1"], "Es fehlt: NACHHER"),
        (["status", "zuviel"], "Überzähliges Argument"),
        (["check", "/gibt/es/nicht.csv"], "Die Datei »/gibt/es/nicht.csv« gibt es nicht"),
        (["check", "https://daten.example.org/x.csv", "--no-network"], "mit --no-network"),
        (["explain", "gibt-es-nicht"], "Den Befund »gibt-es-nicht« gibt es nicht"),
        (["init", "--blueprint", "atlantis"], "Die Vorlage »atlantis« gibt es nicht"),
    ],
)
def test_wrong_calls_end_with_2_and_a_german_sentence(
    arguments: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datenernte.toml").write_text(
        '[catalog]\ntitle="K"\ndescription="D"\npublisher="P"\nbase_url="https://d.example.org"\n',
        encoding="utf-8",
    )
    assert exit_code(arguments) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_run_without_portals_says_how_to_add_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert exit_code(["init", str(tmp_path / "neu")]) == 0
    assert exit_code(["run", "-C", str(tmp_path / "neu")]) == 2
    assert "datenernte init --portal URL" in capsys.readouterr().err


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["init", str(tmp_path), "--blueprint", "bayern"]) == 0
    file = tmp_path / "datenernte.toml"
    file.write_text(file.read_text(encoding="utf-8") + "# meins\n", encoding="utf-8")
    assert exit_code(["init", str(tmp_path), "--blueprint", "bayern"]) == 0
    assert file.read_text(encoding="utf-8").endswith("# meins\n")
    assert exit_code(["config", "check", "-C", str(tmp_path)]) == 0
    assert exit_code(["portals", "-C", str(tmp_path), "--json"]) == 0
    shown = capsys.readouterr().out
    names = {one["name"] for one in json.loads(shown[shown.index("{") :])["portals"]}
    assert "muenchen" in names


def test_text_of_portals_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[31m\r\nb\u202ec\x07") == "a·[31m· b·c·"


def test_numbers_are_german() -> None:
    assert german_number(1234567.891, 1) == "1.234.567,9"
