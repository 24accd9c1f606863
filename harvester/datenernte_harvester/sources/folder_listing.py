"""The listings of folders that web servers write by themselves.

Read are those of Apache (list, fancy, table), nginx, IIS, lighttpd and Python's `http.server`.
Each names what is directly inside the folder; links to the folder above, to other folders and to
the same listing in another order (`?C=N;O=D`) are none of it.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from parsel import Selector

from datenernte_dcat.records import Literal
from datenernte_dcat.terms import XSD
from datenernte_harvester.sources.web_pages import WebPage, collapsed, words_of

_HEADING = re.compile(r"(?:index of|directory listing (?:for|of)|directory:) ?/", re.IGNORECASE)
_IIS_PARENT = "[To Parent Directory]"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)\s+\d\d?:\d\d(?::\d\d)?"),  # Apache
    re.compile(
        r"(?P<y>\d{4})-(?P<name>[A-Za-z]{3})-(?P<d>\d\d)\s+\d\d?:\d\d(?::\d\d)?"
    ),  # lighttpd
    re.compile(r"(?P<d>\d\d)-(?P<name>[A-Za-z]{3})-(?P<y>\d{4})\s+\d\d?:\d\d(?::\d\d)?"),  # nginx
    re.compile(
        r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})\s+\d\d?:\d\d(?::\d\d)?\s+[AP]M"
    ),  # IIS in English
    re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})\s+\d\d?:\d\d(?::\d\d)?"),  # IIS in German
)
_EXACT_SIZE = re.compile(r"\s+(\d{1,15})(?=\s|$)")
"""A number without unit: »1.2K« is rounded and no size in bytes."""
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*", re.IGNORECASE)


class Entry(NamedTuple):
    """What is directly inside a folder."""

    url: str
    name: str
    is_folder: bool
    modified: Literal | None
    """The day, as xsd:date: no listing says in which time zone its hours are."""
    size: str | None
    """In bytes, where the listing does not round."""
    media_type: str | None
    """As lighttpd states it."""


def is_listing(page: WebPage) -> bool:
    """Whether a web server wrote the page as the listing of a folder."""
    headings = page.root.xpath("//title | //h1 | //h2")
    if any(_HEADING.match(words_of([heading])) for heading in headings):
        return True
    return any(_IIS_PARENT in words_of([link]) for link in page.root.xpath("//pre//a"))


def entries_of(page: WebPage) -> list[Entry]:
    """What is inside the folder, in the order of the page, each once."""
    found: dict[str, Entry] = {}
    folder = urlsplit(page.url)._replace(query="", fragment="").geturl()
    for link in page.root.xpath("//a[@href]"):
        url = page.link(link.attrib["href"])
        if url is None or not url.startswith(folder) or url == folder or urlsplit(url).query:
            continue
        inside = url[len(folder) :]
        if "/" in inside.rstrip("/") or url in found:
            continue
        words = _words_beside(link)
        date, rest = _date_in(words)
        size = _EXACT_SIZE.match(rest)
        media_type = link.xpath("ancestor::tr[1]/td[@class='t']")
        stated = words_of(media_type)
        found[url] = Entry(
            url=url,
            name=unquote(inside.rstrip("/")),
            is_folder=inside.endswith("/"),
            modified=date,
            size=None if size is None else size[1],
            media_type=stated if _MEDIA_TYPE.fullmatch(stated) else None,
        )
    return list(found.values())


def _words_beside(link: Selector) -> str:
    """What stands on the line of a link: before it at IIS, else behind it, or in its row."""
    row = link.xpath("ancestor::tr[1]")
    if row:
        return " ".join(
            collapsed(words_of([cell])) for cell in row.xpath("td[not(.//a)] | th[not(.//a)]")
        )
    before = link.xpath("preceding-sibling::node()[1][self::text()]").get() or ""
    behind = link.xpath("following-sibling::node()[1][self::text()]").get() or ""
    line = before.rpartition("\n")[2]
    return line if _date_in(line)[0] is not None else behind.partition("\n")[0]


def _date_in(words: str) -> tuple[Literal | None, str]:
    """The first date, and what stands behind it."""
    for pattern in _DATES:
        match = pattern.search(words)
        if match is None:
            continue
        parts = match.groupdict()
        name = parts.get("name")
        if name is not None and name.lower() not in _MONTHS:
            continue
        month = _MONTHS.index(name.lower()) + 1 if name is not None else int(parts["m"])
        day = f"{parts['y']}-{month:02}-{int(parts['d']):02}"
        return Literal(value=day, datatype=f"{XSD}date"), words[match.end() :]
    return None, words
