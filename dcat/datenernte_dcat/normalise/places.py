"""Places: an outline in text becomes the bounding box or centroid that both profiles accept.

DCAT-AP.de 2.0 wants locn:geometry as text, 3.0 as a node; dcat:bbox and dcat:centroid are the
same in both, so our feeds carry those. The geometry itself stays beside it.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator

import msgspec

from datenernte_dcat.graph import kept_triples
from datenernte_dcat.normalise.context import Changes, clipped
from datenernte_dcat.normalise.literals import WKT
from datenernte_dcat.records import Literal, Location
from datenernte_dcat.terms import GSP, LOCN
from datenernte_dcat.vocabulary import vocabulary

LONGEST_GEOMETRY_CHARACTERS = 2_000_000
"""Longer outlines are not read; the place keeps them as they are."""
_DEEPEST = 12
"""A GeoJSON multipolygon in a collection in a feature nests 8 deep."""

_CRS = re.compile(r"\s*<([^<>\s]*)>\s*|\s*SRID\s*=\s*(\d+)\s*;\s*", re.IGNORECASE)
_LAT_LON = re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/0/(?:4326|4258)/?", re.IGNORECASE)
_LON_LAT = re.compile(r"https?://www\.opengis\.net/def/crs/OGC/1\.3/CRS84/?", re.IGNORECASE)
_TAGGED = re.compile(
    r"\s*(?P<tag>[A-Z]+)\s*(?P<dimension>ZM|Z|M)?\s*(?P<body>\(.*\))\s*", re.IGNORECASE | re.DOTALL
)
_FLOAT = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_BODY = re.compile(rf"(?:[(),\s]|{_FLOAT}|[A-Za-z])*+")
_COORDINATES = re.compile(rf"({_FLOAT})\s+({_FLOAT})")

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees WGS 84."""


def normalise_location(changes: Changes, place: Location, kept: Iterable[str]) -> Location:
    """The place with a bounding box or centroid, where a geometry of it can be read.

    Args:
        kept: kept triples of the description; a geometry node (gsp:asWKT) stands there.
    """
    if place.bbox is not None or place.centroid is not None:
        return place
    geometries = (*place.geometry, *_geometry_nodes(place, kept))
    if not geometries:
        return place
    for geometry in geometries:
        box = box_of(geometry.value)
        if box is None:
            continue
        if changes.context.state_key and _is_swapped(box, changes.context.state_key):
            changes.note("geometry-swapped", Location, "geometry", clipped(geometry.value))
            return place
        wkt = Literal(value=box_wkt(box), datatype=WKT)
        field = "centroid" if box[0] == box[2] and box[1] == box[3] else "bbox"
        changes.changed("bbox-computed", Location, field, clipped(geometry.value), wkt)
        return msgspec.structs.replace(place, **{field: wkt})
    changes.note("geometry-unreadable", Location, "geometry", clipped(geometries[0].value))
    return place


def exact_place(place: Location) -> Location:
    """The place with a GeoJSON geometry as what it exactly is, a centroid or a bounding box.

    A point and a rectangle along the axes lose nothing by that. Any other outline stays.
    """
    if place.bbox is not None or place.centroid is not None or len(place.geometry) != 1:
        return place
    text = place.geometry[0].value
    if len(text) > LONGEST_GEOMETRY_CHARACTERS or text.lstrip()[:1] != "{":
        return place
    box = box_of(text)
    if box is None:
        return place
    west, south, east, north = box
    points = list(_geojson_points(text))
    kind = json.loads(text).get("type")
    is_point = kind == "Point" and len(points) == 1
    corners = {(lon, lat) for lon in (west, east) for lat in (south, north)}
    is_rectangle = (
        kind == "Polygon" and len(points) == 5 and len(corners) == 4 and set(points) == corners
    )
    if not is_point and not is_rectangle:
        return place
    wkt = Literal(value=box_wkt(box), datatype=WKT)
    field = "centroid" if is_point else "bbox"
    return msgspec.structs.replace(place, geometry=(), **{field: wkt})


