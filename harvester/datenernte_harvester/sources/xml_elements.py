"""Foreign XML behind the byte gate, read by local names, with a memory of what was read.

ISO 19139, ISO 19115-3 and the capabilities of OGC services put the same names into name spaces
that change with every edition; here only the local names count. What nobody read is listed, so
nothing is lost unseen.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no stubs
from scrapy.http import Response

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph.byte_gate import decoded, gated_xml
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.sources.json_values import text as storable
from datenernte_harvester.sources.source_spider import beginning, refuse_html

_OGC_DOCTYPE = re.compile(
    r"<!DOCTYPE\s+(?:WMT_MS_Capabilities|ServiceExceptionReport)\s+SYSTEM\s+"
    r"(?:\"[^\"<>]*\"|'[^'<>]*')\s*"
    r"(?:\[(?:\s|<!ELEMENT[^<>\[\]]*>|<!ATTLIST[^<>\[\]]*>)*+\])?\s*>"
)
"""What WMS 1.1.1 prescribes at the head of its answers. It declares no entities, and nothing is
fetched: it is cut away before the gate, which refuses every document type from elsewhere."""
_VALUES = ("codeListValue", "href", "uuidref")
"""Attributes that carry values of their own."""


class Element:
    """An element without name space. Paths are local names joined by `/`; `*` is any name."""

    __slots__ = ("_node", "_read")

    def __init__(self, node: Any, read: set[tuple[Any, str]] | None = None) -> None:
        """Wrap an lxml element.

        Args:
            read: what was read of the tree so far; None starts anew.
        """
        self._node = node
        self._read = set() if read is None else read

    @property
    def name(self) -> str:
        """The local name."""
        return str(self._node.tag)

    def as_root(self) -> "Element":
        """The element as the beginning of a record: what is read of it is remembered apart."""
        return Element(self._node)

    def all(self, *paths: str) -> list["Element"]:
        """The elements at any of the paths, path by path, in document order."""
        return [Element(node, self._read) for path in paths for node in self._node.findall(path)]

    def first(self, *paths: str) -> "Element | None":
        """The first element at the first of the paths that leads anywhere."""
        return next(iter(self.all(*paths)), None)

    def children(self) -> list["Element"]:
        """The elements directly inside."""
        return [Element(node, self._read) for node in self._node]

    def text(self, *paths: str) -> str | None:
        """The value of the first element at the paths that has one; its own without paths.

        The value is the code list value of the element, else its text, else that of the element
        inside it: ISO wraps values as `title/CharacterString` or `pass/Boolean`. Blanks around it
        go, line breaks inside stay.
        """
        for element in self.all(*paths) if paths else [self]:
            found = element._value()
            if found is not None:
                return found
        return None

    def texts(self, *paths: str) -> list[str]:
        """The values of all elements at the paths that have one."""
        return [found for element in self.all(*paths) if (found := element._value()) is not None]

    def attribute(self, name: str) -> str | None:
        """The value of an attribute by its local name; None for a missing or empty one."""
        value = self._node.get(name)
        if value is None:
            return None
        self._read.add((self._node, name))
        return storable(value.strip())

    def href(self) -> str | None:
        """The link of the element or of the one inside it (`gmx:Anchor`)."""
        for element in (self, *self.children()):
            found = element.attribute("href")
            if found is not None:
                return found
        return None

    def ignore(self, *paths: str) -> None:
        """Count everything below the paths as read; all of the element without paths."""
        for element in self.all(*paths) if paths else [self]:
            self._read.add((element._node, ""))

    def unread(self) -> list[str]:
        """Paths of the values that nobody read, each once, without ISO's wrappers of values."""
        return list(dict.fromkeys(self._unread_below(self._node, ())))

    def xml(self) -> str:
        """The element as it would be written, without name spaces."""
        return str(etree.tostring(self._node, encoding="unicode", with_tail=False))

    def _value(self) -> str | None:
        node = self._node
        own = self.attribute("codeListValue") or storable((node.text or "").strip())
        if own is not None:
            self._read.add((node, "text"))
            return own
        inside = next((child for child in node if child.tag != "PT_FreeText"), None)
        return None if inside is None else Element(inside, self._read)._value()

    def _unread_below(self, node: Any, path: tuple[str, ...]) -> Iterator[str]:
        if (node, "") in self._read:
            return
        if ((node.text or "").strip() and (node, "text") not in self._read) or any(
            node.get(name) and (node, name) not in self._read for name in _VALUES
        ):
            yield "/".join(path)
        for child in node:
            # ISO wraps each value in a class: title/CharacterString, date/CI_Date/date.
            is_wrapper = node.tag[:1].islower() and child.tag[:1].isupper()
            step = () if is_wrapper else (child.tag,)
            yield from self._unread_below(child, path + step)


def xml_body(response: Response, outcome: SourceOutcome) -> Element:
    """The root element of an answer.

    Args:
        outcome: takes the finding `text-invalid`.

    Raises:
        SourceProtocolError: `portal-html`, `portal-not-xml` with the beginning of the answer;
            `rdf-entities` or `rdf-too-complex` for a document that must not be read.
    """
    refuse_html(response.body)
    content_type = response.headers.get("Content-Type")
    media_type = None if content_type is None else content_type.decode("latin-1")
    root, removed = parse_xml(response.body, media_type)
    if removed:
        outcome.note(finding("text-invalid", subject=response.url, value=f"{removed} Zeichen"))
    return root


def parse_xml(body: bytes, media_type: str | None = None) -> tuple[Element, int]:
    """The root element of a document, and how many characters of it were no characters.

    Raises:
        SourceProtocolError: `portal-not-xml`, `rdf-entities`, `rdf-too-complex`.
    """
    document = _OGC_DOCTYPE.sub("", decoded(body, media_type), count=1)
    try:
        gated = gated_xml(document)
        root = etree.fromstring(gated.text.encode(), _parser())
    except SourceProtocolError as error:
        if error.code != "rdf-syntax":
            raise
        raise SourceProtocolError("portal-not-xml", beginning(body)) from error
    except etree.XMLSyntaxError as error:
        raise SourceProtocolError("portal-not-xml", f"{error}"[:200]) from error
    _without_name_spaces(root.iter())
    return Element(root), gated.removed


def _parser() -> Any:
    """A parser that fetches nothing and expands nothing; the gate has left it nothing to expand."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
        huge_tree=False,
    )


def _without_name_spaces(nodes: Iterable[Any]) -> None:
    for node in nodes:
        node.tag = node.tag.rpartition("}")[2]
        for name in [name for name in node.attrib if name[0] == "{"]:
            value, local = node.attrib.pop(name), name.rpartition("}")[2]
            if local not in node.attrib:
                node.attrib[local] = value
