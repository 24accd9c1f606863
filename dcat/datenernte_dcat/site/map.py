"""The map of the municipalities: a point each, as inline SVG, with the list of them beside it.

There is no outline of the Land: points and names are enough to find one's own, and nothing has to
be fetched or licensed. Colour repeats what the sign says; the list has the same in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from markupsafe import Markup

_WIDTH = 640
_HEIGHT_MAX = 640
_MARGIN = 40
_RADIUS = 7
_LETTER = 6.2
"""Width of a letter of a name, about."""
_LINE = 14
_NAMES_MAX = 60
"""Points above which names would only cover each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A municipality on the map."""

    name: str
    words: str
    """What its point says to those who hold the mouse over it."""
    sign: str
    """One letter or sign, so that colour is not needed."""
    css: str
    lon: float
    """Degrees WGS 84."""
    lat: float


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def map_of(points: Sequence[Point], title: str) -> Markup | None:
    """The map, north up; None for fewer than two points, which are no map.

    Args:
        title: what it shows, for those who do not see it.
    """
    if len(points) < 2:
        return None
    ordered = sorted(points, key=lambda one: (one.name, one.lon, one.lat))
    shrink = cos(radians(sum(one.lat for one in ordered) / len(ordered)))
    wide = (max(one.lon for one in ordered) - min(one.lon for one in ordered)) * shrink
    high = max(one.lat for one in ordered) - min(one.lat for one in ordered)
    scale = min(
        (_WIDTH - 2 * _MARGIN) / max(wide, 0.02), (_HEIGHT_MAX - 2 * _MARGIN) / max(high, 0.02)
    )
    west, north = min(one.lon for one in ordered), max(one.lat for one in ordered)
    left = (_WIDTH - wide * scale) / 2
    height = round(high * scale + 2 * _MARGIN)
    places = [
        (left + (one.lon - west) * shrink * scale, _MARGIN + (north - one.lat) * scale)
        for one in ordered
    ]
    parts = [
        Markup(
            '<svg class="map" viewBox="0 0 {} {}" role="img" aria-labelledby="karte-titel">'
            '<title id="karte-titel">{}</title>'
        ).format(_WIDTH, height, title)
    ]
    for one, (x, y) in zip(ordered, places, strict=True):
        parts.append(
            Markup(
                '<g class="{}"><title>{}</title><circle cx="{:.1f}" cy="{:.1f}" r="{}"/>'
                '<text x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text></g>'
            ).format(
                f"point {one.css}", f"{one.name}: {one.words}", x, y, _RADIUS, x, y + 3.5, one.sign
            )
        )
    if len(ordered) <= _NAMES_MAX:
        parts.extend(_names(ordered, places))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _names(points: Sequence[Point], places: Sequence[tuple[float, float]]) -> list[Markup]:
    """The names beside their points, where they cover nothing."""
    gap = _RADIUS + 3
    taken = [_Box(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in places]
    found = []
    for one, (x, y) in zip(points, places, strict=True):
        width = _LETTER * len(one.name)
        for start, anchor in ((x + gap, "start"), (x - gap - width, "end")):
            box = _Box(start, y - _LINE / 2, start + width, y + _LINE / 2)
            if box.left < 0 or box.right > _WIDTH or any(box.meets(other) for other in taken):
                continue
            taken.append(box)
            at = box.left if anchor == "start" else box.right
            found.append(
                Markup(
                    '<text class="name" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
                ).format(at, y + 4, anchor, one.name)
            )
            break
    return found
