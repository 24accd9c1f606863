"""`init`, `portals`, `config`, `explain`, `doctor` and `completion`: setting up and asking."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.cli.console import SEVERITIES, note, printable, say, say_json, say_table
from datenernte_harvester.cli.german import GermanArgument, GermanCommand, GermanGroup
from datenernte_harvester.cli.stages import folder_option, json_option

if TYPE_CHECKING:
    from datenernte_dcat.texts import Text
    from datenernte_harvester.portal import Known, PortalFile


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


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte portals
    datenernte portals --unresolved
    datenernte portals --json
    """,
)
@folder_option
@click.option(
    "--unresolved",
    is_flag=True,
    help="Stattdessen Herausgeber zeigen, deren Kommune niemand nennt; »datenernte harvest« sucht "
    "sie.",
)
@json_option
def portals(folder: Path, unresolved: bool, as_json: bool) -> None:
    """Die eingerichteten Portale, auch abgeschaltete, und was über sie bekannt ist."""
    from datenernte_harvester.configuration import read_configuration

    configuration = read_configuration(folder)
    if unresolved:
        _show_unresolved(configuration.store_url, as_json)
        return
    found = sorted(
        (*configuration.portals, *configuration.disabled), key=lambda portal: portal.name
    )
    if as_json:
        say_json({"portals": [_portal(portal) for portal in found]})
        return
    say_table(
        ("Name", "Titel", "Quelltyp", "Schlüssel", "Abruf", "Wissen", "Adresse"),
        [
            (
                portal.name,
                portal.title,
                portal.source_type,
                portal.municipality or ("mehrere" if portal.municipalities else None),
                "an" if portal.enabled else "aus",
                _known_words(portal.known),
                portal.url,
            )
            for portal in found
        ],
    )
    for portal in configuration.disabled:
        note(f"{portal.name} ist abgeschaltet: {portal.reason}")


def _portal(portal: "PortalFile") -> dict[str, object]:
    """A portal in the form of `docs/schemas/portals.json`."""
    known = portal.known
    return {
        "name": portal.name,
        "title": portal.title,
        "source_type": portal.source_type,
        "municipality": portal.municipality,
        "municipalities": dict(portal.municipalities),
        "url": portal.url,
        "enabled": portal.enabled,
        "reason": portal.reason,
        "known": {
            "software": known.software,
            "as_of": None if known.as_of is None else known.as_of.isoformat(),
            "confidence": known.confidence,
            "verified": None if known.verified is None else known.verified.isoformat(),
            "note": known.note,
        },
    }


def _known_words(known: "Known") -> str | None:
    """How sure it is what is known; None where nothing is said."""
    from datenernte_harvester.portal import CONFIDENCE

    if known.verified is not None:
        return f"geprüft {known.verified:%d.%m.%Y}"
    if known.confidence is None:
        return None
    day = "" if known.as_of is None else f" ({known.as_of:%m/%Y})"
    return f"ungeprüft, {CONFIDENCE[known.confidence]}{day}"


def _show_unresolved(store_url: str, as_json: bool) -> None:
    """Print the publishers that nobody assigns to a municipality."""
    from contextlib import closing

    from datenernte_dcat.store.store import Store
    from datenernte_dcat.store.unresolved import unresolved_publishers

    with closing(Store(store_url)) as store:
        found = unresolved_publishers(store)
    rows = [
        {"portal": portal, "publisher": publisher, "datasets": count}
        for portal, publishers in found.items()
        for publisher, count in publishers.items()
    ]
    if as_json:
        say_json({"unresolved": rows})
        return
    if not rows:
        say("Alle Datensätze sind einer Kommune zugeordnet.")
        return
    say_table(
        ("Portal", "Herausgeber", "Datensätze"),
        [(row["portal"], row["publisher"] or "(keiner genannt)", row["datasets"]) for row in rows],
    )
    say()
    say("Tragen Sie sie in der Portaldatei ein, zum Beispiel:")
    say("[municipalities]")
    name = next((str(row["publisher"]) for row in rows if row["publisher"]), "Gemeinde X")
    say(f'{printable(json.dumps(name, ensure_ascii=False))} = "09…"')


@click.group(cls=GermanGroup)
def config() -> None:
    """Die Einstellungen prüfen und zeigen."""


@config.command("check", epilog="datenernte config check -C meine-ernte")
@folder_option
def config_check(folder: Path) -> None:
    """Alle Dateien des Arbeitsordners lesen und den ersten Fehler nennen."""
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.municipalities.file import read_municipalities

    configuration = read_configuration(folder)
    known = read_municipalities(folder)
    off = f" ({len(configuration.disabled)} abgeschaltet)" if configuration.disabled else ""
    count = len(configuration.portals) + len(configuration.disabled)
    places = f", municipalities.toml mit {len(known)} Kommunen" if known else ""
    say(f"In Ordnung: datenernte.toml, {count} Portaldateien{off}{places}.")


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


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte explain license-missing
    datenernte explain shacl-dataset-title-min-count
    datenernte explain --json
    """,
)
@click.argument(
    "code",
    metavar="[CODE]",
    required=False,
    cls=GermanArgument,
    explanation="Code eines Befunds, auch einer SHACL-Regel.",
)
@json_option
def explain(code: str | None, as_json: bool) -> None:
    """Einen Befund erklären: Meldung, warum, wie beheben, Quelle. Ohne CODE: alle Codes.

    Die Codes der SHACL-Regeln (shacl-…) stehen nicht in der Liste; erklärt werden auch sie.
    """
    from datenernte_dcat.texts import texts

    known = texts()
    if code is None:
        rows = sorted(known.items())
        if as_json:
            say_json({"codes": [_explained(name, text) for name, text in rows]})
            return
        say_table(
            ("Code", "Schwere", "Bedeutung"),
            [(name, SEVERITIES[text.severity], text.title) for name, text in rows],
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
    explained = _explained(code, text)
    if as_json:
        say_json({"codes": [explained]})
        return
    say(f"{explained['title']} ({code}, {SEVERITIES[text.severity]})")
    say(f"Meldung: {explained['message']}")
    say(f"Warum: {explained['why']}")
    say(f"So beheben: {explained['advice']}")
    if text.source:
        say(f"Quelle: {text.source}")


def _explained(code: str, text: "Text") -> dict[str, str | None]:
    """A code in the form of `docs/schemas/explain.json`; »…« stands where a finding has values."""
    return {
        "code": code,
        "severity": str(text.severity),
        "title": text.title,
        "message": _without_values(text.message),
        "why": _without_values(text.why),
        "advice": _without_values(text.advice),
        "source": text.source or None,
    }


def _without_values(text: str) -> str:
    return re.sub(r"\{[a-z_]+\}", "…", text)


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte doctor -C meine-ernte
    datenernte doctor --json
    """,
)
@folder_option
@json_option
def doctor(folder: Path, as_json: bool) -> int:
    """Umgebung und Arbeitsordner untersuchen: Was würde einen Lauf aufhalten?

    Endet mit 2, wenn etwas nicht in Ordnung ist.
    """
    from datenernte_harvester.diagnosis import diagnose

    found = list(diagnose(folder))
    failed = any(check.problem is not None for check in found)
    if as_json:
        checks = [
            {"name": check.name, "ok": check.problem is None, "problem": check.problem}
            for check in found
        ]
        say_json({"ok": not failed, "checks": checks})
        return 2 if failed else 0
    for check in found:
        say(f"{'in Ordnung' if check.problem is None else 'FEHLER':<11} {check.name}")
        if check.problem is not None:
            note(f"            {check.problem}")
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
