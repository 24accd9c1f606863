"""`doctor`: what would keep a run in this working folder from working?"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from datenernte_dcat.errors import ConfigError, DatenernteError
from datenernte_harvester.configuration import Configuration, read_configuration, setting_names
from datenernte_harvester.credentials import credentials, variable_of
from datenernte_harvester.municipalities.file import read_municipalities
from datenernte_harvester.settings import AUTHENTICATION, PREFIX, environment

_LEAST_FREE_BYTES = 1_000_000_000
"""Below this much free disk a run of a few hundred portals may not fit."""
_OTHER_VARIABLES = ("NOW",)
"""Variables that set no setting."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at."""

    name: str
    problem: str | None = None
    """German sentence, what is wrong with it and what to do; None: nothing."""


def diagnose(folder: Path) -> Iterator[Check]:
    """Everything that was looked at, the most important first."""
    try:
        configuration = read_configuration(folder)
    except ConfigError as error:
        yield Check("Konfiguration", str(error))
        return
    yield Check(
        f"Konfiguration mit {len(configuration.portals)} Portalen",
        None
        if configuration.portals
        else "Es gibt kein Portal, das abgerufen wird. Legen Sie eines an: datenernte init ORDNER "
        "--portal URL.",
    )
    yield from _variables(configuration, environment())
    yield from _unencrypted(configuration)
    yield _municipalities(folder)
    free = shutil.disk_usage(folder).free
    yield Check(
        f"Platz auf der Festplatte ({free // 1_000_000} MB frei)",
        None if free >= _LEAST_FREE_BYTES else "Weniger als 1 GB ist frei. Schaffen Sie Platz.",
    )
    yield _writable(folder)
    yield Check("Datenbank", _problem_of_store(configuration.store_url))
    site = configuration.site
    yield Check(
        "Ordner der Website",
        f"»{site}« ist ein gewöhnlicher Ordner; datenernte braucht den Namen für einen Verweis. "
        "Benennen Sie den Ordner um."
        if site.exists() and not site.is_symlink()
        else None,
    )


def _variables(configuration: Configuration, variables: Mapping[str, str]) -> Iterator[Check]:
    """Variables that look like ours and mean nothing are misspelt."""
    known = {PREFIX + name for name in (*setting_names().values(), *_OTHER_VARIABLES)}
    known |= {
        variable_of(portal.name) for portal in (*configuration.portals, *configuration.disabled)
    }
    unknown = [
        name
        for name in sorted(PREFIX + variable for variable in variables)
        if name.removesuffix("_FILE") not in known
    ]
    for name in unknown:
        near = get_close_matches(name, known, n=1)
        hint = f" Meinten Sie {near[0]}?" if near else ""
        is_portals = name.startswith(PREFIX + AUTHENTICATION)
        missing = "kein Portal" if is_portals else "keine Einstellung"
        yield Check(f"Umgebungsvariable {name}", f"Zu ihr gibt es {missing}.{hint}")
    if not unknown:
        yield Check(f"Umgebungsvariablen ({len(variables)} gesetzt)")


def _unencrypted(configuration: Configuration) -> Iterator[Check]:
    """Credentials that anybody on the way can read."""
    for portal in configuration.portals:
        if portal.url.startswith("http:") and credentials(portal.name) is not None:
            yield Check(
                f"Zugangsdaten für »{portal.name}«",
                "Sie gehen unverschlüsselt durchs Netz. Tragen Sie, wenn möglich, die Adresse mit "
                "https:// ein.",
            )


def _municipalities(folder: Path) -> Check:
    try:
        count = len(read_municipalities(folder))
    except ConfigError as error:
        return Check("Kommunen", str(error))
    return Check(f"Kommunen ({count} in municipalities.toml)")


def _writable(folder: Path) -> Check:
    """Whether a run may write here."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            "Arbeitsordner",
            f"»{folder}« ist für diesen Benutzer nicht beschreibbar. Ein Lauf braucht ihn für "
            "Datenbank, Sperre und Website.",
        )
    return Check("Arbeitsordner beschreibbar")


def _problem_of_store(url: str) -> str | None:
    from datenernte_dcat.store.store import Store

    try:
        with closing(Store(url)) as store:
            store.verify()
    except DatenernteError as error:
        return str(error)
    return None
