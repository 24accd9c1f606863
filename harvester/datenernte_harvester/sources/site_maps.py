"""Where a website lists its pages: robots.txt, site maps, indexes of site maps, packed or not.

Sources: https://www.sitemaps.org/protocol.html, https://www.rfc-editor.org/rfc/rfc9309
"""

import re
import zlib
from typing import NamedTuple

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph.byte_gate import decoded
from datenernte_harvester.sources.xml_elements import parse_xml

UNPACKED_BYTES_MAX = 50_000_000
"""What the protocol allows a site map to have."""
_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_GZIP = b"\x1f\x8b"


class ListedPage(NamedTuple):
    """One entry of a site map."""

    url: str
    changed: str | None
    """`lastmod` as written."""


class SiteMap(NamedTuple):
    """What a site map lists."""

    pages: tuple[ListedPage, ...] = ()
    maps: tuple[str, ...] = ()
    """Further site maps, of an index."""


def maps_in_robots(body: bytes) -> list[str]:
    """The addresses of site maps that a robots.txt names."""
    return list(dict.fromkeys(_LINE.findall(decoded(body[:500_000], None))))


def site_map(body: bytes) -> SiteMap:
    """What a site map says, in XML or as a list of addresses, packed or not.

    Raises:
        SourceProtocolError: it is none, or longer than the protocol allows.
    """
    content = unpacked(body)
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:8].lower().startswith((b"http://", b"https://")):
        lines = decoded(content, None).split()
        return SiteMap(pages=tuple(ListedPage(line, None) for line in lines))
    root, _ = parse_xml(content)
    if root.name not in ("urlset", "sitemapindex"):
        raise SourceProtocolError(
            "portal-unexpected-answer", f"Das ist keine Liste von Seiten: »{root.name}«"
        )
    return SiteMap(
        pages=tuple(
            ListedPage(url, one.text("lastmod"))
            for one in root.all("url")
            if (url := one.text("loc")) is not None
        ),
        maps=tuple(root.texts("sitemap/loc")),
    )


def unpacked(body: bytes) -> bytes:
    """The bytes behind gzip, or the bytes themselves.

    Raises:
        SourceProtocolError: the end is missing, or there is too much of it.
    """
    if not body.startswith(_GZIP):
        return body
    gzip = zlib.decompressobj(wbits=31)
    try:
        content = gzip.decompress(body, UNPACKED_BYTES_MAX)
    except zlib.error as error:
        raise SourceProtocolError("portal-unexpected-answer", f"Gepackte Datei: {error}") from error
    if gzip.unconsumed_tail:
        raise SourceProtocolError("portal-unexpected-answer", "Die gepackte Datei ist zu groß.")
    if not gzip.eof:
        raise SourceProtocolError("portal-unexpected-answer", "Die gepackte Datei bricht ab.")
    return content
