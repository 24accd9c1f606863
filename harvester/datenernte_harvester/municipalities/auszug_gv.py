"""AuszugGV: the official directory as a workbook."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.municipalities.rows import LEVELS, Content, DirectoryRow, day_of

_DATE = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")

_PARTS = (("land", 2), ("rb", 1), ("kreis", 2), ("vb", 4), ("gem", 3))
"""Headings of the columns of the key, and their digits."""
_COLUMNS = {
    "level": r"satzart",
    "kind": r"textkennzeichen",
    "name": r"gemeindename|bezeichnung|name",
    "area_km2": r"fläche.*",
    "population": r"bevölkerung.*insgesamt",
    "postcode": r"postleitzahl.*|plz.*",
    "lon": r".*längengrad",
    "lat": r".*breitengrad",
}
"""Field → what the heading of its column says, without blanks, hyphens and footnotes."""
_REQUIRED = {
    "level": "Satzart",
    "kind": "Textkennzeichen",
    "name": "Gemeindename",
    "population": "Bevölkerung insgesamt",
}
_HEADER_ROWS_MAX = 12


def read_workbook(path: Path) -> Content:
    """The rows of a workbook.

    Raises:
        ConfigError: it has another layout; German, with sheet and row.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets = {
                name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in workbook.sheet_names
            }
    except CalamineError as error:
        raise ConfigError(
            f"»{path}« ist keine lesbare Arbeitsmappe (XLSX). Ein ZIP-Archiv entpacken Sie bitte "
            "vorher; gebraucht wird die Datei GV100AD oder die Arbeitsmappe darin."
        ) from error
    for name, cells in sheets.items():
        heading = _heading_rows(cells)
        if heading is None:
            continue
        where = f"»{path}«, Blatt »{name}«"
        columns = _columns(cells[heading[0] : heading[1]], where)
        rows = list(_sheet_rows(cells, heading[1], columns, where))
        words = [str(cell) for table in sheets.values() for row in table for cell in row if cell]
        as_of = _told_day(words, "gebietsstand") or _day_of_sheet(name)
        if as_of is None:
            raise ConfigError(f"»{path}« nennt keinen Gebietsstand (Gebietsstand: TT.MM.JJJJ).")
        counted = _told_day(words, "bevölkerung")
        return Content(layout="AuszugGV", as_of=as_of, counted=counted, rows=tuple(rows))
    raise ConfigError(
        f"»{path}« ist keine Arbeitsmappe des Gemeindeverzeichnisses: Kein Blatt hat die Spalten "
        "Land, RB, Kreis, VB und Gem des Regionalschlüssels."
    )


def _heading_rows(cells: Sequence[Sequence[object]]) -> tuple[int, int] | None:
    """First row of the heading and the row behind it, which holds the first data."""
    wanted = [name for name, _ in _PARTS]
    first = None
    for number, row in enumerate(cells[:_HEADER_ROWS_MAX]):
        words = [_heading(cell) for cell in row]
        if first is None and "satzart" in words:
            first = number
        if all(word in words for word in wanted):
            return (number if first is None else first), number + 1
    return None


def _columns(heading: Sequence[Sequence[object]], where: str) -> dict[str, int]:
    """Field or part of the key → its column, by the words above it.

    A heading over several columns stands in the first of them; the lowest row tells them apart.
    """
    width = max(map(len, heading))
    rows = [[*map(_heading, row)] + [""] * (width - len(row)) for row in heading]
    texts = [""] * width
    for row in rows:
        group = ""
        for column, word in enumerate(row):
            group = word or group
            texts[column] += word or (group if rows[-1][column] else "")
    columns = {name: rows[-1].index(name) for name, _ in _PARTS}
    for field, pattern in _COLUMNS.items():
        fitting = [column for column, text in enumerate(texts) if re.fullmatch(pattern, text)]
        if fitting:
            columns[field] = fitting[0]
        elif field in _REQUIRED:
            raise ConfigError(f"{where}: Die Spalte »{_REQUIRED[field]}« fehlt oder heißt anders.")
    return columns


