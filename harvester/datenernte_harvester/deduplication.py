"""One dataset once: what comes through several portals is published through one of them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from datenernte_dcat.findings import Finding
from datenernte_dcat.identity import Duplicate, duplicates, host_owners, own_iri
from datenernte_dcat.records import feed_hash
from datenernte_dcat.store.rows import Portal
from datenernte_dcat.store.store import Store
from datenernte_dcat.twins import twin_findings, with_twins


def deduplicate(store: Store, portals: Iterable[Portal], run: int, now: datetime) -> Counter[str]:
    """Decide which portal each shared dataset is published through; losers by portal name.

    The dataset keeps the IRI that it was first published under, whichever portal wins. All
    portals involved are told by a finding.

    Args:
        run: the run in which a winner takes over another record's IRI.
    """
    store.complete_keys()
    found = find_duplicates(store, portals)
    told: dict[tuple[str, str], list[Finding]] = {
        (stored.subject_id, stored.portal): [] for stored in store.stored_findings(stage="identity")
    }
    losers: Counter[str] = Counter()
    with store.batch():
        for duplicate in found:
            if duplicate.iri != duplicate.winner.iri:
                _rename(store, duplicate.winner.id, duplicate.iri, run, now)
            told |= twin_findings(duplicate)
            losers.update(loser.portal for loser in duplicate.losers)
        store.replace_duplicates(found)
        _part(store, run, now)
        store.put_findings("identity", told)
    return losers


def find_duplicates(store: Store, portals: Iterable[Portal]) -> list[Duplicate]:
    """Records that are one dataset: by source IRI, identifier, landing page or files."""
    hosts = host_owners((portal.name, portal.url) for portal in portals)
    published = store.shared_iris()
    shared = duplicates(store.duplicate_candidates(), hosts, published)
    return with_twins(shared, store.keyed_records(), hosts, published)


def _rename(store: Store, record_id: str, iri: str, run: int, now: datetime) -> None:
    """Publish a record under another IRI."""
    record = store.record(record_id)
    if record is not None:
        digest = feed_hash(iri, record.municipality, record.normalised, record.kept)
        renamed = replace(record, iri=iri, feed_hash=digest, changed_at=now)
        store.put_records(run, [renamed])


def _part(store: Store, run: int, now: datetime) -> None:
    """Give records that turned out to be different datasets IRIs of their own again.

    The one that was first seen keeps the IRI that they shared.
    """
    base_url = store.setting("base_url")
    for group in store.colliding():
        for head in group[1:]:
            _rename(store, head.id, own_iri(str(base_url), head.id), run, now)
