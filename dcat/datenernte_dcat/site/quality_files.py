"""The quality files: all scores of the catalogue, and all metrics of one municipality."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from pyoxigraph import Triple

from datenernte_dcat.feeds.documents import FRAMES, fragment
from datenernte_dcat.publication import file_urls
from datenernte_dcat.quality import (
    COMPLIANCE,
    Measured,
    conformance_triples,
    dataset_measurements,
    kommunal_base,
    kommunal_measurements,
    measurement_triples,
    quality_head,
    total_of,
)
from datenernte_dcat.site.artefacts import Output, input_hash
from datenernte_dcat.site.check import RdfCounts
from datenernte_dcat.site.exports import quality_json
from datenernte_dcat.site.model import Entry, MunicipalityModel
from datenernte_dcat.site.queries import dataset_scores, score_hashes, scores_of
from datenernte_dcat.site.work import Work

_AT_ONCE = 200

KOMMUNAL_SETTING = "kommunal_method"
"""Store setting: the method of the Kommunal-Score as a document; None before it was computed."""


def write_catalog_quality(work: Work) -> None:
    """Write `quality.ttl` and `quality.json`: totals of datasets, municipalities, catalogue."""
    model = work.model
    content = input_hash(
        model.method,
        model.catalog_score,
        model.catalog_kommunal,
        *(
            (one.key, one.title, one.datasets, one.score, one.kommunal)
            for one in model.municipalities
        ),
        *((one.id, one.iri, one.municipality, one.score) for one in model.entries),
        *_kommunal_digests(work, [entry.id for entry in model.entries]),
    )
    stand = work.dates.of("quality", content)
    inputs = input_hash(work.version, content, stand)
    if not work.build.reuse("quality.ttl", inputs):
        head = quality_head(
            work.settings.base_url,
            "quality.ttl",
            stand,
            model.method,
            kommunal=work.store.setting(KOMMUNAL_SETTING),
            about=work.settings.catalog_iri,
        )
        with work.build.stream("quality.ttl", inputs) as output:
            triples = _write(output, work, head, _totals(work))
        work.build.expect("quality.ttl", RdfCounts(triples, 0))
    if not work.build.reuse("quality.json", inputs):
        with work.build.stream("quality.json", inputs) as output:
            for part in quality_json(model, stand):
                output.write(part)


def write_municipality_quality(work: Work, municipality: MunicipalityModel) -> None:
    """Write all measurements of a municipality's datasets."""
    path = f"municipalities/{municipality.key}/quality.ttl"
    content = input_hash(
        work.model.method,
        municipality.score,
        *((one.id, one.iri, one.evidence) for one in municipality.entries),
        *_kommunal_digests(work, [one.id for one in municipality.entries], municipality.key),
    )
    stand = work.dates.of(path, content)
    inputs = input_hash(work.version, content, stand)
    if work.build.reuse(path, inputs):
        return
    head = quality_head(
        work.settings.base_url,
        path,
        stand,
        work.model.method,
        kommunal=work.store.setting(KOMMUNAL_SETTING),
        about=work.settings.municipality_catalog_iri(municipality.key),
    )
    with work.build.stream(path, inputs) as output:
        triples = _write(output, work, head, _measurements(work, municipality))
    work.build.expect(path, RdfCounts(triples, 0))


def _write(output: Output, work: Work, head: Sequence[Triple], measured: Iterable[Measured]) -> int:
    """Write a Turtle document piece by piece; its number of triples."""
    output.write(FRAMES["ttl"].prologue)
    output.write(fragment(head, "ttl"))
    count = len(head)
    pending: list[Triple] = []
    for one in measured:
        pending.extend(measurement_triples(work.settings.base_url, one))
        if one.metric == COMPLIANCE:
            verdict = bool(one.value)
            pending.extend(conformance_triples(work.settings.base_url, one.resource, verdict))
        if len(pending) >= 5000:
            output.write(fragment(pending, "ttl"))
            count += len(pending)
            pending = []
    output.write(fragment(pending, "ttl"))
    return count + len(pending)


def _totals(work: Work) -> Iterator[Measured]:
    settings, model = work.settings, work.model
    if model.catalog_score is not None:
        yield total_of(settings.catalog_iri, model.catalog_score.total)
    for one in model.municipalities:
        if one.score is not None:
            yield total_of(settings.municipality_catalog_iri(one.key), one.score.total)
    for entry in model.entries:
        if entry.score is not None:
            yield total_of(entry.iri, entry.score.total)
    method = _kommunal_method(work)
    if method is None:
        return
    whole = work.store.score("catalog", "catalog", method)
    if whole is not None:
        yield from kommunal_measurements(
            settings.base_url, method, settings.catalog_iri, whole.document
        )
    for one in model.municipalities:
        yield from _of_municipality(work, one.key, method)
    totals = dataset_scores(work.store, method)
    for entry in model.entries:
        if entry.id in totals:
            metric = kommunal_base(settings.base_url, method) + "gesamt"
            yield Measured(metric, entry.iri, Decimal(str(totals[entry.id][0])))


def _kommunal_method(work: Work) -> str | None:
    """Id of the method of the Kommunal-Scores; None where there are none."""
    known = work.store.setting(KOMMUNAL_SETTING)
    return None if known is None else str(known["id"])


def _kommunal_digests(
    work: Work, ids: Sequence[str], municipality: str | None = None
) -> Iterator[object]:
    """What the Kommunal-Scores in a file depend on; nothing where there are none."""
    method = _kommunal_method(work)
    if method is None:
        return
    yield str(work.store.setting(KOMMUNAL_SETTING))
    if municipality is None:
        for kind in ("catalog", "municipality"):
            for one in work.store.scores(kind, method):
                yield one.subject, one.total, str(one.document["dimensions"])
    else:
        own = work.store.score(municipality, "municipality", method)
        if own is not None:
            yield own.total, str(own.document["dimensions"])
    yield from score_hashes(work.store, ids, method)


def _of_municipality(work: Work, key: str, method: str) -> Iterator[Measured]:
    score = work.store.score(key, "municipality", method)
    if score is not None:
        iri = work.settings.municipality_catalog_iri(key)
        yield from kommunal_measurements(work.settings.base_url, method, iri, score.document)


def _measurements(work: Work, municipality: MunicipalityModel) -> Iterator[Measured]:
    if municipality.score is not None:
        iri = work.settings.municipality_catalog_iri(municipality.key)
        yield total_of(iri, municipality.score.total)
    kommunal = _kommunal_method(work)
    if kommunal is not None:
        yield from _of_municipality(work, municipality.key, kommunal)
    method = work.model.method
    if method is None:
        return
    for start in range(0, len(municipality.entries), _AT_ONCE):
        part = {one.id: one for one in municipality.entries[start : start + _AT_ONCE]}
        yield from _of_entries(work, part, method)


def _of_entries(work: Work, entries: dict[str, Entry], method: str) -> Iterator[Measured]:
    scores = scores_of(work.store, list(entries), method)
    kommunal = _kommunal_method(work)
    own = {} if kommunal is None else scores_of(work.store, list(entries), kommunal)
    records = list(work.store.records_by_id(scores))
    urls = dict.fromkeys(url for record in records for url in file_urls(record.as_published))
    links = work.store.links(urls)
    for record in records:
        document = scores[record.id]
        iri = entries[record.id].iri
        yield from dataset_measurements(record, iri, document, links)
        if kommunal is not None and record.id in own:
            yield from kommunal_measurements(
                work.settings.base_url, kommunal, iri, own[record.id], record
            )
