"""Gather the model of the site from the store."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from sys import intern
from typing import Any

from datenernte_dcat.facets import Facets
from datenernte_dcat.feeds.changes import Gone
from datenernte_dcat.feeds.dumps import Member
from datenernte_dcat.feeds.fragments import Fragments
from datenernte_dcat.identity import own_iri
from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.model import (
    DuplicateEntry,
    Entry,
    KommunalWords,
    MunicipalityModel,
    PortalStatus,
    ScoreWords,
    SiteModel,
    TombstoneEntry,
    sort_key,
)
from datenernte_dcat.site.portal_status import portal_statuses
from datenernte_dcat.site.queries import (
    NO_FINDINGS,
    code_totals,
    dataset_scores,
    finding_totals,
    link_outcomes,
)
from datenernte_dcat.site.report_data import EU_FEED, KOMMUNAL_SETTING, peer_medians
from datenernte_dcat.store.rows import RecordHead, RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_dcat.terms import safe_iri
from datenernte_dcat.vocabulary import is_area_key

METHOD_SETTING = "mqa_method"
"""Store setting under which the score stage notes the method of the scores."""
TOMBSTONE_DAYS = 30
"""How long the page of a withdrawn dataset stays."""


class Heads:
    """All present records without their documents, and under which IRI each is published."""

    def __init__(self, store: Store, base_url: str) -> None:
        """Read them; the IRI that a dataset of several portals once had stays its IRI.

        Every IRI is written as the RDF writer writes it, so that links and nodes agree.
        """
        shared = store.shared_iris()
        renamed = {
            candidate.id: shared[candidate.source_iri]
            for candidate in store.duplicate_candidates()
            if candidate.source_iri in shared
        }
        self.duplicates: list[RecordHead] = []
        found: list[Member] = []
        for head in store.heads(duplicates=True):
            if head.duplicate_of is not None:
                self.duplicates.append(head)
                continue
            found.append(
                Member(
                    id=head.id,
                    iri=safe_iri(renamed.get(head.id, head.iri)) or own_iri(base_url, head.id),
                    feed_hash=head.feed_hash,
                    first_seen=head.first_seen,
                    changed_at=head.changed_at,
                    portal=intern(head.portal),
                    municipality=_interned(key_of(head.municipality)),
                    distributions=head.distributions,
                )
            )
        found.sort(key=lambda member: (member.iri, member.id))
        self.members = {member.id: member for member in found}
        """By record id, in the order of the published IRIs."""


def _interned(text: str | None) -> str | None:
    """The same text as one object: a hundred thousand datasets share a few names."""
    return None if text is None else intern(text)


def key_of(municipality: str | None) -> str | None:
    """The municipality's key if it is one, and so may be a name of a directory."""
    return municipality if municipality is not None and is_area_key(municipality) else None


def tombstones(store: Store, as_of: date) -> list[TombstoneEntry]:
    """The datasets that were withdrawn in the last 30 days, by id."""
    oldest = as_of - timedelta(days=TOMBSTONE_DAYS)
    found = [
        TombstoneEntry(id=head.id, iri=head.iri, portal=head.portal, withdrawn_at=head.withdrawn_at)
        for head in store.heads(status=RecordStatus.WITHDRAWN, duplicates=True)
        if head.withdrawn_at is None or head.withdrawn_at.date() > oldest
    ]
    return sorted(found, key=lambda one: one.id)


def gone(store: Store) -> Iterator[Gone]:
    """All datasets that were withdrawn, with a tombstone or long after."""
    for head in store.heads(status=RecordStatus.WITHDRAWN, duplicates=True):
        if head.withdrawn_at is not None:
            yield Gone(head.id, safe_iri(head.iri) or head.iri, head.withdrawn_at)
    for one in store.purged():
        yield Gone(one.id, safe_iri(one.iri) or one.iri, one.withdrawn_at)


def gather(
    store: Store,
    heads: Heads,
    fragments: Fragments,
    buried: list[TombstoneEntry],
    places: Mapping[str, Municipality],
) -> SiteModel:
    """The model of what is published.

    Args:
        fragments: of this build, which know the titles.
        buried: result of `tombstones`.
        places: what is known of the municipalities, by key.
    """
    portals = portal_statuses(store)
    method = store.setting(METHOD_SETTING)
    kommunal = store.setting(KOMMUNAL_SETTING)
    entries = list(_entries(store, heads, fragments, method, kommunal))
    portal_titles = {portal.name: portal.title for portal in store.portals()}
    municipalities = _municipalities(entries, portals, places)
    titles = {key: one.title for key, one in municipalities.items()}
    duplicates = _duplicates(heads, {entry.id: entry for entry in entries}, portal_titles)
    for duplicate in duplicates:
        if duplicate.municipality in municipalities:
            municipalities[duplicate.municipality].duplicates.append(duplicate)
    for total in code_totals(store):
        if total.municipality in municipalities:
            municipalities[total.municipality].codes.append(total)
    for key, one in municipalities.items():
        one.score = _score(store, key, "municipality", method)
    medians = {} if kommunal is None else peer_medians(store, kommunal["id"])
    if kommunal is not None:
        _add_kommunal(store, municipalities, kommunal["id"], method, medians)
    return SiteModel(
        entries=entries,
        municipalities=sorted(
            municipalities.values(), key=lambda one: (sort_key(one.title), one.key)
        ),
        portals=portals,
        duplicates=duplicates,
        tombstones=buried,
        method=method,
        catalog_score=_score(store, "catalog", "catalog", method),
        catalog_kommunal=None if kommunal is None else _catalog_kommunal(store, kommunal["id"]),
        kommunal_method=kommunal,
        peer_medians=medians,
        portal_titles=portal_titles,
        municipality_titles=titles,
    )


