"""Files that are zip archives of known parts: shapefiles and GTFS."""

import csv
import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.workbook import DAMAGE, WorkbookError, weigh_entries

_HEADER_BYTES = 1_000_000
GTFS_COLUMNS = {
    "agency.txt": {"agency_name", "agency_url", "agency_timezone"},
    "stops.txt": {"stop_id"},
    "routes.txt": {"route_id", "route_type"},
    "trips.txt": {"route_id", "service_id", "trip_id"},
    "stop_times.txt": {"trip_id", "stop_sequence"},
}
"""Files that every feed has, and their required columns; a calendar comes in two forms.

Source: https://gtfs.org/documentation/schedule/reference/ (2024)
"""
_CALENDARS = ("calendar.txt", "calendar_dates.txt")


def check_archive(path: Path, kind: str, subject: str, limits: Limits) -> Iterator[Finding]:
    """What is wrong with a shapefile or a GTFS feed in an archive.

    Args:
        kind: `shp` or `gtfs`; of others only that the archive can be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            weigh_entries(entries, limits)
            if kind == "shp":
                yield from _shapefile(archive, entries, subject)
            elif kind == "gtfs":
                yield from _gtfs(archive, entries, subject)
    except WorkbookError as error:
        yield finding(error.code, subject=subject, detail=error.detail)
    except DAMAGE as error:
        yield finding("table-unreadable", subject=subject, detail=str(error)[:200])


def _shapefile(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], subject: str
) -> Iterator[Finding]:
    """`shapefile-part-missing`, `shapefile-broken`, `geo-no-system` and `geo-empty`.

    Source: ESRI Shapefile Technical Description, 1998
    """
    by_name = {e.filename.lower(): e for e in entries}
    for name, entry in by_name.items():
        if not name.endswith(".shp") or name.startswith("__macosx/"):
            continue
        stem, shown = name[:-4], PurePosixPath(entry.filename).name
        missing = [end for end in (".shx", ".dbf") if stem + end not in by_name]
        if missing:
            parts = ", ".join(missing)
            yield finding("shapefile-part-missing", subject=subject, value=shown, detail=parts)
        if stem + ".prj" not in by_name:
            yield finding("geo-no-system", subject=subject, value=shown)
        with archive.open(entry) as part:
            head = part.read(100)
        if (
            len(head) < 100
            or struct.unpack(">i", head[:4])[0] != 9994
            or struct.unpack(">i", head[24:28])[0] * 2 != entry.file_size
        ):
            yield finding("shapefile-broken", subject=subject, value=shown)
        elif entry.file_size == 100:
            yield finding("geo-empty", subject=subject, format="Shapefile")


def _gtfs(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], subject: str
) -> Iterator[Finding]:
    """`gtfs-file-missing`, `gtfs-column-missing` and `gtfs-file-empty`."""
    by_name = {PurePosixPath(e.filename).name.lower(): e for e in entries}
    if any("/" in e.filename for e in entries if e.filename.endswith("stops.txt")):
        yield finding("gtfs-folder", subject=subject)
    for name, required in GTFS_COLUMNS.items():
        entry = by_name.get(name)
        if entry is None:
            yield finding("gtfs-file-missing", subject=subject, value=name)
            continue
        with archive.open(entry) as part:
            text = part.read(_HEADER_BYTES).decode("utf-8-sig", errors="replace")
        rows = csv.reader(io.StringIO(text, newline=""))
        header = {label.strip() for label in next(rows, [])}
        missing = sorted(required - header)
        if missing:
            detail = ", ".join(missing)
            yield finding("gtfs-column-missing", subject=subject, value=name, detail=detail)
        if next(rows, None) is None:
            yield finding("gtfs-file-empty", subject=subject, value=name)
    if not any(name in by_name for name in _CALENDARS):
        yield finding("gtfs-file-missing", subject=subject, value=" oder ".join(_CALENDARS))
