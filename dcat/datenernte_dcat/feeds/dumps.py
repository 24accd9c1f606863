"""The full dumps: every dataset in one document per serialisation and licence profile.

They are written page by page and dataset by dataset, so memory does not grow with the catalogue,
and they are where all other feed files take their fragments from.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import StoreError
from datenernte_dcat.facets import facets_of
from datenernte_dcat.feeds.documents import FORMATS, FRAMES, fragment
from datenernte_dcat.feeds.fragments import (
    DUMPS,
    Fragments,
    PublishedIris,
    Row,
    dump_path,
    encode_row,
    short_hash,
)
from datenernte_dcat.feeds.heads import Feed, catalog_head, membership
from datenernte_dcat.feeds.paging import Page
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.graph.writer import dataset_triples
from datenernte_dcat.publication import (
    Profile,
    feed_dataset,
    file_urls,
    links_to_others,
    published_dataset,
    shown_publisher,
    shown_title,
    without_avoided,
)
from datenernte_dcat.site.artefacts import Build, Output, input_hash
from datenernte_dcat.site.check import RdfCounts
from datenernte_dcat.site.queries import short_key
from datenernte_dcat.store.rows import StoredRecord

GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Member:
    """What feeds and lists need to know of a dataset without reading it."""

    id: str
    iri: str
    """The IRI it is published under."""
    feed_hash: str
    first_seen: datetime
    changed_at: datetime
    portal: str
    municipality: str | None
    """Key of the municipality it counts for."""
    distributions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpPlan:
    """Everything that the dumps are made from."""

    feeds: Mapping[Profile, Feed]
    settings: CatalogSettings
    pages: Sequence[Page]
    members: Mapping[str, Member]
    published: PublishedIris
    version: str
    """Hash of code and settings."""
    modified: datetime | None
    issued: date | None
    load: Callable[[Iterable[str]], Iterator[StoredRecord]]
    """Reads records in the order of the ids."""
    progress: Callable[[int], None] = field(default=lambda done: None)

    def inputs(self) -> str:
        """Hash of the inputs; the members are all there is, so they decide about links too."""
        return input_hash(
            self.version,
            self.issued,
            *(
                f"{page.number} {one.id} {one.iri} {one.feed_hash}"
                for page in self.pages
                for one in (self.members[identifier] for identifier in page.members)
            ),
        )


def write_dumps(build: Build, plan: DumpPlan, old: Fragments | None) -> dict[str, bytes] | None:
    """Write the dumps with `.gz` and `.sha256`, or link those of the last build.

    Returns:
        The rows of the fragment index; None where the dumps were linked and the old rows hold.
    """
    inputs = plan.inputs()
    paths = [path for dump in DUMPS for path in _paths(*dump)]
    if old is not None and all(build.can_reuse(path, inputs) for path in paths):
        for path in paths:
            build.reuse(path, inputs)
        return None
    rows: dict[str, bytes] = {}
    with ExitStack() as stack:
        writers = [
            _DumpWriter(
                stack.enter_context(build.stream(dump_path(*dump), inputs)),
                stack.enter_context(build.stream(f"{dump_path(*dump)}.gz", inputs)),
                dump[1],
            )
            for dump in DUMPS
        ]
        done = 0
        for page in plan.pages:
            _write_heads(writers, plan, page)
            for identifier, row in _write_members(writers, plan, page, old):
                rows[identifier] = encode_row(row)
            for writer in writers:
                writer.finish_member(last=page is plan.pages[-1])
            done += len(page.members)
            plan.progress(done)
    for (profile, form), writer in zip(DUMPS, writers, strict=True):
        path = dump_path(profile, form)
        build.expect(path, RdfCounts(writer.triples, len(plan.members)))
        for name, output in ((path, writer.plain), (f"{path}.gz", writer.packed)):
            line = f"{output.sha256}  {name.rpartition('/')[2]}\n".encode()
            build.write(f"{name}.sha256", inputs, line)
    return rows


def _paths(profile: Profile, format: Format) -> tuple[str, ...]:  # noqa: A002
    path = dump_path(profile, format)
    return path, f"{path}.gz", f"{path}.sha256", f"{path}.gz.sha256"


class _DumpWriter:
    """One dump while it is written, plain and as one gzip member per page."""

    def __init__(self, plain: Output, packed: Output, format: Format) -> None:  # noqa: A002
        self.plain = plain
        self.packed = packed
        self.format = format
        self.triples = 0
        self._frame = FRAMES[format]
        self._member = [self._frame.prologue]
        self._size = len(self._frame.prologue)
        self._is_empty = True

    def add(self, data: bytes) -> tuple[int, int]:
        """Append a fragment; its offset and length in the plain dump."""
        if data and not self._is_empty:
            self._append(self._frame.separator)
        offset = self._size
        self._append(data)
        self._is_empty = self._is_empty and not data
        return offset, len(data)

    def finish_member(self, *, last: bool) -> None:
        """Write what came since the last call."""
        if last:
            self._append(self._frame.epilogue)
        data = b"".join(self._member)
        self.plain.write(data)
        self.packed.write(gzip.compress(data, GZIP_LEVEL, mtime=0))
        self._member = []

    def _append(self, data: bytes) -> None:
        self._member.append(data)
        self._size += len(data)


def _write_heads(writers: Sequence[_DumpWriter], plan: DumpPlan, page: Page) -> None:
    iris = [plan.members[identifier].iri for identifier in page.members]
    for profile, feed in plan.feeds.items():
        if page is plan.pages[0]:
            triples = catalog_head(
                feed, plan.settings, iris, modified=plan.modified, issued=plan.issued
            )
        else:
            triples = membership(feed, iris)
        for (of_profile, form), writer in zip(DUMPS, writers, strict=True):
            if of_profile is profile:
                writer.add(fragment(triples, form))
                writer.triples += len(triples)


def _write_members(
    writers: Sequence[_DumpWriter], plan: DumpPlan, page: Page, old: Fragments | None
) -> Iterator[tuple[str, Row]]:
    known = {identifier: _known(identifier, plan, old) for identifier in page.members}
    records = plan.load(identifier for identifier, row in known.items() if row is None)
    for identifier, row in known.items():
        member = plan.members[identifier]
        if row is not None and old is not None:
            parts = [old.read(row, dump) for dump in range(len(DUMPS))]
        else:
            record = next(records, None)
            if record is None or record.id != identifier:
                raise StoreError(f"Der Datensatz {identifier} fehlt in der Datenbank.")
            parts, row = _rendered(record, member, plan)
        spans = tuple(writer.add(part) for writer, part in zip(writers, parts, strict=True))
        for (profile, _), writer in zip(DUMPS, writers, strict=True):
            writer.triples += row.triples_in(profile)
        yield identifier, msgspec.structs.replace(row, spans=spans)


def _known(identifier: str, plan: DumpPlan, old: Fragments | None) -> Row | None:
    """The row of the last build if its fragments are still right."""
    row = old.row(identifier) if old is not None else None
    member = plan.members[identifier]
    if row is None or row.feed_hash != member.feed_hash or row.iri != member.iri:
        return None
    return row if row.inputs == _inputs(member, plan.published.among(row.links)) else None


def _inputs(member: Member, cut: Sequence[int]) -> str:
    return input_hash(member.iri, member.feed_hash, *cut)[:32]


def _rendered(record: StoredRecord, member: Member, plan: DumpPlan) -> tuple[list[bytes], Row]:
    """The fragments in the order of `DUMPS`, and the row but for the spans."""
    base = published_dataset(record)
    datasets = {
        profile: feed_dataset(base, legacy_terms=plan.settings.legacy_terms, profile=profile)
        for profile in Profile
    }
    everything = dataset_triples(datasets[Profile.NATIONAL], record.kept, member.iri)
    links = tuple(short_hash(iri) for iri in links_to_others(everything, member.iri))
    triples = {Profile.NATIONAL: without_avoided(everything, member.iri, plan.published)}
    parts = {form: fragment(triples[Profile.NATIONAL], form) for form in FORMATS}
    if datasets[Profile.EU] == datasets[Profile.NATIONAL]:
        triples[Profile.EU], eu_parts = triples[Profile.NATIONAL], parts
    else:
        everything = dataset_triples(datasets[Profile.EU], record.kept, member.iri)
        triples[Profile.EU] = without_avoided(everything, member.iri, plan.published)
        eu_parts = {form: fragment(triples[Profile.EU], form) for form in FORMATS}
    row = Row(
        feed_hash=member.feed_hash,
        iri=member.iri,
        links=links,
        inputs=_inputs(member, plan.published.among(links)),
        triples=(len(triples[Profile.NATIONAL]), len(triples[Profile.EU])),
        spans=(),
        title=shown_title(base),
        publisher=shown_publisher(base),
        urls=tuple(short_key(url) for url in file_urls(base)),
        facets=facets_of(base),
    )
    return [*parts.values(), *eu_parts.values()], row
