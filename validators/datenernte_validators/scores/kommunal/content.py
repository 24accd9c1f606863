"""The look into a file (dimension D): rows, header, values, schema and encoding of one table."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from datenernte_validators.scores.kommunal.evidence import FileEvidence
from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
    millionths,
)

PARTS = ("rows", "header", "values", "schema", "encoding")
"""What is looked at, in the order of the method's weights."""

_ROW_ERRORS = frozenset({"blank-row", "missing-cell", "extra-cell"})
_HEADER_ERRORS = frozenset(
    {
        "blank-header",
        "blank-label",
        "duplicate-label",
        "missing-label",
        "extra-label",
        "incorrect-label",
    }
)
_CELL_ERRORS = frozenset(
    {"type-error", "constraint-error", "unique-error", "primary-key", "foreign-key"}
)
_NOT_OPENED = frozenset(
    {"scheme-error", "format-error", "encoding-error", "compression-error", "source-error"}
)
_UNDECIDED = frozenset(
    {
        "table-unsupported",
        "table-too-large",
        "table-too-wide",
        "table-row-too-long",
        "table-deadline",
        "table-memory",
        "table-failed",
        "table-archive-many",
        "table-archive-nested",
        "table-archive-no-table",
        "table-schema-unusable",
        "download-too-large",
    }
)
"""Findings after which nothing can be said about the data."""
_SHOWN_ROWS = 20


class FileJudgement(NamedTuple):
    """What the look into one file gave."""

    parts: tuple[int, ...] | None
    """Values of `PARTS`; None where they were not looked at."""
    value: int
    """Millionths, or unknown."""
    broken: str | None = None
    """Why the file does not open, as finding code."""
    rows: tuple[int, ...] = ()
    """Numbers of the first faulty rows, as in the file."""
    faults: int = 0
    """Errors in rows, labels and cells."""


UNSEEN = FileJudgement(None, UNKNOWN)


def judge_file(file: FileEvidence | None, charset_declared: bool) -> FileJudgement:
    """The judgement on one machine-readable file.

    Args:
        charset_declared: whether the description or the server names the encoding.
    """
    if file is None or file.report is None:
        return UNSEEN
    document = file.report
    codes = {found["code"] for found in document.get("findings", ())}
    errors = _errors(document)
    # Geodata, timetables and the like have no rows to judge.
    if codes & _UNDECIDED or document.get("kind") == "file":
        return UNSEEN
    opened = next((e["type"] for e in errors if e["type"] in _NOT_OPENED), None)
    if document.get("report") is None and "table-json-no-rows" not in codes:
        opened = opened or next(iter(sorted(codes)), "source-error")
    if opened is not None:
        return FileJudgement(None, 0, broken=opened)
    parts = _parts(document, errors, charset_declared)
    faulty = [e for e in errors if e.get("rowNumber") is not None]
    inferred = [f for f in document.get("findings", ()) if f["code"] == "type-error"]
    numbers = {e["rowNumber"] for e in faulty} | {f["row"] for f in inferred if f.get("row")}
    return FileJudgement(
        parts,
        weighted(parts),
        rows=tuple(sorted(numbers)[:_SHOWN_ROWS]),
        faults=len(errors) or len(inferred),
    )


def weighted(parts: tuple[int, ...]) -> int:
    """The value of a file: its parts by their weights, what does not apply left out."""
    weights = method().data_weights
    known = [
        (getattr(weights, name), value)
        for name, value in zip(PARTS, parts, strict=True)
        if value >= 0
    ]
    if not known:
        return UNKNOWN
    total = sum(weight for weight, _ in known)
    return millionths(Fraction(sum(weight * value for weight, value in known), total * ONE))


def row_value(share: Fraction) -> int:
    """D1: 1 without faulty rows, 0 from 5 % of them."""
    return millionths(1 - share / Fraction(method().numbers.row_tolerance))


def cell_value(share: Fraction) -> int:
    """D3 under a schema: 1 without faulty cells, 0 from 2 % of them."""
    return millionths(1 - share / Fraction(method().numbers.cell_tolerance))


def _parts(
    document: Mapping[str, Any], errors: list[Mapping[str, Any]], charset_declared: bool
) -> tuple[int, ...]:
    rows, width = int(document.get("rows") or 0), len(document.get("fields") or ())
    encoding = _encoding(document.get("encoding"), charset_declared)
    has_schema = document.get("schema") != "inferred"
    schema = ONE if has_schema else 0
    if document.get("report") is None:  # well-formed, but no table in it
        return (ONE, NOT_APPLICABLE, UNKNOWN, schema, encoding)
    read = _rows_read(document, errors, rows)
    faulty = {e["rowNumber"] for e in errors if e["type"] in _ROW_ERRORS and e.get("rowNumber")}
    labels = {
        e.get("fieldNumber") or e.get("label") or index
        for index, e in enumerate(errors)
        if e["type"] in _HEADER_ERRORS
    }
    header = millionths(1 - Fraction(len(labels), max(width, 1))) if width else UNKNOWN
    if has_schema:
        wrong = sum(e["type"] in _CELL_ERRORS for e in errors)
        values = cell_value(Fraction(wrong, max(read * width, 1)))
    else:
        limit = Fraction(method().numbers.inferred_limit)
        wrong = _outliers(document)
        values = millionths(min(limit, 1 - Fraction(wrong, max(rows * width, 1, wrong))))
    return (row_value(Fraction(len(faulty), max(read, 1))), header, values, schema, encoding)


def _rows_read(document: Mapping[str, Any], errors: list[Mapping[str, Any]], rows: int) -> int:
    """Number of data rows that the judge got to: after very many errors it stops reading."""
    warned = any(found["code"] == "table-errors-limit" for found in document.get("findings", ()))
    if not warned:
        return rows
    header = document.get("dialect") or {}
    first = max((0, *map(int, header.get("header_rows", ()))))
    last = max((int(e["rowNumber"]) for e in errors if e.get("rowNumber")), default=first + rows)
    return max(1, min(rows, last - first))


def _errors(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    report = document.get("report") or {}
    found = list(report.get("errors", ()))
    for task in report.get("tasks", ()):
        found += task.get("errors", ())
    return found


def _outliers(document: Mapping[str, Any]) -> int:
    """Number of cells that do not fit the recognised type of their column."""
    listed = [f for f in document.get("findings", ()) if f["code"] == "type-error"]
    return len(listed)


def _encoding(name: str | None, declared: bool) -> int:
    if name is None:
        return NOT_APPLICABLE
    plain = name.lower().replace("_", "-")
    if plain in ("utf-8", "utf-8-sig", "utf8", "ascii", "us-ascii"):
        return ONE
    return ONE * 7 // 10 if declared else ONE * 3 // 10
