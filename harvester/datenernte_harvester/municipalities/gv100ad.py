"""GV100AD: the official directory as a text file of fixed columns."""

import re

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.municipalities.rows import Content, DirectoryRow, day_of

_LINE = re.compile(r"(?:10|20|30|40|50|60)\d{8}\d\d")


def read_text(body: bytes, where: str) -> Content:
    """The rows of a file.

    Args:
        where: how messages name it.

    Raises:
        ConfigError: it has another layout; German, with the line.
    """
    lines = [line for line in _decoded(body).splitlines() if line.strip("\x1a \t")]
    if not lines or not _LINE.match(lines[0]):
        raise ConfigError(
            f"»{where}« ist kein Gemeindeverzeichnis, das datenernte kennt: weder die Textdatei "
            "GV100AD (feste Spalten, Satzarten 10 bis 60) noch die Arbeitsmappe AuszugGV (XLSX)."
        )
    rows = []
    for number, line in enumerate(lines, start=1):
        if not _LINE.match(line):
            raise ConfigError(
                f"»{where}«, Zeile {number}: Hier beginnt kein Satz der Arten 10 bis 60 mit "
                "Gebietsstand und Schlüssel; die Datei ist beschädigt oder hat einen anderen Aufbau."
            )
        row = _text_row(line, f"»{where}«, Zeile {number}")
        if row is not None:
            rows.append(row)
    as_of = day_of(lines[0][8:10], lines[0][6:8], lines[0][2:6])
    if as_of is None:
        raise ConfigError(f"»{where}«, Zeile 1: »{lines[0][2:10]}« ist kein Gebietsstand.")
    # the yearly edition counts the people of its own day; the others of an earlier one
    counted = as_of if (as_of.month, as_of.day) == (12, 31) else None
    return Content(layout="GV100AD", as_of=as_of, counted=counted, rows=tuple(rows))


def _decoded(body: bytes) -> str:
    """The text: UTF-8, else Windows; the oldest editions are in the code page of DOS."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("cp850")


def _text_row(line: str, where: str) -> DirectoryRow | None:
    """The row in a line of GV100AD; None for levels that are not asked for.

    Columns, from 1: 1–2 Satzart, 3–10 Gebietsstand, 11–12 Land, 13 Regierungsbezirk, 14–15 Kreis,
    16–18 Gemeinde, 19–22 Gemeindeverband, 23–72 name, 123–124 Textkennzeichen, 129–139 area in
    hectares, 140–150 population, 166–170 postcode.
    """
    level = int(line[:2])
    if level not in (10, 40, 60):
        return None
    key = line[10 : {10: 12, 40: 15, 60: 18}[level]]
    name = line[22:72].strip()
    if not key.isdecimal() or not name:
        raise ConfigError(f"{where}: Schlüssel oder Name fehlt.")
    kind = line[122:124].strip()
    numbers = {"area": line[128:139].strip(), "population": line[139:150].strip()}
    if any(text and not text.isdecimal() for text in (kind, *numbers.values())):
        raise ConfigError(
            f"{where}: Textkennzeichen, Fläche oder Bevölkerung ist keine Zahl; die Datei hat "
            "einen anderen Aufbau als GV100AD."
        )
    is_municipality = level == 60
    postcode = line[165:170].strip()
    return DirectoryRow(
        level=level,
        key=key,
        kind=int(kind) if kind else None,
        name=name,
        area_km2=int(numbers["area"]) / 100 if is_municipality and numbers["area"] else None,
        population=(
            int(numbers["population"]) if is_municipality and numbers["population"] else None
        ),
        postcode=postcode if is_municipality and re.fullmatch(r"\d{5}", postcode) else None,
    )
