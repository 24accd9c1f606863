"""The files behind the simulated datasets, faultless or with one named vice."""

import io
import re
from collections.abc import Callable
from random import Random

from datenernte_harvester.simulator.catalogue import SimulatedFile
from datenernte_harvester.simulator.geodata import (
    broken_kml,
    cut_pdf,
    incomplete_timetable,
    swapped_geojson,
    torn_shapefile,
)

HEADER = ("Nr", "Bezeichnung", "Ortsteil", "Fläche", "Datum", "In Betrieb")
_DISTRICTS = ("Mitte", "Nord", "Süd", "Altstadt", "Am Weiher")
_ROWS = 40
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def rows(file: SimulatedFile) -> list[list[str]]:
    """The faultless rows of a file, as German offices write them."""
    random = Random(file.name)  # noqa: S311 - invented data, no secret
    return [
        [
            f"{number:04}",
            f"Objekt {number} »Straße {random.randint(1, 99)}«",
            random.choice(_DISTRICTS),
            f"{random.randint(10, 9999)},{random.randint(0, 9)}",
            f"{random.randint(1, 28):02}.{random.randint(1, 12):02}.{random.randint(1995, 2025)}",
            random.choice(("ja", "nein")),
        ]
        for number in range(1, _ROWS + 1)
    ]


def body(file: SimulatedFile) -> bytes:
    """The bytes of a file.

    Raises:
        KeyError: its vice is none of `VICES`.
    """
    if file.format == "XLSX":
        return _xlsx(rows(file), formula=file.vice == "formula")
    return VICES[file.vice](rows(file))


