"""Taking the official directory over into `municipalities.toml`: what is replaced, what stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.municipalities import Municipality
from datenernte_harvester.municipalities.directory import Directory

_COMPARED = tuple(
    field.name for field in fields(Municipality) if field.name not in ("key", "unverified")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A field whose value the directory replaces."""

    key: str
    name: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """What taking over a directory does to the municipalities of a working folder."""

    municipalities: dict[str, Municipality]
    """All that are known afterwards, by key."""
    added: tuple[Municipality, ...]
    changed: tuple[Change, ...]
    unchanged: int
    """Municipalities of the directory that were known just so."""
    left: tuple[Municipality, ...]
    """Known ones of the same Länder that the directory does not have; they stay."""


def taken_over(
    known: Mapping[str, Municipality], directory: Directory, state: str | None = None
) -> Import:
    """What is known after `directory`; only what it says is replaced. Pure.

    Args:
        state: two-digit key of the only Land to take over; None means all.

    Raises:
        ConfigError: the directory has nothing of that Land.
    """
    official = [one for one in directory.municipalities if state in (None, one.key[:2])]
    if not official:
        raise ConfigError(f"Das Gemeindeverzeichnis enthält keine Gemeinde des Landes »{state}«.")
    after = dict(known)
    added = []
    changed: list[Change] = []
    unchanged = 0
    for one in official:
        before = known.get(one.key)
        if before is None:
            added.append(one)
            after[one.key] = one
            continue
        after[one.key] = merged = _merged(before, one)
        found = list(_changes(before, merged))
        changed += found
        unchanged += not found
    states = {one.key[:2] for one in official}
    keys = {one.key for one in official}
    left = [one for one in known.values() if one.key[:2] in states and one.key not in keys]
    return Import(
        municipalities=dict(sorted(after.items())),
        added=tuple(added),
        changed=tuple(changed),
        unchanged=unchanged,
        left=tuple(left),
    )


def _merged(before: Municipality, official: Municipality) -> Municipality:
    told = {name: value for name in _COMPARED if (value := getattr(official, name)) is not None}
    doubts = tuple(name for name in before.unverified if name not in told)
    return replace(before, **told, unverified=doubts)


def _changes(before: Municipality, after: Municipality) -> Iterator[Change]:
    """One for each field with another value than before."""
    for name in _COMPARED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(key=after.key, name=after.title, field=name, before=old, after=new)


def import_document(result: Import, directory: Directory, file: str) -> dict[str, Any]:
    """The JSON of an import, in the form of `docs/schemas/municipalities-import.json`."""
    return {
        "file": file,
        "layout": directory.layout,
        "as_of": directory.as_of.isoformat(),
        "added": [{"key": one.key, "name": one.title} for one in result.added],
        "changed": [
            {name: _plain(getattr(change, name)) for name in Change.__dataclass_fields__}
            for change in result.changed
        ],
        "unchanged": result.unchanged,
        "left": [{"key": one.key, "name": one.title} for one in result.left],
        "skipped": directory.skipped,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
