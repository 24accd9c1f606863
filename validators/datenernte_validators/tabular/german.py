"""The Frictionless report as findings: one for each error, in German, with row and column.

Codes are Frictionless' error types as they are. Of one type in one column only the first hundred
become findings, the rest is counted in `table-more-findings`; the report keeps them all.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.texts import finding, texts

FRICTIONLESS_CODES = frozenset(
    {
        "ascii-value",
        "blank-header",
        "blank-label",
        "blank-row",
        "byte-count",
        "check-error",
        "compression-error",
        "constraint-error",
        "deviated-cell",
        "deviated-value",
        "dialect-error",
        "duplicate-label",
        "duplicate-row",
        "encoding-error",
        "extra-cell",
        "extra-label",
        "field-count",
        "field-error",
        "forbidden-value",
        "foreign-key",
        "format-error",
        "hash-count",
        "incorrect-label",
        "metadata-error",
        "missing-cell",
        "missing-label",
        "primary-key",
        "required-value",
        "resource-error",
        "row-constraint",
        "row-count",
        "schema-error",
        "scheme-error",
        "sequential-value",
        "source-error",
        "table-dimensions",
        "truncated-value",
        "type-error",
        "unique-error",
        "unmatched-header",
    }
)
"""Error types of Frictionless 5.21 that a table can have; others become `table-other-error`."""
_VALUE_CHARACTERS = 1_000
"""Of a cell, in a finding; the report has it whole."""
_TYPES = {
    "string": "Text",
    "number": "eine Zahl",
    "integer": "eine ganze Zahl",
    "boolean": "ja oder nein",
    "date": "ein Datum",
    "datetime": "Datum und Uhrzeit",
    "time": "eine Uhrzeit",
    "year": "ein Jahr",
    "yearmonth": "Jahr und Monat",
    "duration": "eine Dauer",
    "geopoint": "ein Koordinatenpaar",
    "geojson": "GeoJSON",
    "object": "ein JSON-Objekt",
    "array": "eine JSON-Liste",
    "list": "eine Liste",
    "any": "ein Wert",
}
_DEFAULT_FORMATS = {
    "date": "JJJJ-MM-TT",
    "datetime": "JJJJ-MM-TTThh:mm:ss",
    "time": "hh:mm:ss",
}
_STRING_FORMATS = {
    "email": "eine E-Mail-Adresse",
    "uri": "eine Webadresse",
    "uuid": "eine UUID",
    "binary": "Base64",
    "wkt": "eine Geometrie in WKT",
}
_DIRECTIVES = {
    "%d": "TT",
    "%m": "MM",
    "%Y": "JJJJ",
    "%y": "JJ",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
}
_CONSTRAINTS = {
    "required": "Der Wert ist Pflicht",
    "minimum": "Der Wert muss mindestens {} sein",
    "maximum": "Der Wert darf höchstens {} sein",
    "exclusiveMinimum": "Der Wert muss größer als {} sein",
    "exclusiveMaximum": "Der Wert muss kleiner als {} sein",
    "minLength": "Der Text muss mindestens {} Zeichen haben",
    "maxLength": "Der Text darf höchstens {} Zeichen haben",
    "pattern": "Der Text muss dem Muster {} entsprechen",
    "enum": "Erlaubt sind nur {}",
}
_TYPE_NOTE = re.compile(r'type is "([^/"]*)/(.*)"', re.DOTALL)
_CONSTRAINT_NOTE = re.compile(r'constraint "(\w+)" is "(.*)"', re.DOTALL)
_POSITION = re.compile(r"\d+")
_COUNTS = re.compile(r'expected is "(.*?)" and actual is "(.*?)"')


def report_findings(
    report: Mapping[str, Any], *, subject: str, inferred: bool, per_code: int
) -> Iterator[Finding]:
    """The errors of a report as findings.

    Args:
        inferred: the schema is our own, so a cell that does not fit it is a warning.
        per_code: findings of one type and column; `table-more-findings` counts the others.
    """
    counts: Counter[tuple[str, str]] = Counter()
    task_errors = [error for task in report["tasks"] for error in task["errors"]]
    for error in [*report["errors"], *task_errors]:
        code, column = str(error["type"]), str(error.get("fieldName") or "")
        counts[code, column] += 1
        if counts[code, column] <= per_code:
            yield error_finding(error, subject=subject, inferred=inferred)
    yield from more_findings(counts, subject=subject, per_code=per_code)
    for task in report["tasks"]:
        for warning in task.get("warnings", ()):
            limit = _POSITION.search(str(warning))
            code = "table-rows-limit" if "row limit" in str(warning) else "table-errors-limit"
            yield finding(code, subject=subject, limit=limit[0] if limit else "?")


def more_findings(
    counts: Mapping[tuple[str, str], int], *, subject: str, per_code: int
) -> Iterator[Finding]:
    """One finding for each code and column of which not all became findings."""
    for (code, column), count in counts.items():
        if count > per_code:
            title = texts()[code].title if code in texts() else code
            yield finding(
                "table-more-findings",
                subject=subject,
                property=column or None,
                title=title,
                where=f" in der Spalte »{column}«" if column else "",
                shown=per_code,
                count=count,
            )


def error_finding(error: Mapping[str, Any], *, subject: str, inferred: bool = False) -> Finding:
    """One error of a Frictionless report as a finding."""
    code = str(error["type"])
    note = str(error.get("note") or "")
    name = str(error.get("fieldName") or "").strip()
    label = str(error.get("label") or "")
    row = error.get("rowNumber")
    if row is None and error.get("rowNumbers"):
        row = error["rowNumbers"][-1]
    value = error.get("cell", label or None)
    field = error.get("fieldNumber")
    known = code in FRICTIONLESS_CODES
    return finding(
        code if known else "table-other-error",
        subject=subject,
        property=name or None,
        value=None if value is None else str(value)[:_VALUE_CHARACTERS],
        row=row,
        field=field,
        severity=Severity.WARNING if inferred and code == "type-error" else None,
        name=name or (f"Nr. {field}" if field else "?"),
        label=label,
        expected=_expectation(note),
        other=_join(_POSITION.findall(note)),
        note=_note(note) if known else f"{error.get('message')}",
        error_type=code,
    )


def expected_type(kind: str, form: str = "default") -> str:
    """»ein Datum (TT.MM.JJJJ)« for a type and format of Table Schema."""
    if kind == "string" and form in _STRING_FORMATS:
        return _STRING_FORMATS[form]
    words = _TYPES.get(kind, kind)
    pattern = _DEFAULT_FORMATS.get(kind, "") if form == "default" else form
    for directive, letters in _DIRECTIVES.items():
        pattern = pattern.replace(directive, letters)
    return f"{words} ({pattern})" if pattern and pattern != "any" else words


def _expectation(note: str) -> str:
    """What a type or constraint note says in German."""
    if match := _TYPE_NOTE.fullmatch(note):
        return expected_type(match[1], match[2])
    if match := _CONSTRAINT_NOTE.fullmatch(note):
        bound = match[2]
        if match[1] == "enum":
            bound = bound.strip("[]").replace("'", "")
        template = _CONSTRAINTS.get(match[1], f"Die Regel »{match[1]}« verlangt {{}}")
        return template.format(f"»{_short(bound)}«")
    return _short(note)


def _note(note: str) -> str:
    if match := _COUNTS.fullmatch(note):
        return f"Angekündigt ist {match[1]}, gefunden wurde {match[2]}"
    return _short(note)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _join(numbers: list[str]) -> str:
    return ", ".join(numbers[:5]) or "?"
