"""The score stage: MQA-405 and Kommunal-Score of every dataset, portal and municipality."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import ConfigError
from datenernte_dcat.graph.description import Description
from datenernte_dcat.publication import Profile, feed_triples
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.store.rows import RecordStatus, Score, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import FILE_NAME, ScoreSettings
from datenernte_harvester.judging import chunks, fingerprint, judged_triples, link_urls
from datenernte_harvester.kommunal_scoring import (
    METHOD_SETTING as KOMMUNAL_SETTING,
)
from datenernte_harvester.kommunal_scoring import (
    input_version,
    score_kommunal,
    stored_results,
)
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.settings import version
from datenernte_harvester.shape_validation import INPUT_SETTING, conformance
from datenernte_harvester.toml_table import to_dataclass
from datenernte_validators.scores.mqa import (
    DatasetScore,
    RuleSet,
    mean_score,
    rating,
    score_dataset,
)
from datenernte_validators.shapes.engine import mqa_conforms

_BATCH = 200
"""Datasets scored and written at once."""

METHOD_SETTING = "mqa_method"
"""Store setting: the method of the scores that stand in the store."""

EU_FEED = "+eu-feed"
"""Behind a method's name: the score of our EU feed, not of what the portal published."""


def score(
    store: Store,
    catalog: CatalogSettings,
    settings: ScoreSettings,
    *,
    run: int,
    populations: Mapping[str, int | None] | None = None,
    progress: Progress = silent,
) -> None:
    """Score what is published; nothing is computed if nothing that a score depends on changed.

    Args:
        run: the run whose entry the history gets; its date is the day of every judgement.
        populations: inhabitants by key of the municipality, where they are known.

    Raises:
        ConfigError: `[score]` names an unknown rule or choice.
    """
    rules = rule_set(settings)
    entry = store.run(run)
    assert entry is not None  # noqa: S101 - whoever scores has begun the run
    scorer = _Scorer(store, catalog, rules, further_rule_sets(settings))
    evidence = scorer.evidence()
    inputs = fingerprint(
        [(scorer.fingerprint(), entry.as_of, repr(settings), repr(populations), input_version())]
    )
    if store.setting("score_input") == inputs:
        store.put_scores([*scorer.stored_sums(), *stored_results(store)], run=run)
        return
    total = store.count_records()
    done = 0
    for records in chunks(store.records(), _BATCH):
        store.put_scores(scorer.score(records))
        done += len(records)
        progress("score", records[-1].portal, done, total)
    store.put_scores(scorer.sums(), run=run)
    score_kommunal(
        store,
        catalog,
        settings,
        run=run,
        as_of=entry.as_of,
        mqa_method=rules.method,
        shacl_profile=rules.shacl_profile,
        inputs=evidence,
        populations=populations,
        progress=progress,
    )
    store.put_setting(METHOD_SETTING, rules.method)
    store.put_setting("score_input", inputs)


def rule_set(settings: ScoreSettings) -> RuleSet:
    """The rules of the configuration.

    Raises:
        ConfigError: an unknown rule or choice.
    """
    where = f"{FILE_NAME} [score.mqa_rules]"
    return to_dataclass(settings.mqa_rules, RuleSet, where, ConfigError)


def further_rule_sets(settings: ScoreSettings) -> tuple[RuleSet, ...]:
    """Further readings of the method that are computed beside the configured one, each once.

    Raises:
        ConfigError: an unknown rule or choice.
    """
    where = f"{FILE_NAME} [score] mqa_further"
    sets = []
    for text in settings.mqa_further:
        rules = dict(part.strip().partition("=")[::2] for part in text.split(";") if part.strip())
        sets.append(to_dataclass(rules, RuleSet, where, ConfigError))
    return tuple(one for one in dict.fromkeys(sets) if one != rule_set(settings))


