"""Entry point: the group of commands, and from exceptions to exit codes."""

import sys
import traceback
from collections.abc import Sequence

import click

from datenernte_dcat.errors import (
    ConfigError,
    DatenernteError,
    LockedError,
    PublishError,
    StoreError,
    os_reason,
)
from datenernte_harvester import logs
from datenernte_harvester.cli.console import note
from datenernte_harvester.cli.german import GermanGroup, usage_error
from datenernte_harvester.settings import version

_PACKAGE = "datenernte_harvester.cli"

_COMMANDS = {
    "demo": (f"{_PACKAGE}.demo:demo", "Alles an simulierten Portalen vorführen, ohne Internet."),
    "init": (f"{_PACKAGE}.setup:init", "Einen Arbeitsordner anlegen."),
    "run": (f"{_PACKAGE}.stages:run", "Abrufen, prüfen, bewerten und veröffentlichen."),
    "harvest": (f"{_PACKAGE}.stages:harvest", "Nur die Portale abrufen."),
    "validate": (f"{_PACKAGE}.stages:validate", "Nur Links, Tabellen und Metadaten prüfen."),
    "score": (f"{_PACKAGE}.stages:score", "Nur bewerten."),
    "publish": (f"{_PACKAGE}.stages:publish", "Nur die Website bauen."),
    "check": (f"{_PACKAGE}.check:check", "Eine Datei oder Adresse prüfen, ohne Arbeitsordner."),
    "status": (f"{_PACKAGE}.history:status", "Was zuletzt geschah, je Portal."),
    "history": (f"{_PACKAGE}.history:history", "Die letzten Läufe."),
    "diff": (f"{_PACKAGE}.history:diff", "Zwei Läufe vergleichen."),
    "duplicates": (
        f"{_PACKAGE}.duplicates:duplicates",
        "Datensätze, die über mehrere Portale kamen.",
    ),
    "accept": (f"{_PACKAGE}.guard:accept", "Gehaltene Löschungen eines Portals bestätigen."),
    "retire": (f"{_PACKAGE}.guard:retire", "Ein Portal zurückziehen, dessen Datei weg ist."),
    "bounds": (f"{_PACKAGE}.guard:bounds", "Grenzen für [expect] vorschlagen."),
    "municipalities": (
        f"{_PACKAGE}.municipalities:municipalities",
        "Namen, Einwohner und Lage der Kommunen.",
    ),
    "explain": (f"{_PACKAGE}.setup:explain", "Einen Befund erklären."),
    "portals": (f"{_PACKAGE}.setup:portals", "Die eingerichteten Portale."),
    "config": (f"{_PACKAGE}.setup:config", "Die Einstellungen prüfen und zeigen."),
    "doctor": (f"{_PACKAGE}.setup:doctor", "Umgebung und Arbeitsordner untersuchen."),
    "completion": (f"{_PACKAGE}.setup:completion", "Vervollständigung für die Shell ausgeben."),
}

EXIT_CODES = (
    (0, "in Ordnung"),
    (1, "Befunde ab der Schwelle von --fail-on"),
    (2, "Aufruf oder Konfiguration falsch"),
    (3, "ein Portal ist unvollständig, gescheitert oder gehalten; eine Website steht"),
    (4, "keine Website steht, oder die neue bestand ihre Prüfung nicht"),
    (5, "ein anderer Lauf arbeitet gerade"),
    (70, "Fehler in datenernte"),
    (74, "Festplatte oder Datenbank"),
    (130, "abgebrochen (143: beendet)"),
)


@click.group(
    "datenernte",
    cls=GermanGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""
    datenernte demo                      in einer Minute alles sehen
    datenernte init meine-ernte          Arbeitsordner anlegen
    datenernte run -C meine-ernte        abrufen, prüfen, veröffentlichen
    datenernte check baeume.csv          eine Datei vor dem Hochladen prüfen
    """,
)
@click.version_option(
    version(), "--version", message="datenernte %(version)s", help="Die Version zeigen."
)
def cli() -> None:
    """Erntet kommunale offene Daten, prüft, bewertet und veröffentlicht sie als DCAT-AP.de.

    Rückgabewerte: 0 in Ordnung · 1 Befunde · 2 Aufruf · 3 ein Portal unvollständig ·
    4 keine Website · 5 gesperrt · 70 interner Fehler · 74 Festplatte oder Datenbank.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(exit_code(arguments))


def exit_code(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    with logs.scope():
        return _exit_code(arguments)


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        result = cli.main(
            args=None if arguments is None else list(arguments),
            prog_name="datenernte",
            standalone_mode=False,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        note(error.format_message())
        return 2
    except click.UsageError as error:
        note(f"datenernte: {usage_error(error)}")
        if error.ctx is not None:
            note(f"Hilfe: {error.ctx.command_path} --help")
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        note("datenernte: abgebrochen.")
        return 130
    except BrokenPipeError:
        # The reader of our output has seen enough (`| head`); that is no fault of ours.
        sys.stderr.close()
        return 0
    except DatenernteError as error:
        note(f"datenernte: {error}")
        return _code(error)
    except OSError as error:
        note(f"datenernte: Zugriff auf »{error.filename}« nicht möglich ({os_reason(error)}).")
        return 74
    except Exception:  # noqa: BLE001 - the third of the three places: our own bug, told as such
        for line in traceback.format_exc().splitlines():
            note(line)
        note(
            "datenernte: Das ist ein Fehler in datenernte, nicht in Ihren Daten. "
            "Bitte melden Sie ihn mit dem Text darüber."
        )
        return 70
    return result if isinstance(result, int) else 0


def _code(error: DatenernteError) -> int:
    codes: tuple[tuple[type[DatenernteError], int], ...] = (
        (ConfigError, 2),
        (LockedError, 5),
        (StoreError, 74),
        (PublishError, 4),
    )
    return next((code for kind, code in codes if isinstance(error, kind)), 3)
