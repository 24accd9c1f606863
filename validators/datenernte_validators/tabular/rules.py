"""What makes the content of a cell or a column doubtful, whatever its schema says.

Pure rules over text; `observations` reports them for whole tables, `checks` offers them to every
user of Frictionless. Mojibake is in `encoding`, sums in `totals`, types in `inference`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from datenernte_validators.files.places import GERMANY, Box, system_of

ERROR_VALUES = frozenset(
    {"#N/A", "#NV", "#NULL!", "#DIV/0!", "#WERT!", "#VALUE!", "#BEZUG!", "#REF!", "#NAME?"}
    | {"#ZAHL!", "#NUM!", "#ÜBERLAUF!", "#SPILL!", "#CALC!", "#KALK!", "Err:502", "Err:508"}
)
"""What spreadsheets show in place of a result."""
_FORMULA = re.compile(r"=\s*[A-ZÄÖÜa-zäöü_.]*[(\[$]|=\s*[+-]?\$?[A-Z]{1,3}\$?[0-9]+(?:[^\w]|$)")
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_OFFICE = re.compile(
    r"(?:info|mail|post|poststelle|kontakt|contact|service|office|rathaus|stadt|gemeinde|markt|"
    r"verwaltung|buero|büro|sekretariat|leitung|verein|vorstand|redaktion|webmaster|presse|"
    r"opendata|open-data|geodaten|statistik|schule|kita|kiga|kindergarten|bibliothek|buecherei|"
    r"museum|tourist|touristinfo|anmeldung|no-?reply|amt|bauamt|ordnungsamt|[a-z]*amt)[\w.-]*",
    re.IGNORECASE,
)
"""Mailboxes of bodies, which are nobody's personal data."""
_PHONE = re.compile(r"(?:\+49|0049|0)[ /()-]*[1-9][0-9 /()-]{5,18}[0-9]")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")

_CONTACT_NAME = re.compile(
    r"mail|kontakt|contact|telefon|(?:^|[\W_])tel|fax|mobil|handy|phone|rufnummer|hotline|"
    r"erreichbar|ansprechpartner|iban|bank|konto|url|web|internet|homepage|link",
    re.IGNORECASE,
)
"""Columns of which everybody knows that they hold such things."""

PersonalKind = Literal["email", "phone", "iban"]


def is_contact_column(name: str) -> bool:
    """Whether a column says by its name that it holds ways to reach somebody."""
    return _CONTACT_NAME.search(name) is not None


def personal_data(text: str) -> PersonalKind | None:
    """What in a text looks like personal data: a person's mail address, a phone number, an IBAN."""
    if "@" in text:
        match = _EMAIL.search(text)
        if match is not None and not _OFFICE.fullmatch(match[1]):
            return "email"
    iban = _IBAN.search(text) if len(text) >= 15 else None
    if iban is not None and _is_iban(iban[0]):
        return "iban"
    if _PHONE.fullmatch(text.strip()) and 8 <= sum(c.isdigit() for c in text) <= 15:
        separators = sum(c in " /()-" for c in text.strip())
        if separators or text.strip().startswith(("+49", "0049")):
            return "phone"
    return None


def suspect(text: str) -> str | None:
    """Why a cell is doubtful by itself: `email`, `phone`, `iban`, `formula` or `error`.

    Asked of every different text of a table, so the cheap questions come first.
    """
    start = text[:1]
    if start == "=":
        return "formula" if is_formula(text) else None
    if start in ("#", "E") and is_error_value(text):
        return "error"
    if "@" in text or start in ("0", "+") or (len(text) >= 15 and text[2:4].isdigit()):
        return personal_data(text)
    return None


def _is_iban(text: str) -> bool:
    """The check digits. Source: ISO 13616, ISO 7064 (mod 97-10)."""
    code = text.replace(" ", "")
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def is_formula(text: str) -> bool:
    """Whether a cell holds a formula in place of its result."""
    return text[:1] == "=" and _FORMULA.match(text) is not None


def is_error_value(text: str) -> bool:
    """Whether a spreadsheet could not compute the cell."""
    return text[:1] in ("#", "E") and text.strip() in ERROR_VALUES


_LATITUDE = re.compile(
    r"(?:^|[\W_])(?:geo[\W_]?)?(?:lat|latitude|breite|breitengrad|y_?wgs84|wgs84_?y|ygcswgs84)(?:$|[\W_])",
    re.IGNORECASE,
)
_LONGITUDE = re.compile(
    r"(?:^|[\W_])(?:geo[\W_]?)?(?:lon|lng|long|longitude|länge|laenge|längengrad|laengengrad|"
    r"x_?wgs84|wgs84_?x|xgcswgs84)(?:$|[\W_])",
    re.IGNORECASE,
)


def coordinate_columns(names: Iterable[str]) -> tuple[int, int] | None:
    """Columns of latitude and longitude, from 0; None unless there is exactly one of each."""
    listed = list(names)
    latitudes = [k for k, name in enumerate(listed) if _LATITUDE.search(name)]
    longitudes = [k for k, name in enumerate(listed) if _LONGITUDE.search(name)]
    if len(latitudes) == len(longitudes) == 1 and latitudes != longitudes:
        return latitudes[0], longitudes[0]
    return None


@dataclass(slots=True)
class Places:
    """What a table's coordinates show, pair by pair."""

    box: Box = GERMANY
    """Where they should lie."""
    swapped: int = 0
    outside: int = 0
    projected: int = 0
    total: int = 0
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Kind of fault → row and values of the first."""

    def add(self, row: int, latitude: float, longitude: float) -> None:
        """Judge one pair, in degrees as the columns claim."""
        self.total += 1
        if self.box.holds(longitude, latitude):
            return
        if GERMANY.holds(latitude, longitude):
            kind = "swapped"
        elif system_of(longitude, latitude) or system_of(latitude, longitude):
            kind = "projected"
        else:
            kind = "outside"
        setattr(self, kind, getattr(self, kind) + 1)
        self.first.setdefault(kind, (row, f"{latitude:g} / {longitude:g}"))


def number_of(cell: object) -> float | None:
    """A coordinate or another plain number in a cell, with point or comma."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return float(str(cell).strip().replace(",", "."))
    except ValueError:
        return None
