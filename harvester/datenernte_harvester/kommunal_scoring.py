"""The Kommunal-Score of every dataset, municipality and portal, from the store into the store.

Municipalities are computed one after the other; of each only sums and the scores of its datasets
stay in memory for the comparison at the end. A result that says the same as the stored one is not
written, whatever the day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.store.rows import Score, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import ScoreSettings
from datenernte_harvester.judging import chunks
from datenernte_harvester.kommunal_results import (
    Group,
    Overview,
    Result,
    frozen_portals,
    remembered,
    snapshot_before,
    under_new_method,
    unless_same,
)
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.score_evidence import read_evidence
from datenernte_harvester.tombstones import keep_tombstones, read_tombstones
from datenernte_validators.scores.kommunal import documents
from datenernte_validators.scores.kommunal.advice import advise
from datenernte_validators.scores.kommunal.clusters import (
    cluster_key,
    effective_number,
    weight_of,
)
from datenernte_validators.scores.kommunal.comparison import (
    Comparison,
    Standpoint,
    compare,
    peer_groups,
)
from datenernte_validators.scores.kommunal.grades import Standing, standing, standing_of
from datenernte_validators.scores.kommunal.judge import judge
from datenernte_validators.scores.kommunal.losses import group_losses
from datenernte_validators.scores.kommunal.method import (
    method,
    method_document,
    method_hash,
    points,
)
from datenernte_validators.scores.kommunal.mqa_points import MqaPoints, points_of
from datenernte_validators.scores.kommunal.municipality import (
    GroupScore,
    Member,
    member,
)
from datenernte_validators.scores.kommunal.own_checks import first_text, hvd_declared
from datenernte_validators.scores.kommunal.trend import (
    Snapshot,
    alerts,
    snapshot,
    split,
)
from datenernte_validators.scores.kommunal.values import Fault

_BATCH = 200
"""Datasets judged and written at once."""

METHOD_SETTING = "kommunal_method"
"""Store setting: the method as a document, for those who only show it."""

HARVEST_INCOMPLETE = "harvest-incomplete"


def score_kommunal(
    store: Store,
    catalog: CatalogSettings,
    settings: ScoreSettings,
    *,
    run: int,
    as_of: date,
    mqa_method: str,
    shacl_profile: str,
    inputs: Mapping[str, str],
    populations: Mapping[str, int | None] | None = None,
    progress: Progress = silent,
) -> None:
    """Compute everything and keep it.

    Args:
        mqa_method: method whose stored scores give the gain under MQA-405.
        inputs: name → hash of what went in, for the block on reproducibility.
        populations: inhabitants by key of the municipality, where they are known.
    """
    stage = _Stage(store, catalog, settings, as_of, mqa_method, shacl_profile, inputs)
    groups: dict[str | None, list[str]] = defaultdict(list)
    for head in store.heads():
        groups[head.municipality].append(head.id)
    keep_tombstones(store, method().id, as_of)
    tombstones = read_tombstones(store, method().id, as_of)
    total, done = store.count_records(), 0
    results: dict[str, Result] = {}
    for key in sorted({*groups, *tombstones}, key=lambda key: key or ""):
        result = stage.municipality(groups.get(key, []), tombstones.get(key, []))
        done += len(groups.get(key, ()))
        progress("score", key or "ohne Kommune", done, total)
        if key is not None and result is not None:
            results[key] = result
    compared = _compared(results, populations or {})
    made = [stage.finished(key, result, compared[key]) for key, result in results.items()]
    store.put_scores([*made, *stage.others()], run=run)
    gone = [
        score.subject
        for score in store.scores("municipality", method().id)
        if score.subject not in results
    ]
    store.delete_scores([key for key in gone if key not in groups], kind="municipality")
    store.put_setting(METHOD_SETTING, method_document())


def stored_results(store: Store) -> Iterator[Score]:
    """The results of groups as an earlier run left them, for this run's entry in the history."""
    for kind in ("portal", "municipality", "catalog"):
        yield from store.scores(kind, method().id)


def input_version() -> str:
    """What beside the store decides about a result."""
    return f"{method().id} {method_hash()}"


def _compared(
    results: Mapping[str, Result], populations: Mapping[str, int | None]
) -> dict[str, Comparison]:
    standpoints = [
        Standpoint(
            key=key,
            points=float(result.score.points),
            effective=float(result.effective),
            datasets=result.datasets,
        )
        for key, result in sorted(results.items())
    ]
    groups = peer_groups({key: populations.get(key) for key in results})
    return compare(standpoints, groups)


