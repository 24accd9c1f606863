"""MQA-405: the points that data.europa.eu gives a dataset, computed offline.

23 metrics in five dimensions, at most 405 points. Points of the distribution metrics come from the
*one* distribution with the highest sum, as upstream has it. Weights and lists stand in
`mqa_405.toml`; where the published method leaves a point open, a named rule of `RuleSet` decides,
and every rule that is switched stands in the output.

Everything here is pure: an index of triples, the link statuses and one truth value come in.

Source: https://data.europa.eu/mqa/methodology and the vocabulary https://piveau.eu/ns/voc#
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from typing import Literal as OneOf

import msgspec
from pyoxigraph import BlankNode, Literal, NamedNode

from datenernte_dcat.findings import Measurement
from datenernte_dcat.graph.description import Description, Term, node_key
from datenernte_dcat.vocabulary import file_type_for, vocabulary
from datenernte_validators.scores.mqa_method import (
    Metric,
    listed,
    method,
    metric_iri,
)

DIMENSIONS = (
    "findability",
    "accessibility",
    "interoperability",
    "reusability",
    "contextuality",
)
MAXIMUM = 405
"""Highest total in points."""

_DISTRIBUTION = "http://www.w3.org/ns/dcat#distribution"
_MEDIA_TYPE = "http://www.w3.org/ns/dcat#mediaType"
_DATES = ("dateIssuedAvailability", "dateModifiedAvailability")


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    """One reading of the points that the published method leaves open; defaults are ours."""

    http_ok: OneOf["2xx-after-redirects", "2xx-3xx"] = "2xx-after-redirects"
    """Which final status counts as reachable: code and text of the method differ."""
    format_vocab_rule: OneOf["or", "and"] = "or"
    """Whether format or media type must be listed, or both."""
    known_licence: OneOf["eu-nal", "eu-nal+edp2021"] = "eu-nal"
    """Whether the EDP's extension list of 2021 counts beside the EU list."""
    issued_modified: OneOf["fallback", "measured-blocks"] = "fallback"
    """Whether a distribution without the date lets the dataset's date count."""
    rating_bands: OneOf["documented", "piveau-code"] = "documented"
    """Which band a total of exactly 120 belongs to."""
    literal_format: OneOf["strict-iri", "normalise"] = "strict-iri"
    """Whether texts such as »CSV« are read as the listed format first."""
    format_lists: OneOf["edp-2021", "op-nal-2025"] = "edp-2021"
    """Which list of non-proprietary formats counts."""
    shacl_profile: OneOf["dcat-ap-3.0.1-base", "dcat-ap-2.1.1", "dcat-ap.de-2.0"] = (
        "dcat-ap-3.0.1-base"
    )
    """Which shapes decide `dcatApCompliance`; whoever calls `score_dataset` applies it
    (`shapes.engine.mqa_conforms`)."""

    @property
    def id(self) -> str:
        """Id of method and rule set; the switched rules stand in `switched`."""
        return method().id

    @property
    def switched(self) -> tuple[str, ...]:
        """The rules that differ from the defaults, as `name=value`, in the order above."""
        return tuple(
            f"{rule.name}={getattr(self, rule.name)}"
            for rule in fields(self)
            if getattr(self, rule.name) != rule.default
        )

    @property
    def method(self) -> str:
        """Id and switched rules in one text: equal texts mean comparable scores."""
        return ";".join((self.id, *self.switched))


DEFAULT = RuleSet()


class DatasetScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one dataset, in points."""

    metrics: dict[str, int]
    """Points of all 23 metrics, names as the method has them."""
    dimensions: dict[str, int]
    total: int
    """0 to 405."""
    rating: str
    """Excellent, Good, Sufficient or Bad."""
    best_distribution: str | None
    """IRI of the distribution whose points count; None without one or where it has no IRI."""
    method: str
    """Id of method and rule set."""
    switched_rules: tuple[str, ...]
    measurements: tuple[Measurement, ...] = ()
    """Raw values per subject for DQV: truth values, status codes, sums; blank nodes appear as
    `_:name`. A URL that nobody tested has no measurement."""

    def document(self) -> dict[str, Any]:
        """The score as JSON object, without the measurements."""
        return {
            "metrics": dict(self.metrics),
            "dimensions": dict(self.dimensions),
            "total": self.total,
            "rating": self.rating,
            "best_distribution": self.best_distribution,
            "method": self.method,
            "switched_rules": list(self.switched_rules),
        }


def rating(total: int, rules: RuleSet = DEFAULT) -> str:
    """The band of a total in points: Excellent, Good, Sufficient or Bad."""
    bands = method().bands[rules.rating_bands]
    return next(name for name, lowest in bands.items() if total >= lowest)


def mean_score(totals: Iterable[int]) -> int:
    """The arithmetic mean in points, half rounded up as the method has it; 0 without datasets."""
    values = list(totals)
    return (2 * sum(values) + len(values)) // (2 * len(values)) if values else 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One distribution with its points."""

    node: NamedNode | BlankNode
    points: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.points.values())


