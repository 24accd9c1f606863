"""GeoJSON: its structure, its rings, and whether its places can be where they claim to be.

Source: RFC 7946, https://www.rfc-editor.org/rfc/rfc7946
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.files.places import GERMANY, Box, system_of

_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""Levels of lists around a position."""
_COLLECTIONS_DEEP = 5

Position = list[float]


@dataclass(slots=True)
class _Tally:
    """Faults by code: how often, and where first."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)

    def note(self, code: str, feature: int, value: str = "") -> None:
        """Count a fault of a feature, numbered from 1."""
        self.counts[code] += 1
        self.first.setdefault(code, (feature, value))


def check_geojson(document: Any, subject: str, box: Box = GERMANY) -> Iterator[Finding]:
    """What is wrong with a GeoJSON document; each fault once, with the first place and a count.

    Rows are those of the features' table: the n-th feature is row n + 1.

    Args:
        document: the parsed JSON.
        box: where its places should lie.
    """
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        yield finding("geojson-structure", subject=subject, detail="das Objekt hat keinen »type«")
        return
    yield from _crs(document, subject)
    tally = _Tally()
    kind = document["type"]
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            detail = "die Liste »features« fehlt"
            yield finding("geojson-structure", subject=subject, detail=detail)
            return
    elif kind == "Feature":
        features = [document]
    else:
        features = [{"type": "Feature", "properties": {}, "geometry": document}]
    for number, feature in enumerate(features, start=1):
        _feature(feature, number, box, tally)
    for code, count in sorted(tally.counts.items(), key=lambda item: tally.first[item[0]][0]):
        number, value = tally.first[code]
        yield finding(
            code, subject=subject, row=number + 1, value=value or None, detail=value, count=count
        )


def _crs(document: dict[str, Any], subject: str) -> Iterator[Finding]:
    """`geojson-crs`: a system other than WGS 84 is named, which RFC 7946 no longer knows."""
    crs = document.get("crs")
    if not isinstance(crs, dict):
        return
    properties = crs.get("properties")
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if "CRS84" not in name and not name.rstrip().endswith(":4326") and name != "EPSG:4326":
        yield finding("geojson-crs", subject=subject, value=name[:200] or "ohne Namen")


def _feature(feature: Any, number: int, box: Box, tally: _Tally) -> None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        tally.note("geojson-structure", number, "ein Eintrag ist kein »Feature«")
        return
    if not isinstance(feature.get("properties", 0), dict | None):
        tally.note("geojson-structure", number, "»properties« ist kein Objekt")
    geometry = feature.get("geometry")
    if geometry is None:
        tally.note("geojson-no-geometry", number)
        return
    _geometry(geometry, number, box, tally, 0)


def _geometry(geometry: Any, number: int, box: Box, tally: _Tally, depth: int) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and depth < _COLLECTIONS_DEEP:
        members = geometry.get("geometries")
        for member in members if isinstance(members, list) else ():
            _geometry(member, number, box, tally, depth + 1)
        return
    if kind not in _DEPTHS:
        tally.note("geojson-structure", number, "die Geometrie hat eine unbekannte Art")
        return
    lines = _lines(geometry.get("coordinates"), _DEPTHS[kind])
    if lines is None:
        tally.note("geojson-structure", number, f"die Koordinaten passen nicht zu »{kind}«")
        return
    for line in lines:
        _places(line, number, box, tally)
    if kind in ("Polygon", "MultiPolygon"):
        polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
        for polygon in polygons:
            _rings(polygon, number, tally)


def _lines(coordinates: Any, depth: int) -> list[list[Position]] | None:
    """The positions of a geometry, in lists of their own; None where the nesting is wrong."""
    if depth == 0:
        return [[coordinates]] if _is_position(coordinates) else None
    if not isinstance(coordinates, list):
        return None
    if depth == 1:
        return [coordinates] if all(map(_is_position, coordinates)) else None
    found: list[list[Position]] = []
    for inner in coordinates:
        lines = _lines(inner, depth - 1)
        if lines is None:
            return None
        found += lines
    return found


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 4
        and all(type(number) in (int, float) for number in value)
    )


def _places(line: list[Position], number: int, box: Box, tally: _Tally) -> None:
    """One finding for a line at most: what is wrong with its first wrong position."""
    for east, north, *_ in line:
        if box.holds(east, north):
            continue
        shown = f"{east:g}, {north:g}"
        if not (-180 <= east <= 180 and -90 <= north <= 90):
            system = system_of(east, north) or system_of(north, east)
            tally.note("geojson-projected", number, f"{shown}: {system}" if system else shown)
        elif GERMANY.holds(north, east):
            tally.note("geojson-axes-swapped", number, shown)
        else:
            tally.note("geojson-outside", number, shown)
        return


def _rings(polygon: list[list[Position]], number: int, tally: _Tally) -> None:
    for index, ring in enumerate(polygon):
        if len(ring) < 4 or ring[0] != ring[-1]:
            tally.note("geojson-ring-open", number)
            return
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))  # signed, doubled
        if (area < 0) == (index == 0) and area:
            tally.note("geojson-ring-orientation", number)
            return
