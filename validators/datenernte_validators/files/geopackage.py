"""GeoPackage: an SQLite file that says what is in it, and keeps its word.

Source: OGC 12-128r18, https://www.geopackage.org/spec/
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding

_STEPS = 50_000_000
"""Steps of SQLite's machine, after which a question is given up."""


def check_geopackage(path: Path, subject: str) -> Iterator[Finding]:
    """`geopackage-broken`, `geo-empty` and `geo-no-system`."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            base.execute("PRAGMA trusted_schema = OFF")
            base.set_progress_handler(lambda: 1, _STEPS)
            yield from _contents(base, subject)
    except sqlite3.Error as error:
        yield finding("geopackage-broken", subject=subject, detail=str(error)[:200])


def _contents(base: sqlite3.Connection, subject: str) -> Iterator[Finding]:
    kinds = dict(base.execute("SELECT name, type FROM sqlite_master"))
    for name in ("gpkg_contents", "gpkg_spatial_ref_sys"):
        if kinds.get(name) != "table":
            detail = f"die Tabelle »{name}« fehlt"
            yield finding("geopackage-broken", subject=subject, detail=detail)
            return
    layers = base.execute("SELECT table_name, data_type, srs_id FROM gpkg_contents").fetchall()
    systems = {row[0] for row in base.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")}
    filled = False
    for name, kind, system in layers:
        if name not in kinds:
            detail = f"die angekündigte Tabelle »{str(name)[:100]}« fehlt"
            yield finding("geopackage-broken", subject=subject, detail=detail)
            continue
        if kind == "features" and (system is None or system not in systems):
            yield finding("geo-no-system", subject=subject, value=str(name)[:100])
        if kinds[name] == "table":
            quoted = '"' + str(name).replace('"', '""') + '"'
            filled = filled or bool(
                base.execute(f"SELECT 1 FROM {quoted} LIMIT 1").fetchone()  # noqa: S608 - quoted
            )
        else:
            filled = True  # a view: what it computes is not asked
    if not filled:
        yield finding("geo-empty", subject=subject, format="GeoPackage")
