"""Our library of Table Schemas for common municipal data, and when one of them is the right one.

A schema is chosen only where the words about a file (title and keywords of its dataset, its name,
its own title rows) and its header agree with it. It is then fitted to the file: names and notation
are those of the file, types and constraints those of the library. So a file is never at fault for
its decimal comma or for the order of its columns.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.counting import ColumnStatistics
from datenernte_validators.tabular.inference import Column

_LEAST_COLUMNS = 3
_OF_HEADER = 0.5
_OF_SCHEMA = 0.6
"""Share of a file's columns, or of a schema's fields, that must find each other."""
_COMPOUND = 5
"""From this length on a keyword counts as part of a longer German word too."""
_WORD = re.compile(r"[^\W_]+")
_TRUE_VALUES = ["ja", "Ja", "JA", "j", "J", "wahr", "true", "True", "TRUE", "1", "x", "X", "yes"]
_FALSE_VALUES = ["nein", "Nein", "NEIN", "n", "N", "falsch", "false", "False", "FALSE", "0", "no"]

_NUMBERS = c.NUMBERS | c.UNITS
_FITTING = {
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "boolean": frozenset({c.BOOLEAN, c.INTEGER}),
    "date": c.DATES | c.DATETIMES,
    "datetime": c.DATES | c.DATETIMES,
    "time": c.TIMES,
}
"""Classes of cells that a column of a type may hold without being about something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A schema of the library, fitted to a file."""

    name: str
    title: str
    schema: dict[str, Any]
    matched: int
    """Columns of the file that the library knows."""


@cache
def library() -> Mapping[str, dict[str, Any]]:
    """All schemas by name: Table Schemas with `keywords`, `sources` and `aliases` of fields.

    Source: https://datapackage.org/standard/table-schema/
    """
    folder = resources.files(__package__) / "schemas"
    documents = [
        json.loads(entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return {document["name"]: document for document in sorted(documents, key=lambda d: d["name"])}


def named_schemas(about: Sequence[str]) -> tuple[str, ...]:
    """The schemas that words about a file speak of, by name."""
    spoken = _WORD.findall(fold(" ".join(about)))
    words, text = set(spoken), f" {' '.join(spoken)} "
    return tuple(
        name
        for name, document in library().items()
        if any(_is_named(keyword, words, text) for keyword in document["keywords"])
    )


def choose_schema(
    columns: Sequence[Column],
    statistics: Sequence[ColumnStatistics],
    about: Sequence[str],
    decimal_char: str | None,
) -> Choice | None:
    """The schema that words and header agree on, fitted to the file; None where none does.

    Args:
        about: what is said about the file: title, keywords, file name.
        decimal_char: the mark of the file, for columns that do not say.
    """
    best: tuple[float, str, dict[int, int]] | None = None
    for name in named_schemas(about):
        document = library()[name]
        pairs = _pairs(columns, statistics, document["fields"])
        share = len(pairs) / len(document["fields"])
        named = sum(bool(column.name.strip()) for column in columns)
        if len(pairs) < min(_LEAST_COLUMNS, len(document["fields"])) or (
            len(pairs) < _OF_HEADER * named and share < _OF_SCHEMA
        ):
            continue
        required = {k for k, f in enumerate(document["fields"]) if _required(f)}
        if not required <= set(pairs.values()):
            continue
        if best is None or share > best[0]:
            best = (share, name, pairs)
    if best is None:
        return None
    _, name, pairs = best
    document = library()[name]
    fields = [
        _fitted(document["fields"][pairs[k]], column, statistics[k], decimal_char)
        if k in pairs
        else _unknown(column)
        for k, column in enumerate(columns)
    ]
    schema = {"name": name, "title": document["title"], "fields": fields}
    return Choice(name=name, title=document["title"], schema=schema, matched=len(pairs))


def fold(text: str) -> str:
    """A text for comparing: lower case, umlauts as two letters, no soft hyphens."""
    text = unicodedata.normalize("NFC", text).lower().replace("\u00ad", "")
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(umlaut, letters)
    return text


def _key(label: str) -> str:
    return re.sub(r"[\W_]+", "", fold(label))


def _is_named(keyword: str, words: set[str], text: str) -> bool:
    wanted = fold(keyword)
    if not wanted.isalnum():
        return f" {' '.join(_WORD.findall(wanted))} " in text
    if wanted in words:
        return True
    return len(wanted) >= _COMPOUND and any(
        word.startswith(wanted) or word.endswith(wanted) for word in words
    )


def _required(field: Mapping[str, Any]) -> bool:
    return bool(field.get("constraints", {}).get("required"))


def _pairs(
    columns: Sequence[Column],
    statistics: Sequence[ColumnStatistics],
    fields: Sequence[Mapping[str, Any]],
) -> dict[int, int]:
    """Column → field, where the label is one of the field's and the cells do not contradict."""
    labels = {_key(column.name): k for k, column in reversed(list(enumerate(columns)))}
    pairs: dict[int, int] = {}
    for number, field in enumerate(fields):
        for label in (field["name"], field["title"], *field.get("aliases", ())):
            index = labels.get(_key(label))
            if index is None or index in pairs:
                continue
            if _may_be(statistics[index], field["type"]):
                pairs[index] = number
                break
    return pairs


