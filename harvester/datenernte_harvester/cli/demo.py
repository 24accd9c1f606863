"""`demo`: everything at simulated portals, without internet."""

from pathlib import Path

import click

from datenernte_harvester.cli.console import TerminalProgress, note, say, say_json
from datenernte_harvester.cli.german import GermanArgument, GermanCommand
from datenernte_harvester.cli.stages import json_option, print_outcome


@click.command(
    cls=GermanCommand,
    epilog="""
    datenernte demo
    datenernte demo /tmp/vorfuehrung --serve
    datenernte demo --fault F24,F13@musterstadt
    """,
)
@click.argument(
    "folder",
    metavar="[ORDNER]",
    required=False,
    cls=GermanArgument,
    explanation="Wohin die Vorführung schreibt (Vorgabe: datenernte-demo).",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("datenernte-demo"),
)
@click.option(
    "--serve", is_flag=True, help="Website und Portale danach auf diesem Rechner anbieten."
)
@click.option(
    "--portals",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    metavar="N",
    help="Wie viele Portale.",
)
@click.option(
    "--datasets",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="Wie viele Datensätze in allen Portalen zusammen, ungefähr.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar="N",
    help="Startwert der erfundenen Daten.",
)
@click.option(
    "--fault",
    "faults",
    default="",
    metavar="ID,…",
    help="Störungen, je ID oder ID@Portal; ohne Portal zeigt sie beispielau.",
)
@json_option
def demo(
    folder: Path,
    serve: bool,
    portals: int,
    datasets: int,
    seed: int,
    faults: str,
    as_json: bool,
) -> int:
    """Alles vorführen: simulierte Portale abrufen, prüfen, bewerten, veröffentlichen.

    Der erste Lauf erntet alles. Der zweite folgt sofort: Nichts hat sich geändert, außer dass
    ein Portal plötzlich leer antwortet – seine Datensätze werden gehalten.
    """
    from datenernte_harvester import demo as demos
    from datenernte_harvester.settings import now

    options = demos.DemoOptions(
        portals=portals,
        datasets=datasets,
        seed=seed,
        faults=tuple(part.strip() for part in faults.split(",") if part.strip()),
    )
    progress = TerminalProgress()
    with demos.demo(folder, options, clock=now, progress=progress) as shown:
        progress.close()
        if as_json:
            say_json({"runs": [outcome.document for outcome in shown.outcomes]})
        else:
            for title, outcome in zip(("Erster Lauf", "Zweiter Lauf"), shown.outcomes, strict=True):
                say(title)
                print_outcome(outcome, shown.site)
                say()
            say(f"Ansehen:  {shown.site / 'index.html'}")
            say(f"Feed:     {shown.site / 'catalog.ttl'}")
            say("Weiter:   datenernte demo --serve · datenernte explain · datenernte init")
        if serve:
            _serve(shown.site, shown.portals)
    return next((o.exit_code for o in shown.outcomes if o.exit_code not in (0, 1, 3)), 0)


def _serve(site: Path, portals: dict[str, str]) -> None:
    """Serve the site on loopback until Ctrl-C."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        say(f"Website:  http://127.0.0.1:{server.server_address[1]}/")
        for name, url in portals.items():
            say(f"Portal {name}: {url}")
        note("Beenden mit Strg-C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            note("Beendet.")
