"""Every setting of a working folder, read off its dataclasses, with its German meaning."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from datenernte_harvester.configuration import Tables, setting_names
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.settings import PREFIX

_WORDS: dict[Any, str] = {
    bool: "true oder false",
    int: "ganze Zahl",
    float: "Zahl",
    str: "Text",
    Path: "Pfad",
    date: "Datum",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One key of `datenernte.toml` or of a portal file."""

    table: str
    """Name of its table, "" for a portal file's own keys."""
    key: str
    hint: Any
    """Its type."""
    default: Any
    """`dataclasses.MISSING` where there is none."""
    meaning: str
    """German, with the unit."""
    variable: str | None = None
    """Environment variable that sets it; None where none can."""

    @property
    def name(self) -> str:
        """»table.key«."""
        return f"{self.table}.{self.key}".lstrip(".")

    @property
    def is_optional(self) -> bool:
        """Whether it may be unset."""
        return NoneType in get_args(self.hint)

    @property
    def kind(self) -> Any:
        """Its type without None."""
        return _without_none(self.hint)

    @property
    def type_words(self) -> str:
        """Its type in German."""
        if get_origin(self.kind) is tuple:
            return "Liste von Texten"
        return _WORDS.get(self.kind, "Tabelle")

    @property
    def default_words(self) -> str:
        """Its default as TOML writes it; a word where there is none."""
        if self.default is MISSING:
            return "Pflicht"
        if self.default is None or isinstance(self.default, Mapping):
            return "–"
        return f"`{json.dumps(self.default, ensure_ascii=False)}`"


@cache
def meanings() -> Mapping[str, Mapping[str, str]]:
    """The tables of `settings_de.toml`."""
    text = resources.files("datenernte_harvester.reference").joinpath("settings_de.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


def folder_settings() -> list[Setting]:
    """The settings of `datenernte.toml`, in the order of its tables."""
    return [
        setting
        for table, target in get_type_hints(Tables).items()
        for setting in _settings(target, table, meanings()["settings"], setting_names())
    ]


def portal_settings() -> list[Setting]:
    """The settings of a portal file; its own keys first, then table by table."""
    own: list[Setting] = []
    tables: list[Setting] = []
    for setting in _settings(PortalFile, "", meanings()["portal"]):
        if is_dataclass(setting.kind):
            tables += _settings(setting.kind, setting.key, meanings()["portal"])
        elif get_origin(setting.kind) is Mapping:
            tables.append(setting)
        elif setting.key != "name":  # the file's name
            own.append(setting)
    return own + tables


def _settings(
    target: Any, table: str, texts: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> Iterator[Setting]:
    """The fields of a dataclass.

    Args:
        texts: name → German meaning; "" where there is none, which a test refuses.
        variables: name → environment variable without its prefix.
    """
    hints = get_type_hints(target)
    for field in fields(target):
        name = f"{table}.{field.name}".lstrip(".")
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        variable = (variables or {}).get(name)
        is_table = get_origin(_without_none(hints[field.name])) is Mapping
        yield Setting(
            table=table,
            key=field.name,
            hint=hints[field.name],
            default=default,
            meaning=texts.get(name, ""),
            # A table cannot be written into a variable.
            variable=None if variable is None or is_table else PREFIX + variable,
        )


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(choice for choice in get_args(hint) if choice is not NoneType)
