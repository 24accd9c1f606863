"""Places: which dataset stands on which page of a feed.

A dataset keeps its page while it lives, so that a change touches one page and a consumer that
reads pages one after the other meets each dataset once. New datasets go to the end, sorted by IRI:
the order in which they arrived has no influence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

PAGE_SIZE = 100
"""Datasets on a page."""
PAGE_BYTES = 20_000_000
"""Size of a page in its largest serialisation, in bytes; GovData's reader stops at 50 MB."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a feed."""

    number: int
    """From 1."""
    members: tuple[str, ...]
    """Record ids, sorted by the IRI of their dataset."""


def pages_of(
    members: Sequence[str],
    places: Mapping[str, int],
    *,
    size: Callable[[str], int] = lambda _: 0,
    page_size: int = PAGE_SIZE,
    page_bytes: int = PAGE_BYTES,
) -> list[Page]:
    """The pages of a feed; an empty feed has one empty page.

    A place is given up in three cases only: less than half of all places are taken and packing
    anew saves pages; a page would stand empty (then everything is packed anew too); a page has
    grown too big and sheds its last datasets to the end.

    Args:
        members: record ids of all datasets of the feed, sorted by IRI.
        places: record id → page number, as `pages_of` gave them at the last time; ids that are no
            longer members are ignored.
        size: upper bound of one dataset's bytes in any serialisation.
    """
    pages = _kept(members, places)
    moved = [identifier for identifier in members if identifier not in places]
    for page in pages:
        moved.extend(_shed(page, size, page_size, page_bytes))
    _append(pages, moved, size, page_size, page_bytes)
    if not all(pages) or 2 * len(members) < page_size * len(pages):
        packed: list[list[str]] = []
        _append(packed, members, size, page_size, page_bytes)
        if not all(pages) or len(packed) < len(pages):
            pages = packed
    order = {identifier: number for number, identifier in enumerate(members)}
    return [
        Page(number, tuple(sorted(page, key=order.__getitem__)))
        for number, page in enumerate(pages or [[]], start=1)
    ]


def places_of(pages: Sequence[Page]) -> dict[str, int]:
    """Record id → page number, to be stored for the next time."""
    return {identifier: page.number for page in pages for identifier in page.members}


def _kept(members: Sequence[str], places: Mapping[str, int]) -> list[list[str]]:
    kept = [(places[identifier], identifier) for identifier in members if identifier in places]
    pages: list[list[str]] = [[] for _ in range(max((place for place, _ in kept), default=0))]
    for place, identifier in kept:
        pages[place - 1].append(identifier)
    return pages


def _shed(
    page: list[str], size: Callable[[str], int], page_size: int, page_bytes: int
) -> list[str]:
    """Take the last datasets from a page that is too big; at least one stays."""
    total = sum(size(identifier) for identifier in page)
    shed: list[str] = []
    while len(page) > 1 and (len(page) > page_size or total > page_bytes):
        identifier = page.pop()
        total -= size(identifier)
        shed.append(identifier)
    return shed[::-1]


def _append(
    pages: list[list[str]],
    moved: Sequence[str],
    size: Callable[[str], int],
    page_size: int,
    page_bytes: int,
) -> None:
    total = sum(size(identifier) for identifier in pages[-1]) if pages else 0
    for identifier in moved:
        weight = size(identifier)
        full = not pages or len(pages[-1]) >= page_size or total + weight > page_bytes
        if full and (not pages or pages[-1]):
            pages.append([])
            total = 0
        pages[-1].append(identifier)
        total += weight