def box_of(text: str) -> Box | None:
    """The bounding box of a GeoJSON or WKT geometry; None where it cannot be read.

    Coordinates are lon/lat, in WKT with an EPSG IRI (4326, 4258) lat/lon as that CRS defines;
    other reference systems are not read.
    """
    if len(text) > LONGEST_GEOMETRY_CHARACTERS:
        return None
    points = _geojson_points(text) if text.lstrip()[:1] == "{" else _wkt_points(text)
    west, south, east, north = math.inf, math.inf, -math.inf, -math.inf
    for lon, lat in points:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # also false for NaN
            return None
        west, east = min(west, lon), max(east, lon)
        south, north = min(south, lat), max(north, lat)
    return None if west > east else (west, south, east, north)


def box_wkt(box: Box) -> str:
    """The box as WKT polygon, a box without extent as point; lon/lat, seven decimals (1 cm)."""
    west, south, east, north = (_number(value) for value in box)
    if west == east and south == north:
        return f"POINT({west} {south})"
    corners = (west, south), (east, south), (east, north), (west, north), (west, south)
    return "POLYGON((" + ", ".join(f"{lon} {lat}" for lon, lat in corners) + "))"


def _number(value: float) -> str:
    text = f"{value:.7f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _geojson_points(text: str) -> Iterator[tuple[float, float]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[object, int]] = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            continue
        if isinstance(value, dict):
            waiting += [
                (value[key], depth + 1)
                for key in ("geometry", "geometries", "features", "coordinates")
                if key in value
            ]
        elif isinstance(value, list):
            if len(value) >= 2 and all(_is_number(number) for number in value[:2]):
                yield float(value[0]), float(value[1])
            else:
                waiting += [(item, depth + 1) for item in value]


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e6


def _wkt_points(text: str) -> Iterator[tuple[float, float]]:
    crs = _CRS.match(text)
    swap = False
    if crs:
        text = text[crs.end() :]
        name = crs[1] if crs[1] is not None else ""
        swap = _LAT_LON.fullmatch(name) is not None  # the CRS itself defines this order
        if not swap and not _LON_LAT.fullmatch(name) and crs[2] not in ("4326", "4258"):
            return
    tagged = _TAGGED.fullmatch(text)
    if tagged is None or not _BODY.fullmatch(tagged["body"]):
        return
    if tagged["tag"].upper() == "ENVELOPE":  # minX, maxX, maxY, minY
        numbers = [float(number) for number in re.findall(_FLOAT, tagged["body"])]
        if len(numbers) == 4:
            yield numbers[0], numbers[3]
            yield numbers[1], numbers[2]
        return
    for first, second in _COORDINATES.findall(_without_heights(tagged)):
        yield (float(second), float(first)) if swap else (float(first), float(second))


def _without_heights(tagged: re.Match[str]) -> str:
    """The body with two numbers for each point."""
    points = (point.split() for point in re.split(r"[(),]|[A-Za-z]+", tagged["body"]))
    return ", ".join(" ".join(numbers[:2]) for numbers in points if len(numbers) >= 2)


def _geometry_nodes(place: Location, kept: Iterable[str]) -> tuple[Literal, ...]:
    """The WKT of geometry nodes of the place, which stand with the kept triples."""
    if place.uri is None:
        return ()
    about = [line for line in kept if LOCN + "geometry" in line or GSP + "asWKT" in line]
    if not about:
        return ()
    key = place.uri if place.uri.startswith("_:") else f"<{place.uri}>"
    triples = kept_triples(about)
    nodes = {
        str(triple.object)
        for triple in triples
        if str(triple.subject) == key and triple.predicate.value == LOCN + "geometry"
    }
    return tuple(
        Literal(value=triple.object.value)  # type: ignore[union-attr]
        for triple in triples
        if triple.predicate.value == GSP + "asWKT" and str(triple.subject) in nodes
    )


def _is_swapped(box: Box, state_key: str) -> bool:
    """Whether the box lies outside the Land, but inside it with lon and lat exchanged."""
    states = vocabulary("states")
    outline = states.bbox(states.base + state_key)
    land = box_of(outline) if outline else None
    if land is None:
        return False
    west, south, east, north = box
    return not _touch(box, land) and _touch((south, west, north, east), land)


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
