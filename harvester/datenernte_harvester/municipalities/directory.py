"""The official municipality directory of Germany: reads what Destatis publishes.

Two forms are known: GV100AD, a text file of fixed columns, and its extract »AuszugGV«, a workbook.
Both are read by their own layout; a file that has another one is refused, never guessed at.

Districts (Satzart 40) and Länder (Satzart 10) have no population of their own in the files: theirs
is the sum of their municipalities. A kreisfreie Stadt is a municipality here, not a district.

Source: https://www.destatis.de/DE/Themen/Laender-Regionen/Regionales/Gemeindeverzeichnis/
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from datenernte_dcat.errors import ConfigError, os_reason
from datenernte_dcat.municipalities import Municipality
from datenernte_harvester.municipalities.auszug_gv import read_workbook
from datenernte_harvester.municipalities.gv100ad import read_text
from datenernte_harvester.municipalities.rows import DirectoryRow

_KINDS = {
    41: "Kreisfreie Stadt",
    42: "Stadtkreis",
    43: "Kreis",
    44: "Landkreis",
    45: "Regionalverband",
    60: "Markt",
    61: "Kreisfreie Stadt",
    62: "Stadtkreis",
    63: "Stadt",
    64: "Gemeinde",
    65: "Gemeindefreies Gebiet",
    66: "Gemeindefreies Gebiet",
    67: "Große Kreisstadt",
}
"""Textkennzeichen → kind."""
_CITY_DISTRICTS = (41, 42)
_NOBODYS = (65, 66)
"""Areas that belong to no municipality."""
_KIND_IN_NAME = re.compile(r",\s*(?:St|M|GKSt|Markt|Flecken|[^,]*stadt[^,]*)$", re.IGNORECASE)
"""»Aindling, M«, »Flensburg, Stadt«, »München, Landeshauptstadt«: the kind is told elsewhere."""
_MAX_BYTES = 60_000_000
"""The whole directory has about 4 MB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """What a file of the official directory says."""

    layout: str
    """GV100AD or AuszugGV."""
    as_of: date
    """The day whose areas it describes (Gebietsstand)."""
    municipalities: tuple[Municipality, ...]
    """By key; only the fields that the file has are set."""
    skipped: int
    """Areas that belong to no municipality (gemeindefreie Gebiete)."""


def read_directory(path: Path, population_date: date | None = None) -> Directory:
    """The directory in the file at `path`.

    Args:
        population_date: the day of the population, where the file does not say it.

    Raises:
        ConfigError: unreadable, of another layout, or it does not say the day of the population;
            in German, with line or column.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"»{path}« ist zu groß für ein Gemeindeverzeichnis.")
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"»{path}« ist nicht lesbar ({os_reason(error)}).") from error
    content = read_workbook(path) if zipfile.is_zipfile(path) else read_text(body, str(path))
    rows, as_of = content.rows, content.as_of
    counted = population_date or content.counted
    if counted is None and any(row.population is not None for row in rows):
        raise ConfigError(
            f"»{path}« sagt nicht, für welchen Tag die Einwohnerzahlen gelten (Gebietsstand "
            f"{as_of:%d.%m.%Y}). Der Tag steht in der Beschreibung der Datei; geben Sie ihn mit "
            "--population-date an, zum Beispiel --population-date 2024-12-31."
        )
    municipalities = tuple(sorted(_municipalities(rows, counted), key=lambda one: one.key))
    if not any(len(one.key) == 8 for one in municipalities):
        raise ConfigError(f"In »{path}« steht keine Gemeinde (Satzart 60).")
    return Directory(
        layout=content.layout,
        as_of=as_of,
        municipalities=municipalities,
        skipped=sum(row.kind in _NOBODYS for row in rows),
    )


def _municipalities(rows: Iterable[DirectoryRow], counted: date | None) -> Iterator[Municipality]:
    """The municipalities, and districts and Länder with the sums over theirs."""
    people: dict[str, int] = defaultdict(int)
    areas: dict[str, float] = defaultdict(float)
    complete: dict[str, bool] = defaultdict(lambda: True)
    larger: list[DirectoryRow] = []
    for row in rows:
        if row.level == 60:
            for key in (row.key[:2], row.key[:5]):
                people[key] += row.population or 0
                areas[key] += row.area_km2 or 0.0
                complete[key] &= row.population is not None and row.area_km2 is not None
            if row.kind not in _NOBODYS:
                yield _municipality(row, counted)
        elif row.level == 10 or (row.level == 40 and row.kind not in _CITY_DISTRICTS):
            larger.append(row)
    for row in larger:
        if row.key in people and complete[row.key]:
            row = replace(row, population=people[row.key], area_km2=areas[row.key])
        yield _municipality(row, counted)


def _municipality(row: DirectoryRow, counted: date | None) -> Municipality:
    kind = "Land" if row.level == 10 else "" if row.kind is None else _KINDS.get(row.kind, "")
    if not kind:
        kind = "Kreis" if row.level == 40 else "Gemeinde"
    return Municipality(
        key=row.key,
        name=_KIND_IN_NAME.sub("", row.name),
        type=kind,
        population=row.population,
        population_date=None if row.population is None else counted,
        area_km2=None if row.area_km2 is None else round(row.area_km2, 2),
        postcode=row.postcode,
        lon=row.lon,
        lat=row.lat,
    )
