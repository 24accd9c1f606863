"""`init`, `portals`, `config`, `explain`, `doctor` and `completion`: setting up and asking."""

import json
import re
from pathlib import Path

import click

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.cli.console import SEVERITIES, note, printable, say, say_json, say_table
from datenernte_harvester.cli.german import GermanArgument, GermanCommand, GermanGroup
from datenernte_harvester.cli.stages import folder_option, json_option


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte init meine-ernte
    datenernte init meine-ernte --blueprint bayern
    datenernte init meine-ernte --portal https://daten.example.de/catalog.rdf
    """,
)
@click.argument(
    "folder",
    metavar="[ORDNER]",
    required=False,
    cls=GermanArgument,
    explanation="Der Arbeitsordner (Vorgabe: der aktuelle).",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
)
@click.option("--blueprint", metavar="NAME", help="Vorlage eines Landes: bayern.")
@click.option("--portal", "url", metavar="URL", help="Portaldatei für diese Adresse schreiben.")
@click.option(
    "--allow",
    multiple=True,
    metavar="HOST:PORT",
    help="Eine nicht öffentliche Adresse zulassen; mehrfach möglich.",
)
def init(folder: Path, blueprint: str | None, url: str | None, allow: tuple[str, ...]) -> None:
    """Einen Arbeitsordner anlegen; vorhandene Dateien bleiben, wie sie sind.

    Mit --portal wird die Adresse abgerufen, die Software erkannt und die Portaldatei geschrieben.
    """
    from datenernte_harvester.working_folder import add_portal, create

    for path in create(folder, blueprint):
        say(f"angelegt: {path}")
    if url is not None:
        found = add_portal(folder, url, allow)
        say(f"erkannt: {found.software}, Quelltyp {found.source_type}")
        if found.datasets is not None:
            say(f"das Portal nennt {found.datasets} Datensätze")
        say(f"angelegt: {found.path}")
    if any((folder / "portals").glob("*.toml")):
        say(f"Weiter mit: datenernte run -C {folder}")
    else:
        say(f"Weiter mit: datenernte init {folder} --portal URL")


@click.command(cls=GermanCommand, epilog="datenernte portals --json")
@folder_option
@json_option
def portals(folder: Path, as_json: bool) -> None:
    """Die eingerichteten Portale."""
    from datenernte_harvester.configuration import read_configuration

    rows = [
        {
            "name": portal.name,
            "title": portal.title,
            "source_type": portal.source_type,
            "municipality": portal.municipality,
            "url": portal.url,
        }
        for portal in read_configuration(folder).portals
    ]
    if as_json:
        say_json({"portals": rows})
    else:
        say_table(
            ("Name", "Titel", "Quelltyp", "Schlüssel", "Adresse"),
            [tuple(row.values()) for row in rows],
        )


@click.group(cls=GermanGroup)
def config() -> None:
    """Die Einstellungen prüfen und zeigen."""


@config.command("check", epilog="datenernte config check -C meine-ernte")
@folder_option
def config_check(folder: Path) -> None:
    """Alle Dateien des Arbeitsordners lesen und den ersten Fehler nennen."""
    from datenernte_harvester.configuration import read_configuration

    configuration = read_configuration(folder)
    say(f"In Ordnung: datenernte.toml und {len(configuration.portals)} Portaldateien.")


@config.command("show", epilog="datenernte config show --origin")
@folder_option
@click.option("--origin", is_flag=True, help="Auch zeigen, woher jeder Wert kommt.")
@json_option
def config_show(folder: Path, origin: bool, as_json: bool) -> None:
    """Die wirksamen Einstellungen; Passwörter in Adressen werden verdeckt."""
    from datenernte_harvester.configuration import effective_settings, read_configuration

    configuration = read_configuration(folder)
    settings = effective_settings(configuration)
    if as_json:
        say_json(
            {
                name: {"value": value, "origin": configuration.origins[name]} if origin else value
                for name, value in settings.items()
            }
        )
        return
    for name, value in settings.items():
        where = f"   # {configuration.origins[name]}" if origin else ""
        say(f"{name} = {_setting_words(value)}{where}")


def _setting_words(value: object) -> str:
    """A value as `datenernte.toml` writes it; a dash where nothing is set."""
    if value is None:
        return "–"
    return printable(json.dumps(value, ensure_ascii=False, default=str))


@click.command(cls=GermanCommand, epilog="datenernte explain license-missing")
@click.argument(
    "code",
    metavar="[CODE]",
    required=False,
    cls=GermanArgument,
    explanation="Code eines Befunds, auch einer SHACL-Regel.",
)
def explain(code: str | None) -> None:
    """Einen Befund erklären: Meldung, warum, wie beheben, Quelle. Ohne CODE: alle Codes.

    Die Codes der SHACL-Regeln (shacl-…) stehen nicht in der Liste; erklärt werden auch sie.
    """
    from datenernte_dcat.texts import texts

    known = texts()
    if code is None:
        say_table(
            ("Code", "Schwere", "Bedeutung"),
            [(name, SEVERITIES[text.severity], text.title) for name, text in sorted(known.items())],
        )
        return
    text = known.get(code)
    if text is None and code.startswith("shacl-"):
        from datenernte_validators.shapes.profiles import rule_texts

        text = rule_texts(code)
    if text is None:
        from difflib import get_close_matches

        near = get_close_matches(code, known, n=1)
        hint = f" Meinten Sie »{near[0]}«?" if near else " »datenernte explain« zeigt alle."
        raise ConfigError(f"Den Befund »{code}« gibt es nicht.{hint}")
    say(f"{text.title} ({code}, {SEVERITIES[text.severity]})")
    say("Meldung: " + re.sub(r"\{[a-z_]+\}", "…", text.message))
    say(f"Warum: {text.why}")
    say(f"So beheben: {text.advice}")
    if text.source:
        say(f"Quelle: {text.source}")


@click.command(cls=GermanCommand, epilog="datenernte doctor -C meine-ernte")
@folder_option
def doctor(folder: Path) -> int:
    """Umgebung und Arbeitsordner untersuchen: Was würde einen Lauf aufhalten?"""
    from datenernte_harvester.working_folder import diagnose

    failed = False
    for name, problem in diagnose(folder):
        failed = failed or problem is not None
        say(f"{'in Ordnung' if problem is None else 'FEHLER':<11} {name}")
        if problem is not None:
            note(f"            {problem}")
    return 2 if failed else 0


@click.command(cls=GermanCommand, epilog='eval "$(datenernte completion bash)"')
@click.argument(
    "shell",
    metavar="SHELL",
    type=click.Choice(["bash", "zsh", "fish"]),
    cls=GermanArgument,
    explanation="bash, zsh oder fish.",
)
def completion(shell: str) -> None:
    """Das Skript für die Vervollständigung in bash, zsh oder fish ausgeben."""
    from click.shell_completion import get_completion_class

    from datenernte_harvester.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise ConfigError(f"Für {shell} gibt es keine Vervollständigung.")
    say(kind(cli, {}, "datenernte", "_DATENERNTE_COMPLETE").source())
