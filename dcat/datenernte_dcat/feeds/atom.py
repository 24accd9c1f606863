"""The Atom feed of changes: what came, changed and went last, for people and their feed readers.

Source: RFC 4287, https://www.rfc-editor.org/rfc/rfc4287
"""

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.changes import Change, Kind
from datenernte_dcat.feeds.heads import timestamp
from datenernte_dcat.publication import one_line

PATH = "changes.atom"
ENTRIES = 200
"""The last so many changes; all of them are in the LDES."""
WORDS = {Kind.CREATE: "Neu", Kind.UPDATE: "Geändert", Kind.DELETE: "Zurückgezogen"}


def atom_feed(
    settings: CatalogSettings,
    shown: Sequence[tuple[Change, str]],
    beginning: datetime,
) -> bytes:
    """The feed as XML.

    Args:
        shown: events with the titles of their datasets, the newest first.
        beginning: `updated` of a feed without entries.
    """
    base = settings.base_url
    updated = shown[0][0].at if shown else beginning
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">\n',
        f"<id>{escape(base)}/{PATH}</id>\n",
        f"<title>{_text(f'{settings.title}: Änderungen')}</title>\n",
        f"<updated>{timestamp(updated)}</updated>\n",
        f"<author><name>{_text(settings.publisher)}</name></author>\n",
        _link("self", f"{base}/{PATH}", "application/atom+xml"),
        _link("alternate", f"{base}/", "text/html"),
    ]
    for event, title in shown:
        word = WORDS[event.kind]
        parts += [
            "<entry>\n",
            f"<id>{escape(event.event_iri(base))}</id>\n",
            f"<title>{_text(f'{word}: {title}')}</title>\n",
            f"<updated>{timestamp(event.at)}</updated>\n",
            f"<category term={quoteattr(event.kind.lower())} label={quoteattr(word)}/>\n",
        ]
        if event.kind is Kind.DELETE:
            parts.append("<summary>Der Datensatz wurde vom Portal zurückgezogen.</summary>\n")
        else:
            parts.append(f"<summary>{_text(title)}</summary>\n")
        parts.append(_link("alternate", f"{base}/datasets/{event.id}/", "text/html"))
        if event.kind is not Kind.DELETE:
            parts.append(_link("related", f"{base}/datasets/{event.id}.ttl", "text/turtle"))
        parts.append("</entry>\n")
    parts.append("</feed>\n")
    return "".join(parts).encode()


def _text(text: str) -> str:
    return escape(one_line(text, 300))


def _link(relation: str, url: str, media_type: str) -> str:
    return f"<link rel={quoteattr(relation)} type={quoteattr(media_type)} href={quoteattr(url)}/>\n"
