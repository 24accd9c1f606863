"""TOML tables to dataclasses, with German errors that name file, key and the nearest key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from datenernte_dcat.errors import ConfigError, os_reason

T = TypeVar("T")

_KINDS = {
    "str": "Text in Anführungszeichen",
    "int": "eine ganze Zahl",
    "float": "eine Zahl",
    "bool": "true oder false",
    "array": "eine Liste",
    "object": "eine Tabelle",
}


def read_toml(path: Path, where: str, error: type[ConfigError]) -> dict[str, Any]:
    """The document at `path`.

    Args:
        where: how messages name the file.
        error: class to raise.

    Raises:
        ConfigError: of class `error`, when the file is unreadable, not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise error(f"{where}: Die Datei ist nicht lesbar ({os_reason(problem)}).") from problem
    except UnicodeDecodeError as problem:
        raise error(f"{where}: Die Datei ist nicht in UTF-8 gespeichert.") from problem
    except tomllib.TOMLDecodeError as problem:
        place = re.search(r"at line (\d+), column (\d+)", str(problem))
        spot = f"Zeile {place[1]}, Spalte {place[2]}" if place else "am Ende der Datei"
        raise error(f"{where}: Das ist kein gültiges TOML ({spot}).") from problem


def to_dataclass(
    document: Mapping[str, Any], target: type[T], where: str, error: type[ConfigError]
) -> T:
    """`document` as an instance of the dataclass `target`.

    Raises:
        ConfigError: of class `error`: unknown key (with the nearest known one), missing key, value
            of another type.
    """
    _refuse_unknown(document, target, where, error)
    try:
        return msgspec.convert(dict(document), target)
    except msgspec.ValidationError as problem:
        raise error(f"{where}: {_german(str(problem))}") from problem


def _refuse_unknown(
    document: Mapping[str, Any], target: type, where: str, error: type[ConfigError]
) -> None:
    hints = get_type_hints(target)
    known = [field.name for field in fields(target)]
    for key, value in document.items():
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"Meinten Sie »{near[0]}«?" if near else f"Bekannt sind: {', '.join(known)}."
            raise error(f"{where}: Unbekannter Schlüssel »{key}«. {hint}")
        nested = _dataclass_in(hints[key])
        if nested is not None and isinstance(value, Mapping):
            _refuse_unknown(value, nested, f"{where} [{key}]", error)
    for field in fields(target):
        required = field.default is MISSING and field.default_factory is MISSING
        if required and field.name not in document:
            raise error(f"{where}: Der Schlüssel »{field.name}« fehlt.")


def _dataclass_in(hint: Any) -> type | None:
    """The dataclass that `hint` is or has as an alternative to None."""
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return next((c for c in choices if isinstance(c, type) and is_dataclass(c)), None)


def _german(message: str) -> str:
    """German for msgspec's »Expected `str`, got `int` - at `$.url`«."""
    what, _, place = message.partition(" - at ")
    key = place.strip("`").removeprefix("$.") or "?"
    words = what.split("`")
    if len(words) >= 4:
        expected = " oder ".join(_KINDS[kind] for kind in words[1].split(" | ") if kind in _KINDS)
        if expected:
            return f"Der Schlüssel »{key}« erwartet {expected}."
    return f"Der Schlüssel »{key}« hat einen ungültigen Wert ({what})."
