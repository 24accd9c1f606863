"""The files of each dataset: its page and its description in RDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from datenernte_dcat.feeds.documents import assemble, fragment
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.publication import (
    dataset_file_triples,
    file_urls,
    one_line,
    published_dataset,
    shown_title,
)
from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.check import RdfCounts
from datenernte_dcat.site.dataset_page import Surroundings, dataset_view
from datenernte_dcat.site.dataset_score import LossRow, loss_rows
from datenernte_dcat.site.model import DuplicateEntry, Entry, TombstoneEntry
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.site.work import Work
from datenernte_dcat.store.rows import LinkResult, StoredFinding, StoredRecord
from datenernte_dcat.terms import DCAT, RDF

FORMATS: tuple[Format, ...] = ("ttl", "rdf", "jsonld")
_AT_ONCE = 100
"""Datasets whose records, findings and links are in memory at once."""
_TYPE = NamedNode(RDF + "type")
_DATASET = NamedNode(DCAT + "Dataset")


@dataclass(frozen=True, slots=True)
class _Files:
    """Paths and input hashes of one dataset's files."""

    page: str
    page_inputs: str
    rdf: dict[Format, str]
    rdf_inputs: str

    @property
    def paths(self) -> list[str]:
        """All paths of the dataset."""
        return [self.page, *self.rdf.values()]


def write_datasets(work: Work) -> None:
    """Write the page and the RDF files of every published dataset that has changed."""
    entries = sorted(work.model.entries, key=lambda entry: entry.id)
    for start in range(0, len(entries), _AT_ONCE):
        part = {
            entry.id: (entry, _files(work, entry)) for entry in entries[start : start + _AT_ONCE]
        }
        with work.build.group([path for _, files in part.values() for path in files.paths]):
            _write_part(work, part)
        work.progress("publish", "Seiten der Datensätze", start + len(part), len(entries))


def _write_part(work: Work, part: Mapping[str, tuple[Entry, _Files]]) -> None:
    changed: dict[str, tuple[Entry, _Files]] = {}
    for entry, files in part.values():
        work.pages.append((files.page.removesuffix("index.html"), entry.changed_at.date()))
        done = [work.build.reuse(files.page, files.page_inputs)]
        done += [work.build.reuse(path, files.rdf_inputs) for path in files.rdf.values()]
        if not all(done):
            changed[entry.id] = (entry, files)
    if not changed:
        return
    findings = work.store.findings_of(changed)
    records = list(work.store.records_by_id(changed))
    urls = dict.fromkeys(url for record in records for url in file_urls(record.normalised))
    links = work.store.links(urls)
    method = work.model.kommunal_method
    own = {} if method is None else scores_of(work.store, list(changed), method["id"])
    for record in records:
        entry, files = changed[record.id]
        _write_rdf(work, record, entry, files)
        if files.page not in work.build:
            score = own.get(record.id)
            losses = [] if score is None or method is None else loss_rows(score, method)
            page = _page(work, record, entry, findings.get(record.id, []), links, losses)
            work.build.write(files.page, files.page_inputs, page)


def _files(work: Work, entry: Entry) -> _Files:
    titles = (
        work.model.portal_titles.get(entry.portal, ""),
        work.model.municipality_titles.get(entry.municipality or "", ""),
    )
    return _Files(
        page=f"datasets/{entry.id}/index.html",
        page_inputs=input_hash(work.version, entry.digest, entry.municipality, *titles),
        rdf={form: f"datasets/{entry.id}.{form}" for form in FORMATS},
        rdf_inputs=input_hash(work.version, entry.inputs, entry.iri),
    )


def _write_rdf(work: Work, record: StoredRecord, entry: Entry, files: _Files) -> None:
    missing = [form for form in FORMATS if files.rdf[form] not in work.build]
    if not missing:
        return
    triples = dataset_file_triples(record, entry.iri)
    datasets = sum(triple.predicate == _TYPE and triple.object == _DATASET for triple in triples)
    for form in missing:
        work.build.write(
            files.rdf[form],
            files.rdf_inputs,
            assemble([fragment(triples, form)], form),
            RdfCounts(len(triples), datasets),
        )


def _page(
    work: Work,
    record: StoredRecord,
    entry: Entry,
    findings: Sequence[StoredFinding],
    links: dict[str, LinkResult],
    losses: list[LossRow],
) -> bytes:
    base = work.settings.base_url
    around = Surroundings(
        iri=entry.iri,
        page=f"{base}/datasets/{entry.id}/",
        catalog=(work.settings.title, f"{base}/"),
        portal_title=work.model.portal_titles.get(entry.portal, entry.portal),
        municipality_key=entry.municipality,
        municipality_title=work.model.municipality_titles.get(entry.municipality or "", ""),
        score=entry.score,
        kommunal=entry.kommunal,
        losses=losses,
        findings=findings,
        links=links,
    )
    path = f"datasets/{entry.id}/index.html"
    return work.renderer.page("dataset.html", path, dataset=dataset_view(record, around))


def write_gone(work: Work) -> None:
    """Write the pages of withdrawn datasets and of those that come through another portal."""
    for tombstone in work.model.tombstones:
        _write_tombstone(work, tombstone)
    for duplicate in work.model.duplicates:
        _write_duplicate(work, duplicate)


def _write_tombstone(work: Work, tombstone: TombstoneEntry) -> None:
    path = f"datasets/{tombstone.id}/index.html"
    portal = work.model.portal_titles.get(tombstone.portal, tombstone.portal)
    inputs = input_hash(work.version, tombstone, portal)
    if work.build.reuse(path, inputs):
        return
    record = work.store.record(tombstone.id)
    title = tombstone.id if record is None else _title(record)
    page = work.renderer.page(
        "withdrawn.html",
        path,
        title=title,
        iri=one_line(tombstone.iri, 300),
        portal_title=portal,
        withdrawn_at=tombstone.withdrawn_at,
    )
    work.build.write(path, inputs, page)


def _title(record: StoredRecord) -> str:
    return shown_title(published_dataset(record))


def _write_duplicate(work: Work, duplicate: DuplicateEntry) -> None:
    path = f"datasets/{duplicate.id}/index.html"
    work.build.add(
        path,
        input_hash(work.version, duplicate),
        lambda: work.renderer.page("duplicate.html", path, duplicate=duplicate),
    )
