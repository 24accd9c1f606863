"""Datasets that disappeared without a word: they count on for a while, without access.

Deleting weak records must not be the quickest way up. The score of a dataset that goes is kept
beside the others for 180 days, also when its record is long purged. Who redirects its links,
states the end, or had the operator retire the portal, is spared.
"""

from collections import defaultdict
from datetime import date

import msgspec

from datenernte_dcat.store.rows import RecordStatus, Score, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_dcat.vocabulary import is_same_iri
from datenernte_harvester.judging import link_urls
from datenernte_validators.scores.kommunal.clusters import tombstone_weight
from datenernte_validators.scores.kommunal.municipality import Member, member
from datenernte_validators.scores.kommunal.own_checks import text_of
from datenernte_validators.scores.kommunal.values import from_document

KIND = "tombstone"
"""Kind of score under which the last values of a dataset are kept."""

_ENDED = frozenset({"DEPRECATED", "WITHDRAWN"})
"""Codes of the EU list of distribution states that announce an end."""


def keep_tombstones(store: Store, kommunal: str, as_of: date) -> None:
    """Keep the last values of datasets that went, and forget those that came back or are over.

    Args:
        kommunal: id of the method.
    """
    known = {score.subject: score for score in store.scores(KIND, kommunal)}
    gone = {head.id for head in store.heads(status=RecordStatus.WITHDRAWN)}
    back = {head.id for head in store.heads()} & known.keys()
    retired = {portal.name for portal in store.portals() if portal.retired}
    made = []
    for record in store.records_by_id(sorted(gone - known.keys())):
        score = store.score(record.id, "dataset", kommunal)
        if score is None or record.portal in retired or _is_announced(store, record):
            continue
        withdrawn = record.withdrawn_at.date() if record.withdrawn_at else as_of
        document = {
            "municipality": record.municipality,
            "portal": record.portal,
            "iri": record.iri,
            "withdrawn": withdrawn.isoformat(),
            "weight": score.document["weight"],
            **{name: score.document[name] for name in ("values", "files", "hvd")},
        }
        made.append(msgspec.structs.replace(score, kind=KIND, document=document))
    store.put_scores(made)
    over = back | {
        score.subject
        for score in known.values()
        if score.document["portal"] in retired or not _weight(score, as_of)
    }
    store.delete_scores(sorted(over), kind=KIND)


def read_tombstones(store: Store, kommunal: str, as_of: date) -> dict[str | None, list[Member]]:
    """What still counts of datasets that are gone, by municipality, in the order of their ids."""
    found: dict[str | None, list[Member]] = defaultdict(list)
    for score in store.scores(KIND, kommunal):
        weight = _weight(score, as_of)
        if weight:
            found[score.document["municipality"]].append(
                member(score.subject, weight, from_document(score.document), is_tombstone=True)
            )
    return found


def _weight(score: Score, as_of: date) -> int:
    withdrawn = date.fromisoformat(score.document["withdrawn"])
    return tombstone_weight(score.document["weight"], withdrawn, as_of)


def _is_announced(store: Store, record: StoredRecord) -> bool:
    """Whether its end was stated, or its links lead on."""
    files = record.as_published.distribution
    states = [text_of(one.status).rpartition("/")[2] for one in files]
    if states and all(state in _ENDED for state in states):
        return True
    urls = link_urls(record.as_published)
    return any(
        link.outcome == "ok" and link.hops and not is_same_iri(link.url, link.final_url or link.url)
        for link in store.links(urls).values()
    )
