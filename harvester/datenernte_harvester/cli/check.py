"""`check`: one file or URL, no state kept."""

from pathlib import Path
from typing import Any

import click

from datenernte_harvester.cli.console import (
    SEVERITIES,
    german_number,
    note,
    printable,
    say,
    say_json,
)
from datenernte_harvester.cli.german import GermanArgument, GermanCommand
from datenernte_validators.formats import FORMATS, findings_of, rendered

PROFILES = ("dcat-ap.de-3.0", "dcat-ap.de-2.0", "dcat-ap-3.0")

_SHOWN = 20
"""Findings shown on a terminal for one target; `--format json` has them all."""


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte check baeume.csv
    datenernte check baeume.csv --schema baeume.schema.json
    datenernte check baeume.csv --fix-suggestions
    datenernte check *.csv --format sarif > befunde.sarif
    datenernte check katalog.rdf --profile dcat-ap.de-2.0 --format json
    datenernte check katalog.ttl --no-network --fail-on never
    """,
)
@click.argument(
    "targets",
    metavar="ZIEL…",
    nargs=-1,
    required=True,
    cls=GermanArgument,
    explanation="Datei oder http(s)-Adresse; mehrere möglich.",
)
@click.option(
    "--schema",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="DATEI",
    help="Table Schema (JSON), nach dem Tabellen geprüft werden.",
)
@click.option(
    "--profile",
    default=PROFILES[0],
    show_default=True,
    metavar="PROFIL",
    help=f"{', '.join(PROFILES)} oder eine Datei mit SHACL-Regeln (.ttl).",
)
@click.option("--no-network", is_flag=True, help="Keine Adresse abrufen, auch keine Links.")
@click.option(
    "--allow",
    multiple=True,
    metavar="HOST:PORT",
    help="Eine nicht öffentliche Adresse zulassen; mehrfach möglich.",
)
@click.option(
    "--link-status",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="DATEI",
    help='JSON {"url": Status, …}, statt die Links abzurufen.',
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["human", *FORMATS]),
    default="human",
    metavar="FORMAT",
    help="human (Vorgabe), json, sarif, junit, github, gitlab oder csv.",
)
@click.option(
    "--fix-suggestions",
    is_flag=True,
    help="Zu jeder Tabelle NAME.bereinigt.csv und NAME.schema.json daneben schreiben.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    metavar="STUFE",
    help="error (Vorgabe), warning oder never: ab dieser Stufe mit 1 enden.",
)
def check(
    targets: tuple[str, ...],
    schema: Path | None,
    profile: str,
    no_network: bool,
    allow: tuple[str, ...],
    link_status: Path | None,
    output: str,
    fix_suggestions: bool,
    fail_on: str,
) -> int:
    """Eine Datei oder Adresse prüfen, ohne Arbeitsordner und ohne etwas zu speichern.

    Ein ZIEL ist eine Tabelle (CSV, TSV, XLSX, XLS, ODS, JSON, Parquet, auch als ZIP), eine
    andere Datei (GeoJSON, GeoPackage, GML, KML, Shapefile, GTFS, XML, PDF), ein RDF-Katalog
    (RDF/XML, Turtle, JSON-LD, N-Triples) oder die http(s)-Adresse einer solchen Datei.
    """
    from datenernte_harvester.checking import CheckOptions, check_target, read_link_status
    from datenernte_harvester.settings import now

    if profile not in PROFILES:
        from datenernte_validators.shapes.profiles import load_profile

        load_profile(profile)  # a profile that does not exist is told before the first target
    options = CheckOptions(
        schema=schema,
        profile=profile,
        network=not no_network,
        allow=allow,
        suggestions=fix_suggestions,
        link_status=None if link_status is None else read_link_status(link_status),
    )
    documents = [check_target(target, options, now=now()) for target in targets]
    if output == "json":
        say_json(documents[0] if len(documents) == 1 else documents)
    elif output != "human":
        from datenernte_harvester.settings import version

        shown = rendered(documents, output, version=version(), fail_on=fail_on)
        if shown:
            say(shown)
    else:
        for document in documents:
            _say_document(document)
    if fix_suggestions:
        _note_suggestions(targets)
    worst = {finding["severity"] for document in documents for finding in findings_of(document)}
    limits = {"error": {"error"}, "warning": {"error", "warning"}, "never": set[str]()}
    return 1 if worst & limits[fail_on] else 0


def _note_suggestions(targets: tuple[str, ...]) -> None:
    """Say on stderr which clean copies were written; of files that are no tables there is none."""
    from datenernte_validators.tabular.suggestion import SuggestionPaths

    for target in targets:
        paths = SuggestionPaths.beside(Path(target))
        if paths.table.exists():
            note(f"Bereinigte Kopie: {paths.table}, Schema: {paths.schema}")
        else:
            note(f"Zu »{target}« gibt es keine bereinigte Kopie: Es ist keine lesbare Tabelle.")


def _say_document(document: dict[str, Any]) -> None:
    say(printable(document["target"]))
    if document["kind"] == "table":
        say(f"  {_table_words(document)}")
        say("  gültig" if document["valid"] else "  nicht gültig")
    elif document["kind"] == "file":
        known = document["format"]
        say(f"  Datei ({known.upper()})" if known else "  Datei, nicht lesbar")
        say("  in Ordnung" if document["valid"] else "  fehlerhaft")
    elif document["kind"] == "catalogue":
        datasets = document["datasets"]
        say(
            f"  Katalog mit {german_number(len(datasets))} Datensätzen, Profil {document['profile']}"
        )
        say("  entspricht dem Profil" if document["conforms"] else "  entspricht dem Profil nicht")
        for dataset in datasets[:_SHOWN]:
            mqa = dataset["mqa"]
            title = printable(dataset["title"] or dataset["uri"])
            say(f"  MQA {mqa['total']:>3} von 405 ({mqa['rating']})  {title}")
        if len(datasets) > _SHOWN:
            say(f"  … und {german_number(len(datasets) - _SHOWN)} weitere Datensätze")
    findings = list(findings_of(document))
    for finding in findings[:_SHOWN]:
        place = "" if finding["row"] is None else f"Zeile {finding['row']}: "
        say(f"  {SEVERITIES[finding['severity']]}: {place}{printable(finding['message'])}")
        if finding["advice"]:
            say(f"    → {printable(finding['advice'])}")
    if len(findings) > _SHOWN:
        note(
            f"  … und {german_number(len(findings) - _SHOWN)} weitere Befunde; "
            "alle zeigt --format json."
        )
    if not findings:
        say("  keine Befunde")


def _table_words(document: dict[str, Any]) -> str:
    """What is known of a table; of a file that is none that is little."""
    name = "Tabelle" if document["rows"] is not None else "keine lesbare Tabelle"
    words = [f"{name} ({document['format']})" if document["format"] else name]
    if document["encoding"] is not None:
        words.append(document["encoding"])
    delimiter = (document["dialect"] or {}).get("delimiter")
    if delimiter is not None:
        words.append("Trennzeichen " + ("Tabulator" if delimiter == "\t" else f"»{delimiter}«"))
    if document["rows"] is not None:
        words.append(f"{german_number(document['rows'])} Zeilen")
        words.append(f"{german_number(len(document['fields']))} Spalten")
        origin = document["schema"].removeprefix("library:")
        words.append("Schema " + _ORIGINS.get(origin, f"»{origin}« aus unserer Sammlung"))
    return ", ".join(words)


_ORIGINS = {
    "given": "vorgegeben",
    "declared": "vom Portal genannt",
    "inferred": "aus dem Inhalt erkannt",
}
"""Schemas of our library are called by their name."""
