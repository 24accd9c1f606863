"""The pages of a feed, put together from the fragments of the dumps."""

from collections.abc import Mapping, Sequence
from datetime import date

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.documents import FORMATS, assemble, fragment
from datenernte_dcat.feeds.dumps import Member
from datenernte_dcat.feeds.fragments import DUMPS, Fragments, Row
from datenernte_dcat.feeds.heads import Feed, catalog_head, paging_head
from datenernte_dcat.feeds.paging import PAGE_SIZE, Page
from datenernte_dcat.site.artefacts import Build, input_hash
from datenernte_dcat.site.check import RdfCounts


def write_pages(
    build: Build,
    feed: Feed,
    settings: CatalogSettings,
    pages: Sequence[Page],
    members: Mapping[str, Member],
    fragments: Fragments,
    *,
    issued: date | None,
    version: str,
) -> None:
    """Write all pages of a feed that have changed, and link the others.

    The catalogue node of a page carries the time when something on *this* page last changed, so
    that a change elsewhere does not rewrite it.

    Args:
        version: hash of code and settings.

    Raises:
        KeyError: the dumps lack a dataset of the feed.
    """
    total = sum(len(page.members) for page in pages)
    for page in pages:
        rows = {identifier: _row(fragments, identifier) for identifier in page.members}
        inputs = input_hash(
            version,
            feed,
            issued,
            total,
            len(pages),
            page.number,
            *(f"{identifier} {row.inputs}" for identifier, row in rows.items()),
        )
        paths = {form: feed.page_path(page.number, form) for form in FORMATS}
        missing = [form for form in FORMATS if not build.reuse(paths[form], inputs)]
        if not missing:
            continue
        head = catalog_head(
            feed,
            settings,
            [members[identifier].iri for identifier in page.members],
            modified=max((members[one].changed_at for one in page.members), default=None),
            issued=issued,
        )
        for form in missing:
            paging = paging_head(
                feed,
                settings,
                form,
                number=page.number,
                pages=len(pages),
                total=total,
                page_size=PAGE_SIZE,
            )
            dump = DUMPS.index((feed.profile, form))
            parts = [fragment([*paging, *head], form)]
            parts.extend(fragments.read(row, dump) for row in rows.values())
            triples = sum(row.triples_in(feed.profile) for row in rows.values())
            build.write(
                paths[form],
                inputs,
                assemble(parts, form),
                RdfCounts(len(paging) + len(head) + triples, len(rows)),
            )


def _row(fragments: Fragments, identifier: str) -> Row:
    row = fragments.row(identifier)
    if row is None:
        raise KeyError(identifier)
    return row
