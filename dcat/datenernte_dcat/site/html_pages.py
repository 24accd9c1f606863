"""The pages over many datasets: start page, reports, lists, the page about the feeds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from datenernte_dcat.feeds.atom import ENTRIES
from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.site import filters
from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.badge import badge, kommunal_badge
from datenernte_dcat.site.dataset_page import License
from datenernte_dcat.site.exports import pretty_json
from datenernte_dcat.site.map import Point, map_of
from datenernte_dcat.site.model import Entry, KommunalWords, MunicipalityModel, ScoreWords, sort_key
from datenernte_dcat.site.report import (
    address_of,
    finding_rows,
    report_document,
    report_of,
)
from datenernte_dcat.site.todo import german_csv, plain_csv, todo_rows, workbook
from datenernte_dcat.site.words import BANDS, MAXIMUM
from datenernte_dcat.site.work import Work
from datenernte_dcat.vocabulary import vocabulary

LIST_SIZE = 200
"""Datasets on one page of a list."""

_FORMAT_NAMES = {"rdf": "RDF/XML", "ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A dataset on a list."""

    id: str
    title: str
    municipality_title: str
    distributions: int
    score: ScoreWords | None
    kommunal: KommunalWords | None
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPages:
    """Where a page of a list stands among the others."""

    number: int
    total: int
    previous: str | None
    next: str | None


def write_start(work: Work) -> None:
    """Write the start page."""
    model = work.model
    stand = work.dates.of("site", model.digest)
    context = {
        "datasets": len(model.entries),
        "distributions": model.distributions,
        "municipalities": model.municipalities,
        "unassigned": model.unassigned,
        "portals": model.portals,
        "map": _map(model.municipalities, model.kommunal_method is not None),
        "with_kommunal": model.kommunal_method is not None,
        "troubled": [portal for portal in model.portals if portal.is_troubled],
        "stand": stand,
    }
    inputs = input_hash(work.version, model.digest, stand)
    _add(work, "index.html", inputs, "start.html", context)
    work.pages.append(("", stand))


def _map(municipalities: Sequence[MunicipalityModel], with_kommunal: bool) -> Markup | None:
    """The map of those whose position is known; by grade where there are Kommunal-Scores."""
    points = []
    for one in municipalities:
        position = None if one.place is None else one.place.position
        if position is None:
            continue
        score = one.score if one.entries else None
        own = one.kommunal if one.entries else None
        sign = "–" if score is None else str(1 + list(BANDS).index(score.rating))
        css = "none" if score is None else score.css
        words = filters.counted(one.datasets, "Datensatz", "Datensätze")
        if score is not None:
            words += (
                f", {filters.number(score.total)} von {MAXIMUM} Punkten (MQA-405, {score.band})"
            )
        if with_kommunal:
            sign, css = "–", "none"
            if own is not None:
                words += f", {filters.number(own.points, 1)} von 100 Punkten, {own.mark}"
                sign, css = own.grade or "–", own.css or "none"
        points.append(
            Point(
                name=one.title,
                words=words,
                sign=sign,
                css=css,
                lon=position[0],
                lat=position[1],
            )
        )
    return map_of(points, "Karte der Gemeinden; dieselben Angaben stehen in der Liste darunter")


def write_feeds_page(work: Work, pages: int) -> None:
    """Write the page that explains the feeds.

    Args:
        pages: number of pages of the whole catalogue.
    """
    feeds = [
        {
            "title": "Katalog in Seiten",
            "meaning": "Lizenzen nach DCAT-AP.de",
            "path": "catalog",
            "label": "catalog",
            "dump": False,
        },
        {
            "title": "Katalog in einem Dokument",
            "meaning": "Lizenzen nach DCAT-AP.de",
            "path": "catalog-full",
            "label": "catalog-full",
            "dump": True,
        },
        {
            "title": "Europäische Fassung in Seiten",
            "meaning": "Lizenzen nach der EU-Liste",
            "path": "eu/catalog",
            "label": "eu/catalog",
            "dump": False,
        },
        {
            "title": "Europäische Fassung in einem Dokument",
            "meaning": "Lizenzen nach der EU-Liste",
            "path": "eu/catalog-full",
            "label": "eu/catalog-full",
            "dump": True,
        },
    ]
    context = {
        "datasets": len(work.model.entries),
        "pages": pages,
        "atom_entries": ENTRIES,
        "feeds": feeds,
        "formats": [{"key": form, "name": _FORMAT_NAMES[form]} for form in FORMATS],
        "municipalities": work.model.municipalities,
        "base_url": work.settings.base_url,
        "license": _license(work.settings.license),
    }
    inputs = input_hash(
        work.version,
        len(work.model.entries),
        pages,
        *((one.key, one.title, one.datasets) for one in work.model.municipalities),
    )
    _add(work, "feeds/index.html", inputs, "feeds.html", context)
    work.pages.append(("feeds/", None))


def _license(iri: str) -> License:
    licenses = vocabulary("licenses")
    return License(text=licenses.label(iri) if licenses.has(iri) else iri, href=iri)


