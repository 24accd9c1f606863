"""Put all files of a build together: first the dumps, then everything that copies from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.atom import ENTRIES, atom_feed
from datenernte_dcat.feeds.atom import PATH as ATOM
from datenernte_dcat.feeds.changes import Change, changes
from datenernte_dcat.feeds.documents import FRAMES, fragment
from datenernte_dcat.feeds.dumps import DumpPlan, write_dumps
from datenernte_dcat.feeds.fragments import (
    DUMPS,
    Fragments,
    PublishedIris,
    dump_path,
    read_index,
    write_index,
)
from datenernte_dcat.feeds.heads import Feed, eu_feed, municipality_feed, national_feed
from datenernte_dcat.feeds.ldes import write_ldes
from datenernte_dcat.feeds.pages import write_pages
from datenernte_dcat.feeds.paging import Page, pages_of, places_of
from datenernte_dcat.feeds.void_description import PATH as VOID
from datenernte_dcat.feeds.void_description import void_triples
from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.publication import Profile, published_dataset, shown_title
from datenernte_dcat.site.artefacts import Build, input_hash
from datenernte_dcat.site.check import RdfCounts
from datenernte_dcat.site.dataset_files import write_datasets, write_gone
from datenernte_dcat.site.exports import sitemaps
from datenernte_dcat.site.gather import Heads, gather, gone
from datenernte_dcat.site.html_pages import (
    write_all_datasets,
    write_feeds_page,
    write_municipality,
    write_start,
)
from datenernte_dcat.site.model import SiteModel, TombstoneEntry
from datenernte_dcat.site.quality_files import write_catalog_quality, write_municipality_quality
from datenernte_dcat.site.queries import large_documents
from datenernte_dcat.site.render import Renderer, code_hash, style_sheet
from datenernte_dcat.site.search.files import write_search_files
from datenernte_dcat.site.search.index import SearchIndex
from datenernte_dcat.site.search.pages import write_lists, write_search_page
from datenernte_dcat.site.standing_pages import write_standing_pages
from datenernte_dcat.site.work import ChangeDates, Progress, Work
from datenernte_dcat.store.rows import Artefact
from datenernte_dcat.store.store import Store

_AT_ONCE = 500
"""Records whose words are read at once."""
_SMALL = 10_000
"""Characters in the store up to which a record's size is not looked at one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a build must remember of the builds before it."""

    places: dict[str, dict[str, int]] = field(default_factory=dict)
    """Feed → record id → page. Empty when read: places are read feed by feed."""
    dates: dict[str, list[str]] = field(default_factory=dict)
    issued: date | None = None
    """When the catalogue was first published."""
    modified: datetime | None = None
    """When its content last changed; never goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Everything that one build is made from."""

    store: Store
    settings: CatalogSettings
    build: Build
    as_of: date
    tool_version: str
    version: str
    """Hash of code, settings and tool version."""
    buried: list[TombstoneEntry]
    before: Memory
    places: Mapping[str, Municipality]
    """What is known of the municipalities, by key."""
    old_search: Path | None
    """Search index of the last build, None where there is none."""
    new_search: Path
    """Where the search index of this build goes."""
    progress: Progress

    def fill(self, old_index: Path | None, new_index: Path) -> Memory:
        """Write or link every file but `run.json` and `manifest.json`; what to remember.

        Args:
            old_index: fragment index of the last build.
            new_index: where the index of this build goes.
        """
        heads = Heads(self.store, self.settings.base_url)
        large = large_documents(self.store, _SMALL)

        def size(identifier: str) -> int:
            return largest_size(large.get(identifier, _SMALL), heads.members[identifier].iri)

        feed = national_feed(self.settings)
        order = list(heads.members)
        pages = pages_of(order, self.store.page_places(feed.name), size=size)
        places = {feed.name: places_of(pages)}
        issued = self.before.issued or self.as_of
        modified = self._modified(heads)
        plan = DumpPlan(
            feeds={Profile.NATIONAL: feed, Profile.EU: eu_feed(self.settings)},
            settings=self.settings,
            pages=pages,
            members=heads.members,
            published=PublishedIris(self._iris(heads)),
            version=self.version,
            modified=modified,
            issued=issued,
            load=self.store.records_by_id,
            progress=lambda done: self.progress("publish", "Gesamtdokumente", done, len(order)),
        )
        rows = self._dumps(plan, old_index)
        write_index(new_index, self.version, _dump_hashes(self.build.others), rows)
        with Fragments(self.build.directory, rows) as fragments:
            for each in plan.feeds.values():
                self._pages(each, pages, heads, fragments, issued)
            model = gather(self.store, heads, fragments, self.buried, self.places)
            events = changes(heads.members, gone(self.store))
            write_ldes(self.build, self.settings, events, fragments, version=self.version)
            self._atom(events, fragments, issued)
            for one in model.municipalities:
                local = municipality_feed(self.settings, one.key, one.title)
                ids = [entry.id for entry in one.entries]
                local_pages = pages_of(ids, self.store.page_places(local.name), size=size)
                places[local.name] = places_of(local_pages)
                self._pages(local, local_pages, heads, fragments, issued)
        dates = self._html(model, len(pages))
        return Memory(places=places, dates=dates, issued=issued, modified=modified)

    def _search(self, work: Work) -> None:
        """Write the search: its index, what the script asks for, the page, the static lists."""
        write_search_page(work)
        write_lists(work)
        inputs = {entry.id: entry.inputs for entry in work.model.entries}
        code = input_hash(code_hash())
        with SearchIndex(self.new_search, old=self.old_search, version=code) as index:
            outdated = index.outdated(inputs)
            for start in range(0, len(outdated), _AT_ONCE):
                part = outdated[start : start + _AT_ONCE]
                index.add(self.store.records_by_id(part), inputs)
                self.progress("publish", "Suchindex", start + len(part), len(outdated))
            write_search_files(self.build, work.model, index)

    def _atom(self, events: Sequence[Change], fragments: Fragments, issued: date) -> None:
        """Write the Atom feed of changes."""

        def title_of(event: Change) -> str:
            row = fragments.row(event.id)
            if row is not None:
                return row.title
            record = self.store.record(event.id)
            return event.iri if record is None else shown_title(published_dataset(record))

        beginning = datetime(issued.year, issued.month, issued.day, tzinfo=UTC)
        shown = [(event, title_of(event)) for event in reversed(events[-ENTRIES:])]
        inputs = input_hash(self.version, beginning, *shown)
        self.build.add(ATOM, inputs, lambda: atom_feed(self.settings, shown, beginning))

    def checked(self, done: int, total: int) -> None:
        """Tell how far the self-check is."""
        self.progress("publish", "Prüfung der neuen Website", done, total)

    def _iris(self, heads: Heads) -> Iterator[str]:
        """IRIs of all datasets and catalogues that we publish."""
        yield self.settings.catalog_iri
        yield self.settings.eu_catalog_iri
        for member in heads.members.values():
            yield member.iri

    def _modified(self, heads: Heads) -> datetime | None:
        moments = [member.changed_at for member in heads.members.values()]
        moments += [one.withdrawn_at for one in self.buried if one.withdrawn_at is not None]
        if self.before.modified is not None:
            moments.append(self.before.modified)
        return max(moments, default=None)

    def _dumps(self, plan: DumpPlan, old_index: Path | None) -> dict[str, bytes]:
        """Write or link the dumps; the rows of the fragment index."""
        old_rows: dict[str, bytes] = {}
        if old_index is not None and self.build.has_whole([dump_path(*dump) for dump in DUMPS]):
            old_rows = read_index(old_index, self.version, _dump_hashes(self.build.known.others))
        if not old_rows or self.build.old is None:
            rows = write_dumps(self.build, plan, None)
        else:
            with Fragments(self.build.old, old_rows) as old:
                rows = write_dumps(self.build, plan, old)
        return old_rows if rows is None else rows

    def _pages(
        self,
        feed: Feed,
        pages: Sequence[Page],
        heads: Heads,
        fragments: Fragments,
        issued: date,
    ) -> None:
        self.progress("publish", feed.title, 0, None)
        write_pages(
            self.build,
            feed,
            self.settings,
            pages,
            heads.members,
            fragments,
            issued=issued,
            version=self.version,
        )

    def _html(self, model: SiteModel, pages: int) -> dict[str, list[str]]:
        """Write all pages and quality files; the dates of their last changes."""
        dates = ChangeDates(self.as_of, self.before.dates)
        work = Work(
            store=self.store,
            settings=self.settings,
            build=self.build,
            renderer=Renderer(self.settings, self.tool_version),
            model=model,
            dates=dates,
            version=self.version,
            progress=self.progress,
        )
        self.build.add("style.css", self.version, style_sheet)
        write_start(work)
        write_feeds_page(work, pages)
        write_standing_pages(work)
        for done, one in enumerate(model.municipalities, start=1):
            write_municipality(work, one)
            write_municipality_quality(work, one)
            self.progress("publish", "Berichte", done, len(model.municipalities))
        write_all_datasets(work)
        self._search(work)
        write_datasets(work)
        write_gone(work)
        write_catalog_quality(work)
        inputs = input_hash(self.version, len(model.entries))
        if not self.build.reuse(VOID, inputs):
            triples = void_triples(self.settings, len(model.entries))
            document = FRAMES["ttl"].prologue + fragment(triples, "ttl")
            self.build.write(VOID, inputs, document, RdfCounts(len(triples), 0))
        for path, content in sitemaps(self.settings.base_url, work.pages).items():
            inputs = input_hash(self.version, content.decode())
            if not self.build.reuse(path, inputs):
                self.build.write(path, inputs, content)
        return dates.current


def largest_size(characters: int, iri: str) -> int:
    """Upper bound of a dataset's bytes in its longest serialisation, N-Triples.

    There every value repeats the IRI of what it is about; a value takes at least some 40
    characters in the store, where it stands in two views. In two real catalogues the dataset takes
    0.7 to 1.4 bytes per character.

    Args:
        characters: size of the record in the store.
    """
    return characters * (2 + len(iri) // 40)


def _dump_hashes(artefacts: Mapping[str, Artefact]) -> dict[str, str]:
    paths = [dump_path(*dump) for dump in DUMPS]
    return {path: artefacts[path].sha256 for path in paths if path in artefacts}
