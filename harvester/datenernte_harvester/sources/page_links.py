"""The files that a web page links to, as what they are to a reader: things with a name.

A thing is a row of a table, an item of a list, an entry of a definition list or a part under a
heading. Links that only say »CSV« or »Download« are files of the thing around them; a link with a
name of its own is a thing, together with all files of the same name. Position never counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from parsel import Selector

from datenernte_dcat.vocabulary import file_type_for
from datenernte_harvester.sources.data_files import (
    DATA_ENDINGS,
    DOCUMENT_ENDINGS,
    FileName,
    file_name,
    is_data,
)
from datenernte_harvester.sources.page_words import (
    column_of,
    is_date,
    is_license,
    name_in,
    stated_date,
    without_date,
)
from datenernte_harvester.sources.web_pages import WebPage, collapsed, words_of

_ENTRIES = "ancestor::*[self::tr or self::li or self::dd][1]"
_HEADINGS = "self::h2 or self::h3 or self::h4 or self::h5 or self::h6 or self::summary"
_ASIDE = (
    "ancestor::nav or ancestor::footer or ancestor::*[@role='navigation' or @role='contentinfo']"
)
_WEB_TYPES = ("text/html", "application/xhtml+xml", "application/pdf")


class LinkedFile(NamedTuple):
    """One link to a file."""

    url: str
    file: FileName | None
    """None where only the link's `type` says that it is a file."""
    media_type: str | None
    """`type` of the link."""
    words: str
    element: Selector

    @property
    def stem(self) -> str:
        """What the files of one thing have in common."""
        return self.url if self.file is None else self.file.stem

    @property
    def is_data(self) -> bool:
        """Whether the file is data, and no document about it."""
        ending = "" if self.file is None else self.file.ending
        return self.media_type is not None or ending in DATA_ENDINGS


