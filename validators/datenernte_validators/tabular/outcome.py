"""The outcome of a table check: what is known so far, and its JSON in the end."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.tabular.inference import Column
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.suggestion import SuggestionPaths


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
class Work:
    """A check in progress: what is known so far."""

    path: Path
    target: str
    name: str
    limits: Limits
    about: tuple[str, ...] = ()
    """Title and keywords of the dataset."""
    land: str | None = None
    """Two-digit key of the Land where its places should lie."""
    suggestions: SuggestionPaths | None = None
    """Where a clean copy is wanted."""
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


def failed_check(target: str, code: str, *, schema_origin: str, **words: Any) -> TableCheck:
    """The outcome for a file that could not be checked, with one finding that says why."""
    work = Work(path=Path(), target=target, name=target, limits=Limits(), origin=schema_origin)
    work.note(code, **words)
    return result(work)


def result(work: Work) -> TableCheck:
    """The outcome of a check that came to its end."""
    layout = work.layout
    findings = tuple(work.findings)
    dialect = {
        "delimiter": work.delimiter,
        "quote_char": work.quote_char,
        "header_rows": list(layout.header_rows) if layout else [],
        "comment_rows": list(layout.comment_rows) if layout else [],
        "footer_rows": list(layout.footer_rows) if layout else [],
        "decimal_char": most_used([column.decimal_char for column in work.columns]),
        "group_char": most_used([column.group_char for column in work.columns]),
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


def _fields(work: Work) -> list[dict[str, Any]]:
    """The fields as they were judged: those of a given schema, else the recognised ones.

    A schema of our library does not describe the file but a kind of files: what was recognised in
    a column says more, unless that is no more than text.
    """
    recognised = [
        {
            "name": column.name.strip(),
            "type": column.type,
            "format": column.format,
            "missing_values": list(column.missing_values),
        }
        for column in work.columns
    ]
    if work.schema is None:
        return recognised
    missing = work.schema.get("missingValues", [""])
    judged = [
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
    if not work.origin.startswith("library:"):
        return judged
    return [
        theirs if ours["type"] == "string" and theirs["type"] != "any" else ours
        for ours, theirs in zip(recognised, judged, strict=True)
    ]


def _text(value: object, default: str) -> str:
    """What a stranger's schema says in place of a text, as text."""
    return default if value is None else str(value)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def most_used(marks: list[str | None]) -> str | None:
    """The mark of most columns; on a draw the comma."""
    present = [mark for mark in marks if mark]
    return (
        max(set(present), key=lambda mark: (present.count(mark), mark == ",")) if present else None
    )