def _may_be(counts: ColumnStatistics, kind: str) -> bool:
    """Whether at least half of the cells could be of a type."""
    fitting = _FITTING.get(kind)
    return fitting is None or 2 * counts.count(*fitting) >= counts.values


def _unknown(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": "any"}
    if column.missing_values != ("",):
        field["missingValues"] = list(column.missing_values)
    return field


def _fitted(
    known: Mapping[str, Any],
    column: Column,
    counts: ColumnStatistics,
    decimal_char: str | None,
) -> dict[str, Any]:
    """A field of the library in the notation of the file."""
    kind = str(known["type"])
    field: dict[str, Any] = {"name": column.name, "title": known["title"], "type": kind}
    if "format" in known:
        field["format"] = known["format"]
    if "constraints" in known:
        field["constraints"] = dict(known["constraints"])
    if kind != "string":
        tokens = [token for token in counts.missing if token != ""]
        if tokens:
            field["missingValues"] = ["", *tokens]
    if kind in ("integer", "number"):
        _fit_number(field, column, decimal_char)
    elif kind == "boolean":
        field["trueValues"], field["falseValues"] = _TRUE_VALUES, _FALSE_VALUES
    elif kind in ("date", "datetime", "time"):
        _fit_moment(field, counts)
    elif kind == "string" and counts.natives:
        # A sheet keeps »80331« as a number: its text is not at hand to compare.
        return _unknown(column)
    return field


def _fit_number(field: dict[str, Any], column: Column, decimal_char: str | None) -> None:
    if column.group_char:
        field["type"] = "number"  # Frictionless knows thousands marks in numbers only
        field["groupChar"] = column.group_char
    if field["type"] == "number" and (column.decimal_char or decimal_char) == ",":
        field["decimalChar"] = ","
    if not column.bare_number:
        field["bareNumber"] = False


def _fit_moment(field: dict[str, Any], counts: ColumnStatistics) -> None:
    """The form that most cells have; a day in place of a moment and the other way round is fine."""
    forms = {cls: counts.classes[cls] for cls in c.FORMATS if counts.classes[cls]}
    if counts.classes[c.DATE_SLASH]:
        month_first = forms.get(c.DATE_SLASH_MDY, 0) > forms.get(c.DATE_SLASH_DMY, 0)
        form = c.DATE_SLASH_MDY if month_first else c.DATE_SLASH_DMY
        forms[form] = forms.get(form, 0) + counts.classes[c.DATE_SLASH]
    if not forms:
        return
    best = max(forms, key=lambda cls: forms[cls])
    if best in c.DATES:
        field["type"] = "date"
    elif best in c.DATETIMES:
        field["type"] = "datetime"
    if c.FORMATS[best] != "default":
        field["format"] = c.FORMATS[best]