def write_municipality(work: Work, municipality: MunicipalityModel) -> None:
    """Write the report of a municipality as page and JSON, and the lists behind it."""
    folder = f"municipalities/{municipality.key}"
    content = municipality.digest
    municipality.stand = work.dates.of(folder, content)
    work.pages.append((f"{folder}/", municipality.stand))
    inputs = input_hash(work.version, content, municipality.stand)
    codes = sorted({total.code for total in municipality.codes})
    _write_todo(work, municipality, inputs)
    paths = [f"{folder}/index.html", f"{folder}/report.json"]
    paths += [f"{folder}/findings/{address_of(code)}/index.html" for code in codes]
    reused = [work.build.reuse(path, inputs) for path in paths]
    if not all(reused):
        report = report_of(work.store, municipality, work.model.method, work.model.peer_medians)
        tasks = {task.code: task for task in (*report.tasks, *report.notes)}
        context = {"municipality": municipality, "report": report}
        _fill(work, paths[0], inputs, lambda path: _page(work, path, "municipality.html", context))
        _fill(work, paths[1], inputs, lambda _: pretty_json(report_document(report)))
        for code, path in zip(codes, paths[2:], strict=True):
            if path not in work.build:
                listed = {
                    "municipality": municipality,
                    "task": tasks[code],
                    "rows": finding_rows(work.store, municipality, code),
                }
                work.build.write(path, inputs, _page(work, path, "finding_list.html", listed))
    write_list(
        work,
        f"{folder}/datasets",
        municipality.entries,
        heading=f"Datensätze: {municipality.title}",
        steps=[
            {"text": municipality.title, "href": f"../../../{folder}/index.html"},
            {"text": "Datensätze", "href": None},
        ],
        with_municipality=False,
    )


def _write_todo(work: Work, municipality: MunicipalityModel, inputs: str) -> None:
    """Write the to-do list in its three forms, and the badge."""
    folder = f"municipalities/{municipality.key}"
    score, own = municipality.score, municipality.kommunal
    if own is not None:
        seen = (filters.number(own.points, 1), own.mark, own.css)
        made = input_hash(work.version, *seen)
        work.build.add(f"{folder}/badge.svg", made, lambda: kommunal_badge(*seen))
    else:
        look = (None, "", "") if score is None else (score.total, score.band, score.css)
        work.build.add(f"{folder}/badge.svg", input_hash(work.version, *look), lambda: badge(*look))
    paths = [f"{folder}/report.csv", f"{folder}/report-rfc4180.csv", f"{folder}/report.xlsx"]
    if all([work.build.reuse(path, inputs) for path in paths]):  # noqa: C419 - each of them
        return
    rows = todo_rows(work.store, municipality, work.settings.base_url)
    _fill(work, paths[0], inputs, lambda _: german_csv(rows))
    _fill(work, paths[1], inputs, lambda _: plain_csv(rows))
    _fill(work, paths[2], inputs, lambda _: workbook(rows, municipality))


def write_all_datasets(work: Work) -> None:
    """Write the list of all datasets."""
    write_list(
        work,
        "datasets",
        work.model.entries,
        heading="Alle Datensätze",
        steps=[{"text": "Datensätze", "href": None}],
        with_municipality=True,
    )
    work.pages.append(("datasets/", None))


def write_list(
    work: Work,
    folder: str,
    entries: Sequence[Entry],
    *,
    heading: str,
    steps: Sequence[Mapping[str, str | None]],
    with_municipality: bool,
) -> None:
    """Write a list of datasets by title, 200 on a page."""
    titles = work.model.municipality_titles
    rows = [
        ListRow(
            id=entry.id,
            title=entry.title,
            municipality_title=titles.get(entry.municipality or "", "–"),
            distributions=entry.distributions,
            score=entry.score,
            kommunal=entry.kommunal,
            errors=entry.errors,
            warnings=entry.warnings,
        )
        for entry in sorted(entries, key=lambda one: (sort_key(one.title), one.id))
    ]
    with_kommunal = work.model.kommunal_method is not None
    columns: list[Mapping[str, object]] = [
        {"title": "Datensatz"},
        *([{"title": "Gemeinde"}] if with_municipality else []),
        {"title": "Dateien und Dienste", "number": True},
        *([{"title": "Kommunal-Score", "number": True}] if with_kommunal else []),
        {"title": "MQA-405", "number": True},
        {"title": "Befunde"},
    ]
    total = max(1, -(-len(rows) // LIST_SIZE))
    for number in range(1, total + 1):
        part = rows[(number - 1) * LIST_SIZE : number * LIST_SIZE]
        context = {
            "heading": heading,
            "steps": steps,
            "columns": columns,
            "caption": f"{len(rows)} Datensätze nach Titel",
            "rows": part,
            "with_municipality": with_municipality,
            "with_kommunal": with_kommunal,
            "pages": ListPages(
                number=number,
                total=total,
                previous=_list_name(number - 1) if number > 1 else None,
                next=_list_name(number + 1) if number < total else None,
            ),
        }
        inputs = input_hash(work.version, heading, total, len(rows), with_kommunal, *part)
        _add(work, f"{folder}/{_list_name(number)}", inputs, "dataset_list.html", context)


def _list_name(number: int) -> str:
    return "index.html" if number == 1 else f"page-{number}.html"


def _add(work: Work, path: str, inputs: str, template: str, context: Mapping[str, Any]) -> None:
    work.build.add(path, inputs, lambda: _page(work, path, template, context))


def _page(work: Work, path: str, template: str, context: Mapping[str, Any]) -> bytes:
    return work.renderer.page(template, path, **context)


def _fill(work: Work, path: str, inputs: str, render: Callable[[str], bytes]) -> None:
    """Write a file that could not be linked."""
    if path not in work.build:
        work.build.write(path, inputs, render(path))