def score_dataset(
    index: Description,
    dataset: str,
    link_status: Mapping[str, int],
    conforms: bool,
    rules: RuleSet = DEFAULT,
) -> DatasetScore:
    """The points of one dataset.

    Args:
        index: the triples of the dataset's description; others do no harm.
        dataset: key of the dataset's node in the index: its IRI, or `_:name`.
        link_status: URL → final status of the HEAD request after redirects; 1100 means connection
            error, 1300 invalid URL. A URL that is missing was not tested and gives no points.
        conforms: whether the description has no violation under `rules.shacl_profile`.

    Source: https://data.europa.eu/mqa/methodology; best-distribution rule as in piveau's scoring:
    the highest sum over all dimensions together; on a tie the higher final total, then the
    smallest IRI.
    """
    measure = _Measurer(index, link_status, conforms, rules)
    own = measure.node(dataset, "dataset")
    candidates = [
        _Candidate(node, measure.node(node_key(node), "distribution"))
        for node in _nodes(index.objects(dataset, _DISTRIBUTION))
    ]
    best = _best(candidates, own, rules, index)
    points = _merge(own, best, rules)

    all_metrics = method().metric
    metrics = {metric.name: points.get(metric.name, 0) for metric in all_metrics}
    dimensions = dict.fromkeys(DIMENSIONS, 0)
    for metric in all_metrics:
        dimensions[metric.dimension] += metrics[metric.name]
    total = sum(dimensions.values())
    sums = {f"{name}Scoring": value for name, value in dimensions.items()} | {"scoring": total}
    return DatasetScore(
        metrics=metrics,
        dimensions=dimensions,
        total=total,
        rating=rating(total, rules),
        best_distribution=(
            best.node.value if best is not None and isinstance(best.node, NamedNode) else None
        ),
        method=rules.id,
        switched_rules=rules.switched,
        measurements=(
            *measure.taken,
            *(
                Measurement(metric=metric_iri(name), subject=dataset, value=value, unit="points")
                for name, value in sums.items()
            ),
        ),
    )


def url_of(value: Term) -> str:
    """The URL that a value of accessURL or downloadURL stands for: its IRI, or its text.

    It is the key under which `score_dataset` looks up the status.
    """
    return value.value if isinstance(value, NamedNode | Literal) else str(value)


def _nodes(values: Iterable[Term]) -> list[NamedNode | BlankNode]:
    """The values that can be described; a text in place of a distribution is none."""
    return [value for value in values if isinstance(value, NamedNode | BlankNode)]


def _best(
    candidates: Sequence[_Candidate], own: Mapping[str, int], rules: RuleSet, index: Description
) -> _Candidate | None:
    """The distribution that counts, or None without one.

    Blank nodes have no IRI to compare and their names change with every parse, so among them the
    points decide and then the content.
    """
    if not candidates:
        return None
    highest = max(candidate.total for candidate in candidates)
    tied = [candidate for candidate in candidates if candidate.total == highest]
    if len(tied) == 1:
        return tied[0]

    def order(candidate: _Candidate) -> tuple[int, bool, str, list[int], list[str]]:
        named = isinstance(candidate.node, NamedNode)
        content = sorted(
            f"{predicate} {value}"
            for predicate, values in index.properties(node_key(candidate.node)).items()
            for value in values
            if not isinstance(value, BlankNode)
        )
        return (
            -sum(_merge(own, candidate, rules).values()),
            not named,
            node_key(candidate.node) if named else "",
            [-candidate.points[name] for name in sorted(candidate.points)],
            [] if named else content,
        )

    return min(tied, key=order)


