"""`run` and its four stages: `harvest`, `validate`, `score`, `publish`."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from datenernte_harvester.cli.console import (
    TerminalProgress,
    german_number,
    note,
    say,
    say_json,
    say_table,
)
from datenernte_harvester.cli.german import GermanCommand

_F = TypeVar("_F", bound=Callable[..., Any])

STATES = {
    "ok": "in Ordnung",
    "partial": "unvollständig",
    "held": "gehalten",
    "failed": "gescheitert",
    "skipped": "nicht abgerufen",
}

folder_option = click.option(
    "-C",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="ORDNER",
    help="Arbeitsordner mit datenernte.toml (Vorgabe: der aktuelle).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON auf stdout.")
_quiet = click.option("-q", "--quiet", is_flag=True, help="Keinen Fortschritt zeigen.")
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    metavar="STUFE",
    help="error, warning oder never (Vorgabe): mit 1 enden, wenn Befunde ab dieser Stufe "
    "vorliegen.",
)


def _harvest_options(command: _F) -> _F:
    for option in (
        click.option(
            "--since",
            metavar="DATUM",
            help="Nur was sich seitdem geändert hat (2026-03-01), wo der Quelltyp danach fragen "
            "kann; entfernt nichts.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Nur abrufen: keinen Datensatz speichern, nichts veröffentlichen.",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=1),
            metavar="N",
            help="Höchstens N Datensätze je Portal; entfernt nichts.",
        ),
        click.option(
            "--portal",
            "portals",
            multiple=True,
            metavar="NAME",
            help="Nur dieses Portal abrufen; mehrfach möglich.",
        ),
    ):
        command = option(command)
    return command


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte run -C meine-ernte
    datenernte run --portal koeln --limit 20
    datenernte run --json --fail-on error > lauf.json
    """,
)
@folder_option
@_harvest_options
@_fail_on
@json_option
@_quiet
def run(
    folder: Path,
    portals: tuple[str, ...],
    limit: int | None,
    dry_run: bool,
    since: str | None,
    fail_on: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Abrufen, prüfen, bewerten und veröffentlichen: alle Schritte nacheinander."""
    from datenernte_harvester.run import STAGES

    return run_stages(
        folder,
        STAGES,
        portals=portals,
        limit=limit,
        dry_run=dry_run,
        since=since,
        fail_on=fail_on,
        as_json=as_json,
        quiet=quiet,
    )


@click.command(cls=GermanCommand, epilog="datenernte harvest --portal rostock")
@folder_option
@_harvest_options
@json_option
@_quiet
def harvest(folder: Path, **options: Any) -> int:
    """Nur die Portale abrufen und die Datensätze speichern."""
    return run_stages(folder, ("harvest",), **options)


@click.command(cls=GermanCommand, epilog="datenernte validate --fail-on error")
@folder_option
@_fail_on
@json_option
@_quiet
def validate(folder: Path, **options: Any) -> int:
    """Nur prüfen: Links, Tabellen und Metadaten der gespeicherten Datensätze."""
    return run_stages(folder, ("validate",), **options)


@click.command(cls=GermanCommand, epilog="datenernte score --json")
@folder_option
@json_option
@_quiet
def score(folder: Path, **options: Any) -> int:
    """Nur bewerten: MQA-Punkte je Datensatz, Portal und Kommune."""
    return run_stages(folder, ("score",), **options)


@click.command(cls=GermanCommand, epilog="datenernte publish --previous")
@folder_option
@click.option("--previous", is_flag=True, help="Statt zu bauen zur vorigen Website zurückkehren.")
@json_option
@_quiet
def publish(folder: Path, previous: bool, as_json: bool, quiet: bool) -> int:
    """Nur die Website bauen, prüfen und umschalten."""
    if previous:
        if as_json:
            raise click.UsageError("--previous baut nichts und hat darum kein Ergebnis für --json.")
        from datenernte_dcat.site.builder import previous as switch_back
        from datenernte_harvester.configuration import read_configuration

        path = switch_back(read_configuration(folder).site)
        say(f"Die vorige Website steht wieder: {path}")
        return 0
    return run_stages(folder, ("publish",), as_json=as_json, quiet=quiet)


def run_stages(
    folder: Path,
    stages: tuple[str, ...],
    *,
    portals: tuple[str, ...] = (),
    limit: int | None = None,
    dry_run: bool = False,
    since: str | None = None,
    fail_on: str = "never",
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Run `stages` over the working folder, print what came of it; the exit code."""
    from datenernte_harvester import run as runs
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.settings import now

    configuration = read_configuration(folder)
    options = runs.RunOptions(
        stages=stages,
        portals=portals,
        limit=limit,
        since=None if since is None else _date(since),
        dry_run=dry_run,
        fail_on=fail_on,
    )
    for address in configuration.tables.network.allow:
        note(f"Hinweis: Die nicht öffentliche Adresse {address} ist freigegeben ([network] allow).")
    progress = TerminalProgress(quiet)
    with _terminated():
        try:
            outcome = runs.run(configuration, options, clock=now, progress=progress)
        finally:
            progress.close()
    if as_json:
        say_json(outcome.document)
    else:
        print_outcome(outcome, configuration.site, dry_run=dry_run)
    if outcome.error is not None:
        note(f"datenernte: {outcome.error}")
    return outcome.exit_code


def print_outcome(outcome: Any, site: Path, *, dry_run: bool = False) -> None:
    """Print the table of a run and where to look."""
    document = outcome.document
    say_table(
        ("Portal", "Datensätze", "neu", "geänd.", "weg", "gehalten", "MQA", "Dauer s", "Zustand"),
        [
            (
                entry["title"],
                entry["datasets"],
                entry["new"],
                entry["changed"],
                entry["withdrawn"],
                entry["held"],
                None if entry["score"]["mqa"] is None else round(entry["score"]["mqa"]),
                float(entry["seconds"]),
                STATES[entry["state"]],
            )
            for entry in document["portals"]
        ],
    )
    for entry in document["portals"]:
        if entry["detail"]:
            note(f"{entry['title']}: {entry['detail']}")
    totals = document["totals"]
    findings = totals["findings"]
    say(
        f"{german_number(totals['datasets'])} Datensätze mit "
        f"{german_number(totals['distributions'])} Distributionen · "
        f"{german_number(findings['error'])} Fehler, {german_number(findings['warning'])} "
        f"Warnungen, {german_number(findings['info'])} Hinweise"
    )
    if dry_run:
        say("Probelauf: Es wurde nichts gespeichert und nichts veröffentlicht.")
    elif site.exists():
        state = "neu veröffentlicht" if outcome.changed else "unverändert"
        say(f"Website {state}: {site / 'index.html'}")


def _date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"»{text}« ist kein Datum. Beispiel: 2026-03-01.", param_hint="--since"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _terminated() -> Iterator[None]:
    """Make SIGTERM end the run as Ctrl-C does: children stopped, exit code 143."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise click.exceptions.Exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
