"""What both forms of the official directory are read into."""

from dataclasses import dataclass
from datetime import date

LEVELS = (10, 20, 30, 40, 50, 60)
"""Satzart: Land, Regierungsbezirk, Region, Kreis, Gemeindeverband, Gemeinde."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryRow:
    """One unit of the directory, as either form has it."""

    level: int
    """Satzart."""
    key: str
    kind: int | None
    """Textkennzeichen."""
    name: str
    area_km2: float | None = None
    population: int | None = None
    postcode: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a file says."""

    layout: str
    """GV100AD or AuszugGV."""
    as_of: date
    """The day of the areas."""
    counted: date | None
    """The day of the population; None where the file does not tell it."""
    rows: tuple[DirectoryRow, ...]


def day_of(day: str, month: str, year: str) -> date | None:
    """The day that three texts of digits name; None where there is none."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
