"""`duplicates`: datasets that came through several portals and are published once."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datenernte_harvester.cli.console import say, say_json, say_table
from datenernte_harvester.cli.german import GermanCommand
from datenernte_harvester.cli.stages import folder_option, json_option

if TYPE_CHECKING:
    from datenernte_dcat.store.rows import StoredRecord


@click.command(cls=GermanCommand, epilog="datenernte duplicates --json")
@folder_option
@json_option
def duplicates(folder: Path, as_json: bool) -> None:
    """Datensätze, die über mehrere Portale kamen und darum nur einmal veröffentlicht sind.

    Erkannt werden sie an der Adresse (IRI), einer Kennung, die es nur einmal gibt, der Webseite
    oder denselben Dateien, nie am Titel. Veröffentlicht wird der Datensatz des Portals, dem die
    Adresse gehört, sonst der zuletzt geänderte, sonst der des ersten Portals nach dem Alphabet.
    """
    from datenernte_dcat.store.store import Store
    from datenernte_dcat.twins import LEVELS, recognised_by
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.deduplication import find_duplicates

    rows: list[dict[str, Any]] = []
    with closing(Store(read_configuration(folder).store_url)) as store:
        portals = [portal for portal in store.portals() if not portal.retired]
        for duplicate in find_duplicates(store, portals):
            if not duplicate.losers:
                continue
            kind, value = recognised_by(duplicate)
            members = (duplicate.winner, *duplicate.losers)
            records = {
                record.id: record for record in store.records_by_id(one.id for one in members)
            }
            winner = records[duplicate.winner.id]
            rows.append(
                {
                    "iri": duplicate.iri,
                    "title": next((text.value for text in winner.as_published.title), None),
                    "recognised_by": kind,
                    "value": value,
                    "published": _member(winner),
                    "others": [_member(records[loser.id]) for loser in duplicate.losers],
                }
            )
    rows.sort(key=lambda row: str(row["iri"]))
    if as_json:
        say_json({"duplicates": rows})
        return
    if not rows:
        say("Kein Datensatz kam über mehrere Portale.")
        return
    words = {"iri": "Adresse", **LEVELS}
    say_table(
        ("Datensatz", "veröffentlicht aus", "auch in", "erkannt an"),
        [
            (
                row["title"] or row["iri"],
                row["published"]["portal"],
                ", ".join(other["portal"] for other in row["others"]),
                words[row["recognised_by"]],
            )
            for row in rows
        ],
    )
    say(f"{len(rows)} Datensätze kamen über mehrere Portale und sind einmal veröffentlicht.")


def _member(record: "StoredRecord") -> dict[str, str]:
    return {
        "portal": record.portal,
        "id": record.id,
        "source_identifier": record.source_identifier,
    }
