"""Tables that are no text with columns: lists of records in JSON, features in GeoJSON.

Rows are numbered as in a sheet: row 1 holds the names, row n + 1 the n-th record, so that a record
is found again after it was opened as a table. Values that are lists or objects stand in their cell
as JSON.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from datenernte_validators.tabular.cells import Cell
from datenernte_validators.tabular.encoding import Encoding, recognise_encoding
from datenernte_validators.tabular.limits import Limits

_DEPTH = 4
"""A list of records lies at most so deep in its document: `{"result": {"records": […]}}`."""
_ABOUT = frozenset({"fields", "columns", "links", "_links", "meta", "metadata", "schema", "facets"})
"""Keys of lists that describe the records and are none."""
_KEYS = 1_000
"""Objects with more keys than this are records by themselves, not wrappings of a list."""


class RecordsError(Exception):
    """Raised when a file of records cannot be read; `code` is the finding's code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """The rows of a table of records."""

    rows: list[tuple[Cell, ...]]
    named: bool
    """Row 1 holds the names that the file gives; False where the rows are bare lists."""
    uneven: int = 0
    """Records that lack a name which most others have."""


def read_json(path: Path) -> tuple[Any, Encoding]:
    """A JSON document, or the list of the documents of a file with one in each line.

    Raises:
        RecordsError: `table-json-broken`; the detail says where.
        OSError: the file cannot be read.
    """
    encoding = recognise_encoding(path)
    body = path.read_bytes()
    if encoding.is_utf8 and not encoding.broken:
        try:
            return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf")), encoding
        except (msgspec.DecodeError, RecursionError):
            pass  # NaN, several documents, or broken: the slower reader tells them apart
    text = body.decode(encoding.name, errors="replace").removeprefix("\ufeff")
    try:
        return json.loads(text), encoding
    except RecursionError as error:
        raise RecordsError("table-json-broken", "zu tief verschachtelt") from error
    except ValueError as error:
        lines = _lines(text)
        if lines is not None:
            return lines, encoding
        raise RecordsError("table-json-broken", _where(error)) from error


def _lines(text: str) -> list[Any] | None:
    """The documents of NDJSON; None where a line is none."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 2:
        return None
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Zeile {error.lineno}, Zeichen {error.colno}"
    return "eine Zahl ist zu lang"


def json_records(document: Any, limits: Limits) -> Records | None:
    """The table that a JSON document holds; None where it holds none.

    A list of objects, a list of lists, an object of equally long lists, or one of these inside of
    objects; where there are several, the longest. Of GeoJSON features the properties, of ArcGIS
    features the attributes.

    Raises:
        RecordsError: `table-too-large`.
    """
    found = max(_candidates(document, 0), key=len, default=None)
    if found is None:
        return _columnar(document, limits)
    if isinstance(found[0], dict):
        return _of_objects([_flat(record) for record in found if isinstance(record, dict)], limits)
    _weigh(len(found), max(map(len, found)), limits)
    width = max(map(len, found))
    rows = [(*map(_cell, row), *(None,) * (width - len(row))) for row in found]
    return Records(rows=rows, named=False)


def _candidates(document: Any, depth: int) -> Iterator[list[Any]]:
    if isinstance(document, list):
        if _is_table(document):
            yield document
    elif isinstance(document, dict) and depth < _DEPTH and len(document) <= _KEYS:
        for key, value in document.items():
            if key.lower() not in _ABOUT:
                yield from _candidates(value, depth + 1)


def _is_table(values: list[Any]) -> bool:
    """Whether nearly all values are objects, or all are lists of more than one plain value."""
    if not values:
        return False
    objects = sum(isinstance(value, dict) for value in values)
    if objects:
        return objects >= 0.9 * len(values) and isinstance(values[0], dict)
    return all(
        isinstance(row, list)
        and len(row) > 1
        and not any(isinstance(cell, list | dict) for cell in row)
        for row in islice(values, 100)
    ) and all(isinstance(row, list) for row in values)


def _columnar(document: Any, limits: Limits) -> Records | None:
    """`{"name": [..], "wert": [..]}`, or objects by their key: `{"01": {..}, "02": {..}}`."""
    if not isinstance(document, dict) or not document:
        return None
    columns = list(document.values())
    if all(isinstance(column, list) for column in columns):
        height = len(columns[0])
        plain = not any(isinstance(cell, list | dict) for col in columns for cell in col)
        if len(columns) > 1 and height and plain and all(len(col) == height for col in columns):
            _weigh(height, len(columns), limits)
            cells = [[_cell(value) for value in column] for column in columns]
            return Records(rows=[tuple(document), *zip(*cells, strict=True)], named=True)
    if len(columns) > 1 and all(isinstance(one, dict) and one for one in columns):
        common = set(columns[0]).intersection(*columns[1:])
        if 2 * len(common) >= len(columns[0]):
            return _of_objects(
                [{"key": key, **_flat(one)} for key, one in document.items()], limits
            )
    return None


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """The record itself; of a feature what it says of its place's properties."""
    for inner in ("properties", "attributes"):
        values = record.get(inner)
        if isinstance(values, dict) and ("geometry" in record or record.get("type") == "Feature"):
            return values
    return record


def _of_objects(records: Sequence[dict[str, Any]], limits: Limits) -> Records:
    names: dict[str, int] = {}
    for record in records:
        for name in record:
            names[name] = names.get(name, 0) + 1
    _weigh(len(records), len(names), limits)
    expected = [name for name, count in names.items() if count >= 0.9 * len(records)]
    keys = tuple(names)
    rows: list[tuple[Cell, ...]] = [keys]
    rows.extend(tuple([_cell(record.get(key)) for key in keys]) for record in records)
    uneven = sum(any(name not in record for name in expected) for record in records)
    return Records(rows=rows, named=True, uneven=uneven)


def _weigh(height: int, width: int, limits: Limits) -> None:
    if height * width > limits.cells:
        raise RecordsError("table-too-large", f"mehr als {limits.cells} Zellen")


def _cell(value: Any) -> Cell:
    """A value of JSON as a cell; what no cell can hold, as its JSON."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)[:10_000]
    return value  # type: ignore[no-any-return]  # JSON knows no other types
