"""The score stage: MQA-405 of every dataset, portal and municipality, kept in the store."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import ConfigError
from datenernte_dcat.graph.description import Description
from datenernte_dcat.publication import Profile, feed_triples
from datenernte_dcat.store.rows import Score, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import FILE_NAME, ScoreSettings
from datenernte_harvester.judging import chunks, fingerprint, judged_triples, link_urls
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.settings import version
from datenernte_harvester.shape_validation import INPUT_SETTING, conformance
from datenernte_harvester.toml_table import to_dataclass
from datenernte_validators.scores.mqa import RuleSet, mean_score, rating, score_dataset

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
    progress: Progress = silent,
) -> None:
    """Score what is published; nothing is computed if nothing that a score depends on changed.

    Args:
        run: the run whose entry the history gets.

    Raises:
        ConfigError: `[score] mqa_rules` names an unknown rule or choice.
    """
    rules = rule_set(settings)
    scorer = _Scorer(store, catalog, rules)
    inputs = scorer.fingerprint()
    if store.setting("score_input") == inputs:
        store.put_scores(scorer.stored_sums(), run=run)
        return
    total = store.count_records()
    done = 0
    for records in chunks(store.records(), _BATCH):
        store.put_scores(scorer.score(records))
        done += len(records)
        progress("score", records[-1].portal, done, total)
    store.put_scores(scorer.sums(), run=run)
    store.put_setting(METHOD_SETTING, rules.method)
    store.put_setting("score_input", inputs)


def rule_set(settings: ScoreSettings) -> RuleSet:
    """The rules of the configuration.

    Raises:
        ConfigError: an unknown rule or choice.
    """
    where = f"{FILE_NAME} [score.mqa_rules]"
    return to_dataclass(settings.mqa_rules, RuleSet, where, ConfigError)


class _Scorer:
    """Scores batches of records and adds them up."""

    def __init__(self, store: Store, catalog: CatalogSettings, rules: RuleSet) -> None:
        self._store = store
        self._catalog = catalog
        self._rules = rules
        self._methods = (rules.method, rules.method + EU_FEED)
        self._totals: dict[tuple[str, str, str], list[int]] = defaultdict(list)

    def fingerprint(self) -> str:
        """Hash of everything that a score depends on."""
        heads = ((head.id, head.content_hash, head.feed_hash) for head in self._store.heads())
        settings = (version(), self._rules.method, repr(self._catalog))
        evidence = (self._store.links_digest(), self._store.setting(INPUT_SETTING))
        return fingerprint([settings, evidence, *heads])

    def score(self, records: Sequence[StoredRecord]) -> list[Score]:
        """Both scores of each record."""
        urls = {url for record in records for url in _urls(record)}
        statuses = {
            url: result.head_status
            for url, result in self._store.links(urls).items()
            if result.head_status is not None
        }
        conform = conformance(self._store, records, self._catalog, self._rules.shacl_profile)
        return [
            made for record in records for made in self._both(record, statuses, conform[record.id])
        ]

    def _both(
        self, record: StoredRecord, statuses: Mapping[str, int], conform: tuple[bool, bool]
    ) -> Iterator[Score]:
        views = (judged_triples(record), feed_triples(record, self._catalog, Profile.EU))
        for method, triples, conforms in zip(self._methods, views, conform, strict=True):
            result = score_dataset(
                Description(triples), record.iri, statuses, conforms, self._rules
            )
            document = result.document() | {
                "measurements": msgspec.to_builtins(result.measurements)
            }
            for kind, subject in _sums_of(record):
                self._totals[kind, subject, method].append(result.total)
            yield Score(
                subject=record.id,
                kind="dataset",
                method=method,
                total=float(result.total),
                document=document,
            )

    def sums(self) -> list[Score]:
        """The mean of each portal, municipality and the catalogue, half points rounded up."""
        return [
            Score(
                subject=subject,
                kind=kind,
                method=method,
                total=float(mean),
                document={"datasets": len(totals), "rating": rating(mean, self._rules)},
            )
            for (kind, subject, method), totals in sorted(self._totals.items())
            for mean in (mean_score(totals),)
        ]

    def stored_sums(self) -> list[Score]:
        """The means as an earlier run left them, for this run's entry in the history."""
        return [
            score
            for method in self._methods
            for kind in ("portal", "municipality", "catalog")
            for score in self._store.scores(kind, method)
        ]


def _sums_of(record: StoredRecord) -> Iterator[tuple[str, str]]:
    """(kind, subject) of every mean that a record counts for."""
    yield "portal", record.portal
    yield "catalog", "catalog"
    if record.municipality is not None:
        yield "municipality", record.municipality


def _urls(record: StoredRecord) -> list[str]:
    return [*link_urls(record.as_published), *link_urls(record.normalised)]


def portal_scores(store: Store, portal: str) -> dict[str, Any]:
    """Mean scores of a portal's datasets as they stand; None where there are none.

    The keys are those of `run.json`; the Kommunal-Score has no method yet.
    """
    method = store.setting(METHOD_SETTING)
    scores = (
        (None, None)
        if method is None
        else tuple(store.score(portal, "portal", method + suffix) for suffix in ("", EU_FEED))
    )
    published, feed = (None if score is None else round(score.total) for score in scores)
    return {"kommunal": None, "grade": None, "mqa": published, "mqa_feed": feed}
