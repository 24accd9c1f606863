"""`docs/schemas/toml/*.json`: schemas of the files of a working folder, for editors and checks.

JSON Schema has no dates: a date of TOML counts as text of the format `date`, as editors read it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from datenernte_dcat.municipalities import CAN_BE_UNVERIFIED, Municipality
from datenernte_harvester.logs import FORMATS
from datenernte_harvester.portal import CONFIDENCE, source_types
from datenernte_harvester.reference.settings_list import (
    Setting,
    folder_settings,
    meanings,
    portal_settings,
)

_TYPES: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
    date: {"type": "string", "format": "date"},
}


def file_schemas() -> dict[str, str]:
    """Name of the file, without its ending → the schema as JSON text."""
    words = {"log.format": FORMATS, "source_type": source_types(), "known.confidence": CONFIDENCE}
    return {
        "datenernte": _text(
            "datenernte.toml", _tables(folder_settings(), meanings()["tables"], words)
        ),
        "portal": _text(
            "portals/<name>.toml", _tables(portal_settings(), meanings()["portal_tables"], words)
        ),
        "municipalities": _text("municipalities.toml", _municipalities()),
    }


def _text(title: str, document: Mapping[str, Any]) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps({**head, **document}, ensure_ascii=False, indent=2) + "\n"


def _tables(
    settings: Iterable[Setting], texts: Mapping[str, str], words: Mapping[str, Iterable[str]]
) -> dict[str, Any]:
    """An object of the settings without a table, and one object each for the tables."""
    whole = _object(texts.get("", ""))
    for setting in settings:
        target = whole
        if setting.table:
            target = whole["properties"].setdefault(setting.table, _object(texts[setting.table]))
        described: dict[str, Any] = {"description": setting.meaning, **_type(setting.kind)}
        if setting.name in words:
            described["enum"] = list(words[setting.name])
        target["properties"][setting.key] = described
        if setting.default is MISSING:
            target["required"].append(setting.key)
            if setting.table and setting.table not in _optional_tables(texts):
                whole["required"] = sorted({*whole["required"], setting.table})
        elif setting.default is not None and not isinstance(setting.default, Mapping):
            described["default"] = setting.default
    return whole


def _optional_tables(texts: Mapping[str, str]) -> set[str]:
    """Tables of a portal file may all be missing, though some of their keys may not."""
    return set(texts) if "" in texts else set()


def _object(description: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": {},
    }
    return {"description": description, **found} if description else found


def _type(kind: Any) -> dict[str, Any]:
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _type(get_args(kind)[0])}
    if get_origin(kind) is Mapping:
        return {"type": "object", "additionalProperties": _type(get_args(kind)[1])}
    return dict(_TYPES[kind])


_MUNICIPALITY = {
    "key": "Schlüssel: Gemeinde 8, Kreis 5, Land 2 Ziffern.",
    "name": "Name ohne Art, z. B. Meitingen.",
    "type": "Art, z. B. Markt, Kreisfreie Stadt oder Landkreis.",
    "population": "Einwohner; gehört zu population_date.",
    "population_date": "Stichtag der Einwohner.",
    "area_km2": "Fläche in Quadratkilometern.",
    "postcode": "Postleitzahl der Verwaltung.",
    "lon": "Länge der Mitte in Grad (WGS 84).",
    "lat": "Breite der Mitte in Grad (WGS 84).",
    "unverified": "Angaben, die aus keiner amtlichen Quelle stammen.",
}


def _municipalities() -> dict[str, Any]:
    entry = _object("Eine Kommune.")
    hints = get_type_hints(Municipality)
    for field in fields(Municipality):
        kind = next((one for one in get_args(hints[field.name]) if one in _TYPES), None)
        is_list = get_origin(hints[field.name]) is tuple
        described = _type(hints[field.name] if is_list or kind is None else kind)
        entry["properties"][field.name] = {"description": _MUNICIPALITY[field.name], **described}
        if field.default is MISSING:
            entry["required"].append(field.name)
    entry["properties"]["key"]["pattern"] = "^([0-9]{2}|[0-9]{5}|[0-9]{8})$"
    entry["properties"]["unverified"]["items"] = {"enum": list(CAN_BE_UNVERIFIED)}
    whole = _object("")
    whole["properties"]["municipality"] = {
        "description": "Jede Kommune, je eine [[municipality]].",
        "type": "array",
        "items": entry,
    }
    return whole
