"""Charts as inline SVG: geometry in attributes, colours from the style sheet, no script.

Every chart has a table with the same numbers beside it; the template writes both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from datenernte_dcat.site.filters import number

_LABEL_Y = 15
_BAR_Y = 22
_BAR_HEIGHT = 12
_ROW_HEIGHT = 46
_WIDTH = 360


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: value out of a maximum, both in points."""

    label: str
    value: float
    maximum: float

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(max(self.value / self.maximum, 0.0), 1.0) if self.maximum else 0.0


def bars(rows: Sequence[Bar], title: str, identifier: str) -> Markup:
    """Horizontal bars, one row each; the value stands as text at its end.

    Args:
        title: what the chart shows, for those who do not see it.
        identifier: unique on the page, for the title's id.
    """
    parts = [
        Markup('<svg class="bars" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">').format(
            _WIDTH, _ROW_HEIGHT * len(rows), identifier
        ),
        Markup('<title id="{}">{}</title>').format(identifier, title),
    ]
    for position, row in enumerate(rows):
        width = round(row.share * _WIDTH, 1)
        parts.append(
            Markup(
                '<g transform="translate(0 {y})">'
                '<text class="bar-label" x="0" y="{label_y}">{label}</text>'
                '<text class="bar-value" x="{right}" y="{label_y}" text-anchor="end">{value}</text>'
                '<rect class="bar-ground" x="0" y="{bar_y}" width="{right}" height="{height}" '
                'rx="3" fill="#d9dfe3"/>'
                '<rect class="bar-fill" x="0" y="{bar_y}" width="{width}" height="{height}" '
                'rx="3" fill="#1f5f7a"/></g>'
            ).format(
                y=position * _ROW_HEIGHT,
                label_y=_LABEL_Y,
                bar_y=_BAR_Y,
                height=_BAR_HEIGHT,
                right=_WIDTH,
                width=width,
                label=row.label,
                value=f"{number(row.value, 1)} von {number(row.maximum)}",
            )
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a score and where it begins, in points."""

    letter: str
    lowest: float


_PLOT_HEIGHT = 150
_LEFT = 26
_TOP = 8
_BELOW = 20


def course(
    values: Sequence[tuple[str, float]], bands: Sequence[Band], title: str, identifier: str
) -> Markup:
    """A line over at least two points in time, 0 to 100 points, with the limits of the bands.

    Args:
        values: label and points, oldest first.
        title: what the chart shows, for those who do not see it.
        identifier: unique on the page, for the title's id.
    """
    right, bottom = _WIDTH - 8, _TOP + _PLOT_HEIGHT
    step = (right - _LEFT) / (len(values) - 1)

    def height(points: float) -> float:
        return round(bottom - _PLOT_HEIGHT * min(max(points, 0.0), 100.0) / 100, 1)

    places = [(round(_LEFT + step * i, 1), height(points)) for i, (_, points) in enumerate(values)]
    parts = [
        Markup('<svg class="course" viewBox="0 0 {} {}" role="img" aria-labelledby="{}">').format(
            _WIDTH, bottom + _BELOW, identifier
        ),
        Markup('<title id="{}">{}</title>').format(identifier, title),
    ]
    for band in bands:
        limit = height(band.lowest)
        parts.append(
            Markup(
                '<line class="limit" x1="{}" y1="{}" x2="{}" y2="{}"/>'
                '<text class="bar-value" x="4" y="{}">{}</text>'
            ).format(_LEFT, limit, right, limit, limit - 3, band.letter)
        )
    points = " ".join(f"{x},{y}" for x, y in places)
    parts.append(Markup('<polyline class="line" points="{}"/>').format(points))
    parts.extend(
        Markup('<circle class="dot" cx="{}" cy="{}" r="3"/>').format(x, y) for x, y in places
    )
    for at, anchor in ((0, "start"), (-1, "end")):
        parts.append(
            Markup('<text class="bar-value" x="{}" y="{}" text-anchor="{}">{}</text>').format(
                places[at][0], bottom + _BELOW - 5, anchor, values[at][0]
            )
        )
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)
