"""Run a profile over descriptions, one by one or many, or over a document with several datasets.

The shapes run compiled (`compiled/`), each description by itself. What only pySHACL can judge goes
to pySHACL: a profile with more than SHACL Core (`Profile.fallback_reason` says what), and a single
description with something that rdflib reads in its own way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple

from pyoxigraph import RdfFormat, Triple, parse

from datenernte_dcat.findings import Severity
from datenernte_dcat.graph import Description
from datenernte_dcat.graph.description import Scope
from datenernte_dcat.records import Dataset
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled.errors import NeedsReferenceError
from datenernte_validators.shapes.profiles import (
    BASE_PROFILE,
    DEFAULT_PROFILE,
    Profile,
    load_profile,
)
from datenernte_validators.shapes.reference import reference_results
from datenernte_validators.shapes.results import (
    Neighbourhood,
    ShapeReport,
    ShapeResult,
    findings_of,
    severity_of,
    statements_of,
)

_BASE_SHAPES = f"urn:datenernte:shapes:{BASE_PROFILE}:"
_MQA_PROFILES = {
    "dcat-ap-3.0.1-base": BASE_PROFILE,
    "dcat-ap-2.1.1": "dcat-ap-2.1",
    "dcat-ap.de-2.0": "dcat-ap.de-2.0",
}


@dataclass(frozen=True)
class _Description:
    """What is judged as one graph."""

    key: str
    triples: list[Triple]
    index: Description


def validate_dataset(
    triples: Iterable[Triple], profile: str = DEFAULT_PROFILE, *, base: bool = True
) -> ShapeReport:
    """The report of one dataset's description.

    Args:
        triples: the whole description: dataset, distributions, agents, places, …
        profile: one of `PROFILES`, or the path of a shapes file.
        base: whether `base_conforms` is needed; where the profile lacks the base rules, it costs
            a second validation. Without it `base_conforms` is True.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    return next(iter(validate_many([("", triples)], profile, base=base).values()))


def validate_many(
    batch: Sequence[tuple[str, Iterable[Triple] | bytes]],
    profile: str = DEFAULT_PROFILE,
    *,
    base: bool = True,
) -> dict[str, ShapeReport]:
    """The reports of many descriptions by key, each as if it were validated alone.

    Meant as the work item of a process pool; fifty descriptions are a good batch.

    Args:
        batch: key and description, as triples or as N-Triples bytes.
        profile: one of `PROFILES`, or the path of a shapes file.
        base: as for `validate_dataset`.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    loaded = load_profile(profile)
    descriptions = [_described(key, source) for key, source in batch]
    results = _results(descriptions, loaded)
    if not base or loaded.holds_base():
        base_results = results
    else:
        base_results = _results(descriptions, load_profile(BASE_PROFILE))
    return {
        description.key: _report(
            results[description.key],
            base_results[description.key],
            loaded,
            Neighbourhood(statements_of(description.triples)),
        )
        for description in descriptions
    }


class DocumentReport(NamedTuple):
    """The report of a document with several datasets."""

    datasets: dict[str, ShapeReport]
    """Key of the dataset's node → report of its description."""
    rest: ShapeReport
    """What is said of the nodes that belong to no dataset: the catalogue and its records."""


def validate_document(
    triples: Sequence[Triple],
    index: Description,
    datasets: Sequence[str],
    profile: str = DEFAULT_PROFILE,
) -> DocumentReport:
    """The reports of the datasets of a document, which is validated as one graph.

    A result belongs to every dataset whose description holds the node: an agent without a name is
    a fault of each dataset that it publishes.

    Args:
        triples: the whole document, and `index` the same triples as an index.
        datasets: keys of the datasets' nodes.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    loaded = load_profile(profile)
    document = [_Description("", list(triples), index)]
    results = _results(document, loaded)[""]
    base_results = (
        results if loaded.holds_base() else _results(document, load_profile(BASE_PROFILE))[""]
    )
    scopes = {key: Scope(index, key, Dataset) for key in datasets}
    owners: dict[str, list[str]] = {}
    for key, scope in scopes.items():
        for node in scope.subjects:
            owners.setdefault(node, []).append(key)
    everything = Neighbourhood(statements_of(triples))

    def shares(found: Iterable[ShapeResult]) -> Mapping[str | None, list[ShapeResult]]:
        by_owner: dict[str | None, list[ShapeResult]] = {}
        for result in found:
            nodes = [result.focus] if result.focus in index else everything.users_of(result.focus)
            keys = dict.fromkeys(key for node in nodes for key in owners.get(node, ()))
            for owner in keys or (None,):
                by_owner.setdefault(owner, []).append(result)
        return by_owner

    own, of_base = shares(results), shares(base_results)
    return DocumentReport(
        datasets={
            key: _report(
                own.get(key, ()),
                of_base.get(key, ()),
                loaded,
                Neighbourhood(scope.triples()),
            )
            for key, scope in scopes.items()
        },
        rest=_report(own.get(None, ()), of_base.get(None, ()), loaded, everything),
    )


def _report(
    results: Sequence[ShapeResult],
    base_results: Sequence[ShapeResult],
    profile: Profile,
    around: Neighbourhood,
) -> ShapeReport:
    own = sorted(results, key=_order)
    return ShapeReport(
        conforms=not any(severity_of(found.severity) is Severity.ERROR for found in own),
        base_conforms=not any(
            found.severity == SH + "Violation" and (found.shape or "").startswith(_BASE_SHAPES)
            for found in base_results
        ),
        results=tuple(own),
        findings=findings_of(own, profile, around),
    )


def mqa_profile(rule: str) -> str:
    """Name of the profile that a choice of the MQA rule `shacl_profile` means."""
    return _MQA_PROFILES[rule]


def mqa_conforms(
    triples: Iterable[Triple],
    rule: OneOf["dcat-ap-3.0.1-base", "dcat-ap-2.1.1", "dcat-ap.de-2.0"] = "dcat-ap-3.0.1-base",
) -> bool:
    """Whether a description has no violation under the profile that an MQA rule set names."""
    report = validate_dataset(triples, _MQA_PROFILES[rule], base=False)
    return not any(result.severity == SH + "Violation" for result in report.results)


def _results(
    descriptions: Sequence[_Description], profile: Profile
) -> dict[str, list[ShapeResult]]:
    """The results of each description by its key."""
    program = profile.program
    found: dict[str, list[ShapeResult]] = {}
    left: list[tuple[str, list[Triple]]] = []
    for description in descriptions:
        try:
            if program is not None:
                found[description.key] = program.run(description.index)
                continue
        except NeedsReferenceError:
            pass
        left.append((description.key, description.triples))
    return found | reference_results(left, profile) if left else found


def _described(key: str, source: Iterable[Triple] | bytes) -> _Description:
    if isinstance(source, bytes):
        source = (quad.triple for quad in parse(source, format=RdfFormat.N_TRIPLES))
    triples = list(source)
    return _Description(key, triples, Description(triples))


def _order(result: ShapeResult) -> tuple[str, ...]:
    return (
        result.focus,
        result.path or "",
        result.component,
        result.value or "",
        result.shape or "",
    )
