"""`municipalities.toml`: who the municipalities are, beside `datenernte.toml`."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from datenernte_dcat.errors import ConfigError, StoreError, os_reason
from datenernte_dcat.municipalities import CAN_BE_UNVERIFIED, Municipality
from datenernte_dcat.vocabulary import is_area_key
from datenernte_harvester.toml_table import read_toml, to_dataclass

FILE_NAME = "municipalities.toml"
KEY_LENGTHS = (2, 5, 8)
"""Land, district, municipality: the keys that the site has folders for."""
_HEADER = """\
# Kommunen: amtlicher Schlüssel, Name, Art, Einwohner mit Stichtag, Lage (Grad, WGS 84).
# »datenernte municipalities import DATEI« übernimmt die Werte des amtlichen Gemeindeverzeichnisses;
# was in »unverified« steht, stammt aus keiner amtlichen Quelle.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Document:
    """What the file may say beside its entries."""

    municipality: tuple[Municipality, ...] = ()
    """Read one by one, so that a message can name the entry."""


def read_municipalities(folder: Path) -> dict[str, Municipality]:
    """Key → municipality of the working folder `folder`, by key; empty where there is no file.

    Raises:
        ConfigError: unreadable, an unknown key (the message names the nearest), a missing or
            wrong value; in German, with file and entry.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return {}
    document = read_toml(path, FILE_NAME, ConfigError)
    entries = document.pop("municipality", [])
    to_dataclass(document, _Document, FILE_NAME, ConfigError)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{FILE_NAME}: Jede Kommune beginnt mit der Zeile [[municipality]].")
    found: dict[str, Municipality] = {}
    for number, entry in enumerate(entries, start=1):
        municipality = _municipality(entry, number)
        if municipality.key in found:
            raise ConfigError(f"{FILE_NAME}: Den Schlüssel »{municipality.key}« gibt es zweimal.")
        found[municipality.key] = municipality
    return dict(sorted(found.items()))


def _municipality(entry: dict[str, object], number: int) -> Municipality:
    key = entry.get("key")
    where = (
        f"{FILE_NAME} [[municipality]] {f'»{key}«' if isinstance(key, str) else f'Nr. {number}'}"
    )
    municipality = to_dataclass(entry, Municipality, where, ConfigError)
    for complaint in _complaints(municipality):
        raise ConfigError(f"{where}: {complaint}")
    return municipality


def _complaints(municipality: Municipality) -> Iterator[str]:
    key = municipality.key
    if not is_area_key(key) or len(key) not in KEY_LENGTHS:
        yield (
            f"»key« ist kein Gemeindeschlüssel (8 Ziffern), Kreisschlüssel (5) oder "
            f"Landesschlüssel (2): »{key}«."
        )
    if municipality.population is not None and municipality.population < 0:
        yield "»population« darf nicht negativ sein."
    if (municipality.population is None) != (municipality.population_date is None):
        yield "»population« und »population_date« gehören zusammen: Geben Sie beide an oder keines."
    if (municipality.lon is None) != (municipality.lat is None):
        yield "»lon« und »lat« gehören zusammen: Geben Sie beide an oder keines."
    if municipality.lon is not None and not -180 <= municipality.lon <= 180:
        yield "»lon« liegt nicht zwischen -180 und 180 Grad."
    if municipality.lat is not None and not -90 <= municipality.lat <= 90:
        yield "»lat« liegt nicht zwischen -90 und 90 Grad."
    if municipality.area_km2 is not None and not 0 <= municipality.area_km2 < 1e6:
        yield "»area_km2« ist keine Fläche in Quadratkilometern."
    for name in municipality.unverified:
        if name not in CAN_BE_UNVERIFIED:
            yield f"»unverified« nennt »{name}«; möglich sind: {', '.join(CAN_BE_UNVERIFIED)}."


def write_municipalities(folder: Path, municipalities: Iterable[Municipality]) -> Path:
    """Replace the file of `folder` in one step; the comments at its beginning stay.

    Raises:
        StoreError: the folder cannot be written; the old file stands then.
    """
    path = folder / FILE_NAME
    ordered = sorted(municipalities, key=lambda municipality: municipality.key)
    text = "\n".join([_beginning(path), *map(_entry, ordered)])
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix=f".{FILE_NAME}.", dir=folder, delete=False
        ) as file:
            written = Path(file.name)
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                written.chmod(mode)
                written.replace(path)
            except OSError:
                written.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise StoreError(f"»{path}« lässt sich nicht schreiben ({os_reason(error)}).") from error
    return path


def _beginning(path: Path) -> str:
    """The comment lines that the file begins with; ours where there are none."""
    if not path.exists():
        return _HEADER
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            break
        kept.append(line)
    text = "\n".join(kept).strip("\n")
    return f"{text}\n" if text else _HEADER


def _entry(municipality: Municipality) -> str:
    lines = ["[[municipality]]"]
    for field in fields(Municipality):
        value = getattr(municipality, field.name)
        if value is not None and value != ():
            lines.append(f"{field.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # TOML's basic strings and numbers are JSON's, but for DEL, which it wants escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
