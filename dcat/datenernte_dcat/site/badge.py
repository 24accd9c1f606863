"""The badge of a municipality: its score as a small picture for its own website."""

from markupsafe import Markup

from datenernte_dcat.site.words import MAXIMUM

_LETTER = 6.6
"""Width of a letter at 11 px, about; texts are stretched to exactly that by `textLength`."""
_HEIGHT = 22
_COLOURS = {
    "good": "#1d6b3a",
    "note": "#34507a",
    "warn": "#7a4b00",
    "bad": "#9a2318",
    "": "#4c575d",
}
"""White text on each has a contrast of at least 4.5 : 1."""
_LABEL = "Offene Daten"


def kommunal_badge(points: str, mark: str, css: str) -> bytes:
    """An SVG of a Kommunal-Score, which says it in text too.

    Args:
        points: as they are shown.
        mark: the grade in words.
        css: class of the grade.
    """
    return _svg(f"{points} von 100 · {mark}", css)


def badge(total: int | None, band: str, css: str) -> bytes:
    """An SVG of the points of MQA-405, where there is no Kommunal-Score.

    Args:
        total: points of MQA-405; None where nothing is scored.
        band: the score in words.
        css: class of the band.
    """
    return _svg("noch nicht bewertet" if total is None else f"{total} von {MAXIMUM} · {band}", css)


def _svg(words: str, css: str) -> bytes:
    left, right = (round(_LETTER * len(text) + 14) for text in (_LABEL, words))
    svg = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height}" '
        'viewBox="0 0 {total} {height}" role="img" aria-label="{label}: {words}">'
        "<title>{label}: {words}</title>"
        '<rect width="{total}" height="{height}" rx="4" fill="#333b40"/>'
        '<path d="M{left} 0h{inner}a4 4 0 0 1 4 4v{side}a4 4 0 0 1 -4 4h-{inner}z" fill="{colour}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        '<text x="7" y="15" textLength="{left_text}">{label}</text>'
        '<text x="{words_at}" y="15" textLength="{right_text}">{words}</text></g></svg>\n'
    ).format(
        total=left + right,
        height=_HEIGHT,
        label=_LABEL,
        words=words,
        left=left,
        inner=right - 4,
        side=_HEIGHT - 8,
        colour=_COLOURS.get(css, _COLOURS[""]),
        left_text=left - 14,
        words_at=left + 7,
        right_text=right - 14,
    )
    return str(svg).encode()
