"""Check one RDF document, without network and without state: `datenernte check katalog.ttl`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec
from pyoxigraph import Triple

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.graph import Description, dataset_from_rdf, datasets_in, node_key
from datenernte_dcat.graph.description import Scope
from datenernte_dcat.graph.document import parse_document
from datenernte_dcat.records import Dataset
from datenernte_dcat.terms import DCAT, is_web_iri
from datenernte_dcat.texts import finding
from datenernte_validators.record_checks import check_record, without_repeats
from datenernte_validators.scores.mqa import DEFAULT, RuleSet, score_dataset, url_of
from datenernte_validators.shapes.engine import DocumentReport, mqa_conforms, validate_document
from datenernte_validators.shapes.profiles import DEFAULT_PROFILE

LinkStatus: TypeAlias = Mapping[str, int] | Callable[[list[str]], Mapping[str, int]]
"""URL → status of a HEAD request, or how to find them out."""

_LINE = re.compile(r"\bline (\d+)")


def check_catalogue(
    body: bytes,
    *,
    target: str,
    as_of: date,
    media_type: str | None = None,
    profile: str = DEFAULT_PROFILE,
    link_status: LinkStatus | None = None,
    rules: RuleSet = DEFAULT,
) -> dict[str, Any]:
    """The JSON of a checked catalogue (design.md 4.5), kind `catalogue`.

    Bad input is a finding with the line where the parser stopped; nothing is fetched.

    Args:
        body: the document: RDF/XML, Turtle, N-Triples or JSON-LD, in any encoding.
        target: file name or URL, as it shall appear in the report.
        as_of: today in UTC.
        media_type: as the server said; the content decides where the two differ.
        profile: one of `PROFILES`, or the path of a shapes file. It decides about `conforms` and
            the findings; `dcatApCompliance` follows the rule `shacl_profile` of `rules`.
        link_status: URL → status of a HEAD request, or a function that gives them for the URLs
            of the document; URLs that are missing count as untested.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    base = target if is_web_iri(target) else "file:///" + quote(target.lstrip("/"))
    try:
        document = parse_document(body, media_type, base)
    except SourceProtocolError as error:
        return _json(target, profile, False, [], [_unreadable(error, target)])
    index = Description(document.triples)
    nodes = datasets_in(index)
    report = validate_document(document.triples, index, nodes, profile)
    statuses = link_status or {}
    if callable(statuses):
        statuses = statuses(_urls(index, nodes))
    datasets = [
        _dataset(
            document.triples,
            index,
            node,
            report,
            as_of=as_of,
            link_status=statuses,
            rules=rules,
        )
        for node in nodes
    ]
    findings = [
        msgspec.structs.replace(found, subject=target) if found.subject == base else found
        for found in document.findings
    ]
    if not nodes:
        findings.append(finding("catalog-empty", subject=target))
    conforms = all(one.conforms for one in (*report.datasets.values(), report.rest))
    return _json(target, profile, conforms, datasets, [*findings, *report.rest.findings])


def _dataset(
    triples: Sequence[Triple],
    index: Description,
    node: str,
    report: DocumentReport,
    *,
    as_of: date,
    link_status: Mapping[str, int],
    rules: RuleSet,
) -> dict[str, Any]:
    """The JSON of one dataset."""
    reading = dataset_from_rdf(index, node)
    shapes = report.datasets[node]
    if rules.shacl_profile == DEFAULT.shacl_profile:
        conforms = shapes.base_conforms
    else:
        described = Scope(index, node, Dataset).subjects
        own = [triple for triple in triples if node_key(triple.subject) in described]
        conforms = mqa_conforms(own, rules.shacl_profile)
    findings = without_repeats(
        [*reading.findings, *check_record(reading.dataset, as_of), *shapes.findings]
    )
    return {
        "uri": None if node.startswith("_:") else node,
        "title": _title(reading.dataset),
        "mqa": score_dataset(index, node, link_status, conforms, rules).document(),
        "findings": _findings_json(findings),
    }


def _urls(index: Description, datasets: Iterable[str]) -> list[str]:
    """The web addresses of the datasets' distributions, each once, in order."""
    return list(
        dict.fromkeys(
            url
            for node in datasets
            for distribution in index.objects(node, DCAT + "distribution")
            for prop in ("accessURL", "downloadURL")
            for value in index.objects(url_of(distribution), DCAT + prop)
            if is_web_iri(url := url_of(value))
        )
    )


def _json(
    target: str,
    profile: str,
    conforms: bool,
    datasets: list[dict[str, Any]],
    findings: Iterable[Finding],
) -> dict[str, Any]:
    return {
        "target": target,
        "kind": "catalogue",
        "profile": profile,
        "conforms": conforms,
        "datasets": datasets,
        "findings": _findings_json(findings),
    }


def _findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as JSON objects, the worst first."""
    order = list(Severity)
    ordered = sorted(findings, key=lambda found: order.index(found.severity))
    return [msgspec.to_builtins(found) for found in ordered]


def _unreadable(error: SourceProtocolError, target: str) -> Finding:
    """The finding of a document that no parser reads, with the line where it stopped."""
    line = _LINE.search(error.detail)
    return finding(
        error.code, subject=target, row=int(line[1]) if line else None, detail=error.detail
    )


def _title(dataset: Dataset) -> str | None:
    """The German title, else one without language, else the first."""
    by_language = {text.language: text.value for text in reversed(dataset.title)}
    titles = [by_language.get("de"), by_language.get(None), *by_language.values()]
    return next((title for title in titles if title and title.strip()), None)
