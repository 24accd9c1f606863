"""Check one table: recognise it, let Frictionless judge it, say in German what was found.

`check_table` works in this process and is for files that one trusts; strangers' files go through
`isolation`, where a child process with limits of time and memory does the same.

`valid` is the verdict of Frictionless under the schema: true if its report has no error. Where the
schema is inferred, cells that do not fit a column's type are no errors but warnings: such a
column goes to Frictionless without a type. What cannot be judged at all is not valid.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from datenernte_dcat.errors import os_reason
from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.tabular import observations
from datenernte_validators.tabular.content import (
    CHECKED,
    OTHER_TABLES,
    Content,
    clean_extract,
    recognise_content,
)
from datenernte_validators.tabular.dialect import recognise_dialect
from datenernte_validators.tabular.encoding import recognise_encoding
from datenernte_validators.tabular.german import report_findings
from datenernte_validators.tabular.inference import Column, body_rows, collect, infer_columns
from datenernte_validators.tabular.layout import (
    Layout,
    field_names,
    header_labels,
    recognise_layout,
)
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.rows import CsvSource, RowTooLong, Scan, SheetSource, scan
from datenernte_validators.tabular.schema import (
    SchemaUnusable,
    inferred_schema,
    labels_of,
    read_schema,
    without_foreign_keys,
)
from datenernte_validators.tabular.workbook import WorkbookError, fill_merged, read_sheet

METHOD = "1"
"""Version of recognition and texts: a stored report of another version is to be made anew."""
_MISMATCHES_PER_ROW = 5_000_000
"""Errors in one row times its cells: Frictionless repeats the row in each of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableCheck:
    """The outcome for one file."""

    document: dict[str, Any]
    """The JSON of a table check; it holds the findings too."""
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether the table keeps to its schema."""
        return bool(self.document["valid"])


@dataclass(kw_only=True, slots=True)
class _Work:
    """A check in progress: what is known so far."""

    path: Path
    target: str
    name: str
    limits: Limits
    schema: dict[str, Any] | None = None
    origin: str = "inferred"
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote_char: str | None = None
    layout: Layout | None = None
    columns: list[Column] = field(default_factory=list)
    rows: int | None = None
    report: dict[str, Any] | None = None
    valid: bool = False
    findings: list[Finding] = field(default_factory=list)

    def note(self, code: str, **words: Any) -> None:
        """Add a finding about the file."""
        self.findings.append(finding(code, subject=self.target, **words))


def check_table(
    path: Path,
    *,
    target: str,
    media_type: str | None = None,
    file_name: str | None = None,
    schema: Path | Mapping[str, Any] | None = None,
    schema_origin: str = "given",
    limits: Limits | None = None,
) -> TableCheck:
    """Check a table in this process.

    Args:
        target: what the document and the findings are about: the path or URL that the user knows.
        media_type: as the server or the metadata said; decides only where the content cannot.
        file_name: name of the file at its source; default: the name of `path`.
        schema: Table Schema, a JSON file or its descriptor; None infers one.
        schema_origin: `given`, `declared` or `library:<name>`, where the schema came from.
    """
    work = _Work(
        path=path,
        target=target,
        name=file_name or path.name,
        limits=limits or Limits(),
        origin=schema_origin if schema is not None else "inferred",
    )
    try:
        _check(work, media_type, schema)
    except OSError as error:
        work.note("table-unreadable", detail=os_reason(error))
    return _result(work)


def options_hash(
    schema: Path | Mapping[str, Any] | None,
    schema_origin: str = "given",
    limits: Limits | None = None,
) -> str:
    """SHA-256 hex of all that an outcome depends on besides the bytes of the file.

    Equal bytes under an equal hash give an equal document, target and seconds apart. A schema that
    cannot be read counts as none, as it is the same finding every time.
    """
    descriptor: Any = None
    if schema is not None:
        try:
            descriptor = read_schema(schema)
        except SchemaUnusable as error:
            descriptor = str(error)
    origin = schema_origin if schema is not None else "inferred"
    options = [METHOD, version("frictionless"), origin, descriptor, asdict(limits or Limits())]
    return sha256(json.dumps(options, sort_keys=True, default=dict).encode()).hexdigest()


def failed_check(target: str, code: str, *, schema_origin: str, **words: Any) -> TableCheck:
    """The outcome for a file that could not be checked, with one finding that says why."""
    work = _Work(path=Path(), target=target, name=target, limits=Limits(), origin=schema_origin)
    work.note(code, **words)
    return _result(work)


def _check(work: _Work, media_type: str | None, schema: Path | Mapping[str, Any] | None) -> None:
    size = work.path.stat().st_size
    if size > work.limits.file_bytes:
        work.note("table-too-large", detail=f"{size // 1_000_000} MB")
        return
    content = recognise_content(work.path, media_type, work.name)
    if content not in CHECKED and content is not Content.EMPTY:
        _no_table(work, content)
        return
    if schema is not None and not _take_schema(work, schema):
        return
    if content is Content.XLSX:
        _check_sheet(work)
    else:
        _check_text(work)


def _no_table(work: _Work, content: Content) -> None:
    work.format = content.value
    if content is Content.HTML:
        work.note("table-html", value=clean_extract(work.path))
    elif content in OTHER_TABLES:
        work.note("table-unsupported", value=content.value.upper())
    else:
        work.note("table-not-a-table", value=_CONTENT_NAMES.get(content, content.value))


_CONTENT_NAMES = {
    Content.PDF: "ein PDF-Dokument",
    Content.IMAGE: "ein Bild",
    Content.DOCUMENT: "ein Textdokument oder eine Präsentation",
    Content.BINARY: "eine Datei ohne erkennbaren Text",
    Content.TEXT: "ein Text ohne Spalten",
    Content.XML: "ein XML-Dokument",
    Content.RDF: "ein RDF-Dokument",
}


def _take_schema(work: _Work, schema: Path | Mapping[str, Any]) -> bool:
    try:
        work.schema, unchecked = without_foreign_keys(read_schema(schema))
    except SchemaUnusable as error:
        work.note("table-schema-unusable", detail=str(error))
        return False
    for name in unchecked:
        work.note("table-foreign-key-unchecked", value=name)
    return True


def _check_text(work: _Work) -> None:
    limits = work.limits
    encoding = recognise_encoding(work.path)
    work.encoding = encoding.name
    work.findings += observations.encoding_findings(encoding, work.target)
    dialect = recognise_dialect(work.path, encoding.name, limits.row_characters)
    work.delimiter, work.quote_char = dialect.delimiter, dialect.quote_char
    work.format = "tsv" if dialect.delimiter == "\t" else "csv"
    _compare_format(work)
    one_line = not encoding.quotes and encoding.longest_line <= limits.row_characters
    source = CsvSource(work.path, encoding.name, dialect, limits.row_characters, one_line)
    try:
        overview = scan(source)
    except RowTooLong as error:
        code = "table-quote-open" if error.lines > 1 else "table-row-too-long"
        work.note(code, row=error.row)
        return
    for row in source.open_quotes[:10]:
        work.note("table-quote-open", row=row)
    _check_rows(work, source, overview, mojibake=encoding.suspicious)


def _check_sheet(work: _Work) -> None:
    work.format = "xlsx"
    _compare_format(work)
    try:
        sheet = read_sheet(work.path, work.limits)
    except WorkbookError as error:
        work.note(error.code, detail=error.detail)
        return
    work.findings += observations.sheet_findings(sheet, work.target)
    source = SheetSource(sheet.rows)
    overview = scan(source)
    if sheet.merged:
        fill_merged(sheet, recognise_layout(overview, _labels_wanted(work)).header_rows)
        overview = scan(source)
    _check_rows(work, source, overview, mojibake=True)


def _compare_format(work: _Work) -> None:
    """`table-format-mismatch`: the ending promises another kind of table."""
    ending = Path(work.name.lower()).suffix
    is_sheet = work.format == "xlsx"
    if (is_sheet and ending in (".csv", ".tsv", ".tab", ".txt")) or (
        not is_sheet and ending in (".xlsx", ".xls", ".ods")
    ):
        work.note("table-format-mismatch", value=ending, found=str(work.format).upper())


def _labels_wanted(work: _Work) -> Sequence[str]:
    return labels_of(work.schema) if work.schema else ()


def _check_rows(
    work: _Work, source: CsvSource | SheetSource, overview: Scan, *, mojibake: bool
) -> None:
    """The common way of text tables and sheets, from their rows on."""
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
    layout = work.layout = recognise_layout(overview, _labels_wanted(work))
    labels = header_labels(overview, layout)
    names = field_names(labels, layout.width)
    if work.schema is None:
        rows = body_rows(source.rows(), layout)
    else:  # the columns are only read to explain errors: a sample will do
        first, last = layout.first_row, layout.last_row
        rows = (row for number, row in overview.sample if first <= number <= last)
    statistics = collect(rows, len(names), text=isinstance(source, CsvSource))
    work.columns = infer_columns(names, statistics, work.delimiter)
    body = layout.last_row - layout.first_row + 1 - len(layout.left_out)
    work.rows = max(0, body)
    work.findings += observations.layout_findings(layout, work.rows, overview, target)
    work.findings += observations.width_findings(labels, layout, overview, target)
    work.findings += observations.column_findings(work.columns, target)
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


def _judge(
    work: _Work,
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


def _result(work: _Work) -> TableCheck:
    layout = work.layout
    findings = tuple(work.findings)
    dialect = {
        "delimiter": work.delimiter,
        "quote_char": work.quote_char,
        "header_rows": list(layout.header_rows) if layout else [],
        "comment_rows": list(layout.comment_rows) if layout else [],
        "footer_rows": list(layout.footer_rows) if layout else [],
        "decimal_char": _most_used([column.decimal_char for column in work.columns]),
        "group_char": _most_used([column.group_char for column in work.columns]),
    }
    document = {
        "target": work.target,
        "kind": "table",
        "format": work.format,
        "encoding": work.encoding,
        "dialect": dialect if layout or work.delimiter else None,
        "rows": work.rows,
        "fields": _fields(work),
        "schema": work.origin,
        "valid": work.valid,
        "report": work.report,
        "findings": [msgspec.to_builtins(found) for found in findings],
    }
    return TableCheck(document=document, findings=findings)


def _fields(work: _Work) -> list[dict[str, Any]]:
    """The fields as they were judged: those of a given schema, else the recognised ones."""
    if work.schema is None:
        return [
            {
                "name": column.name.strip(),
                "type": column.type,
                "format": column.format,
                "missing_values": list(column.missing_values),
            }
            for column in work.columns
        ]
    missing = work.schema.get("missingValues", [""])
    return [
        {
            "name": _text(given.get("name"), ""),
            "type": _text(given.get("type"), "string"),
            "format": _text(given.get("format"), "default"),
            "missing_values": [
                _text(token, "") for token in _listed(given.get("missingValues", missing))
            ],
        }
        for given in work.schema["fields"]
        if isinstance(given, dict)
    ]


def _text(value: object, default: str) -> str:
    """What a stranger's schema says in place of a text, as text."""
    return default if value is None else str(value)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _most_used(marks: list[str | None]) -> str | None:
    """The mark of most columns; on a draw the comma."""
    present = [mark for mark in marks if mark]
    return (
        max(set(present), key=lambda mark: (present.count(mark), mark == ",")) if present else None
    )
