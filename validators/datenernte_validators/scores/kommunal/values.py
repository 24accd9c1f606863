"""The values of a dataset, as they are added up and as the store keeps them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
)


class FileValues(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one distribution, before a dead link takes them all."""

    iri: str
    stem: str
    """What the formats of one content have in common."""
    values: tuple[int, ...]
    """In the order of `Method.file_checks`."""
    data: int
    """Dimension D: the look into the file; not applicable where programs cannot read it."""
    parts: tuple[int, ...] | None = None
    """What `data` was made from."""
    dead: bool = False
    open: bool = False
    """Whether its licence is open, also while it is dead."""


class DatasetValues(msgspec.Struct, frozen=True, kw_only=True):
    """All values of one dataset: whole millionths, `UNKNOWN` or `NOT_APPLICABLE`."""

    own: tuple[int, ...]
    """In the order of `Method.own_checks`."""
    files: tuple[FileValues, ...]
    """The distributions that hold data."""
    hvd: tuple[int, ...] | None = None
    """The eight checks of a high-value dataset; None for any other one."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a check has less than full value."""

    check: str
    cause: str
    shown: str | None = None
    """The value as published; faults with the same one are mended together."""
    file: str | None = None
    """The distribution, by its IRI; None for the dataset itself."""
    mends: tuple[str, ...] = ()
    """Checks that are fulfilled once it is mended; none means this one."""
    revives: bool = False
    """Whether mending brings a dead file back."""
    part: int | None = None
    """Dimension D: which part of the look into the file."""
    proof: Mapping[str, Any] = {}
    """`kind` triple, link, rows or rules, and what belongs to it."""


def to_document(values: DatasetValues) -> dict[str, Any]:
    """The values as JSON: shares of 1, null for unknown; what does not apply is left out."""
    current = method()
    return {
        "values": _named(current.own_checks, values.own),
        "files": [
            {
                "iri": one.iri,
                "stem": one.stem,
                "values": _named(current.file_checks, one.values),
                "data": _shown(one.data),
                "readable": one.data != NOT_APPLICABLE,
                "parts": None if one.parts is None else [_part(part) for part in one.parts],
                "dead": one.dead,
                "open": one.open,
            }
            for one in values.files
        ],
        "hvd": None if values.hvd is None else [_shown(value) for value in values.hvd],
    }


def from_document(document: Mapping[str, Any]) -> DatasetValues:
    """The values that `to_document` wrote; checks that are new since then are unknown."""
    current = method()
    hvd = document["hvd"]
    return DatasetValues(
        own=_listed(current.own_checks, document["values"]),
        files=tuple(
            FileValues(
                iri=one["iri"],
                stem=one["stem"],
                values=_listed(current.file_checks, one["values"]),
                data=_read(one["data"]) if one["readable"] else NOT_APPLICABLE,
                parts=None if one["parts"] is None else tuple(map(_read_part, one["parts"])),
                dead=one["dead"],
                open=one["open"],
            )
            for one in document["files"]
        ),
        hvd=None if hvd is None else tuple(_read(value) for value in hvd),
    )


def _named(names: tuple[str, ...], values: tuple[int, ...]) -> dict[str, float | int | None]:
    return {
        name: _shown(value)
        for name, value in zip(names, values, strict=True)
        if value != NOT_APPLICABLE
    }


def _listed(names: tuple[str, ...], values: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(_read(values[name]) if name in values else NOT_APPLICABLE for name in names)


def _shown(value: int) -> float | int | None:
    if value < 0:
        return None
    return value // ONE if value % ONE == 0 else value / ONE


def _read(value: float | None) -> int:
    return (
        UNKNOWN if value is None else _INTERNED.setdefault(round(value * ONE), round(value * ONE))
    )


def _part(value: int) -> float | int | None:
    return -1 if value == NOT_APPLICABLE else _shown(value)


def _read_part(value: float | None) -> int:
    return NOT_APPLICABLE if value == -1 else _read(value)


_INTERNED: dict[int, int] = {number: number for number in (0, ONE, ONE // 2)}
"""The same number as one object: a hundred thousand datasets share a few values."""
