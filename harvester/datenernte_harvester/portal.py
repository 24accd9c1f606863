"""Portal files: `portals/<name>.toml`, one website each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import urlsplit

from datenernte_dcat.errors import PortalConfigError
from datenernte_harvester.redaction import secret_parameters
from datenernte_harvester.toml_table import read_toml, to_dataclass

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_URL_LENGTH_MAX = 2000
_KEY_LENGTHS = {2, 5, 8, 12}  # Land, district, AGS, ARS
CONFIDENCE = {"high": "hoch", "medium": "mittel", "low": "gering"}
"""How sure it is what is known of a source, with the German word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect:
    """`[expect]`: bounds of a healthy harvest, in datasets."""

    datasets_min: int = 0
    """Fewer seen: the portal is held and nothing is withdrawn."""
    datasets_max: int | None = None
    """More seen: a warning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """`[publisher]` and `[contact]`: who publishes, whom to ask."""

    name: str
    email: str | None = None
    url: str | None = None
    telephone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalNetwork:
    """`[network]` of a portal file: how this one website is treated."""

    user_agent: str | None = None
    delay_seconds: float | None = None
    ca_file: str | None = None
    respect_robots: bool = True
    reason: str | None = None
    """Why robots.txt is not followed; required with `respect_robots = false`."""
    deadline_seconds: float | None = None
    """Limit for the whole portal; None means `[harvest] portal_deadline_seconds`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """`[known]`: what is known of the source, and since when."""

    software: str | None = None
    as_of: date | None = None
    """The day of this knowledge."""
    confidence: str | None = None
    """A key of `CONFIDENCE`."""
    verified: date | None = None
    """The day on which somebody harvested it and looked; None: unverified."""
    note: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalFile:
    """What a portal file says. `name` is the file's stem."""

    name: str
    title: str
    source_type: str
    """Name of the spider module that speaks the portal's protocol."""
    url: str
    enabled: bool = True
    """False: never harvested; what was harvested before stays published."""
    reason: str | None = None
    """Why it is switched off; required with `enabled = false`."""
    municipality: str | None = None
    """Key of the municipality all datasets belong to: AGS, ARS, district or Land."""
    municipalities: Mapping[str, str] = field(default_factory=dict)
    """Publisher name → key, for portals that carry several municipalities."""
    publisher: Body | None = None
    contact: Body | None = None
    expect: Expect = field(default_factory=Expect)
    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field → portal's word → IRI, e.g. `[lookups.license]`."""
    network: PortalNetwork = field(default_factory=PortalNetwork)
    known: Known = field(default_factory=Known)


def source_types() -> tuple[str, ...]:
    """Names of all source types: the modules in `spiders/`, without importing them."""
    folder = Path(__file__).parent / "spiders"
    return tuple(
        sorted(module.name for module in iter_modules([str(folder)]) if module.name[0] != "_")
    )


def read_portal(path: Path) -> PortalFile:
    """The portal file at `path`.

    Raises:
        PortalConfigError: unreadable, an unknown key, a missing or wrong value; in German, with
            file and key.
    """
    name = path.stem
    where = f"portals/{path.name}"
    if not _NAME.fullmatch(name):
        raise PortalConfigError(
            f"{where}: Der Dateiname darf nur Kleinbuchstaben, Ziffern und Bindestriche haben."
        )
    document = read_toml(path, where, PortalConfigError)
    if "name" in document:
        raise PortalConfigError(f"{where}: »name« ist der Dateiname; löschen Sie die Zeile.")
    portal = to_dataclass({"name": name, **document}, PortalFile, where, PortalConfigError)
    for complaint in _complaints(portal):
        raise PortalConfigError(f"{where}: {complaint}")
    if portal.network.ca_file is None:
        return portal
    # Relative to the working folder, wherever the command was started.
    ca_file = str((path.parent.parent / portal.network.ca_file).resolve())
    return replace(portal, network=replace(portal.network, ca_file=ca_file))


def read_portals(folder: Path) -> tuple[PortalFile, ...]:
    """All portal files in `folder`, by name.

    Raises:
        PortalConfigError: one of them cannot be used.
    """
    return tuple(read_portal(path) for path in sorted(folder.glob("*.toml")))


def _complaints(portal: PortalFile) -> list[str]:
    """German sentences: what cannot be right about this portal."""
    found = []
    if portal.source_type not in source_types():
        found.append(
            f"Der Quelltyp »{portal.source_type}« ist unbekannt. "
            f"Bekannt sind: {', '.join(source_types())}."
        )
    found += list(_url_complaints(portal.url))
    if portal.municipality is not None and portal.municipalities:
        found.append("Geben Sie »municipality« oder [municipalities] an, nicht beides.")
    keys = [portal.municipality] if portal.municipality else list(portal.municipalities.values())
    found += [
        f"»{key}« ist kein Gemeindeschlüssel (8 oder 12 Ziffern), Kreisschlüssel (5) "
        "oder Landesschlüssel (2)."
        for key in keys
        if not key.isdecimal() or not key.isascii() or len(key) not in _KEY_LENGTHS
    ]
    if not portal.enabled and not (portal.reason or "").strip():
        found.append("enabled = false braucht eine Begründung in »reason«.")
    if portal.known.confidence not in (None, *CONFIDENCE):
        found.append(f"[known] confidence ist eines von {', '.join(CONFIDENCE)}.")
    if not portal.network.respect_robots and not portal.network.reason:
        found.append("[network] respect_robots = false braucht eine Begründung in »reason«.")
    found += list(_lookup_complaints(portal.lookups))
    if portal.expect.datasets_min < 0:
        found.append("[expect] datasets_min darf nicht negativ sein.")
    return found


def _url_complaints(url: str) -> Iterator[str]:
    """What is wrong with a portal's address; a password in it is never repeated."""
    if len(url) > _URL_LENGTH_MAX:
        yield f"»url« ist länger als {_URL_LENGTH_MAX} Zeichen."
        return
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        yield f"»url« ist keine gültige Adresse: »{url.rpartition('@')[2]}«."
        return
    if parts.username is not None or parts.password is not None:
        yield (
            "»url« enthält Zugangsdaten. Sie stünden in Berichten und Protokollen; nehmen Sie sie "
            "aus der Adresse. Für ein Portal mit Anmeldung stehen sie in einer Umgebungsvariablen: "
            "DATENERNTE_AUTH_<PORTAL>."
        )
    elif names := secret_parameters(url):
        yield (
            f"»url« enthält mit »{names[0]}=…« wahrscheinlich Zugangsdaten. Sie stünden in "
            "Berichten und Protokollen; nehmen Sie sie aus der Adresse und geben Sie sie als "
            "Kopfzeile in der Umgebungsvariablen DATENERNTE_AUTH_<PORTAL> an."
        )
    elif not is_web:
        yield f"»url« muss mit http:// oder https:// beginnen, nicht »{url}«."


def _lookup_complaints(lookups: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What is wrong with `[lookups.*]`: a table that nobody reads, a value that means nothing."""
    if not lookups:
        return
    from datenernte_dcat.normalise.concepts import LOOKUP_TABLES, lookup_target

    for table, words in lookups.items():
        if table not in LOOKUP_TABLES:
            yield f"[lookups.{table}] gibt es nicht. Bekannt sind: {', '.join(LOOKUP_TABLES)}."
            continue
        for word, target in words.items():
            if lookup_target(table, target) is None:
                yield f"[lookups.{table}] »{word}«: »{target}« ist kein Wert der Liste."
