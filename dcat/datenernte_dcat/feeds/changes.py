"""What last happened to every dataset: the one event of each that feeds of changes hold.

An event is named for the dataset and the time, so it is the same in the LDES and in the Atom feed,
and in every build.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from datenernte_dcat.feeds.dumps import Member


class Kind(StrEnum):
    """What happened, in the words of Activity Streams.

    Source: https://www.w3.org/TR/activitystreams-vocabulary/#activity-types
    """

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The last event of one dataset."""

    kind: Kind
    id: str
    """Record id."""
    iri: str
    """IRI of the dataset."""
    at: datetime
    """UTC."""

    def event_iri(self, base_url: str) -> str:
        """The IRI of the event: what the LDES calls it and what Atom has as `id`."""
        return f"{base_url}/ldes/index.ttl#{self.id}-{self.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True, slots=True)
class Gone:
    """A dataset that was withdrawn, however long ago."""

    id: str
    iri: str
    at: datetime


def changes(members: Mapping[str, Member], gone: Iterable[Gone]) -> list[Change]:
    """The last event of every dataset, by time, then IRI.

    Args:
        members: the published datasets by record id.
        gone: the withdrawn ones; one whose IRI is published (again, or through another portal) is
            not gone, and of several with one IRI the last counts.
    """
    found = [
        Change(
            kind=Kind.CREATE if one.first_seen == one.changed_at else Kind.UPDATE,
            id=one.id,
            iri=one.iri,
            at=one.changed_at,
        )
        for one in members.values()
    ]
    published = {one.iri for one in members.values()}
    last: dict[str, Gone] = {}
    for one in sorted(gone, key=lambda one: (one.at, one.id)):
        if one.iri not in published:
            last[one.iri] = one
    found.extend(
        Change(kind=Kind.DELETE, id=one.id, iri=one.iri, at=one.at) for one in last.values()
    )
    return sorted(found, key=lambda one: (one.at, one.iri))
