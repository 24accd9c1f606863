"""Web pages: their elements, their visible text, and where their links lead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urldefrag, urlsplit

from parsel import Selector
from scrapy.http import Response
from w3lib.encoding import html_to_unicode

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.terms import safe_iri
from datenernte_harvester.sources.source_spider import beginning

_BLANKS = re.compile(r"\s+")
_NOT_FOLLOWED = re.compile(r"\s*(?:#|[a-z][a-z0-9+.-]*:(?<!http:)(?<!https:))", re.IGNORECASE)
_LOOKS_LIKE_HTML = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|title|pre|table|a)\b", re.IGNORECASE
)
_HEX = re.compile(r"%[0-9A-Fa-f]{2}")
_ASCII = "".join(map(chr, range(33, 127)))
_HEAD_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class WebPage:
    """One page."""

    root: Selector
    url: str
    """Of the page itself."""
    base: str
    """What relative links are relative to: `<base>` where the page has one."""

    def link(self, href: str | None) -> str | None:
        """The address of a link without its fragment; None for mail, scripts and the page's own.

        Blanks, umlauts and the like are percent-encoded as browsers do, so that two spellings of
        one address are one.
        """
        if href is None or _NOT_FOLLOWED.match(href):
            return None
        found = safe_iri(href, base=self.base)
        if found is None or not found.startswith(("http://", "https://")):
            return None
        return encoded_url(urldefrag(found).url)


def web_page(body: bytes, url: str, content_type: str | None = None) -> WebPage:
    """The page of a body, whatever its encoding.

    Raises:
        SourceProtocolError: `portal-unexpected-answer`: it is no web page, or one so deeply
            nested that a part of it could not be read.
    """
    from lxml import html  # type: ignore[import-untyped]  # ships no stubs

    if not _LOOKS_LIKE_HTML.search(body[:_HEAD_BYTES]):
        raise SourceProtocolError(
            "portal-unexpected-answer", f"Das ist keine Webseite: »{beginning(body)}«"
        )
    parser = html.HTMLParser(encoding="utf-8")  # not huge_tree: its depth is limited so
    try:
        root = html.document_fromstring(_text_of_body(body, content_type).encode(), parser=parser)
    except ValueError as error:
        raise SourceProtocolError("portal-unexpected-answer", f"{error}"[:200]) from error
    except html.etree.ParserError as error:
        raise SourceProtocolError("portal-unexpected-answer", f"{error}"[:200]) from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise SourceProtocolError(
            "portal-unexpected-answer", "Die Seite ist zu tief verschachtelt."
        )
    selector = Selector(root=root, type="html")
    stated = selector.xpath("//base/@href").get()
    base = None if stated is None else safe_iri(stated, base=url)
    return WebPage(selector, url, base or url)


def page_of(response: Response) -> WebPage:
    """The page of an answer; see `web_page`."""
    header = response.headers.get("Content-Type")
    return web_page(
        response.body, response.url, None if header is None else header.decode("latin-1")
    )


def encoded_url(url: str) -> str:
    """The URL with all that is not ASCII percent-encoded, in capital letters; the host apart."""
    parts = urlsplit(url)
    path, query = (
        _HEX.sub(_in_capitals, quote(part, _ASCII)) for part in (parts.path, parts.query)
    )
    return parts._replace(path=path, query=query).geturl()


def _in_capitals(match: re.Match[str]) -> str:
    return match[0].upper()


def words_of(selectors: Iterable[Selector]) -> str:
    """The visible text of elements on one line: what a reader sees."""
    parts = (
        part
        for selector in selectors
        for part in selector.xpath(
            "descendant-or-self::*[not(self::script or self::style or self::template)]/text()"
        ).getall()
    )
    return collapsed(" ".join(parts))


def collapsed(text: str) -> str:
    """The text with single blanks and none around it."""
    return _BLANKS.sub(" ", text).strip()


def is_same_site(one: str, other: str) -> bool:
    """Whether both addresses are at the same host and port."""
    return urlsplit(one).netloc.lower() == urlsplit(other).netloc.lower()


def folder_of(url: str) -> str:
    """The folder that a URL is in, with a slash at its end, without query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/"


def _text_of_body(body: bytes, content_type: str | None) -> str:
    """The text: UTF-8 where the bytes are that, else what header or page say, else Windows-1252."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        _, text = html_to_unicode(content_type, body, default_encoding="cp1252")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