def _add_kommunal(
    store: Store,
    municipalities: Mapping[str, MunicipalityModel],
    own: str,
    mqa: str | None,
    medians: Mapping[str, Mapping[str, float]],
) -> None:
    """Give each municipality its Kommunal-Score, and the hash of what its report says of it."""
    feeds = {} if mqa is None else dataset_scores(store, mqa + EU_FEED, "municipality")
    hashes = dataset_scores(store, own, "municipality")
    for score in store.scores("municipality", own):
        if (one := municipalities.get(score.subject)) is not None:
            document = score.document
            one.kommunal = KommunalWords(
                points=score.total,
                grade=document["grade"],
                text=document["grade_text"],
                provisional=document["provisional"],
            )
            comparison = document["comparison"]
            peers = None if comparison is None else medians.get(comparison["group"])
            one.evidence = input_hash(hashes[one.key], feeds.get(one.key), str(peers))[:32]


def _catalog_kommunal(store: Store, method: str) -> KommunalWords | None:
    score = store.score("catalog", "catalog", method)
    return None if score is None else KommunalWords(points=score.total, grade=None, text="")


def _graded(points: float, grades: Sequence[Mapping[str, Any]]) -> KommunalWords:
    """The score of a dataset with the band that it is in."""
    band = next(grade for grade in grades if points >= grade["lowest"])
    return KommunalWords(points=points, grade=band["letter"], text=band["text"])


def _entries(
    store: Store,
    heads: Heads,
    fragments: Fragments,
    method: str | None,
    kommunal: Mapping[str, Any] | None,
) -> Iterable[Entry]:
    findings = finding_totals(store)
    points = {} if kommunal is None else dataset_scores(store, kommunal["id"])
    grades = () if kommunal is None else kommunal["grades"]
    scores = {} if method is None else dataset_scores(store, method)
    outcomes = link_outcomes(store)
    facets: dict[Facets, Facets] = {}  # a hundred thousand datasets share a few hundred
    for member in heads.members.values():
        row = fragments.row(member.id)
        if row is None:
            raise KeyError(member.id)
        total, digest = scores.get(member.id, (None, 0))
        own, own_digest = points.get(member.id, (None, 0))
        answers = [outcomes.get(url, "") for url in row.urls]
        yield Entry(
            id=member.id,
            iri=member.iri,
            portal=member.portal,
            municipality=member.municipality,
            title=row.title,
            publisher=intern(row.publisher),
            distributions=member.distributions,
            changed_at=member.changed_at,
            inputs=row.inputs,
            facets=facets.setdefault(row.facets, row.facets),
            score=None if total is None else ScoreWords.of(total),
            kommunal=None if own is None else _graded(own, grades),
            evidence=input_hash(digest, own_digest, *answers)[:32]
            if digest or own_digest or any(answers)
            else "",
            findings=findings.get(member.id, NO_FINDINGS),
        )


def _municipalities(
    entries: Iterable[Entry],
    portals: Iterable[PortalStatus],
    places: Mapping[str, Municipality],
) -> dict[str, MunicipalityModel]:
    """The municipalities by key, with their entries and portals.

    A municipality is called as it is known; one that is not known as its portal is, and without
    a portal of its own as most of its datasets name their publisher.
    """
    entries_of: dict[str, list[Entry]] = defaultdict(list)
    portals_of: dict[str, list[PortalStatus]] = defaultdict(list)
    by_name: dict[str, PortalStatus] = {}
    for portal in portals:
        by_name[portal.name] = portal
        if (key := key_of(portal.municipality)) is not None:
            portals_of[key].append(portal)
    for entry in entries:
        if entry.municipality is not None:
            entries_of[entry.municipality].append(entry)
    found = {}
    for key in sorted(entries_of.keys() | portals_of.keys()):
        own = entries_of.get(key, [])
        sources = {portal.name: portal for portal in portals_of.get(key, ())}
        for name in sorted({entry.portal for entry in own}):
            if name in by_name:
                sources.setdefault(name, by_name[name])
        place = places.get(key)
        own_portal = next((portal.title for portal in portals_of.get(key, ())), None)
        title = own_portal if place is None else place.title
        found[key] = MunicipalityModel(
            key=key,
            title=title or _most_common(entry.publisher for entry in own) or f"Gebiet {key}",
            entries=own,
            portals=list(sources.values()),
            place=place,
        )
    return found


def _most_common(names: Iterable[str]) -> str:
    counts = Counter(name for name in names if name)
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _score(store: Store, subject: str, kind: str, method: str | None) -> ScoreWords | None:
    score = None if method is None else store.score(subject, kind, method)
    if score is None:
        return None
    stated = score.document.get("rating")
    return ScoreWords.of(score.total, stated if isinstance(stated, str) else None)


def _duplicates(
    heads: Heads, entries: Mapping[str, Entry], portal_titles: Mapping[str, str]
) -> list[DuplicateEntry]:
    found = []
    for head in heads.duplicates:
        winner = entries.get(head.duplicate_of or "")
        if winner is not None:
            found.append(
                DuplicateEntry(
                    id=head.id,
                    title=winner.title,
                    municipality=key_of(head.municipality),
                    winner=winner.id,
                    portal_title=portal_titles.get(winner.portal, winner.portal),
                )
            )
    return sorted(found, key=lambda one: (sort_key(one.title), one.id))