@dataclass(slots=True)
class Thing:
    """What a page offers under one name."""

    title: str | None
    around: Selector | None
    """The row, item, entry or heading that it stands in or under."""
    files: list[LinkedFile] = field(default_factory=list)
    description: str | None = None
    modified: str | None = None
    license: str | None = None
    frequency: str | None = None
    theme: str | None = None
    keywords: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Headings of the columns that nobody reads."""


def things_on(page: WebPage) -> tuple[list[Thing], list[str]]:
    """The things that the page offers, and the names of the documents that are none of them."""
    things: dict[str, Thing] = {}
    by_stem: dict[str, Thing] = {}
    for link in _links(page):
        title, around = _named(link)
        key = link.stem if around is None or title == name_in(*_words(link)) else _path(around)
        thing = by_stem.get(link.stem) or things.get(key)
        if thing is None:
            thing = things[key] = Thing(title, around)
        by_stem[link.stem] = thing
        thing.title = thing.title or title
        if all(link.url != other.url for other in thing.files):
            thing.files.append(link)
    offered = [thing for thing in things.values() if any(file.is_data for file in thing.files)]
    places = [_path(thing.around) for thing in offered if thing.around is not None]
    used: set[str] = set()
    for thing in offered:
        is_alone = thing.around is not None and places.count(_path(thing.around)) == 1
        if thing.around is not None:
            used |= _describe(page, thing, thing.around, is_alone)
    general = _license_of_page(page, used)
    for thing in offered:
        thing.license = thing.license or general
    others = [
        file.file.name if file.file else file.url
        for thing in things.values()
        if thing not in offered
        for file in thing.files
    ]
    return offered, others


def _links(page: WebPage) -> Iterator[LinkedFile]:
    for element in page.root.xpath(f"//a[@href][not({_ASIDE})]"):
        url = page.link(element.attrib["href"])
        if url is None:
            continue
        stated = (element.attrib.get("type") or "").strip().lower()
        is_file = bool(stated) and file_type_for(media_type=stated) and stated not in _WEB_TYPES
        named = file_name(element.attrib.get("download") or "") or file_name(url)
        is_document = named is not None and named.ending in DOCUMENT_ENDINGS
        has_name = (
            named is not None and named.ending in DATA_ENDINGS and "download" in element.attrib
        )
        if not (is_data(url) or is_file or is_document or has_name):
            continue
        file = file_name(url)
        if file is None or file.ending not in DATA_ENDINGS | DOCUMENT_ENDINGS:
            # a program's address: its name says nothing, that of `download` may
            file = FileName(url, named.ending, named.name) if named and has_name else None
        yield LinkedFile(url, file, stated if is_file else None, words_of([element]), element)


def _words(link: LinkedFile) -> tuple[str, str | None]:
    return link.words, None if link.file is None else link.file.name


def _named(link: LinkedFile) -> tuple[str | None, Selector | None]:
    """The name of the thing that the link belongs to, and where that stands."""
    own = name_in(*_words(link))
    entries = link.element.xpath("ancestor::*[self::tr or self::li or self::dd]")[::-1]
    for entry in entries:
        label, is_stated = _label(entry)
        if label is not None and (own is None or is_stated):
            return label, entry
        if own is not None:
            return own, entry
    if own is not None:
        block = link.element.xpath("ancestor::*[self::p or self::td][1]")
        return own, block[0] if block else None
    headings = link.element.xpath(f"preceding::*[{_HEADINGS}][1]")
    for heading in headings:
        label = name_in(words_of([heading]))
        if label is not None:
            return label, heading
    return None, None


def _label(entry: Selector) -> tuple[str | None, bool]:
    """What a row, item or entry calls itself, and whether it says so more plainly than a link."""
    kind = str(entry.root.tag)
    if kind == "tr":
        columns = dict(_cells(entry))
        titled = [cell for name, cell in columns.items() if column_of(name) == "title"]
        for cell in titled:
            label = name_in(words_of([cell]))
            if label is not None:
                return label, True
        cells = entry.xpath("./*[self::td or self::th][not(.//a[@href])]")
        for cell in cells[:1]:
            return name_in(words_of([cell])), False
        return None, False
    if kind == "dd":
        terms = entry.xpath("preceding-sibling::dt[1]")
        return (name_in(words_of(terms)) if terms else None), bool(terms)
    inside = entry.xpath(".//*[self::strong or self::b or self::h3 or self::h4 or self::h5][1]")
    return name_in(words_of(inside)) or name_in(_words_before_links(entry)), False


def _words_before_links(entry: Selector) -> str:
    words = []
    for part in entry.xpath(".//text() | .//a[@href]"):
        if not isinstance(part.root, str):
            break
        words.append(part.root)
    return collapsed(" ".join(words))


def _cells(row: Selector) -> Iterator[tuple[str, Selector]]:
    """The cells of a row with the headings of their columns, where the table has such."""
    headings = []
    table = row.xpath("ancestor::table[1]")
    for cell in table.xpath("(.//tr[th and not(td)])[1]/th"):
        span = cell.attrib.get("colspan", "1")
        headings += [words_of([cell])] * (int(span) if span.isdigit() else 1)
    yield from zip(headings, row.xpath("./*[self::td or self::th]"), strict=False)


def _describe(page: WebPage, thing: Thing, around: Selector, is_alone: bool) -> set[str]:
    """Read what stands beside the links of a thing; the places of the licences found there.

    Args:
        is_alone: nothing else is offered in the same place, so all of its words are about this.
    """
    kind = str(around.root.tag)
    if kind == "tr":
        _read_row(page, thing, around)
    if not is_alone:
        return set()
    inside = [around] if kind in ("tr", "li", "dd", "p", "td") else _part_below(around)
    words = words_of(inside)
    thing.modified = thing.modified or stated_date(words)
    licenses = dict(_licenses(page, [link for part in inside for link in part.xpath(".//a")]))
    if len(set(licenses.values())) == 1:
        thing.license = next(iter(licenses.values()))
    if kind in ("li", "dd", "p"):
        beside = " ".join(around.xpath(".//text()[not(ancestor::a)]").getall())
        rest = without_date(collapsed(beside).removeprefix(thing.title or "\0"))
        thing.description = rest if name_in(rest) and rest != thing.title else None
    elif kind not in ("tr", "td"):
        paragraphs = [part for part in inside if part.root.tag == "p" and not part.xpath(".//a")]
        texts = [without_date(words_of([part])) for part in paragraphs]
        thing.description = "\n".join(text for text in texts if text) or None
    return set(licenses)


def _read_row(page: WebPage, thing: Thing, row: Selector) -> None:
    """The cells of a row whose columns say what they hold."""
    unread = []
    cells = list(_cells(row))
    for cell in [] if cells else row.xpath("./*[self::td or self::th][not(.//a[@href])]"):
        words = without_date(words_of([cell]))
        if words and words != thing.title:
            unread.append("ohne Überschrift")  # nobody knows what it says
    for heading, cell in cells:
        column, words = column_of(heading), words_of([cell])
        if not words or column in ("title", "files"):
            continue
        if column == "description":
            thing.description = words
        elif column == "modified" and is_date(words):
            thing.modified = words
        elif column == "license":
            known = [license_ for _, license_ in _licenses(page, cell.xpath(".//a"))]
            thing.license = known[0] if len(known) == 1 else words
        elif column == "frequency":
            thing.frequency = words
        elif column == "theme":
            thing.theme = words
        elif column == "keywords":
            thing.keywords = tuple(word.strip() for word in words.split(",") if word.strip())
        else:
            unread.append(heading)
    thing.unread = tuple(unread)


def _part_below(heading: Selector) -> list[Selector]:
    """The elements between a heading and the next one, at the same level of the page."""
    part = []
    for element in heading.xpath("following-sibling::*"):
        if str(element.root.tag) in ("h1", "h2", "h3", "h4", "h5", "h6"):
            break
        part.append(element)
    return part


def _license_of_page(page: WebPage, used: set[str]) -> str | None:
    """The one licence that the page links to outside of tables and lists; None for several.

    Args:
        used: places of the licences that belong to one thing.
    """
    outside = page.root.xpath(f"//a[@href][not({_ASIDE})][not({_ENTRIES})]")
    stated = page.root.xpath("//*[self::a or self::link][@href][@rel='license']")
    found = {
        license_ for path, license_ in _licenses(page, [*outside, *stated]) if path not in used
    }
    return found.pop() if len(found) == 1 else None


def _licenses(page: WebPage, links: Iterable[Selector]) -> Iterator[tuple[str, str]]:
    """The links that lead to a licence: their places on the page, and the licences."""
    for link in links:
        address = page.link(link.attrib.get("href"))
        if address is not None and is_license(address):
            yield _path(link), address


def _path(element: Selector) -> str:
    return str(element.root.getroottree().getpath(element.root))
