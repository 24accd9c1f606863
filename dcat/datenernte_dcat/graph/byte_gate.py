"""What stands between a foreign document and the RDF parser.

The parser is fast and fetches nothing, but a hostile document can crash its process: nested
entities fill the memory, and deep nesting (JSON objects, RDF 1.2 triple terms) overflows the stack
(seen with pyoxigraph 0.5.13). So a document is decoded and measured here first; no document type
declaration ever reaches the parser.
"""

import re
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.terms import xml_text

MAX_JSON_DEPTH = 100
MAX_XML_DEPTH = 200
"""RDF/XML nests two elements per node; reading time grows with the square of the depth."""
MAX_ATTRIBUTES = 2000
MAX_ENTITY_BYTES = 300
"""A namespace fits; a text that is worth repeating does not."""
MAX_EXPANSION = 10
"""How many times longer than the document its expanded entities may be."""

_AMPLIFICATION = 43
"""Expat's code for entities that blow a document up; pyexpat has no name for it."""

# Every expression below takes linear time: what has begun is taken to its end or to the end of the
# text (possessive quantifiers), never tried again in another way.
_ENTITY = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|&([A-Za-z_:][-A-Za-z0-9._:]*+);", re.DOTALL
)
_XML_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_CHARACTER_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml\s[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._-]+)""", re.IGNORECASE)
_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xfe\xff", "utf-16"),
    (b"\xff\xfe", "utf-16"),
)
_JSON_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_TURTLE_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n\r]++|\\.)*+"?'
    r"|'(?:[^'\\\n\r]++|\\.)*+'?"
    r"|<<|<[^<>]*+>?|\\.|#[^\n\r]*+",
    re.DOTALL,
)
_ESCAPED_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: one character
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


class Gated(NamedTuple):
    """A text that may go to the parser."""

    text: str
    removed: int
    """Number of characters that were no characters (control characters, lone surrogates)."""


class Decoded(NamedTuple):
    """The bytes of a document as text."""

    text: str
    """Without byte order mark and surrounding blanks."""
    guessed: bool = False
    """Nothing that the document or its server says of its encoding fits its bytes."""
    damaged: int = 0
    """Number of places that are no characters in the document's own encoding."""


def decoded(body: bytes, media_type: str | None) -> str:
    """The document as text; see `recognised`."""
    return recognised(body, media_type).text


