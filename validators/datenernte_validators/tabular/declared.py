"""Schemas that a dataset declares, in the forms that portals use, as one Table Schema.

Table Schema as it is, the schema of a resource in a Data Package, and CSVW metadata. Nothing is
fetched here: a schema that stands elsewhere is named, and whoever asked may fetch it.

Sources: https://datapackage.org/standard/data-package/ and https://www.w3.org/TR/tabular-metadata/
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

_CSVW_TYPES = {
    **dict.fromkeys(("integer", "int", "long", "short", "nonNegativeInteger"), "integer"),
    **dict.fromkeys(("positiveInteger", "unsignedInt", "unsignedLong", "byte"), "integer"),
    **dict.fromkeys(("number", "decimal", "double", "float"), "number"),
    **dict.fromkeys(("date", "boolean", "time"), None),
    **dict.fromkeys(("dateTime", "datetime", "dateTimeStamp"), "datetime"),
    "gYear": "year",
    "gYearMonth": "yearmonth",
    "duration": "duration",
}
"""Types of CSVW that have another name in Table Schema; None: the same name."""
_CSVW_BOUNDS = {
    "minimum": "minimum",
    "minInclusive": "minimum",
    "maximum": "maximum",
    "maxInclusive": "maximum",
    "minLength": "minLength",
    "maxLength": "maxLength",
}
_DATE_LETTERS = (
    ("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"),
)  # fmt: skip
_METADATA_ENDINGS = ("datapackage.json", "-metadata.json", ".schema.json", "tableschema.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What a document says about the schema of one file."""

    schema: dict[str, Any] | None = None
    """The Table Schema."""
    url: str | None = None
    """Where it stands, if not here."""


def looks_like_schema(url: str) -> bool:
    """Whether a URL may lead to a schema rather than to a standard that is a web page."""
    path = urlsplit(url).path.lower()
    return path.endswith(_METADATA_ENDINGS) or (
        "schema" in url.lower() and not path.endswith((".html", ".htm", ".pdf", ".xsd", "/"))
    )


def is_metadata_file(url: str) -> bool:
    """Whether a file beside a table describes it, by the names that the standards give."""
    return urlsplit(url).path.lower().endswith(_METADATA_ENDINGS)


def declared_schema(document: object, document_url: str, file_url: str) -> Declared:
    """The schema of a file in a document that describes it; empty where it says nothing.

    Args:
        document: parsed JSON.
        document_url: base of the addresses in it.
        file_url: the table; of several in one document, the one of this name is meant.
    """
    if not isinstance(document, Mapping):
        return Declared()
    if isinstance(document.get("fields"), list):
        return Declared(schema=dict(document))
    if isinstance(document.get("resources"), list):
        return _of_package(document["resources"], document_url, file_url)
    tables = document.get("tables")
    if not isinstance(tables, list):
        tables = [document] if isinstance(document.get("tableSchema"), Mapping | str) else []
    return _of_csvw(tables, document_url, file_url)


def _of_package(resources: Sequence[object], base: str, file_url: str) -> Declared:
    known = [one for one in resources if isinstance(one, Mapping)]
    chosen = _meant(known, "path", base, file_url)
    schema = chosen.get("schema") if chosen is not None else None
    if isinstance(schema, str):
        return Declared(url=urljoin(base, schema))
    return Declared(schema=dict(schema)) if isinstance(schema, Mapping) else Declared()


def _of_csvw(tables: Sequence[object], base: str, file_url: str) -> Declared:
    known = [one for one in tables if isinstance(one, Mapping)]
    chosen = _meant(known, "url", base, file_url)
    schema = chosen.get("tableSchema") if chosen is not None else None
    if isinstance(schema, str):
        return Declared(url=urljoin(base, schema))
    columns = schema.get("columns") if isinstance(schema, Mapping) else None
    if not isinstance(columns, list):
        return Declared()
    fields = [
        _csvw_field(column)
        for column in columns
        if isinstance(column, Mapping) and not column.get("virtual")
    ]
    converted: dict[str, Any] = {"fields": fields}
    keys = schema.get("primaryKey") if isinstance(schema, Mapping) else None
    if isinstance(keys, str | list):
        by_name = dict(zip((c.get("name") for c in columns), fields, strict=False))
        wanted = [keys] if isinstance(keys, str) else keys
        converted["primaryKey"] = [by_name[k]["name"] for k in wanted if k in by_name]
    return Declared(schema=converted)


def _meant(
    entries: Sequence[Mapping[str, Any]], key: str, base: str, file_url: str
) -> Mapping[str, Any] | None:
    """The entry about a file: of its address, else of its name, else the only one."""
    for entry in entries:
        if isinstance(entry.get(key), str) and urljoin(base, entry[key]) == file_url:
            return entry
    name = _file_name(file_url)
    named = [e for e in entries if isinstance(e.get(key), str) and _file_name(e[key]) == name]
    if len(named) == 1:
        return named[0]
    return entries[0] if len(entries) == 1 else None


def _file_name(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name.lower()


def _csvw_field(column: Mapping[str, Any]) -> dict[str, Any]:
    """A column of CSVW as a field; its name is the title that stands in the header."""
    datatype = column.get("datatype", "string")
    details: Mapping[str, Any] = datatype if isinstance(datatype, Mapping) else {}
    base = str(details.get("base", "string") if details else datatype)
    field: dict[str, Any] = {"name": _title(column)}
    field["type"] = (_CSVW_TYPES[base] or base) if base in _CSVW_TYPES else "string"
    form = details.get("format")
    if isinstance(form, str) and field["type"] in ("date", "datetime", "time"):
        for letters, directive in _DATE_LETTERS:
            form = form.replace(letters, directive)
        field["format"] = form
    elif isinstance(form, Mapping):
        for ours, theirs in (("decimalChar", "decimalChar"), ("groupChar", "groupChar")):
            if isinstance(form.get(theirs), str):
                field[ours] = form[theirs]
    constraints = {
        _CSVW_BOUNDS[key]: value for key, value in details.items() if key in _CSVW_BOUNDS
    }
    if column.get("required") is True:
        constraints["required"] = True
    if constraints:
        field["constraints"] = constraints
    null = column.get("null")
    if isinstance(null, str | list):
        field["missingValues"] = [null] if isinstance(null, str) else [str(one) for one in null]
    return field


def _title(column: Mapping[str, Any]) -> str:
    titles = column.get("titles")
    if isinstance(titles, Mapping):
        titles = titles.get("de") or next(iter(titles.values()), None)
    if isinstance(titles, list):
        titles = titles[0] if titles else None
    return str(titles or column.get("name") or "")
