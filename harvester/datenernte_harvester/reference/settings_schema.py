"""`docs/schemas/config.json`: the form of `config show --json`, made from the settings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin

from datenernte_harvester.reference.settings_list import Setting, folder_settings

_TYPES: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Path: {"type": "string"},
}
_ORIGIN = {
    "description": "Woher der Wert kommt: Standard, Datei oder der Name der Umgebungsvariable.",
    "type": "string",
    "pattern": "^(Standard|Datei|DATENERNTE_[A-Z_]+)$",
}


def settings_schema() -> str:
    """The schema as JSON text."""
    settings = folder_settings()
    plain = {setting.name: {"$ref": f"#/$defs/{setting.name}"} for setting in settings}
    origins = {
        name: _object("Wert und Herkunft.", {"value": reference, "origin": _ORIGIN})
        for name, reference in plain.items()
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Die wirksamen Einstellungen",
        "description": "»datenernte config show --json«, ohne und mit --origin. Passwörter in "
        "Adressen sind durch *** ersetzt.",
        "oneOf": [
            _object("Ohne --origin: Einstellung und Wert.", plain),
            _object("Mit --origin: Einstellung, Wert und Herkunft.", origins),
        ],
        "$defs": {
            setting.name: {"description": setting.meaning, **_type(setting)} for setting in settings
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _object(description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def _type(setting: Setting) -> dict[str, Any]:
    origin = get_origin(setting.kind)
    if origin is tuple:
        return {"type": "array", "items": {"type": "string"}}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    found = dict(_TYPES[setting.kind])
    return found | {"type": [found["type"], "null"]} if setting.is_optional else found
