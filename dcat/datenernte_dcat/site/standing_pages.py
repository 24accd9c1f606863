"""The pages that stand beside the data: methodology, accessibility statement, imprint."""

from collections.abc import Mapping
from typing import Any

from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.words import BANDS, DIMENSIONS, MAXIMUM
from datenernte_dcat.site.work import Work

LEVELS = {
    "dataset": "einmal je Datensatz",
    "mean": "Mittel der Dateien und Dienste",
    "any": "beste Datei oder bester Dienst",
    "content": "je Inhalt",
    "municipality": "einmal je Kommune",
}
"""Where a check looks, in words."""

_DATA_WORDS = {
    "rows": "Zeilen",
    "header": "Kopf",
    "values": "Werte",
    "schema": "Schema",
    "encoding": "Kodierung",
}


def write_standing_pages(work: Work) -> None:
    """Write the methodology, the accessibility statement and the imprint."""
    method = work.model.kommunal_method
    _write(work, "methodik", "method.html", _method_context(method), str(method))
    _write(work, "barrierefreiheit", "accessibility.html", {}, "")
    imprint = {"homepage": work.settings.homepage}
    _write(work, "impressum", "imprint.html", imprint, "")


def _write(
    work: Work, folder: str, template: str, context: Mapping[str, Any], content: str
) -> None:
    path = f"{folder}/index.html"
    inputs = input_hash(work.version, content)
    work.build.add(path, inputs, lambda: work.renderer.page(template, path, **context))
    work.pages.append((f"{folder}/", None))


def _method_context(method: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stored method as the page shows it, checks below their dimension."""
    checks: dict[str, list[Mapping[str, Any]]] = {}
    for check in () if method is None else method["checks"]:
        checks.setdefault(check["dimension"], []).append(check)
    return {
        "method": method,
        "checks": checks,
        "levels": LEVELS,
        "data_words": _DATA_WORDS,
        "mqa": DIMENSIONS,
        "maximum": MAXIMUM,
        "bands": list(BANDS.values()),
        "percent": _percent,
    }


def _percent(share: str) -> str:
    """A share as it stands in the method, »0.8«, in percent."""
    return f"{float(share) * 100:g}".replace(".", ",")
