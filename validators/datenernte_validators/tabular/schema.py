"""Table Schemas: read a foreign one safely, write down the inferred one.

Source: Table Schema, https://specs.frictionlessdata.io/table-schema/ and
https://datapackage.org/standard/table-schema/
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datenernte_dcat.errors import DatenernteError, os_reason
from datenernte_validators.tabular.inference import Column

_SCHEMA_BYTES = 5_000_000
_SCHEMA_FIELDS = 10_000
_REMOTE_KEYS = ("$schema", "$ref", "profile")
"""Frictionless would load what stands here, from the network or the disk."""


class SchemaUnusable(DatenernteError):
    """Raised by `read_schema` when a given schema cannot be read as a Table Schema."""


def read_schema(given: Path | Mapping[str, Any]) -> dict[str, Any]:
    """The descriptor of a given schema, cut loose from everything outside of it.

    Args:
        given: a JSON file, or the descriptor: a JSON object with the key `fields`.

    Raises:
        SchemaUnusable: no file, no JSON, or no Table Schema.
    """
    if isinstance(given, Path):
        try:
            if given.stat().st_size > _SCHEMA_BYTES:
                raise SchemaUnusable("die Datei ist größer als 5 MB")
            document = json.loads(given.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SchemaUnusable(f"die Datei ist nicht lesbar ({os_reason(error)})") from error
        except (ValueError, RecursionError) as error:
            raise SchemaUnusable("die Datei ist kein JSON in UTF-8") from error
    else:
        document = given
    if not isinstance(document, Mapping) or not isinstance(document.get("fields"), list):
        raise SchemaUnusable("es ist kein JSON-Objekt mit der Liste »fields«")
    if len(document["fields"]) > _SCHEMA_FIELDS:
        raise SchemaUnusable("es hat mehr als 10 000 Felder")
    if not all(isinstance(field, Mapping) for field in document["fields"]):
        raise SchemaUnusable("in »fields« steht etwas, das kein Feld ist")
    schema = {key: value for key, value in document.items() if key not in _REMOTE_KEYS}
    schema["fields"] = [
        {key: value for key, value in field.items() if key not in _REMOTE_KEYS}
        for field in document["fields"]
    ]
    return schema


def without_foreign_keys(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The schema without keys into other tables, and the names of those tables.

    One file alone says nothing about other files; Frictionless would refuse the whole table.
    """
    keys = schema.get("foreignKeys")
    if not isinstance(keys, list):
        return schema, []
    own, others = [], []
    for key in keys:
        reference = key.get("reference") if isinstance(key, Mapping) else None
        resource = reference.get("resource") if isinstance(reference, Mapping) else None
        if resource:
            others.append(str(resource))
        else:
            own.append(key)
    return {**schema, "foreignKeys": own}, others


def labels_of(schema: Mapping[str, Any]) -> list[str]:
    """The names of its fields."""
    return [field["name"] for field in schema["fields"] if isinstance(field.get("name"), str)]


def inferred_schema(columns: Sequence[Column]) -> dict[str, Any]:
    """The schema that Frictionless is given for recognised columns: their names and no types.

    A type that was inferred from the cells cannot find a fault in them: where all fit, there is
    none, and where some do not, they are warnings of ours (`type-error`). So Frictionless is asked
    about everything but types, which also saves it half of its time. What counts as »no value« it
    must know, as a row of nothing else is blank.
    """
    return {"fields": [_untyped(column) for column in columns]}


def typed_schema(columns: Sequence[Column]) -> dict[str, Any]:
    """The Table Schema of recognised columns with their types, for people to build upon.

    Columns whose type is only a description (`unjudged`) are of type `any`.
    """
    return {"fields": [_typed(column) for column in columns]}


def _untyped(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": "any"}
    if column.missing_values != ("",):
        field["missingValues"] = list(column.missing_values)
    return field


def _typed(column: Column) -> dict[str, Any]:
    field = _untyped(column)
    if column.unjudged:
        return field
    field["type"] = column.type
    if column.format != "default":
        field["format"] = column.format
    if column.type in ("integer", "number"):
        if column.group_char:
            # Frictionless knows thousands marks in numbers only.
            field["type"] = "number"
            field["groupChar"] = column.group_char
        if column.decimal_char == ",":
            field["decimalChar"] = ","
        if not column.bare_number:
            field["bareNumber"] = False
    if column.type == "boolean" and (column.true_values or column.false_values):
        field["trueValues"] = list(column.true_values)
        field["falseValues"] = list(column.false_values)
    return field
