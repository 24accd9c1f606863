"""`status`, `history` and `diff`: what happened."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.cli.console import (
    german_number,
    german_time,
    note,
    say,
    say_json,
    say_table,
)
from datenernte_harvester.cli.german import GermanArgument, GermanCommand
from datenernte_harvester.cli.stages import folder_option, json_option, state_words


@click.command(cls=GermanCommand, epilog="datenernte status -C meine-ernte --json")
@folder_option
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Was zuletzt geschah: je Portal der letzte Abruf und das Alter des letzten Erfolgs."""
    from datenernte_dcat.store.rows import PortalState
    from datenernte_dcat.store.store import Store
    from datenernte_dcat.store.unresolved import unresolved_publishers
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.settings import now

    configuration = read_configuration(folder)
    moment = now()
    rows: list[dict[str, Any]] = []
    successes: dict[str, datetime | None] = {}
    with closing(Store(configuration.store_url)) as store:
        unresolved = unresolved_publishers(store)
        for portal in store.portals():
            last = store.last_portal_run(portal.name)
            success = successes[portal.name] = store.last_success(portal.name)
            rows.append(
                {
                    "name": portal.name,
                    "title": portal.title,
                    "retired": portal.retired,
                    "run": None if last is None else last.run,
                    "datasets": store.count_records(portal=portal.name),
                    "state": None if last is None else str(last.state),
                    "reason": None if last is None else last.reason,
                    "detail": "" if last is None else last.detail,
                    # what was confirmed since is held no longer
                    "held": len(store.missing(portal.name, last.run))
                    if last is not None and last.state is PortalState.HELD
                    else 0,
                    "unresolved": sum(unresolved.get(portal.name, {}).values()),
                    "last_success": None if success is None else success.isoformat(),
                    "days_since_success": None if success is None else (moment - success).days,
                }
            )
    if as_json:
        say_json({"portals": rows})
        return
    if not rows:
        say("Es gab noch keinen Lauf. Beginnen Sie mit: datenernte run")
        return
    say_table(
        ("Portal", "Datensätze", "gehalten", "Zustand", "letzter Erfolg", "vor Tagen"),
        [
            (
                row["title"],
                row["datasets"],
                row["held"],
                "zurückgezogen" if row["retired"] else state_words(row["state"]),
                german_time(successes[row["name"]]),
                row["days_since_success"],
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["held"]:
            note(
                f"{row['title']}: {german_number(row['held'])} Datensätze fehlen im Portal. Sind "
                f"sie wirklich weg: datenernte accept {row['name']} --run {row['run']}"
            )
        if row["unresolved"]:
            note(
                f"{row['title']}: {german_number(row['unresolved'])} Datensätze ohne Kommune; "
                "welche: datenernte portals --unresolved"
            )


@click.command(cls=GermanCommand, epilog="datenernte history --limit 5")
@folder_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Höchstens so viele Läufe.",
)
@json_option
def history(folder: Path, limit: int, as_json: bool) -> None:
    """Die letzten Läufe, der neueste zuerst.

    »ohne Ende« heißt: Der Lauf wurde abgebrochen oder arbeitet noch.
    """
    from datenernte_dcat.store.store import Store
    from datenernte_harvester.configuration import read_configuration

    with closing(Store(read_configuration(folder).store_url)) as store:
        runs = store.runs(limit=limit)
    if as_json:
        say_json({"runs": [run.document or _without_document(run) for run in runs]})
        return
    if not runs:
        say("Es gab noch keinen Lauf. Beginnen Sie mit: datenernte run")
        return
    say_table(
        ("Lauf", "Schritte", "Beginn", "Ergebnis", "Datensätze"),
        [
            (
                str(run.id),
                run.command,
                german_time(run.started),
                "ohne Ende" if run.exit_code is None else f"Rückgabewert {run.exit_code}",
                None if run.document is None else run.document["totals"]["datasets"],
            )
            for run in runs
        ],
    )


def _without_document(run: Any) -> dict[str, Any]:
    """A run that left no JSON of its own: unfinished, or the withdrawal of a portal."""
    return {
        "run": run.id,
        "command": run.command,
        "started": run.started.isoformat(),
        "finished": None if run.finished is None else run.finished.isoformat(),
        "status": run.status,
        "exit_code": run.exit_code,
    }


@click.command(cls=GermanCommand, epilog="datenernte diff 12 13")
@folder_option
@click.argument(
    "first",
    metavar="VORHER",
    type=int,
    cls=GermanArgument,
    explanation="Nummer des einen Laufs; »datenernte history« zeigt sie.",
)
@click.argument(
    "second",
    metavar="NACHHER",
    type=int,
    cls=GermanArgument,
    explanation="Nummer des anderen Laufs.",
)
@json_option
def diff(folder: Path, first: int, second: int, as_json: bool) -> None:
    """Zwei Läufe vergleichen: Datensätze, Zustände, Befunde und Punkte je Portal."""
    from datenernte_dcat.store.store import Store
    from datenernte_harvester.configuration import read_configuration

    with closing(Store(read_configuration(folder).store_url)) as store:
        before, after = (_document(store, number) for number in (first, second))
    document: dict[str, Any] = {
        "runs": [first, second],
        "portals": _portal_changes(before, after),
        "findings_by_code": _changed_counts(before["findings_by_code"], after["findings_by_code"]),
    }
    if as_json:
        say_json(document)
        return
    say_table(
        (
            "Portal",
            "Datensätze vorher",
            "nachher",
            "MQA vorher",
            "nachher",
            "Zustand vorher",
            "nachher",
        ),
        [
            (
                row["name"],
                row["datasets"][0],
                row["datasets"][1],
                *row["mqa"],
                state_words(row["state"][0]),
                state_words(row["state"][1]),
            )
            for row in document["portals"]
        ],
    )
    say()
    if not document["findings_by_code"]:
        say("Die Befunde sind in beiden Läufen gleich.")
        return
    say_table(
        ("Befund", "vorher", "nachher"),
        [(code, *counts) for code, counts in document["findings_by_code"].items()],
    )


def _document(store: Any, number: int) -> dict[str, Any]:
    run = store.run(number)
    if run is None or run.document is None:
        raise ConfigError(
            f"Zum Lauf {number} gibt es kein Ergebnis. »datenernte history« zeigt die Läufe."
        )
    document: dict[str, Any] = run.document
    return document


def _portal_changes(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    old = {entry["name"]: entry for entry in before["portals"]}
    new = {entry["name"]: entry for entry in after["portals"]}
    return [
        {
            "name": name,
            "datasets": [old.get(name, {}).get("datasets"), new.get(name, {}).get("datasets")],
            "state": [old.get(name, {}).get("state"), new.get(name, {}).get("state")],
            "mqa": [
                old.get(name, {}).get("score", {}).get("mqa"),
                new.get(name, {}).get("score", {}).get("mqa"),
            ],
        }
        for name in sorted(old.keys() | new.keys())
    ]


def _changed_counts(before: dict[str, int], after: dict[str, int]) -> dict[str, list[int]]:
    return {
        code: [before.get(code, 0), after.get(code, 0)]
        for code in sorted(before.keys() | after.keys())
        if before.get(code, 0) != after.get(code, 0)
    }
