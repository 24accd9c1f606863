"""`municipalities`: names, sizes and places of the municipalities of a working folder."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.cli.console import german_number, note, say, say_json, say_table
from datenernte_harvester.cli.german import GermanArgument, GermanGroup
from datenernte_harvester.cli.stages import folder_option, json_option

_SHOWN = 15
"""So many changes are named on the terminal; `--json` has all."""
_FIELDS = {
    "name": "Name",
    "type": "Art",
    "population": "Einwohner",
    "population_date": "Stichtag",
    "area_km2": "Fläche in km²",
    "postcode": "Postleitzahl",
    "lon": "Länge",
    "lat": "Breite",
}
_state_option = click.option(
    "--state",
    metavar="LAND",
    help="Nur dieses Land: seine zwei Ziffern, z. B. 09 für Bayern.",
)


@click.group(cls=GermanGroup)
def municipalities() -> None:
    """Namen, Einwohner und Lage der Kommunen (municipalities.toml)."""


@municipalities.command(
    "import",
    epilog="""
    datenernte municipalities import GV100AD_31122024.txt --state 09
    datenernte municipalities import AuszugGV4QAktuell.xlsx --population-date 2023-12-31
    datenernte municipalities import GV100AD_31122024.txt --dry-run --json
    """,
)
@folder_option
@click.argument(
    "file",
    metavar="DATEI",
    cls=GermanArgument,
    explanation="GV100AD (Text) oder AuszugGV (XLSX) des Statistischen Bundesamtes, entpackt.",
    type=click.Path(dir_okay=False, path_type=Path),
)
@_state_option
@click.option(
    "--population-date",
    metavar="DATUM",
    help="Stichtag der Einwohnerzahlen, wo die Datei ihn nicht nennt (2024-12-31).",
)
@click.option("--dry-run", is_flag=True, help="Nur zeigen, was sich ändern würde.")
@json_option
def import_directory(
    folder: Path,
    file: Path,
    state: str | None,
    population_date: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Das amtliche Gemeindeverzeichnis übernehmen.

    Ersetzt nur, was die Datei enthält; alles andere bleibt, auch Kommunen, die sie nicht kennt.
    Das Verzeichnis gibt es kostenlos beim Statistischen Bundesamt (destatis.de, Suchwort
    »Gemeindeverzeichnis«).
    """
    from datenernte_harvester.municipalities.directory import read_directory
    from datenernte_harvester.municipalities.file import read_municipalities, write_municipalities
    from datenernte_harvester.municipalities.taking_over import import_document, taken_over

    known = read_municipalities(_existing(folder))
    _refuse_no_state(state)
    directory = read_directory(file, None if population_date is None else _day(population_date))
    result = taken_over(known, directory, state)
    if not dry_run and result.municipalities != known:
        write_municipalities(folder, result.municipalities.values())
    if as_json:
        say_json(import_document(result, directory, str(file)))
        return
    say(f"{directory.layout}, Gebietsstand {directory.as_of:%d.%m.%Y}:")
    say(
        f"{german_number(len(result.added))} neu, {german_number(len(result.changed))} Werte "
        f"geändert, {german_number(result.unchanged)} Kommunen unverändert"
    )
    if result.changed:
        say_table(
            ("Schlüssel", "Name", "Angabe", "vorher", "nachher"),
            [
                (one.key, one.name, _FIELDS[one.field], _cell(one.before), _cell(one.after))
                for one in result.changed[:_SHOWN]
            ],
        )
        if len(result.changed) > _SHOWN:
            say(f"… und {german_number(len(result.changed) - _SHOWN)} weitere; alle zeigt --json.")
    for one in result.left[:_SHOWN]:
        note(f"Nicht im Verzeichnis, bleibt wie bisher: {one.key} {one.title}")
    if dry_run:
        say("Probelauf: Es wurde nichts geschrieben.")


@municipalities.command("list", epilog="datenernte municipalities list --state 09")
@folder_option
@_state_option
@json_option
def list_municipalities(folder: Path, state: str | None, as_json: bool) -> None:
    """Die Kommunen des Arbeitsordners."""
    from datenernte_harvester.municipalities.file import read_municipalities

    _refuse_no_state(state)
    found = [
        one
        for one in read_municipalities(_existing(folder)).values()
        if state in (None, one.key[:2])
    ]
    if as_json:
        say_json({"municipalities": [_document(one) for one in found]})
        return
    if not found:
        say("Es gibt keine. Übernehmen Sie sie mit: datenernte municipalities import DATEI")
        return
    say_table(
        ("Schlüssel", "Name", "Art", "Einwohner", "Stichtag", "Lage", "ungeprüft"),
        [
            (
                one.key,
                one.title,
                one.type,
                one.population,
                None if one.population_date is None else f"{one.population_date:%d.%m.%Y}",
                None if one.position is None else f"{one.lat} N, {one.lon} O",
                ", ".join(_FIELDS[name] for name in one.unverified) or None,
            )
            for one in found
        ],
    )


@municipalities.command("check", epilog="datenernte municipalities check -C meine-ernte")
@folder_option
@json_option
def check_municipalities(folder: Path, as_json: bool) -> int:
    """Prüfen, ob zu jeder Kommune der Portale Name, Einwohner und Lage bekannt sind.

    Endet mit 2, wenn etwas fehlt oder nicht stimmen kann.
    """
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.municipalities.file import read_municipalities
    from datenernte_harvester.municipalities.gaps import gaps

    configuration = read_configuration(folder)
    known = read_municipalities(folder)
    found = gaps(known, (*configuration.portals, *configuration.disabled))
    unverified = sum(bool(one.unverified) for one in known.values())
    if as_json:
        say_json(
            {
                "municipalities": len(known),
                "unverified": unverified,
                "problems": [
                    {"key": gap.key, "portal": gap.portal, "problem": gap.problem} for gap in found
                ],
            }
        )
        return 2 if found else 0
    for gap in found:
        say(f"{gap.key}: {gap.problem}")
    say(
        f"{german_number(len(known))} Kommunen, {german_number(len(found))} Mängel, "
        f"{german_number(unverified)} mit ungeprüften Angaben"
    )
    return 2 if found else 0


def _existing(folder: Path) -> Path:
    from datenernte_harvester.configuration import FILE_NAME

    if not (folder / FILE_NAME).is_file():
        raise ConfigError(
            f"In »{folder}« gibt es keine {FILE_NAME}. "
            "Legen Sie mit »datenernte init« einen Arbeitsordner an oder wählen Sie ihn mit -C."
        )
    return folder


def _refuse_no_state(state: str | None) -> None:
    if state is not None and not (len(state) == 2 and state.isdecimal() and "01" <= state <= "16"):
        raise click.BadParameter(
            f"»{state}« ist kein Landesschlüssel; Bayern ist 09.", param_hint="--state"
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"»{text}« ist kein Datum. Beispiel: 2024-12-31.", param_hint="--population-date"
        ) from error


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return german_number(value)
    return f"{value:%d.%m.%Y}" if hasattr(value, "isoformat") else str(value)


def _document(one: Any) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": one.name,
        "title": one.title,
        "type": one.type,
        "population": one.population,
        "population_date": None if one.population_date is None else one.population_date.isoformat(),
        "area_km2": one.area_km2,
        "postcode": one.postcode,
        "lon": one.lon,
        "lat": one.lat,
        "unverified": list(one.unverified),
    }