def _csv(lines: list[list[str]], encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    text = end.join(";".join(cells) for cells in [list(HEADER), *lines]) + end
    return text.encode(encoding, "replace")


def _with(lines: list[list[str]], row: int, column: int, value: str) -> list[list[str]]:
    changed = [list(cells) for cells in lines]
    changed[row][column] = value
    return changed


def _clean(lines: list[list[str]]) -> bytes:
    return _csv(lines)


def _cp1252(lines: list[list[str]]) -> bytes:
    return _csv(lines, "cp1252")


def _utf16(lines: list[list[str]]) -> bytes:
    return _csv(lines, "utf-16")


def _mojibake(lines: list[list[str]]) -> bytes:
    return _csv(lines).decode("utf-8").encode("utf-8").decode("cp1252", "replace").encode("utf-8")


def _ragged(lines: list[list[str]]) -> bytes:
    changed = [list(cells) for cells in lines]
    changed[4] = changed[4][:3]
    changed[9] = [*changed[9], "zu viel", "noch mehr"]
    return _csv(changed)


def _blank_rows(lines: list[list[str]]) -> bytes:
    return _csv([*lines[:5], [], *lines[5:], [], []])


def _bad_cells(lines: list[list[str]]) -> bytes:
    return _csv(_with(_with(lines, 6, 3, "unbekannt"), 11, 4, "31.02.2024"))


def _title_rows(lines: list[list[str]]) -> bytes:
    return (
        b"Verzeichnis der Objekte;;;;;\r\nStand: 31.12.2024;;;;;\r\n\r\n"
        + _csv(lines)
        + "Insgesamt;;;1.234,5;;\r\n© Markt Probstadt, Quelle: Bauamt;;;;;\r\n".encode()
    )


def _duplicate_header(lines: list[list[str]]) -> bytes:
    header = "Nr;Bezeichnung;Bezeichnung;Fläche;;In Betrieb\r\n"
    return header.encode() + _csv(lines).split(b"\r\n", 1)[1]


def _mixed_dates(lines: list[list[str]]) -> bytes:
    return _csv(_with(_with(lines, 2, 4, "2024-05-06"), 3, 4, "7/31/2023"))


def _empty(lines: list[list[str]]) -> bytes:
    return b""


def _html(lines: list[list[str]]) -> bytes:
    return (
        b"<!DOCTYPE html><html lang=de><head><title>Anmeldung</title></head>"
        b"<body><h1>Bitte melden Sie sich an</h1><form></form></body></html>"
    )


def _binary(lines: list[list[str]]) -> bytes:
    return Random(7).randbytes(2000)  # noqa: S311 - invented data, no secret


def _formulas(lines: list[list[str]]) -> bytes:
    return _csv(_with(_with(lines, 5, 3, "=SUMME(D2:D6)"), 7, 3, "#BEZUG!"))


def _personal(lines: list[list[str]]) -> bytes:
    changed = _with(lines, 3, 1, "Auskunft: erika.mustermann@example.org")
    return _csv(_with(changed, 8, 1, "0171 1234567"))


def _swapped(lines: list[list[str]]) -> bytes:
    """Latitude and longitude, in one row the other way round, in another nowhere."""
    header = [*HEADER, "Breite", "Länge"]
    rows = [[*cells, f"48,{1000 + n}", f"11,{5000 + n}"] for n, cells in enumerate(lines)]
    rows[5][-2:] = ["11,5006", "48,1006"]
    rows[9][-2:] = ["0", "0"]
    text = "\r\n".join(";".join(cells) for cells in [header, *rows]) + "\r\n"
    return text.encode()


def _lost_zeros(lines: list[list[str]]) -> bytes:
    header = ["AGS", *HEADER[1:]]
    rows = [[f"{9_162_000 + n}", *cells[1:]] for n, cells in enumerate(lines)]
    return ("\r\n".join(";".join(cells) for cells in [header, *rows]) + "\r\n").encode()


def _glued(lines: list[list[str]]) -> bytes:
    return _csv([*lines[:10], [*lines[10], *lines[11]], *lines[12:]])


def _inner_sums(lines: list[list[str]]) -> bytes:
    total = ["Summe", "", "", "12345,6", "", ""]
    return _csv([*lines[:20], total, *lines[20:]])


def _trailing(lines: list[list[str]]) -> bytes:
    return _csv([[*cells, ""] for cells in lines])


VICES: dict[str, Callable[[list[list[str]]], bytes]] = {
    "clean": _clean,
    "formula": _clean,
    "cp1252": _cp1252,
    "mojibake": _mojibake,
    "ragged": _ragged,
    "blank-rows": _blank_rows,
    "bad-cells": _bad_cells,
    "title-rows": _title_rows,
    "duplicate-header": _duplicate_header,
    "empty": _empty,
    "html": _html,
    "formulas": _formulas,
    "personal": _personal,
    "swapped": _swapped,
    "utf16": _utf16,
    "mixed-dates": _mixed_dates,
    "binary": _binary,
    "geojson-swapped": swapped_geojson,
    "shapefile-torn": torn_shapefile,
    "gtfs-incomplete": incomplete_timetable,
    "pdf-cut": cut_pdf,
    "kml-broken": broken_kml,
    "lost-zeros": _lost_zeros,
    "glued": _glued,
    "inner-sums": _inner_sums,
    "trailing": _trailing,
}
"""What can be wrong with a file; `formula` concerns sheets only. A small portal shows the first."""

_KINDS = {
    "geojson-swapped": ("GeoJSON", ".geojson"),
    "shapefile-torn": ("SHP", ".zip"),
    "gtfs-incomplete": ("GTFS", ".zip"),
    "pdf-cut": ("PDF", ".pdf"),
    "kml-broken": ("KML", ".kml"),
}


OTHER_KINDS = tuple(_KINDS)
"""Vices of files that are no tables."""


def spoiled(vice: str, number: int) -> SimulatedFile:
    """The file with a vice, in the format that can have it."""
    kind, ending = _KINDS.get(vice, ("CSV", ".csv"))
    return SimulatedFile(name=f"{vice}-{number}{ending}", format=kind, vice=vice)


def _xlsx(lines: list[list[str]], *, formula: bool) -> bytes:
    """A workbook of one sheet; its dates and zip entries carry a fixed time."""
    from datetime import datetime
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    from openpyxl import Workbook

    workbook = Workbook()
    workbook.properties.created = workbook.properties.modified = datetime(2025, 1, 1)
    sheet = workbook.worksheets[0]
    sheet.append(list(HEADER))
    for cells in lines:
        sheet.append(cells)
    if formula:
        sheet.cell(row=3, column=4).value = "=1+1"
    raw = io.BytesIO()
    workbook.save(raw)
    fixed = io.BytesIO()
    with ZipFile(raw) as source, ZipFile(fixed, "w", ZIP_DEFLATED) as target:
        for entry in source.infolist():
            # Saving writes the time of saving into the properties, whatever was set before.
            part = _TIME.sub(b"2025-01-01T00:00:00Z", source.read(entry))
            target.writestr(ZipInfo(entry.filename, (2025, 1, 1, 0, 0, 0)), part)
    return fixed.getvalue()
