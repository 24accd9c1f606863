"""Scores as data: dqv:QualityMeasurement in Turtle, and the totals as JSON.

The quality files are apart from the DCAT-AP.de feeds, where further triples can stop a reader.
A measurement's IRI is a hash of metric and resource, so it stays the same from run to run. A
measurement of a link carries the time of its own request.

Source: Data Quality Vocabulary, https://www.w3.org/TR/vocab-dqv/, and the metrics of
https://piveau.eu/ns/voc# as data.europa.eu writes them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from datenernte_dcat.feeds.heads import timestamp
from datenernte_dcat.records import Dataset, Distribution, Reference
from datenernte_dcat.store.rows import LinkResult, StoredRecord
from datenernte_dcat.terms import DCT, DQV, OWL, PROV, RDF, SH, SKOS, XSD, is_web_iri

METRICS = "https://piveau.eu/ns/voc#"
METHODOLOGY = "https://data.europa.eu/mqa/methodology"
TOTAL = METRICS + "scoring"
COMPLIANCE = METRICS + "dcatApCompliance"
OA = "http://www.w3.org/ns/oa#"
_STATUS_METRICS = {
    METRICS + "accessUrlStatusCode": "access_url",
    METRICS + "downloadUrlStatusCode": "download_url",
}
_TYPE = NamedNode(RDF + "type")


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of one metric on one resource."""

    metric: str
    resource: str
    value: bool | int | float | Decimal
    """A Decimal stays a decimal number also where it is whole."""
    repeat: int = 0
    """Which of several values of the same metric on the same resource it is, from 0."""
    time: datetime | None = None
    """When it was measured, where that is known for this value alone; UTC."""


def quality_head(
    base_url: str,
    path: str,
    stand: date,
    method: str | None,
    *,
    kommunal: Mapping[str, Any] | None = None,
    about: str | None = None,
) -> list[Triple]:
    """What a quality file says about itself.

    Args:
        path: of the file, relative to the site.
        stand: date of the last change of its values, UTC.
        method: id of method and rule set of the MQA.
        kommunal: document of the Kommunal-Score's method, where there are such scores.
        about: IRI of the catalogue whose quality it is.
    """
    node = NamedNode(f"{base_url}/{path}")
    activity = NamedNode(f"{base_url}/quality#scoring")
    generated = Literal(f"{stand.isoformat()}T00:00:00Z", datatype=NamedNode(XSD + "dateTime"))
    triples = [
        Triple(node, _TYPE, NamedNode(DQV + "QualityMetadata")),
        Triple(node, NamedNode(PROV + "generatedAtTime"), generated),
        Triple(node, NamedNode(PROV + "wasGeneratedBy"), activity),
        Triple(activity, _TYPE, NamedNode(PROV + "Activity")),
        Triple(activity, NamedNode(DCT + "conformsTo"), NamedNode(METHODOLOGY)),
    ]
    if method is not None:
        triples.append(Triple(activity, NamedNode(DCT + "identifier"), Literal(method)))
    if about is not None:
        triples.append(Triple(NamedNode(about), NamedNode(DQV + "hasQualityMetadata"), node))
    if kommunal is not None:
        definition = NamedNode(kommunal_base(base_url, kommunal["id"]).removesuffix("#"))
        triples += [
            Triple(activity, NamedNode(DCT + "conformsTo"), definition),
            Triple(activity, NamedNode(DCT + "identifier"), Literal(kommunal["id"])),
            *_definitions(base_url, kommunal, definition),
        ]
    return triples


def kommunal_base(base_url: str, method: str) -> str:
    """What the IRIs of the Kommunal-Score's metrics begin with."""
    return f"{base_url}/def/{method}#"


