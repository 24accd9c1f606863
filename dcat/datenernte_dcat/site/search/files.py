"""The files of the search: what `search.js` asks for.

Each is small, and the same while nothing that it tells of has changed.

    search/directory.json        what there is: beginnings of stems, values of filters, sizes
    search/words/<start>.json    stems that begin so, with the numbers of their datasets
    search/filters/<n>.json      numbers of the datasets with one value of a filter
    search/datasets/<start>.json what a result shows, for the datasets whose ids begin so

Numbers are ascending and written as differences, which halves the files.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby
from typing import Any

import msgspec

from datenernte_dcat.site.artefacts import Build, input_hash
from datenernte_dcat.site.model import Entry, SiteModel, sort_key
from datenernte_dcat.site.search.index import (
    SUBJECT,
    TEXT,
    TITLE,
    Postings,
    SearchIndex,
    number_of,
)
from datenernte_dcat.site.search.stemming import STOP_WORDS

FOLDER = "search"
_SHARD_POSTINGS = 40_000
"""Postings above which the stems of one beginning are divided by one more character."""
_START = 2
"""Characters of a beginning that is not divided."""
_GROUP = 200
"""Datasets in one file of results, about."""
VALUES = 12_000
"""Values of one filter at most: there are 11 000 municipalities in all of Germany."""
FILTERS = {
    "municipality": "Gemeinde",
    "theme": "Thema",
    "format": "Format",
    "license": "Lizenz",
    "year": "Zuletzt geändert",
    "high_value": "Hochwertige Datensätze",
}
"""Name of each filter → its German title."""


def write_search_files(build: Build, model: SiteModel, index: SearchIndex) -> None:
    """Write the files that have changed and link the others.

    Args:
        index: of this build, up to date.
    """
    divided = {start for start, size in index.sizes(_START) if size > _SHARD_POSTINGS}
    starts = []
    for start, postings in groupby(index.postings(), key=lambda one: _start(one.stem, divided)):
        starts.append(start)
        _put(build, f"{FOLDER}/words/{file_name(start)}.json", _words(postings))
    digits = _digits(len(model.entries))
    for start, entries in _groups(model.entries, digits):
        shown: dict[str, list[list[Any]]] = {}
        for entry in entries:
            shown.setdefault(str(number_of(entry.id)), []).append(_result(entry))
        _put(build, f"{FOLDER}/datasets/{start}.json", shown)
    filters = _filters(model)
    for values in filters.values():
        for value in values:
            _put(
                build, f"{FOLDER}/filters/{value['file']}.json", _differences(value.pop("numbers"))
            )
    directory = {
        "datasets": len(model.entries),
        "digits": digits,
        "stop_words": STOP_WORDS,
        "divided": sorted(divided),
        "words": starts,
        "filters": [
            {"name": name, "title": title, "values": filters[name]}
            for name, title in FILTERS.items()
            if filters[name]
        ],
        "municipalities": dict(sorted(model.municipality_titles.items())),
    }
    _put(build, f"{FOLDER}/directory.json", directory)


def file_name(start: str) -> str:
    """Name of the file for a beginning of stems: letters and digits as they are, others in hex."""
    if start.isascii() and start.isalnum():
        return f"w-{start}"  # a bare »con« or »aux« cannot be a file everywhere
    return f"x-{start.encode().hex()}"


def _start(stem: str, divided: AbstractSet[str]) -> str:
    return stem[: _START + 1] if stem[:_START] in divided else stem[:_START]


def _words(postings: Iterable[Postings]) -> dict[str, list[list[int]]]:
    """Stem → numbers by weight, the heaviest first."""
    return {
        one.stem: [_differences(one.numbers.get(weight, ())) for weight in (TITLE, SUBJECT, TEXT)]
        for one in postings
    }


def _differences(numbers: Iterable[int]) -> list[int]:
    """Ascending numbers as the first and the steps to the others."""
    found, before = [], 0
    for number in numbers:
        found.append(number - before)
        before = number
    return found


def _digits(datasets: int) -> int:
    """Hexadecimal digits of an id that tell the file of a result."""
    digits = 1
    while datasets > _GROUP * 16**digits:
        digits += 1
    return digits


def _groups(entries: Iterable[Entry], digits: int) -> Iterator[tuple[str, Iterator[Entry]]]:
    return groupby(sorted(entries, key=lambda one: one.id), key=lambda one: one.id[:digits])


def _result(entry: Entry) -> list[Any]:
    """What a result shows: id, title, publisher, municipality, formats, year."""
    return [
        entry.id,
        entry.title,
        entry.publisher,
        entry.municipality,
        entry.facets.formats,
        entry.facets.year,
    ]


def _filters(model: SiteModel) -> dict[str, list[dict[str, Any]]]:
    """The values of each filter with file, count and numbers, the most frequent first."""
    numbers: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in FILTERS}
    for entry in sorted(model.entries, key=lambda one: one.id):
        number = number_of(entry.id)
        for name, value in values_of(entry):
            numbers[name][value].append(number)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, values in numbers.items():
        titles = model.municipality_titles if name == "municipality" else {}
        ordered = sorted(values.items(), key=lambda one: (-len(one[1]), one[0]))
        if name == "municipality":
            ordered.sort(key=lambda one: sort_key(titles.get(one[0], one[0])))
        elif name == "year":
            ordered.sort(reverse=True)
        found[name] = [
            {
                "value": value,
                "title": titles.get(value, value),
                "datasets": len(members),
                "file": f"{name}-{list_name(value)}",
                "numbers": members,
            }
            for value, members in ordered[:VALUES]
        ]
    return found


def values_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Each filter and value that a dataset has."""
    facets = entry.facets
    if entry.municipality is not None:
        yield "municipality", entry.municipality
    for name, values in (
        ("theme", facets.themes),
        ("format", facets.formats),
        ("license", facets.licenses),
    ):
        for value in values:
            yield name, value
    if facets.year:
        yield "year", facets.year
    if facets.high_value:
        yield "high_value", "ja"


def list_name(value: str) -> str:
    """Name of the files about one value of a filter: never the value itself, which may be any text."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _put(build: Build, path: str, document: Any) -> None:
    content = msgspec.json.encode(document)
    build.add(path, input_hash(content), lambda: content)
