"""XML and its children: well-formedness, GML, KML, and what WMS and WFS say of themselves.

Nothing is expanded and nothing is fetched: a document with entities of its own is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.files.places import GERMANY, Box
from datenernte_validators.tabular.rules import Places

_HEAD_BYTES = 65_536
_FEATURES = frozenset({"featureMember", "member", "featureMembers", "cityObjectMember"})
_OPERATIONS = {"WMS": "GetMap", "WFS": "GetFeature"}


@dataclass(slots=True)
class _Seen:
    """What one reading of a document showed."""

    names: Counter[str] = field(default_factory=Counter)
    root: str = ""
    systems: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    places: Places = field(default_factory=Places)
    message: str = ""
    """What the service says of an error."""


def check_xml(path: Path, kind: str, subject: str, box: Box = GERMANY) -> Iterator[Finding]:
    """What is wrong with an XML document.

    Args:
        kind: `xml`, `gml`, `kml` or `capabilities`.
    """
    from lxml import etree  # type: ignore[import-untyped]  # ships no stubs

    with path.open("rb") as file:
        if re.search(rb"<!ENTITY", file.read(_HEAD_BYTES)):
            yield finding("xml-entities", subject=subject)
            return
    seen = _Seen(places=Places(box))
    try:
        for event, element in etree.iterparse(
            str(path), events=("start", "end"), resolve_entities=False, no_network=True
        ):
            _look(element, event, seen)
            if event == "end" and element.getparent() is not None:
                element.clear(keep_tail=False)
    except etree.XMLSyntaxError as error:
        row = error.lineno or None
        yield finding("xml-broken", subject=subject, row=row, detail=str(error.msg)[:200])
        return
    if seen.root in ("ServiceExceptionReport", "ExceptionReport"):
        yield finding("service-error", subject=subject, value=seen.message[:200])
    elif kind == "kml":
        yield from _kml(seen, subject)
    elif kind == "gml":
        yield from _gml(seen, subject)
    elif kind == "capabilities":
        yield from _capabilities(seen, subject)


def _look(element: Any, event: str, seen: _Seen) -> None:
    if not isinstance(element.tag, str):
        return  # a comment or an instruction
    name = element.tag.rsplit("}", 1)[-1]
    if event == "start":
        seen.root = seen.root or name
        seen.names[name] += 1
        if (system := element.get("srsName")) is not None and len(seen.systems) < 20:
            seen.systems.add(system)
        if name == "Operation" and element.get("name"):
            seen.operations.add(element.get("name"))
        return
    if name == "coordinates" and element.text:
        for place in element.text.split()[:1]:
            parts = place.split(",")
            if len(parts) > 1:
                _add_place(seen, element.sourceline or 0, parts[1], parts[0])
    elif name in ("ServiceException", "ExceptionText") and element.text:
        seen.message = seen.message or " ".join(element.text.split())


def _add_place(seen: _Seen, row: int, latitude: str, longitude: str) -> None:
    try:
        seen.places.add(row, float(latitude), float(longitude))
    except ValueError:
        return


def _kml(seen: _Seen, subject: str) -> Iterator[Finding]:
    if not seen.names["Placemark"] and not seen.names["NetworkLink"]:
        yield finding("geo-empty", subject=subject, format="KML")
    yield from place_findings(seen.places, subject)


def _gml(seen: _Seen, subject: str) -> Iterator[Finding]:
    if not any(seen.names[name] for name in _FEATURES) and seen.root == "FeatureCollection":
        yield finding("geo-empty", subject=subject, format="GML")
    has_geometry = any(seen.names[name] for name in ("pos", "posList", "coordinates", "Envelope"))
    if has_geometry and not seen.systems:
        yield finding("geo-no-system", subject=subject)


def _capabilities(seen: _Seen, subject: str) -> Iterator[Finding]:
    service = "WFS" if "WFS" in seen.root or seen.names["FeatureTypeList"] else "WMS"
    if seen.root == "Capabilities" and not seen.names["FeatureTypeList"]:
        return  # WMTS, CSW and others, of which nothing more is asked
    content = seen.names["FeatureType" if service == "WFS" else "Layer"]
    if not content:
        yield finding("service-empty", subject=subject, value=service)
    operation = _OPERATIONS[service]
    if not seen.names[operation] and operation not in seen.operations:
        yield finding("service-without-operation", subject=subject, value=service, name=operation)


def place_findings(places: Places, subject: str) -> Iterator[Finding]:
    """Places that cannot be right; the row is the line of the file."""
    codes = {
        "swapped": "geojson-axes-swapped",
        "projected": "geojson-projected",
        "outside": "geojson-outside",
    }
    for kind, (row, shown) in places.first.items():
        count = getattr(places, kind)
        yield finding(
            codes[kind], subject=subject, row=row or None, value=shown, detail=shown, count=count
        )