def _definitions(
    base_url: str, kommunal: Mapping[str, Any], definition: NamedNode
) -> Iterator[Triple]:
    """The method with version and hash, its dimensions and its metrics."""
    base = kommunal_base(base_url, kommunal["id"])
    whole = NamedNode(base + "kommunalScore")
    yield Triple(definition, NamedNode(DCT + "title"), Literal(kommunal["title"], language="de"))
    yield Triple(definition, NamedNode(OWL + "versionInfo"), Literal(kommunal["version"]))
    yield Triple(definition, NamedNode(DCT + "identifier"), Literal(f"sha256:{kommunal['hash']}"))
    yield from _named(whole, "Dimension", kommunal["title"])
    total = NamedNode(base + "gesamt")
    yield from _named(total, "Metric", f"{kommunal['title']}, Punkte von 100")
    yield from _metric(total, whole)
    for dimension in kommunal["dimensions"]:
        node = NamedNode(base + dimension["code"])
        yield from _named(node, "Dimension", dimension["title"])
        points = NamedNode(f"{base}{dimension['code']}-punkte")
        yield from _named(points, "Metric", f"{dimension['title']}, Punkte von 100")
        yield from _metric(points, node)
    codes = {dimension["code"] for dimension in kommunal["dimensions"]}
    for check in kommunal["checks"]:
        if check["id"] not in codes:  # those of one check have their points already
            node = NamedNode(base + check["id"])
            yield from _named(node, "Metric", f"{check['title']}, Anteil von 1")
            yield from _metric(node, NamedNode(base + check["dimension"]))


def _named(node: NamedNode, kind: str, label: str) -> list[Triple]:
    return [
        Triple(node, _TYPE, NamedNode(DQV + kind)),
        Triple(node, NamedNode(SKOS + "prefLabel"), Literal(label, language="de")),
    ]


def _metric(node: NamedNode, dimension: NamedNode) -> list[Triple]:
    return [
        Triple(node, NamedNode(DQV + "expectedDataType"), NamedNode(XSD + "decimal")),
        Triple(node, NamedNode(DQV + "inDimension"), dimension),
    ]


def kommunal_measurements(
    base_url: str,
    method: str,
    resource: str,
    score: Mapping[str, Any],
    record: StoredRecord | None = None,
) -> Iterator[Measured]:
    """The Kommunal-Score of a dataset or a group: total, dimensions, and a dataset's checks.

    Args:
        score: document of the score.
        record: of a dataset, to name its distributions as we publish them.
    """
    base = kommunal_base(base_url, method)
    yield Measured(base + "gesamt", resource, Decimal(str(score["score"])))
    for code, points in score["dimensions"].items():
        if points is not None:
            yield Measured(f"{base}{code}-punkte", resource, Decimal(str(points)))
    if record is None:
        return
    names = _published_names(record, resource)
    nodes = [(resource, score["values"])]
    nodes += [(names.get(one["iri"], one["iri"]), one["values"]) for one in score["files"]]
    codes = score["dimensions"].keys()
    for node, values in nodes:
        if not is_web_iri(node):
            continue
        for check, value in values.items():
            if value is not None and check not in codes:
                yield Measured(base + check, node, Decimal(str(value)))


def conformance_triples(base_url: str, dataset: str, conforms: bool) -> list[Triple]:
    """The verdict of the shapes on a dataset as quality annotation."""
    key = sha256(f"conformance\n{dataset}".encode("utf-8", "replace")).hexdigest()[:32]
    node = NamedNode(f"{base_url}/quality#a-{key}")
    report = NamedNode(f"{base_url}/quality#r-{key}")
    verdict = Literal(str(conforms).lower(), datatype=NamedNode(XSD + "boolean"))
    return [
        Triple(NamedNode(dataset), NamedNode(DQV + "hasQualityAnnotation"), node),
        Triple(node, _TYPE, NamedNode(DQV + "QualityAnnotation")),
        Triple(node, NamedNode(OA + "motivatedBy"), NamedNode(DQV + "qualityAssessment")),
        Triple(node, NamedNode(OA + "hasTarget"), NamedNode(dataset)),
        Triple(node, NamedNode(OA + "hasBody"), report),
        Triple(node, NamedNode(DQV + "inDimension"), NamedNode(METRICS + "interoperability")),
        Triple(report, _TYPE, NamedNode(SH + "ValidationReport")),
        Triple(report, NamedNode(SH + "conforms"), verdict),
    ]


