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

PROFILES = ("dcat-ap.de-3.0", "dcat-ap.de-2.0", "dcat-ap-3.0")

_SHOWN = 20
"""Findings shown on a terminal for one target; `--format json` has them all."""


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte check baeume.csv
    datenernte check baeume.csv --schema baeume.schema.json
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
    type=click.Choice(["human", "json"]),
    default="human",
    metavar="FORMAT",
    help="human (Vorgabe) oder json.",
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
    fail_on: str,
) -> int:
    """Eine Datei oder Adresse prüfen, ohne Arbeitsordner und ohne etwas zu speichern.

    Ein ZIEL ist eine Tabelle (CSV, TSV, XLSX), ein RDF-Katalog (RDF/XML, Turtle, JSON-LD,
    N-Triples) oder die http(s)-Adresse einer solchen Datei.
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
        link_status=None if link_status is None else read_link_status(link_status),
    )
    documents = [check_target(target, options, now=now()) for target in targets]
    if output == "json":
        say_json(documents[0] if len(documents) == 1 else documents)
    else:
        for document in documents:
            _say_document(document)
    worst = {finding["severity"] for document in documents for finding in _findings(document)}
    limits = {"error": {"error"}, "warning": {"error", "warning"}, "never": set[str]()}
    return 1 if worst & limits[fail_on] else 0


def _findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All findings of a document, those of its datasets included."""
    return [
        *document["findings"],
        *(item for dataset in document.get("datasets", ()) for item in dataset["findings"]),
    ]


def _say_document(document: dict[str, Any]) -> None:
    say(printable(document["target"]))
    if document["kind"] == "table":
        say(f"  {_table_words(document)}")
        say("  gültig" if document["valid"] else "  nicht gültig")
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
    findings = _findings(document)
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
        words.append("Schema " + _ORIGINS.get(document["schema"], document["schema"]))
    return ", ".join(words)


_ORIGINS = {
    "given": "vorgegeben",
    "declared": "vom Portal genannt",
    "inferred": "aus dem Inhalt erkannt",
}