class _Stage:
    """One pass over all municipalities; adds up portals and the catalogue by the way."""

    def __init__(
        self,
        store: Store,
        catalog: CatalogSettings,
        settings: ScoreSettings,
        as_of: date,
        mqa_method: str,
        shacl_profile: str,
        inputs: Mapping[str, str],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._settings = settings
        self._as_of = as_of
        self._mqa_method = mqa_method
        self._shacl_profile = shacl_profile
        self._inputs = inputs
        self._confirmed = frozenset(settings.hvd_confirmed)
        self._portals: dict[str, Group] = defaultdict(Group)
        self._whole = Group()
        self._frozen = frozen_portals(store)
        self._portals_of: dict[str, set[str]] = defaultdict(set)

    def municipality(self, ids: Sequence[str], tombstones: Sequence[Member]) -> Result | None:
        """Judge the datasets of a municipality, keep their scores, add them up.

        Returns:
            None for a municipality without any dataset.
        """
        overview = self._overview(ids)
        group = Group()
        members: list[Member] = []
        faults: dict[str, list[Fault]] = {}
        mqa: dict[str, MqaPoints] = {}
        old: dict[str, Mapping[str, Any]] = {}
        for chunk in chunks(ids, _BATCH):
            records = list(self._store.records_by_id(chunk))
            before = scores_of(self._store, chunk, method().id)
            mqa |= self._mqa_points(records)
            made = []
            for record, one, found, own in self._judged(records, before, overview):
                members.append(one)
                faults[one.id] = [msgspec.structs.replace(fault, proof={}) for fault in found]
                made.append(own)
                self._add(group, record, one, overview.slices[record.id])
                if record.municipality is not None:
                    self._portals_of[record.municipality].add(record.portal)
            self._store.put_scores(made)
            old |= {name: remembered(document) for name, document in before.items()}
        for one in tombstones:
            members.append(one)
            group.add(one, 1)
        score = group.score()
        if score is None:
            return None
        effective = effective_number(group.slices)
        document = self._group_document(group, score, effective)
        return Result(
            document=document,
            score=score,
            advice=advise(
                members,
                faults,
                group.sums,
                score,
                undeclared_hvd=group.undeclared,
                mqa=mqa if len(mqa) == len(faults) else None,
            ),
            datasets=tuple(float(one.points) for one in members if not one.is_tombstone),
            effective=effective,
            before=snapshot_before(old),
            now=snapshot(score.points, members),
            same_values=under_new_method(old),
            newly_dead=sum(
                not one.works and old[one.id]["works"] for one in members if one.id in old
            ),
        )

    def finished(self, key: str, result: Result, comparison: Comparison) -> Score:
        """The score of a municipality, or the stored one where nothing changed."""
        stored = self._store.score(key, "municipality", method().id)
        before = None if stored is None else stored.document
        is_frozen_now = any(portal in self._frozen for portal in self._portals_of[key])
        if (
            stored is not None
            and is_frozen_now
            and documents.exact(stored.document) > (result.score.points)
        ):
            frozen = {"reason": HARVEST_INCOMPLETE, "text": "Ernte unvollständig"}
            return msgspec.structs.replace(stored, document={**stored.document, "frozen": frozen})
        document = documents.municipality_document(
            result.document,
            result.advice,
            self._standing(result.score, result.document["datasets"], before),
            comparison,
            self._changes(result, before),
        )
        document["mean"] = str(result.now.mean)
        return unless_same(
            Score(
                subject=key,
                kind="municipality",
                method=method().id,
                total=document["score"],
                document=document,
            ),
            stored,
        )

    def others(self) -> Iterator[Score]:
        """The scores of the portals and of the whole catalogue."""
        groups = [
            *(("portal", name, group) for name, group in sorted(self._portals.items())),
            ("catalog", "catalog", self._whole),
        ]
        for kind, subject, group in groups:
            score = group.score()
            if score is None:
                continue
            stored = self._store.score(subject, kind, method().id)
            before = None if stored is None else stored.document
            if (
                stored is not None
                and subject in self._frozen
                and documents.exact(stored.document) > (score.points)
            ):
                yield stored
                continue
            document = documents.municipality_document(
                self._group_document(group, score, effective_number(group.slices)),
                (),
                self._standing(score, group.sums.datasets, before),
                None,
                (),
            )
            yield unless_same(
                Score(
                    subject=subject,
                    kind=kind,
                    method=method().id,
                    total=document["score"],
                    document=document,
                ),
                stored,
            )

    def _overview(self, ids: Sequence[str]) -> Overview:
        titles: Counter[str] = Counter()
        clusters: Counter[str] = Counter()
        own: dict[str, tuple[str, str]] = {}
        for chunk in chunks(ids, _BATCH):
            for record in self._store.records_by_id(chunk):
                title = first_text(record.as_published.title)
                folded = " ".join(title.value.split()).casefold() if title else record.id
                names = first_text(publisher.name) if (
                    publisher := record.as_published.publisher
                ) else None  # fmt: skip
                cluster = cluster_key(record.as_published, [names.value] if names else ())
                titles[folded] += 1
                clusters[cluster] += 1
                own[record.id] = (folded, cluster)
        return Overview(
            slices={name: clusters[cluster] for name, (_, cluster) in own.items()},
            repeated=frozenset(name for name, (title, _) in own.items() if titles[title] > 1),
        )

    def _judged(
        self,
        records: Sequence[StoredRecord],
        before: Mapping[str, Mapping[str, Any]],
        overview: Overview,
    ) -> Iterator[tuple[StoredRecord, Member, list[Fault], Score]]:
        evidences = read_evidence(
            self._store,
            records,
            self._catalog,
            self._shacl_profile,
            as_of=self._as_of,
            before=before,
            repeated_titles=overview.repeated,
        )
        for record, evidence in zip(records, evidences, strict=True):
            values, faults = judge(evidence, self._as_of, disputed_licence=self._settings.hvd_dl_by)
            slices = overview.slices[record.id]
            one = member(record.id, weight_of(slices, hvd_declared(evidence.dataset)), values)
            document = documents.dataset_document(
                one,
                faults,
                slices=slices,
                observed=evidence.observed,
                reproduction=documents.reproducibility(
                    self._as_of,
                    {"content": record.content_hash},
                    self._mqa_method,
                    documents.coverage_of(one.sums),
                ),
            )
            stored = before.get(record.id)
            if stored is not None and documents.same_result(document, stored):
                document = dict(stored)
            yield (
                record,
                one,
                faults,
                Score(
                    subject=record.id,
                    kind="dataset",
                    method=method().id,
                    total=document["score"],
                    document=document,
                ),
            )

    def _add(self, group: Group, record: StoredRecord, one: Member, slices: int) -> None:
        named = {record.iri, record.source_identifier, record.as_published.uri}
        undeclared = one.values.hvd is None and bool(self._confirmed & named)
        for each in (group, self._portals[record.portal], self._whole):
            each.add(one, slices)
            each.undeclared += undeclared

    def _mqa_points(self, records: Sequence[StoredRecord]) -> dict[str, MqaPoints]:
        stored = scores_of(self._store, [record.id for record in records], self._mqa_method)
        return {
            record.id: points_of(stored[record.id], record.iri)
            for record in records
            if record.id in stored
        }

    def _group_document(
        self, group: Group, score: GroupScore, effective: Fraction
    ) -> dict[str, Any]:
        return documents.group_document(
            score,
            group.sums,
            group_losses(group.lost, group.sums, score),
            effective=effective,
            reproduction=documents.reproducibility(
                self._as_of, self._inputs, self._mqa_method, score.coverage
            ),
        )

    def _standing(
        self, score: GroupScore, datasets: int, before: Mapping[str, Any] | None
    ) -> Standing:
        last = None if before is None else standing_of(before)
        return standing(points(score.points), datasets, last, self._as_of)

    def _changes(self, result: Result, before: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
        """The changes so far, and this one if the score changed."""
        if before is None:
            return []
        changes = list(before["changes"])
        old = result.before
        if old is None or points(documents.exact(before), 2) == points(result.score.points, 2):
            return changes
        whole = Snapshot(
            score=documents.exact(before), mean=Fraction(before["mean"]), datasets=old.datasets
        )
        dimensions = {code: Fraction(str(value)) for code, value in before["dimensions"].items()}
        made = documents.change_document(
            split(whole, result.now, result.same_values),
            before["reproducibility"]["as_of"],
            self._as_of,
            alerts(dimensions, result.score.dimensions, result.newly_dead),
        )
        return [*changes, made]
