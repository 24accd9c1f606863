"""The search page, and the same filters as static lists for browsers without JavaScript."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.html_pages import write_list
from datenernte_dcat.site.model import Entry
from datenernte_dcat.site.search.files import FILTERS, FOLDER, list_name, values_of
from datenernte_dcat.site.work import Work

LISTS = tuple(name for name in FILTERS if name != "municipality")
"""Filters with lists of their own; each municipality has its list with its report."""
LISTED_VALUES = 200
"""Values of one filter that have a list: licences may be any text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """A value of a filter with its list."""

    title: str
    path: str
    """Relative to the site."""
    datasets: int


def write_search_page(work: Work) -> None:
    """Write the page and its script."""
    entries = work.model.entries
    lists = [name for name in LISTS if any(name == one for e in entries for one, _ in values_of(e))]
    context = {
        "filters": [{"name": name, "title": title} for name, title in FILTERS.items()],
        "lists": [{"path": f"lists/{name}/", "title": FILTERS[name]} for name in lists],
    }
    inputs = input_hash(work.version, *lists)
    path = f"{FOLDER}/index.html"
    work.build.add(path, inputs, lambda: work.renderer.page("search.html", path, **context))
    work.build.add(f"{FOLDER}/search.js", work.version, script)
    work.pages.append((f"{FOLDER}/", None))


def script() -> bytes:
    """The script of the search page."""
    return resources.files("datenernte_dcat").joinpath("site", "static", "search.js").read_bytes()


def write_lists(work: Work) -> None:
    """Write a page of values for each filter, and a list of datasets for each value."""
    members: dict[str, dict[str, list[Entry]]] = {name: defaultdict(list) for name in LISTS}
    for entry in work.model.entries:
        for name, value in values_of(entry):
            if name in members:
                members[name][value].append(entry)
    for name, values in members.items():
        ordered = sorted(values.items(), key=lambda one: (-len(one[1]), one[0]))
        rows = [_write_value(work, name, value, some) for value, some in ordered[:LISTED_VALUES]]
        if rows:
            _write_values(work, name, rows, len(values) - len(rows))


def _write_value(work: Work, name: str, value: str, entries: Sequence[Entry]) -> ValueRow:
    folder = f"lists/{name}/{list_name(value)}"
    heading = FILTERS[name] if value == "ja" else f"{FILTERS[name]}: {value}"
    write_list(
        work,
        folder,
        entries,
        heading=heading,
        steps=[
            {"text": f"Nach {FILTERS[name]}", "href": "../index.html"},
            {"text": value, "href": None},
        ],
        with_municipality=True,
    )
    work.pages.append((f"{folder}/", None))
    return ValueRow(title=value, path=f"{folder}/index.html", datasets=len(entries))


def _write_values(work: Work, name: str, rows: Sequence[ValueRow], more: int) -> None:
    path = f"lists/{name}/index.html"
    context = {"title": FILTERS[name], "rows": rows, "more": more}
    work.build.add(
        path,
        input_hash(work.version, *rows, more),
        lambda: work.renderer.page("value_list.html", path, **context),
    )
    work.pages.append((f"lists/{name}/", None))
