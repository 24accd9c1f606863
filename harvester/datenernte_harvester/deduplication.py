"""One dataset once: the same IRI through several portals is published through one of them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.identity import duplicate_findings, duplicates, host_owners
from datenernte_dcat.records import feed_hash
from datenernte_dcat.store.rows import Portal
from datenernte_dcat.store.store import Store


def deduplicate(store: Store, portals: Iterable[Portal], run: int, now: datetime) -> Counter[str]:
    """Decide which portal each shared dataset is published through; losers by portal name.

    The dataset keeps the IRI that it was first published under, whichever portal wins. All
    portals involved are told by a finding.

    Args:
        run: the run in which a winner takes over another record's IRI.
    """
    hosts = host_owners((portal.name, portal.url) for portal in portals)
    found = duplicates(store.duplicate_candidates(), hosts, store.shared_iris())
    told: dict[tuple[str, str], list[Finding]] = {
        (stored.subject_id, stored.portal): [] for stored in store.stored_findings(stage="identity")
    }
    losers: Counter[str] = Counter()
    with store.batch():
        for duplicate in found:
            if duplicate.iri != duplicate.winner.iri:
                record = store.record(duplicate.winner.id)
                if record is not None:
                    renamed = msgspec.structs.replace(
                        record,
                        iri=duplicate.iri,
                        feed_hash=feed_hash(
                            duplicate.iri, record.municipality, record.normalised, record.kept
                        ),
                        changed_at=now,
                    )
                    store.put_records(run, [renamed])
            told |= duplicate_findings(duplicate)
            losers.update(loser.portal for loser in duplicate.losers)
        store.replace_duplicates(found)
        store.put_findings("identity", told)
    return losers
