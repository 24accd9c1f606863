"""`accept`, `retire` and `bounds`: a person's word where the deletion guard asks for one."""

from contextlib import closing
from pathlib import Path

import click

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.cli.console import german_number, say, say_json
from datenernte_harvester.cli.german import GermanArgument, GermanCommand
from datenernte_harvester.cli.stages import folder_option, json_option


@click.command(cls=GermanCommand, epilog="datenernte accept koeln --run 17")
@folder_option
@click.argument(
    "portal",
    metavar="PORTAL",
    cls=GermanArgument,
    explanation="Name des Portals: seine Datei ohne ».toml«.",
)
@click.option(
    "--run",
    "number",
    type=int,
    required=True,
    metavar="LAUF",
    help="Nummer des letzten Laufs, in dem das Portal gehalten wurde.",
)
@json_option
def accept(folder: Path, portal: str, number: int, as_json: bool) -> None:
    """Bestätigen, dass die Datensätze, die ein Lauf vermisst hat, wirklich weg sind.

    Sie verschwinden aus dem Katalog und bleiben 30 Tage als Hinweisseite sichtbar. Was gehalten
    ist und in welchem Lauf, zeigt »datenernte status«.
    """
    from datenernte_dcat.store.store import Store
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.lock import run_lock
    from datenernte_harvester.settings import now
    from datenernte_harvester.withdrawal import accept_held

    configuration = read_configuration(folder)
    with (
        run_lock(configuration.folder, "»accept«"),
        closing(Store(configuration.store_url)) as store,
    ):
        withdrawn = accept_held(store, portal, number, now())
    _say_withdrawn(withdrawn, portal, folder, as_json)


@click.command(cls=GermanCommand, epilog="datenernte retire altes-portal")
@folder_option
@click.argument(
    "portal",
    metavar="PORTAL",
    cls=GermanArgument,
    explanation="Name des Portals: seine Datei ohne ».toml«.",
)
@json_option
def retire(folder: Path, portal: str, as_json: bool) -> None:
    """Ein Portal zurückziehen, dessen Datei gelöscht wurde.

    Bis dahin bleiben seine Datensätze veröffentlicht; danach 30 Tage als Hinweisseite.
    """
    from datenernte_dcat.store.store import Store
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.lock import run_lock
    from datenernte_harvester.settings import now
    from datenernte_harvester.withdrawal import retire_portal

    configuration = read_configuration(folder)
    if any(known.name == portal for known in (*configuration.portals, *configuration.disabled)):
        raise ConfigError(
            f"»{portal}« ist noch eingerichtet. Löschen Sie erst portals/{portal}.toml."
        )
    with (
        run_lock(configuration.folder, "»retire«"),
        closing(Store(configuration.store_url)) as store,
    ):
        withdrawn = retire_portal(store, portal, now())
    _say_withdrawn(withdrawn, portal, folder, as_json)


@click.command(cls=GermanCommand, epilog="datenernte bounds koeln")
@folder_option
@click.argument(
    "portal",
    metavar="[PORTAL]",
    required=False,
    cls=GermanArgument,
    explanation="Name des Portals; ohne ihn alle.",
)
@json_option
def bounds(folder: Path, portal: str | None, as_json: bool) -> None:
    """Grenzen für [expect] vorschlagen, aus den letzten gesunden Abrufen; ändert nichts."""
    from datenernte_dcat.store.store import Store
    from datenernte_harvester.configuration import read_configuration
    from datenernte_harvester.withdrawal import proposed_bounds

    configuration = read_configuration(folder)
    known = [entry.name for entry in configuration.portals]
    if portal is not None and portal not in known:
        raise ConfigError(
            f"Das Portal »{portal}« gibt es nicht. Vorhanden sind: {', '.join(known)}."
        )
    with closing(Store(configuration.store_url)) as store:
        proposals = {name: proposed_bounds(store, name) for name in known if portal in (None, name)}
    if as_json:
        say_json(proposals)
        return
    for name, proposal in proposals.items():
        if proposal is None:
            say(f"# {name}: noch kein gesunder Abruf")
            continue
        say(f"# portals/{name}.toml")
        say("[expect]")
        say(f"datasets_min = {proposal['datasets_min']}")
        say(f"datasets_max = {proposal['datasets_max']}")
        say()


def _say_withdrawn(count: int, portal: str, folder: Path, as_json: bool) -> None:
    if as_json:
        say_json({"portal": portal, "withdrawn": count})
        return
    if count == 0:
        say(f"Von »{portal}« ist nichts (mehr) zurückzuziehen.")
        return
    datasets = "1 Datensatz" if count == 1 else f"{german_number(count)} Datensätze"
    verb = "ist" if count == 1 else "sind"
    where = "" if folder == Path() else f" -C {folder}"
    say(f"{datasets} von »{portal}« {verb} zurückgezogen. Weiter mit: datenernte publish{where}")
