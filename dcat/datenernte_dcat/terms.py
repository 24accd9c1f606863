"""RDF terms that every reader accepts: the one place that makes IRIs and literals safe.

Portals write blanks into IRIs, control characters into titles and language names into language
tags. One such term makes a whole feed unreadable for a strict parser, so nothing is written that
has not passed through here. A valid term comes back unchanged.

Sources: RFC 3986 and RFC 3987 (IRIs), https://www.w3.org/TR/xml/#charsets (characters),
https://www.rfc-editor.org/info/bcp47 (language tags).
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

from pyoxigraph import Literal, NamedNode

ADMS = "http://www.w3.org/ns/adms#"
AS = "https://www.w3.org/ns/activitystreams#"
DCAT = "http://www.w3.org/ns/dcat#"
DCATAP = "http://data.europa.eu/r5r/"
DCATDE = "http://dcat-ap.de/def/dcatde/"
DCT = "http://purl.org/dc/terms/"
DQV = "http://www.w3.org/ns/dqv#"
ELI = "http://data.europa.eu/eli/ontology#"
FOAF = "http://xmlns.com/foaf/0.1/"
GEODCATAP = "http://data.europa.eu/930/"
GSP = "http://www.opengis.net/ont/geosparql#"
HYDRA = "http://www.w3.org/ns/hydra/core#"
LDES = "https://w3id.org/ldes#"
LDP = "http://www.w3.org/ns/ldp#"
LOCN = "http://www.w3.org/ns/locn#"
ODRL = "http://www.w3.org/ns/odrl/2/"
ORG = "http://www.w3.org/ns/org#"
OWL = "http://www.w3.org/2002/07/owl#"
PROV = "http://www.w3.org/ns/prov#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA = "http://schema.org/"
SH = "http://www.w3.org/ns/shacl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SPDX = "http://spdx.org/rdf/terms#"
TIME = "http://www.w3.org/2006/time#"
TREE = "https://w3id.org/tree#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
VOID = "http://rdfs.org/ns/void#"
XSD = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: dict[str, str] = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dcatde": DCATDE,
    "dct": DCT,
    "dqv": DQV,
    "eli": ELI,
    "foaf": FOAF,
    "geodcatap": GEODCATAP,
    "gsp": GSP,
    "hydra": HYDRA,
    "ldp": LDP,
    "locn": LOCN,
    "odrl": ODRL,
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "spdx": SPDX,
    "time": TIME,
    "tree": TREE,
    "vcard": VCARD,
    "void": VOID,
    "xsd": XSD,
}
"""The prefixes of everything that we write, always all of them, so that fragments of documents
can be put together."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_REPAIRABLE_SCHEMES = frozenset(
    {"doi", "ftp", "ftps", "geo", "http", "https", "mailto", "sftp", "tel", "urn"}
)
"""Schemes whose IRIs are worth percent-encoding; »Lizenz: CC BY« is a sentence and no IRI."""
_PLAIN_WEB_IRI = re.compile(
    r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*+(?::[0-9]{1,4})?"
    r"(?:[/?](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+)?"
    r"(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*+)?"
)
_NEVER_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f-\x9f]')
_MISPLACED_IN_IRI = re.compile(r"[\[\]#]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_HOST = re.compile(r"https?:(?!//[^/?#])", re.IGNORECASE)
_DOT_SEGMENT = re.compile(r"[^:/?#]+:(?:[^?#]*/)?\.\.?(?:[/?#]|$)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def safe_iri(text: str, *, base: str | None = None) -> str | None:
    """The absolute IRI that `text` means, percent-encoded where it must be, or None.

    A valid IRI of any scheme comes back unchanged (so does one with umlauts, which are legal).
    An invalid one of a well-known scheme is repaired by percent-encoding only what is forbidden,
    never by guessing. White space around it and dot segments (»/../«) go: conforming readers
    resolve them, others do not, and the same IRI would be two.

    Args:
        base: absolute IRI of the document; without it a relative reference gives None.
    """
    if _PLAIN_WEB_IRI.fullmatch(text) and "/." not in text:  # nearly all of them
        return text
    text = text.strip()
    if not text or _SURROGATE.search(text):
        return None
    if _SCHEME.match(text) is None:
        if base is None:
            return None
        text = _resolved(text, base)
    if _DOT_SEGMENT.match(text):
        text = _without_dot_segments(text)
    if _is_valid(text):
        return text
    if _SCHEME.match(text) is None or text.partition(":")[0].lower() not in _REPAIRABLE_SCHEMES:
        return None
    repaired = _percent_encoded(text)
    return repaired if repaired is not None and _is_valid(repaired) else None


def safe_text(text: str) -> str:
    """The text in NFC without the characters that XML 1.0 cannot hold (NUL, U+FFFE, …)."""
    return unicodedata.normalize("NFC", xml_text(text))


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold, otherwise exactly as it is."""
    return _NOT_XML.sub("", text) if _NOT_XML.search(text) else text


def safe_language(tag: str) -> str | None:
    """The language tag in the lower case that RDF compares in, or None for what is no BCP 47 tag.

    »de_DE« is read as »de-de«; a name such as »français« gives None.
    """
    tag = tag.strip().replace("_", "-").lower()
    try:
        Literal("", language=tag)
    except ValueError:
        return None
    return tag


def is_web_iri(text: str) -> bool:
    """Whether it is a valid absolute http or https IRI with a host, as it stands."""
    if text[:5].lower() not in ("http:", "https") or not _is_valid(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def is_writable_predicate(iri: str) -> bool:
    """Whether every serialisation can write the IRI as a property.

    RDF/XML writes a property as an XML name, so it must end in one; the judge of names is expat.
    RDF/XML also keeps a few names of the rdf namespace for its own syntax.
    """
    if safe_iri(iri) != iri or (iri.startswith(RDF) and iri[len(RDF) :] in _RDF_XML_SYNTAX):
        return False
    name = _xml_name_at_end(iri)
    namespace = iri[: len(iri) - len(name)]
    if not name or namespace in _XML_NAMESPACES or iri.startswith(PLACEHOLDER):
        return False
    if iri.startswith(RDF) and namespace != RDF:  # raptor refuses namespaces that begin like rdf
        return False
    parser = expat.ParserCreate("UTF-8")
    try:
        parser.Parse(f"<{name}/>", True)
    except expat.ExpatError:
        return False
    return True


PLACEHOLDER = "urn:x-datenernte:"
"""Namespace of the writer's own placeholders, refused in data."""
_RDF_XML_SYNTAX = frozenset(
    {
        "Description",
        "ID",
        "RDF",
        "about",
        "aboutEach",
        "aboutEachPrefix",
        "bagID",
        "datatype",
        "li",
        "nodeID",
        "parseType",
        "resource",
    }
)
_XML_NAMESPACES = frozenset(
    {"http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"}
)


def _is_valid(iri: str) -> bool:
    """Whether the IRI is valid and shows what it is: no blanks and no direction marks in it."""
    try:
        NamedNode(iri)
    except ValueError:
        return False
    if _NO_HOST.match(iri):  # RFC 9110 4.2.1: an http IRI without a host is invalid
        return False
    return iri.isascii() or not any(_is_hidden(character) for character in iri)


def _is_hidden(character: str) -> bool:
    """White space and format characters; RFC 3987 4.1 forbids the direction marks in prose."""
    return unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cf", "Cc", "Cs", "Cn")


def _without_dot_segments(iri: str) -> str:
    """The IRI after RFC 3986 5.2.4."""
    match = re.match(r"([^:]*:(?://[^/?#]*)?)([^?#]*)(.*)", iri, re.DOTALL)
    if match is None:
        return iri
    start, path, end = match.groups()
    segments = path.split("/")
    result: list[str] = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment not in (".", ".."):
            result.append(segment)
            continue
        if segment == ".." and len(result) > 1:
            result.pop()
        if last:
            result.append("")
    return start + "/".join(result) + end


def _resolved(text: str, base: str) -> str:
    """The reference resolved against the base, or as it is where that fails."""
    try:
        return urljoin(base, text)
    except ValueError:
        return text


def _percent_encoded(iri: str) -> str | None:
    """The IRI with each forbidden character percent-encoded; None if the host has one."""
    scheme, _, rest = iri.partition(":")
    authority = ""
    if rest.startswith("//"):
        match = re.match(r"//[^/?#]*", rest)
        authority = match.group() if match else ""
        rest = rest[len(authority) :]
        if _NEVER_IN_IRI.search(authority):
            return None
    body, hash_mark, fragment = rest.partition("#")
    return f"{scheme}:{authority}{_encoded(body)}{hash_mark}{_encoded(fragment)}"


def _encoded(text: str) -> str:
    """The text with what neither path, query nor fragment may hold percent-encoded as UTF-8."""
    text = _BARE_PERCENT.sub("%25", text)
    return "".join(
        "".join(f"%{byte:02X}" for byte in character.encode())
        if _NEVER_IN_IRI.match(character)
        or _MISPLACED_IN_IRI.match(character)
        or (not character.isascii() and not _is_allowed(character))
        else character
        for character in text
    )


def _is_allowed(character: str) -> bool:
    """Whether a path, and so every part after the host, may hold this non-ASCII character."""
    if _is_hidden(character):
        return False
    try:
        NamedNode(f"urn:x:{character}")
    except ValueError:
        return False
    return True


def _xml_name_at_end(iri: str) -> str:
    """The longest ending of the IRI that is an XML name without a colon, as writers split it."""
    start = len(iri)
    while start and _is_name_character(iri[start - 1]):
        start -= 1
    while start < len(iri) and not _starts_name(iri[start]):
        start += 1
    return iri[start:]


def _is_name_character(character: str) -> bool:
    return _starts_name(character) or bool(
        re.match("[-.0-9\u00b7\u0300-\u036f\u203f\u2040]", character)
    )


def _starts_name(character: str) -> bool:
    return bool(
        re.match(
            "[A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff"
            "\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
            "\U00010000-\U000effff]",
            character,
        )
    )