def _heading(cell: object) -> str:
    """The words of a heading in lower case, without blanks, hyphens, footnotes and units."""
    text = re.sub(r"\d\)|km[²2]$|-\s*\n?", "", str(cell or "").strip())
    return re.sub(r"[^a-zäöüß]", "", text.casefold())


def _sheet_rows(
    cells: Sequence[Sequence[object]], first: int, columns: Mapping[str, int], where: str
) -> Iterator[DirectoryRow]:
    for number, row in enumerate(cells[first:], start=first + 1):
        values = {
            name: _text(row[column]) if column < len(row) else ""
            for name, column in columns.items()
        }
        if not values["level"].isdecimal() or int(values["level"]) not in LEVELS:
            continue  # headings, empty rows and footnotes
        level = int(values["level"])
        if level not in (10, 40, 60):
            continue
        parts = {name: values[name].zfill(digits) for name, digits in _PARTS}
        wanted = {10: ("land",), 40: ("land", "rb", "kreis"), 60: ("land", "rb", "kreis", "gem")}
        key = "".join(parts[name] for name in wanted[level])
        if not key.isdecimal() or not values["name"] or len(key) != {10: 2, 40: 5, 60: 8}[level]:
            raise ConfigError(f"{where}, Zeile {number}: Schlüssel oder Name fehlt.")
        try:
            yield _sheet_row(level, key, values)
        except ValueError as error:
            raise ConfigError(f"{where}, Zeile {number}: {error}") from error


def _sheet_row(level: int, key: str, values: Mapping[str, str]) -> DirectoryRow:
    """A row of the sheet.

    Raises:
        ValueError: a value is no number; German sentence.
    """
    kind = values["kind"]
    if level != 60:
        return DirectoryRow(
            level=level, key=key, kind=int(kind) if kind.isdecimal() else None, name=values["name"]
        )
    people = _number(values["population"], "Bevölkerung")
    lon = _number(values.get("lon", ""), "Längengrad")
    lat = _number(values.get("lat", ""), "Breitengrad")
    if lon is not None and lat is not None and not (5 <= lon <= 16 and 46 <= lat <= 56):
        raise ValueError(f"Die Koordinaten {lon}, {lat} liegen nicht in Deutschland.")
    postcode = values.get("postcode", "").zfill(5)
    return DirectoryRow(
        level=level,
        key=key,
        kind=int(kind) if kind.isdecimal() else None,
        name=values["name"],
        area_km2=_number(values.get("area_km2", ""), "Fläche"),
        population=None if people is None else int(people),
        postcode=postcode if re.fullmatch(r"\d{5}", postcode) and postcode != "00000" else None,
        lon=None if lat is None else lon,
        lat=None if lon is None else lat,
    )


def _text(cell: object) -> str:
    """The cell as text; a whole number without its decimal point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _number(text: str, what: str) -> float | None:
    """A number in German or plain spelling; None for an empty cell.

    Raises:
        ValueError: it is none; German sentence.
    """
    if text in ("", "-", "–", "."):
        return None
    plain = re.sub(r"[\s\u202f]", "", text)
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"-?\d+(\.\d+)?", plain):
        raise ValueError(f"»{text}« ist keine Zahl ({what}).")
    return float(plain)


def _told_day(words: Iterable[str], subject: str) -> date | None:
    """The day that a text names behind `subject`; None where none or several are named."""
    found = set()
    for text in words:
        for match in re.finditer(subject + r"[^.]{0,80}?" + _DATE.pattern, text.casefold()):
            found.add(day_of(match[1], match[2], match[3]))
    return found.pop() if len(found) == 1 else None


def _day_of_sheet(name: str) -> date | None:
    """The day at the end of a sheet's name: »Onlineprodukt_Gemeinden31122024«."""
    match = re.search(r"(\d\d)(\d\d)(\d{4})$", name)
    return None if match is None else day_of(match[1], match[2], match[3])
