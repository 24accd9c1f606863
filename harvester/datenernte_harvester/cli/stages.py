"""`run` and its four stages: `harvest`, `validate`, `score`, `publish`."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from datenernte_harvester import logs
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
_log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "logfmt", "json"]),
    metavar="FORM",
    help="Meldungen auf stderr als text (Vorgabe), logfmt oder json: eine Zeile je Ereignis. "
    "Auch [log] format oder DATENERNTE_LOG_FORMAT.",
)
_metrics = click.option(
    "--metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="DATEI",
    help="Kennzahlen des Laufs für Prometheus in diese Datei schreiben. Auch [metrics] file.",
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    metavar="STUFE",
    help="error, warning oder never (Vorgabe): mit 1 enden, wenn Befunde ab dieser Stufe "
    "vorliegen.",
)


def state_words(state: str | None) -> str:
    """What a portal's state is called, as on the site; a dash where there is none."""
    from datenernte_dcat.site.words import STATES
    from datenernte_dcat.store.rows import PortalState

    if state is None:
        return "–"
    mark = STATES.get(PortalState(state))
    return "nicht abgerufen" if mark is None else mark.words


def _harvest_options(command: _F) -> _F:
    for option in (
        click.option(
            "--rename",
            metavar="ALT",
            help="Datensätze, Adressen und Verlauf übernehmen: ALT ist der frühere Name einer "
            "umbenannten Portaldatei (der neue mit --portal) oder die frühere »base_url«.",
        ),
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
@_metrics
@_log_format
@json_option
@_quiet
def run(folder: Path, **options: Any) -> int:
    """Abrufen, prüfen, bewerten und veröffentlichen: alle Schritte nacheinander.

    Rückgabewert 3 heißt: Ein Portal braucht Aufmerksamkeit, die Website steht trotzdem.
    """
    from datenernte_harvester.run import STAGES

    return run_stages(folder, STAGES, **options)


@click.command(cls=GermanCommand, epilog="datenernte harvest --portal rostock")
@folder_option
@_harvest_options
@_metrics
@_log_format
@json_option
@_quiet
def harvest(folder: Path, **options: Any) -> int:
    """Nur die Portale abrufen und die Datensätze speichern."""
    return run_stages(folder, ("harvest",), **options)


@click.command(cls=GermanCommand, epilog="datenernte validate --fail-on error")
@folder_option
@_fail_on
@_metrics
@_log_format
@json_option
@_quiet
def validate(folder: Path, **options: Any) -> int:
    """Nur prüfen: Links, Tabellen und Metadaten der gespeicherten Datensätze."""
    return run_stages(folder, ("validate",), **options)


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte score --json
    datenernte score --explain rostock
    """,
)
@folder_option
@click.option(
    "--explain",
    metavar="ZIEL",
    help="Nichts rechnen, sondern jeden verlorenen Punkt erklären: Beleg, Regel, Behebung, Gewinn. "
    "ZIEL ist ein Portal, ein Gemeindeschlüssel oder ein Datensatz.",
)
@_metrics
@_log_format
@json_option
@_quiet
def score(folder: Path, explain: str | None, as_json: bool, **options: Any) -> int:
    """Nur bewerten: Kommunal-Score und MQA-405 je Datensatz, Portal und Kommune."""
    if explain is None:
        return run_stages(folder, ("score",), as_json=as_json, **options)
    from datenernte_harvester.score_explanation import explain_in_folder, explanation_lines

    document = explain_in_folder(folder, explain)
    if as_json:
        say_json(document)
    else:
        for line in explanation_lines(document):
            say(line)
    return 0


@click.command(cls=GermanCommand, epilog="datenernte publish --previous")
@folder_option
@click.option("--previous", is_flag=True, help="Statt zu bauen zur vorigen Website zurückkehren.")
@_metrics
@_log_format
@json_option
@_quiet
def publish(folder: Path, previous: bool, as_json: bool, **options: Any) -> int:
    """Nur die Website bauen, prüfen und umschalten."""
    if previous:
        if as_json:
            raise click.UsageError("--previous baut nichts und hat darum kein Ergebnis für --json.")
        from datenernte_dcat.site.builder import previous as switch_back
        from datenernte_harvester.configuration import read_configuration

        path = switch_back(read_configuration(folder).site)
        say(f"Die vorige Website steht wieder: {path}")
        return 0
    return run_stages(folder, ("publish",), as_json=as_json, **options)


def run_stages(
    folder: Path,
    stages: tuple[str, ...],
    *,
    portals: tuple[str, ...] = (),
    limit: int | None = None,
    dry_run: bool = False,
    since: str | None = None,
    rename: str | None = None,
    fail_on: str = "never",
    metrics: Path | None = None,
    log_format: str | None = None,
    as_json: bool = False,
    quiet: bool = False,
) -> int:
    """Run `stages` over the working folder, print what came of it; the exit code."""
    from datenernte_harvester import run as runs
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.municipalities.file import read_municipalities
    from datenernte_harvester.settings import now, passwords, secrets

    configuration = read_configuration(folder)
    read_municipalities(folder)  # a mistake in it is told now, not after an hour of harvesting
    tables = configuration.tables
    hidden = (*secrets(), *passwords(tables.store.url), *passwords(tables.network.proxy))
    logs.set_up(log_format or tables.log.format, hidden)
    options = runs.RunOptions(
        stages=stages,
        portals=portals,
        limit=limit,
        since=None if since is None else _date(since),
        rename=rename,
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
    logs.event(
        "run-ended",
        status=outcome.document["status"],
        exit_code=outcome.exit_code,
        datasets=outcome.document["totals"]["datasets"],
    )
    metrics = metrics or configuration.metrics_file
    if metrics is not None and not dry_run:
        _write_metrics(metrics, configuration.store_url, outcome.document)
    return outcome.exit_code


def _write_metrics(path: Path, store_url: str, document: Any) -> None:
    from contextlib import closing

    from datenernte_dcat.store.store import Store
    from datenernte_harvester.metrics import portal_figures, write_metrics

    with closing(Store(store_url)) as store:
        figures = portal_figures(store, [entry["name"] for entry in document["portals"]])
        success = next((run.finished for run in store.runs() if run.status == "ok"), None)
    write_metrics(path, document, figures, success)


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
                state_words(entry["state"]),
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