def measurement_triples(base_url: str, measured: Measured) -> list[Triple]:
    """One measurement as triples, grouped so that the resource comes first."""
    node = NamedNode(f"{base_url}/quality#{measurement_name(measured)}")
    resource = NamedNode(measured.resource)
    triples = [
        Triple(resource, NamedNode(DQV + "hasQualityMeasurement"), node),
        Triple(node, _TYPE, NamedNode(DQV + "QualityMeasurement")),
        Triple(node, NamedNode(DQV + "isMeasurementOf"), NamedNode(measured.metric)),
        Triple(node, NamedNode(DQV + "computedOn"), resource),
        Triple(node, NamedNode(DQV + "value"), _literal(measured.value)),
        Triple(node, NamedNode(PROV + "wasGeneratedBy"), NamedNode(f"{base_url}/quality#scoring")),
    ]
    if measured.time is not None:
        moment = Literal(timestamp(measured.time), datatype=NamedNode(XSD + "dateTime"))
        triples.append(Triple(node, NamedNode(PROV + "generatedAtTime"), moment))
    return triples


def measurement_name(measured: Measured) -> str:
    """Name of a measurement: a hash of metric and resource."""
    key = f"{measured.metric}\n{measured.resource}"
    if measured.repeat:
        key += f"\n{measured.repeat}"
    return f"m-{sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _literal(value: bool | float | Decimal) -> Literal:
    """The value typed as piveau types it: boolean, integer, else decimal."""
    if isinstance(value, Decimal):
        return Literal(format(value, "f"), datatype=NamedNode(XSD + "decimal"))
    if isinstance(value, bool):
        return Literal(str(value).lower(), datatype=NamedNode(XSD + "boolean"))
    if isinstance(value, int) or value.is_integer():
        return Literal(str(int(value)), datatype=NamedNode(XSD + "integer"))
    return Literal(format(Decimal(repr(value)), "f"), datatype=NamedNode(XSD + "decimal"))


def total_of(resource: str, total: float) -> Measured:
    """The total of a dataset or catalogue in points."""
    return Measured(TOTAL, resource, round(total))


def dataset_measurements(
    record: StoredRecord,
    iri: str,
    score: Mapping[str, Any],
    links: Mapping[str, LinkResult],
) -> Iterator[Measured]:
    """All measurements of a dataset and its distributions, on their published IRIs.

    Args:
        iri: the published IRI of the dataset.
        score: document of the dataset's score, whose `measurements` are metric, subject, value.
        links: what is known of the dataset's URLs, for the time of each request.
    """
    names = _published_names(record, iri)
    times = _request_times(record, links)
    repeats: dict[tuple[str, str], int] = {}
    stated = score.get("measurements")
    for entry in stated if isinstance(stated, list) else ():
        metric, value = entry["metric"], entry["value"]
        resource = names.get(entry["subject"], entry["subject"])
        if not is_web_iri(resource):
            continue  # a blank node has no name that others could ask for
        key = (metric, resource)
        repeat = repeats.get(key, 0)
        repeats[key] = repeat + 1
        known = times.get(key, ())
        time = known[repeat][1] if repeat < len(known) and known[repeat][0] == value else None
        yield Measured(metric, resource, value, repeat, time)


def _published_names(record: StoredRecord, iri: str) -> dict[str, str]:
    """Node key as published → IRI that we publish the node under."""
    names = {record.iri: iri}
    if record.as_published.uri is not None:
        names[record.as_published.uri] = iri
    for own, ours in _pairs(record.as_published, record.normalised):
        if own.uri is not None and ours.uri is not None:
            names[own.uri] = ours.uri
    return names


def _pairs(own: Dataset, ours: Dataset) -> Iterable[tuple[Distribution, Distribution]]:
    if len(own.distribution) != len(ours.distribution):
        return ()
    return zip(own.distribution, ours.distribution, strict=True)


def _request_times(
    record: StoredRecord, links: Mapping[str, LinkResult]
) -> dict[tuple[str, str], list[tuple[int, datetime]]]:
    """Status and time of each tested URL, by metric and distribution, in the order of the URLs."""
    times: dict[tuple[str, str], list[tuple[int, datetime]]] = {}
    for own, ours in _pairs(record.as_published, record.normalised):
        if ours.uri is None:
            continue
        for metric, name in _STATUS_METRICS.items():
            references: Sequence[Reference] = getattr(own, name)
            found = [links[url] for url in dict.fromkeys(map(_url, references)) if url in links]
            times[metric, ours.uri] = [
                (one.head_status, one.checked_at) for one in found if one.head_status is not None
            ]
    return times


def _url(reference: Reference) -> str:
    if reference.uri is not None:
        return reference.uri
    return reference.label.value if reference.label is not None else ""
