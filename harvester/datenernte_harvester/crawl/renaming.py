"""Identifiers that a portal gave anew: the same datasets, not a removal and an addition.

Portals change all identifiers at once when their software is moved or replaced. Taken at its word,
every dataset would be published twice, or lose its address. So where nearly all known identifiers
are gone and nearly all listed ones are new, datasets with equal titles are the same ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from datenernte_dcat.records import Dataset, Reference
from datenernte_dcat.store.rows import StoredRecord

RENAMED_PERCENT_MIN = 80
"""Share of the known identifiers that must be gone, of the listed ones that must be new, and of
the gone ones that must be found again by their title."""

Key = tuple[object, ...]


def is_suspicious(known: AbstractSet[str], listed: AbstractSet[str]) -> bool:
    """Whether so much is gone and so much new that the identifiers may have changed.

    Args:
        known: source identifiers that the last good run left.
        listed: those of a complete run.
    """
    gone, new = len(known - listed), len(listed - known)
    return bool(gone and new) and _is_most(gone, len(known)) and _is_most(new, len(listed))


def renamed(gone: Iterable[StoredRecord], new: Iterable[StoredRecord]) -> dict[str, str]:
    """Which new source identifier stands for which gone one; empty where that is not clear.

    Datasets are the same if their titles are, and no other gone or new one has it; of several with
    one title, those whose files are the same.
    """
    before, after = _keys(gone), _keys(new)
    found: dict[str, str] = {}
    for key in (_title_and_files, _title):
        old_by_key = _unique(before, found.values(), key)
        new_by_key = _unique(after, found.keys(), key)
        found |= {
            new_by_key[shared]: old_by_key[shared]
            for shared in sorted(old_by_key.keys() & new_by_key.keys(), key=repr)
        }
    return found if _is_most(len(found), len(before)) else {}


def is_other_content(before: Dataset, after: Dataset) -> bool:
    """Whether a description has nothing in common with the one of the same identifier before.

    Titles, descriptions and files are all others; what one of them lacks says nothing.
    """
    titles = _words(before.title), _words(after.title)
    descriptions = _words(before.description), _words(after.description)
    files = _files(before), _files(after)
    return (
        all(titles)
        and all(files)
        and not titles[0] & titles[1]
        and not files[0] & files[1]
        and not descriptions[0] & descriptions[1]
    )


def _is_most(part: int, whole: int) -> bool:
    return 100 * part >= RENAMED_PERCENT_MIN * whole


def _keys(records: Iterable[StoredRecord]) -> dict[str, tuple[Key, Key]]:
    """Titles and files of the records by source identifier; all that stays in memory."""
    return {
        record.source_identifier: (
            tuple(sorted(_words(record.as_published.title))),
            tuple(sorted(_files(record.as_published))),
        )
        for record in records
    }


def _unique(
    keys: dict[str, tuple[Key, Key]],
    besides: Iterable[str],
    key: Callable[[tuple[Key, Key]], Key | None],
) -> dict[Key, str]:
    """The identifiers by key, where only one has it."""
    done = set(besides)
    by_key: defaultdict[Key, list[str]] = defaultdict(list)
    for identifier, parts in keys.items():
        shared = key(parts)
        if shared is not None and identifier not in done:
            by_key[shared].append(identifier)
    return {shared: found[0] for shared, found in by_key.items() if len(found) == 1}


def _title_and_files(parts: tuple[Key, Key]) -> Key | None:
    return parts if all(parts) else None


def _title(parts: tuple[Key, Key]) -> Key | None:
    return parts[0] or None


def _words(texts: Iterable[object]) -> set[str]:
    """The texts in small letters, blanks put together."""
    values = (" ".join(str(getattr(text, "value", "")).split()).casefold() for text in texts)
    return {value for value in values if value}


def _files(dataset: Dataset) -> set[str]:
    return {
        address
        for distribution in dataset.distribution
        for reference in _places(distribution.download_url, distribution.access_url)
        if (address := reference.uri or (reference.label.value if reference.label else ""))
    }


def _places(*groups: tuple[Reference, ...]) -> Iterator[Reference]:
    for group in groups:
        yield from group