def _merge(own: Mapping[str, int], best: _Candidate | None, rules: RuleSet) -> dict[str, int]:
    """The dataset's own points and those of its best distribution; each date counts once."""
    points = dict(own)
    if best is None:
        return points
    for name, value in best.points.items():
        falls_back = name in _DATES and rules.issued_modified == "fallback"
        points[name] = max(value, own.get(name, 0)) if falls_back else value
    return points


class _Measurer:
    """Takes the measurements of one dataset's nodes and keeps them in `taken`."""

    def __init__(
        self, index: Description, link_status: Mapping[str, int], conforms: bool, rules: RuleSet
    ) -> None:
        self.taken: list[Measurement] = []
        self._index = index
        self._link_status = link_status
        self._conforms = conforms
        self._rules = rules

    def node(self, subject: str, level: OneOf["dataset", "distribution"]) -> dict[str, int]:
        """Points of every metric that is measured on this kind of node."""
        points = {}
        for metric in method().metric:
            if metric.level in (level, "both"):
                values = self._index.objects(subject, metric.property)
                if metric.test == "status":
                    fulfilled = self._reachable(metric, subject, values)
                else:
                    fulfilled = self._holds(metric, subject, values)
                    self._take(metric, subject, fulfilled)
                points[metric.name] = metric.points if fulfilled else 0
        return points

    def _take(self, metric: Metric, subject: str, value: bool | int) -> None:
        self.taken.append(Measurement(metric=metric_iri(metric.name), subject=subject, value=value))

    def _reachable(self, metric: Metric, subject: str, values: Sequence[Term]) -> bool:
        """Whether one of the URLs answered; each tested URL is a measurement of its own."""
        limit = 400 if self._rules.http_ok == "2xx-3xx" else 300
        reachable = False
        for url in dict.fromkeys(url_of(value) for value in values):
            status = self._link_status.get(url)
            if status is not None:
                self._take(metric, subject, status)
                reachable = reachable or 200 <= status < limit
        return reachable

    def _holds(self, metric: Metric, subject: str, values: Sequence[Term]) -> bool:
        """Whether a metric with a truth value is fulfilled."""
        lists = method()
        match metric.test:
            case "available":
                return bool(values)
            case "conforms":
                return self._conforms
            case "access-right":
                known = {lists.access_rights.base + code for code in lists.access_rights.codes}
                return any(iri in known for iri in _iris(values))
            case "known-licence":
                return any(self._known_licence(iri) for iri in _iris(values))
            case "machine-readable":
                return bool(self._formats(values) & listed(lists.formats.machine_readable))
            case "non-proprietary":
                codes = lists.formats.non_proprietary
                if self._rules.format_lists == "op-nal-2025":
                    codes |= lists.formats.non_proprietary_op_nal_2025
                return bool(self._formats(values) & listed(codes))
            case "format-vocabulary":
                known_format = bool(self._formats(values) & vocabulary("file_types").iris)
                media_types = self._index.objects(subject, _MEDIA_TYPE)
                known_type = any(self._known_media_type(value) for value in media_types)
                if self._rules.format_vocab_rule == "and":
                    return known_format and known_type
                return known_format or known_type
        raise ValueError(f"unknown test {metric.test!r} in mqa_405.toml")

    def _formats(self, values: Sequence[Term]) -> set[str]:
        """The formats as IRIs; texts count only under the rule that reads them."""
        formats = set(_iris(values))
        if self._rules.literal_format == "normalise":
            texts = [value.value for value in values if isinstance(value, Literal)]
            formats.update(iri for text in texts if (iri := file_type_for(text=text)) is not None)
        return formats

    def _known_licence(self, iri: str) -> bool:
        if vocabulary("eu_licences").has(iri):
            return True
        return self._rules.known_licence == "eu-nal+edp2021" and iri in method().licences.edp2021

    def _known_media_type(self, value: Term) -> bool:
        """Whether a registered IANA type is named: by its IRI, or under `normalise` as text."""
        registry = vocabulary("media_types")
        if isinstance(value, NamedNode):
            return registry.has(value.value.replace("http://", "https://", 1))
        reads_texts = self._rules.literal_format == "normalise"
        return reads_texts and isinstance(value, Literal) and registry.find(value.value) is not None


def _iris(values: Sequence[Term]) -> list[str]:
    return [value.value for value in values if isinstance(value, NamedNode)]
