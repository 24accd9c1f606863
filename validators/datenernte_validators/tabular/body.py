"""A table from its rows on, whatever format they came in: layout, columns, schema, judgement."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datenernte_validators.tabular import observations
from datenernte_validators.tabular.census import screened_collect
from datenernte_validators.tabular.counting import ColumnStatistics, body_rows, collect
from datenernte_validators.tabular.doubts import doubt_findings
from datenernte_validators.tabular.german import report_findings
from datenernte_validators.tabular.inference import infer_columns
from datenernte_validators.tabular.layout import (
    Layout,
    field_names,
    header_labels,
    recognise_layout,
)
from datenernte_validators.tabular.library import choose_schema
from datenernte_validators.tabular.outcome import Work, most_used
from datenernte_validators.tabular.rows import CsvSource, Scan, SheetSource
from datenernte_validators.tabular.schema import (
    inferred_schema,
    labels_of,
)
from datenernte_validators.tabular.suggestion import write_suggestions

_ALL_ROWS = 20_000
"""Up to here the columns of a table with a given schema are read whole too."""
_MISMATCHES_PER_ROW = 5_000_000
"""Errors in one row times its cells: Frictionless repeats the row in each of them."""


def labels_wanted(work: Work) -> Sequence[str]:
    """Field names of a given schema."""
    return labels_of(work.schema) if work.schema else ()


def check_rows(
    work: Work,
    source: CsvSource | SheetSource,
    overview: Scan,
    *,
    mojibake: bool,
    layout: Layout | None = None,
) -> None:
    """The common way of all tables, from their rows on.

    Args:
        layout: where it needs no recognition.
    """
    limits, target = work.limits, work.target
    if not overview.widths:
        work.note("table-empty")
        work.rows = 0
        # Frictionless has its own word for it (source-error); its report comes along.
        empty = Layout(header_rows=(1,), width=0, last_row=0)
        _judge(work, source, empty, {"fields": []}, 0)
        return
    if overview.columns > limits.columns:
        work.note("table-too-wide", count=overview.columns, limit=limits.columns)
        return
    layout = work.layout = layout or recognise_layout(overview, labels_wanted(work))
    labels = header_labels(overview, layout)
    names = field_names(labels, layout.width)
    if work.schema is None or work.suggestions or overview.total <= _ALL_ROWS:
        rows = body_rows(source.rows(), layout)
    else:  # the columns are only read to explain errors: a sample will do
        first, last = layout.first_row, layout.last_row
        rows = (row for number, row in overview.sample if first <= number <= last)
    statistics = None
    if work.schema is None and isinstance(source, CsvSource):
        statistics = screened_collect(source, layout, len(names))
    if statistics is None:
        statistics = collect(rows, len(names), text=isinstance(source, CsvSource))
    work.columns = infer_columns(names, statistics, work.delimiter)
    if work.schema is None:
        _look_up_schema(work, statistics, overview, layout)
    body = layout.last_row - layout.first_row + 1 - len(layout.left_out)
    work.rows = max(0, body)
    work.findings += observations.layout_findings(layout, work.rows, overview, target)
    work.findings += observations.width_findings(labels, layout, overview, target)
    work.findings += observations.body_findings(labels, layout, overview, target)
    work.findings += observations.column_findings(work.columns, target)
    work.findings += doubt_findings(
        source, overview, layout, work.columns, statistics, target, work.land
    )
    if work.suggestions is not None:
        title = Path(work.name).stem
        write_suggestions(work.suggestions, source, layout, work.columns, title=title)
    if _is_explosive(labels, layout.width, overview):
        work.note("table-too-ragged")
        return
    if work.schema is not None:
        fields = work.schema["fields"]
        work.findings += observations.notation_findings(work.columns, fields, target)
    schema = work.schema if work.schema is not None else inferred_schema(work.columns)
    work.findings += observations.cell_findings(
        source,
        layout,
        work.columns,
        target,
        outliers=work.schema is None,
        mojibake=mojibake,
        per_code=limits.findings_per_code,
    )
    # Four characters for each cell: its quotes and comma in the JSON of the report.
    _judge(work, source, layout, schema, overview.longest_row + 4 * overview.columns)
    if work.report is not None:
        work.findings += report_findings(
            work.report,
            subject=target,
            inferred=work.schema is None,
            per_code=limits.findings_per_code,
        )


def _look_up_schema(
    work: Work, statistics: Sequence[ColumnStatistics], overview: Scan, layout: Layout
) -> None:
    """Take a schema of our library where words and header agree on it, and say so."""
    titles = [
        str(cell) for n, row in overview.head if n in layout.title_rows for cell in row if cell
    ]
    marks = [column.decimal_char for column in work.columns]
    words = [*work.about, Path(work.name).stem, *titles]
    choice = choose_schema(work.columns, statistics, words, most_used(marks))
    if choice is not None:
        work.schema, work.origin = choice.schema, f"library:{choice.name}"
        work.note("table-schema-library", value=choice.title, count=choice.matched)


def _judge(
    work: Work,
    source: CsvSource | SheetSource,
    layout: Layout,
    schema: dict[str, Any],
    longest_row: int,
) -> None:
    from datenernte_validators.tabular.judge import judge  # Frictionless takes 0.4 s to load

    report = judge(
        work.path,
        source,
        layout,
        schema,
        name=re.sub(r"[^-a-z0-9._]+", "-", Path(work.name.lower()).stem).strip("-") or "table",
        place=work.target,
        longest_row=longest_row,
        limits=work.limits,
    )
    errors = [*report["errors"], *(e for task in report["tasks"] for e in task["errors"])]
    work.report = report
    work.valid = all(work.schema is None and error["type"] == "type-error" for error in errors)


def _is_explosive(labels: list[str], width: int, overview: Scan) -> bool:
    """Whether the report on a single row would be larger than the file."""
    count = len(labels) or width
    unclear = len(labels) - len(set(labels)) + labels.count("")
    rows = max((abs(w - count) * max(w, count) for w in overview.widths), default=0)
    return max(unclear * count, rows) > _MISMATCHES_PER_ROW