class _Scorer:
    """Scores batches of records under MQA-405 and adds them up.

    A dataset of which nothing changed that its points depend on keeps its stored scores.
    """

    def __init__(
        self,
        store: Store,
        catalog: CatalogSettings,
        rules: RuleSet,
        further: Sequence[RuleSet] = (),
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._rules = rules
        self._further = further
        self._methods = (
            rules.method,
            rules.method + EU_FEED,
            *(one.method for one in further),
        )
        self._totals: dict[tuple[str, str, str], list[int]] = defaultdict(list)

    def evidence(self) -> dict[str, str]:
        """Name → hash of what the scores were computed from, records apart."""
        heads = ((head.id, head.content_hash) for head in self._store.heads())
        return {
            "tool": version(),
            "harvest": fingerprint(heads),
            "links": self._store.links_digest(),
            "files": self._store.files_digest(),
            "shapes": str(self._store.setting(INPUT_SETTING)),
        }

    def fingerprint(self) -> str:
        """Hash of everything that a score depends on."""
        heads = (
            (head.id, head.content_hash, head.feed_hash, head.municipality, head.duplicate_of)
            for head in self._store.heads()
        )
        gone = ((head.id,) for head in self._store.heads(status=RecordStatus.WITHDRAWN))
        settings = (version(), self._methods, repr(self._catalog))
        return fingerprint([settings, sorted(self.evidence().items()), *heads, *gone])

    def score(self, records: Sequence[StoredRecord]) -> list[Score]:
        """All scores of each record."""
        urls = {url for record in records for url in _urls(record)}
        statuses = {
            url: result.head_status
            for url, result in self._store.links(urls).items()
            if result.head_status is not None
        }
        conform = conformance(self._store, records, self._catalog, self._rules.shacl_profile)
        ids = [record.id for record in records]
        stored = {method: scores_of(self._store, ids, method) for method in self._methods}
        made = []
        for record in records:
            own = {url: statuses[url] for url in _urls(record) if url in statuses}
            inputs = fingerprint(
                [
                    (version(), self._methods, repr(self._catalog), record.iri),
                    (record.content_hash, record.feed_hash, conform[record.id]),
                    sorted(own.items()),
                ]
            )
            kept = [stored[method].get(record.id) for method in self._methods]
            documents = [one for one in kept if one is not None and one.get("input") == inputs]
            if len(documents) < len(self._methods):
                documents = [
                    one | {"input": inputs} for one in self._all(record, own, conform[record.id])
                ]
            for method, document in zip(self._methods, documents, strict=True):
                for kind, subject in _sums_of(record):
                    self._totals[kind, subject, method].append(int(document["total"]))
                made.append(
                    Score(
                        subject=record.id,
                        kind="dataset",
                        method=method,
                        total=float(document["total"]),
                        document=document,
                    )
                )
        return made

    def _all(
        self, record: StoredRecord, statuses: Mapping[str, int], conform: tuple[bool, bool]
    ) -> Iterator[dict[str, Any]]:
        """The documents of a record under every method: as published, our EU feed, further sets."""
        published = judged_triples(record)
        feed = feed_triples(record, self._catalog, Profile.EU)
        index = Description(published)
        verdicts = {self._rules.shacl_profile: conform[0]}
        yield _document(score_dataset(index, record.iri, statuses, conform[0], self._rules))
        yield _document(
            score_dataset(Description(feed), record.iri, statuses, conform[1], self._rules)
        )
        for rules in self._further:
            if rules.shacl_profile not in verdicts:
                verdicts[rules.shacl_profile] = mqa_conforms(published, rules.shacl_profile)
            verdict = verdicts[rules.shacl_profile]
            yield _document(score_dataset(index, record.iri, statuses, verdict, rules))

    def sums(self) -> list[Score]:
        """The mean of each portal, municipality and the catalogue, half points rounded up."""
        return [
            Score(
                subject=subject,
                kind=kind,
                method=method,
                total=float(mean),
                document={
                    "datasets": len(totals),
                    "rating": rating(mean, self._rules),
                    **self._range(kind, subject, method),
                },
            )
            for (kind, subject, method), totals in sorted(self._totals.items())
            for mean in (mean_score(totals),)
        ]

    def _range(self, kind: str, subject: str, method: str) -> dict[str, list[int]]:
        """Lowest and highest mean over all rule sets, where there are several."""
        if method != self._rules.method or not self._further:
            return {}
        published = [name for name in self._methods if not name.endswith(EU_FEED)]
        means = [mean_score(self._totals[kind, subject, name]) for name in published]
        return {"range": [min(means), max(means)]}

    def stored_sums(self) -> list[Score]:
        """The means as an earlier run left them, for this run's entry in the history."""
        return [
            score
            for method in self._methods
            for kind in ("portal", "municipality", "catalog")
            for score in self._store.scores(kind, method)
        ]


def _document(result: DatasetScore) -> dict[str, Any]:
    """The JSON of a score with its measurements."""
    return result.document() | {"measurements": msgspec.to_builtins(result.measurements)}


def _sums_of(record: StoredRecord) -> Iterator[tuple[str, str]]:
    """(kind, subject) of every mean that a record counts for."""
    yield "portal", record.portal
    yield "catalog", "catalog"
    if record.municipality is not None:
        yield "municipality", record.municipality


def _urls(record: StoredRecord) -> list[str]:
    return [*link_urls(record.as_published), *link_urls(record.normalised)]


def portal_scores(store: Store, portal: str) -> dict[str, Any]:
    """Scores of a portal's datasets as they stand; None where there are none.

    The keys are those of `run.json`.
    """
    rules = store.setting(METHOD_SETTING)
    scores = (
        (None, None)
        if rules is None
        else tuple(store.score(portal, "portal", rules + suffix) for suffix in ("", EU_FEED))
    )
    published, feed = (None if score is None else round(score.total) for score in scores)
    known = store.setting(KOMMUNAL_SETTING)
    own = None if known is None else store.score(portal, "portal", known["id"])
    return {
        "kommunal": None if own is None else own.total,
        "grade": None if own is None else own.document["grade"],
        "mqa": published,
        "mqa_feed": feed,
    }