def recognised(body: bytes, media_type: str | None) -> Decoded:
    """The document as text, and whether its encoding had to be guessed.

    The order: byte order mark, zero bytes that show UTF-16, UTF-8 if the bytes are valid UTF-8
    (whatever the header says: headers lie more often than bytes do), encoding of the XML
    declaration, charset of the header, UTF-8 with a few damaged places, Windows-1252.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _stripped(body.decode(encoding, "replace"))
    if body[1:2] == b"\x00" or body[:1] == b"\x00":
        encoding = "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
        return _stripped(body.decode(encoding, "replace"))
    declared = _DECLARED_ENCODING.match(body[:1000])
    header = _CHARSET.search(media_type or "")
    for candidate in (
        "utf-8",
        declared.group(1).decode() if declared else None,
        header.group(1) if header else None,
    ):
        try:
            if candidate:
                return _stripped(body.decode(candidate))
        except (UnicodeDecodeError, LookupError):
            continue
    mended = body.decode("utf-8", "replace")
    damaged = mended.count("\ufffd")
    # one broken character must not cost all umlauts: in Windows-1252 no two letters in a row
    # make a character of UTF-8, so that nearly every umlaut would be damage
    if sum(char > "\x7f" for char in mended) > 2 * damaged:
        return _stripped(mended)._replace(damaged=damaged)
    try:
        return _stripped(body.decode("cp1252"))._replace(guessed=True)
    except UnicodeDecodeError:
        return _stripped(body.decode("latin-1"))._replace(guessed=True)


def _stripped(text: str) -> Decoded:
    return Decoded(text.strip("\ufeff \t\r\n"))


def gated_xml(text: str) -> Gated:
    """The XML document without declaration and document type, its entities put in.

    Plain entities, as RDF editors write them for namespaces, stay legal.

    Raises:
        SourceProtocolError: `rdf-entities` for external or nested entities, `rdf-too-complex` for
            nesting, `rdf-syntax` where it is not well-formed XML.
    """
    clean = _CHARACTER_REFERENCE.sub(_legal_reference, xml_text(text))
    removed = len(text) - len(clean)
    declaration = _XML_DECLARATION.match(clean)
    document = clean[declaration.end() :].encode() if declaration else clean.encode()
    gate = _XmlGate(document)
    return Gated(gate.expanded().decode(), removed)


class _XmlGate:
    """Runs expat over the document: the judge of form, and of what it declares."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._entities: dict[bytes, bytes] = {}
        self._doctype: tuple[int, int] | None = None
        self._doctype_begins = 0
        self._depth = 0
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartDoctypeDeclHandler = self._start_doctype
        self._parser.EndDoctypeDeclHandler = self._end_doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.StartElementHandler = self._start_element
        self._parser.EndElementHandler = self._end_element
        try:
            self._parser.Parse(document, True)
        except expat.ExpatError as error:
            code = "rdf-entities" if error.code == _AMPLIFICATION else "rdf-syntax"
            raise SourceProtocolError(code, f"XML: {error}") from error

    def expanded(self) -> bytes:
        """The document without its document type declaration, entities replaced.

        Raises:
            SourceProtocolError: `rdf-entities` where that would make it many times longer.
        """
        document = self._document
        if self._doctype is None:
            return document
        document = document[: self._doctype[0]] + document[self._doctype[1] :]
        length = sum(
            document.count(b"&" + name + b";") * len(value)
            for name, value in self._entities.items()
        )
        if length > MAX_EXPANSION * len(document) + 100_000:
            raise SourceProtocolError("rdf-entities", f"{length} Bytes")
        return _ENTITY.sub(self._replacement, document)

    def _replacement(self, match: re.Match[bytes]) -> bytes:
        name = match.group(1)
        return self._entities.get(name, match.group()) if name else match.group()

    def _start_doctype(
        self, name: str, system: str | None, public: str | None, has_subset: bool
    ) -> None:
        del name, has_subset
        if system is not None or public is not None:
            raise SourceProtocolError("rdf-entities", str(system or public))
        self._doctype_begins = self._document.rfind(b"<!DOCTYPE", 0, self._parser.CurrentByteIndex)

    def _end_doctype(self) -> None:
        self._doctype = self._doctype_begins, self._parser.CurrentByteIndex + 1

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        del base, notation
        if (
            is_parameter
            or value is None
            or system is not None
            or public is not None
            or len(value.encode()) > MAX_ENTITY_BYTES
            or re.search("[&<%]", value)
        ):
            raise SourceProtocolError("rdf-entities", name)
        # The first declaration of a name counts.
        quoted = escape(value, {'"': "&quot;", "'": "&apos;"})
        self._entities.setdefault(name.encode(), quoted.encode())

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_XML_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise SourceProtocolError("rdf-too-complex", name)

    def _end_element(self, name: str) -> None:
        del name
        self._depth -= 1


def gated_json(text: str) -> Gated:
    """The JSON document without lone surrogates.

    Raises:
        SourceProtocolError: `rdf-too-complex` for nesting deeper than `MAX_JSON_DEPTH`.
    """
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH:
        depth = 0
        for bracket in _BRACKETS.findall(_JSON_STRING.sub("", text)):
            depth += 1 if bracket in "[{" else -1
            if depth > MAX_JSON_DEPTH:
                raise SourceProtocolError("rdf-too-complex", f"Tiefe {depth}")
    return _without_lone_surrogates(text)


def gated_turtle(text: str) -> Gated:
    """The Turtle or N-Triples document without lone surrogates.

    Raises:
        SourceProtocolError: `rdf-too-complex` for triple terms of RDF 1.2, which no catalogue
            needs and whose nesting crashes the parser.
    """
    if "<<" in text and any(match.group() == "<<" for match in _TURTLE_TOKEN.finditer(text)):
        raise SourceProtocolError("rdf-too-complex", "<<")
    return _without_lone_surrogates(text)


def _without_lone_surrogates(text: str) -> Gated:
    """The text without escapes and characters that stand for half a character."""
    clean = xml_text(text)
    if re.search(r"\\u[dD][89a-fA-F]", clean):
        clean = _ESCAPED_SURROGATE.sub(lambda match: "" if match[1] else match[0], clean)
    return Gated(clean, len(text) - len(clean))


def _legal_reference(match: re.Match[str]) -> str:
    """The character reference, or nothing where XML knows no such character."""
    number = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if number <= 0x10FFFF and xml_text(chr(number)) else ""
