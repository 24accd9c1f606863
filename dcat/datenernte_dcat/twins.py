"""One dataset through several portals, recognised by more than its IRI; never by its title.

What tells datasets apart is written down as keys, beside each record in the store: its identifier,
its landing page, its files. Two records of different portals with one key are one dataset, unless
a portal has the key twice: then it names something else, such as a page that lists many datasets.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.identity import (
    Candidate,
    Duplicate,
    HostOwners,
    duplicate_findings,
    is_public_iri,
    winner,
)
from datenernte_dcat.records import Dataset, Reference
from datenernte_dcat.texts import finding

LEVELS = {"identifier": "Kennung", "landing-page": "Webseite", "files": "Dateien"}
"""Kinds of keys, the most certain first, with their German word."""
_LOCAL_IDENTIFIER_LENGTH_MIN = 6
"""Shorter ones, such as running numbers, two systems of one municipality give by chance."""
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)")
_NOBODY = "00000000-0000-0000-0000-000000000000"


class Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """A present record and one of its keys."""

    key: str
    """Kind, a colon, value."""
    id: str
    portal: str
    iri: str
    """The IRI that it is published under."""
    first_seen: datetime
    modified: str | None = None
    """dct:modified as published."""


def identity_keys(dataset: Dataset, municipality: str | None) -> tuple[str, ...]:
    """The keys of a dataset as published, sorted; each begins with its kind and a colon.

    Args:
        municipality: key of the municipality that it counts for: identifiers that are not made to
            be unique everywhere count within one municipality only.
    """
    found = {
        f"identifier:{key}"
        for literal in dataset.identifier
        if (key := _identifier_key(literal.value.strip(), municipality)) is not None
    }
    pages = [page.uri for page in dataset.landing_page if page.uri is not None]
    if len(pages) == 1 and is_public_iri(pages[0]) and _is_inside(pages[0]):
        found.add(f"landing-page:{pages[0]}")
    files = sorted({uri for uri in _download_urls(dataset) if is_public_iri(uri)})
    if files:
        digest = hashlib.sha256("\n".join(files).encode()).hexdigest()
        found.add(f"files:{digest}")
    return tuple(sorted(found))


def with_twins(
    shared: Iterable[Duplicate],
    keyed: Iterable[Keyed],
    hosts: HostOwners,
    published: Mapping[str, str],
) -> list[Duplicate]:
    """The duplicates by source IRI, and those that share another key; each record once.

    Args:
        shared: those with one source IRI (`identity.duplicates`).
        keyed: records by each key that several portals have, or once had.
        hosts: which host belongs to which portals.
        published: the IRIs that datasets of several portals already have, by source IRI or key.
    """
    groups = _Groups(shared)
    by_key: defaultdict[str, list[Keyed]] = defaultdict(list)
    for one in keyed:
        by_key[one.key].append(one)
    for key in sorted(by_key, key=_certainty):
        members = sorted(by_key[key], key=lambda one: (one.portal, one.id))
        portals = [one.portal for one in members]
        if len(portals) == len(set(portals)):
            groups.join(key, members, remembered=key in published)
    return [*groups.untouched(), *groups.joined(hosts, published)]


def recognised_by(duplicate: Duplicate) -> tuple[str, str]:
    """By what the records were recognised as one: »iri« or a kind of key, and its value."""
    kind, colon, value = duplicate.source_iri.partition(":")
    return (kind, value) if colon and kind in LEVELS else ("iri", duplicate.source_iri)


def twin_findings(duplicate: Duplicate) -> dict[tuple[str, str], list[Finding]]:
    """What the reports of all portals involved say, by (record id, portal).

    Codes: `dataset-shared` for one source IRI, `dataset-recognised` for another key.
    """
    kind, value = recognised_by(duplicate)
    if kind == "iri" or not duplicate.losers:
        return duplicate_findings(duplicate)
    told = finding(
        "dataset-recognised",
        subject=duplicate.iri,
        value=duplicate.iri if kind == "files" else value,
        what=LEVELS[kind],
        winner=duplicate.winner.portal,
        losers=", ".join(sorted({loser.portal for loser in duplicate.losers})),
    )
    return {(one.id, one.portal): [told] for one in (duplicate.winner, *duplicate.losers)}


class _Groups:
    """Records that are one dataset; a record is in one group at most."""

    def __init__(self, shared: Iterable[Duplicate]) -> None:
        self._shared = {duplicate.source_iri: duplicate for duplicate in shared}
        self._members: dict[str, dict[str, Candidate]] = {}
        self._of: dict[str, str] = {}
        self._first_seen: dict[str, datetime] = {}
        self._touched: set[str] = set()
        for anchor, duplicate in self._shared.items():
            self._members[anchor] = {}
            for one in (duplicate.winner, *duplicate.losers):
                self._members[anchor][one.id] = one
                self._of[one.id] = anchor

    def join(self, key: str, members: list[Keyed], *, remembered: bool) -> None:
        """Make one group of the members, but for those whose group has their portal already."""
        if len(members) < 2 and not remembered:
            return
        anchor = next((self._of[one.id] for one in members if one.id in self._of), key)
        group = self._members.setdefault(anchor, {})
        for one in members:
            self._first_seen[one.id] = one.first_seen
            other = self._of.get(one.id)
            if other == anchor:
                continue
            portals = {entry.portal for entry in group.values()}
            joining = {one.id: _candidate(one)} if other is None else self._members[other]
            if portals & {entry.portal for entry in joining.values()}:
                continue
            if other is not None:
                del self._members[other]
                self._touched.discard(other)
                self._shared.pop(other, None)
            group |= joining
            self._of |= dict.fromkeys(joining, anchor)
            self._touched.add(anchor)

    def untouched(self) -> Iterator[Duplicate]:
        """The groups of one source IRI that no key added anything to."""
        yield from (
            duplicate for anchor, duplicate in self._shared.items() if anchor not in self._touched
        )

    def joined(self, hosts: HostOwners, published: Mapping[str, str]) -> Iterator[Duplicate]:
        """The other groups: who wins, and under which IRI."""
        for anchor in sorted(self._touched):
            shown = self._shared[anchor].source_iri if anchor in self._shared else anchor
            place = shown.partition(":")[2] if shown.partition(":")[0] in LEVELS else shown
            members = [
                msgspec.structs.replace(one, source_iri=place)
                for _, one in sorted(self._members[anchor].items())
            ]
            if not members:
                continue
            best = winner(members, hosts)
            yield Duplicate(
                source_iri=anchor,
                iri=published.get(anchor) or self._oldest(members, best).iri,
                winner=best,
                losers=tuple(one for one in members if one.id != best.id),
            )

    def _oldest(self, members: list[Candidate], best: Candidate) -> Candidate:
        """Who was published first: its address may be linked already; else the winner."""
        known = [one for one in members if one.id in self._first_seen]
        if not known:
            return best
        return min(known, key=lambda one: (self._first_seen[one.id], one.id != best.id, one.id))


def _candidate(one: Keyed) -> Candidate:
    return Candidate(
        id=one.id, portal=one.portal, source_iri=one.key, iri=one.iri, modified=one.modified
    )


def _certainty(key: str) -> tuple[int, str]:
    return list(LEVELS).index(key.partition(":")[0]), key


def _identifier_key(value: str, municipality: str | None) -> str | None:
    small = value.casefold()
    doi = _DOI.fullmatch(small)
    if doi is not None:
        return f"doi:{doi.group(1)}"
    bare = small.removeprefix("urn:uuid:").strip("{}")
    if _UUID.fullmatch(bare):
        return None if bare == _NOBODY else bare
    if small.startswith("urn:") or (is_public_iri(value) and _is_inside(value)):
        return value
    if municipality is None or len(value) < _LOCAL_IDENTIFIER_LENGTH_MIN or "://" in value:
        return None
    return f"{municipality}:{value}"


def _is_inside(url: str) -> bool:
    """Whether a URL names more than a website."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def _download_urls(dataset: Dataset) -> Iterator[str]:
    places: list[Reference] = [
        place for distribution in dataset.distribution for place in distribution.download_url
    ]
    yield from (place.uri for place in places if place.uri is not None)
