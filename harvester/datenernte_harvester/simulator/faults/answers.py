"""Faults in the bytes of an answer: wrong kind, hostile XML and JSON, character sets."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from datenernte_harvester.simulator.faults.fault import (
    Fault,
    Spoil,
    body,
    by_media,
    catalogue,
    fixed,
    media,
)
from datenernte_harvester.simulator.server import Answer, Request

_FAILED = ("failed",)
_OK = ("ok",)
_RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
_UNREADABLE = (
    "portal-not-json",
    "rdf-syntax",
    "portal-html",
    "portal-not-xml",
    "portal-unexpected-answer",
)
_ENTITIES = ("rdf-entities", "portal-not-xml")
_HTML = "<!doctype html><title>Wartung</title><h1>Wir sind bald zurück</h1>".encode()
_LOGIN = (
    b"<html><head><title>Anmeldung</title><meta http-equiv='refresh' "
    b"content='0;url=http://169.254.169.254/'></head><body><form action='/login'></form></body></html>"
)
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
    )
    + b"]>"
    + _RDF
    + b"&j;</rdf:RDF>"
)
_QUADRATIC = (
    b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY a "'
    + b"a" * 60_000
    + b'">]>'
    + _RDF
    + b"&a;" * 20_000
    + b"</rdf:RDF>"
)
_XXE = (
    b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + _RDF
    + b"&x;</rdf:RDF>"
)
_DTD = (
    b'<?xml version="1.0"?><!DOCTYPE rdf SYSTEM "http://169.254.169.254/rdf.dtd">'
    + _RDF
    + b"</rdf:RDF>"
)
_PREFIXES = (
    b'<!DOCTYPE rdf:RDF [<!ENTITY xsd "http://www.w3.org/2001/XMLSchema#">'
    b'<!ENTITY dct "http://purl.org/dc/terms/">]>\n'
)
_CONTEXTS = {
    "F05": ("JSON-LD mit Kontext im Netz", b'"http://169.254.169.254/context.jsonld"'),
    "F05-file": ("JSON-LD mit Kontext in einer Datei", b'"file:///etc/passwd"'),
}
_ANSI = "\x1b[2J\x1b[31m\r\n2026-03-01 ERROR portal=anderswo alles gelöscht\r\n\x07\u202e".encode()
_XML_EMPTY = (
    b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:dcat="http://www.w3.org/ns/dcat#">'
    b'<dcat:Catalog rdf:about="http://leer.example/"/></rdf:RDF>'
)


def _recoded(encoding: str) -> Spoil:
    """The same words in another encoding; XML says so itself."""

    def change(content: bytes) -> bytes:
        words = content.decode("utf-8", "surrogatepass")
        named = re.sub(
            r"^(<\?xml[^>]*encoding=\")[^\"]*",
            lambda found: found[1] + encoding.removesuffix("-sig").upper(),
            words,
        )
        return named.encode(encoding, "replace")

    return body(change)


def _mislabelled(content: bytes) -> bytes:
    """Windows-1252, whatever header and declaration say."""
    return content.decode("utf-8", "replace").encode("cp1252", "replace")


def _twice(content: bytes) -> bytes:
    return content.decode("cp1252", "replace").encode()


def _decomposed(content: bytes) -> bytes:
    return unicodedata.normalize("NFD", content.decode("utf-8", "replace")).encode()


def _latin_header(request: Request, answer: Answer, visit: int) -> Answer:
    kind = answer.content_type.partition(";")[0]
    return replace(answer, content_type=f"{kind}; charset=iso-8859-1")


def _as_html(request: Request, answer: Answer, visit: int) -> Answer:
    return replace(answer, content_type="text/html; charset=utf-8")


def _deep(request: Request, answer: Answer, visit: int) -> Answer:
    if media(answer) == "json":
        return replace(answer, body=b"[" * 200_000)
    return replace(answer, body=_RDF.replace(b"rdf:RDF", b"a") + b"<a>" * 200_000)


def _first_member(member: bytes) -> Callable[[bytes], bytes]:
    """One more member at the beginning of the outermost JSON object."""
    return lambda content: content.replace(b"{", b"{" + member, 1)


def _remote_context(context: bytes) -> Spoil:
    document = b'{"@context": ' + context + b', "@id": "http://x.example/", "@type": "Catalog"}'
    return fixed(body=document, content_type="application/ld+json")


ANSWERS: tuple[Fault, ...] = (
    *(
        Fault(
            id=fault_id,
            title=title,
            spoil=catalogue(_remote_context(context)),
            states=_FAILED,
            codes=("rdf-remote-context",),
            source_types=("dcat_rdf",),
        )
        for fault_id, (title, context) in _CONTEXTS.items()
    ),
    *(
        Fault(
            id=fault_id,
            title=title,
            spoil=catalogue(by_media({"xml": bomb})),
            states=_FAILED,
            codes=_ENTITIES,
            media=("xml",),
        )
        for fault_id, title, bomb in (
            ("F06", "XML-Bombe", _BOMB),
            ("F06-dtd", "Externe Dokumenttyp-Deklaration", _DTD),
            ("F06-quadratic", "Große XML-Entität, sehr oft eingesetzt", _QUADRATIC),
            ("F06-xxe", "Externe Entität", _XXE),
        )
    ),
    Fault(
        id="F06-prefixes",
        title="XML-Entitäten als Namensräume (erlaubt)",
        spoil=catalogue(body(lambda b: b.replace(b"?>\n", b"?>\n" + _PREFIXES, 1))),
        states=_OK,
        source_types=("dcat_rdf",),
    ),
    Fault(
        id="F08",
        title="Antwort ist zweihunderttausendfach verschachtelt",
        spoil=catalogue(_deep),
        states=_FAILED,
        codes=(*_UNREADABLE, "rdf-too-complex"),
        media=("json", "xml"),
    ),
    Fault(
        id="F08-number",
        title="Zahl mit einer Million Stellen",
        spoil=catalogue(body(_first_member(b'"zahl": ' + b"9" * 1_000_000 + b", "))),
        states=_OK,
        media=("json",),
    ),
    Fault(
        id="F08-nan",
        title="NaN und Infinity im JSON",
        spoil=catalogue(body(_first_member(b'"a": NaN, "b": -Infinity, '))),
        states=_OK,
        media=("json",),
    ),
    Fault(
        id="F08-twice",
        title="Doppelte Schlüssel im JSON, der letzte gilt",
        spoil=catalogue(body(_first_member(b'"success": false, "result": null, "type": 0, '))),
        states=_OK,
        source_types=("ckan",),
    ),
    Fault(
        id="F08-words",
        title="Sehr lange Zeichenkette im JSON",
        spoil=catalogue(body(_first_member(b'"wort": "' + b"w" * 5_000_000 + b'", '))),
        states=_OK,
        media=("json",),
    ),
    Fault(
        id="F13",
        title="Wartungsseite mit Status 200",
        spoil=catalogue(fixed(body=_HTML, content_type="text/html; charset=utf-8")),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F13-binary",
        title="Bild statt Daten",
        spoil=catalogue(
            fixed(body=b"\x89PNG\r\n\x1a\n" + bytes(range(256)), content_type="image/png")
        ),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F13-html-type",
        title="Daten heißen text/html",
        spoil=catalogue(_as_html),
        states=_OK,
        media=("json", "xml"),
    ),
    Fault(
        id="F13-labelled",
        title="Wartungsseite mit dem Medientyp der Daten",
        spoil=catalogue(fixed(body=_HTML)),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F13-login",
        title="Anmeldeseite mit Weiterleitung nach innen",
        spoil=catalogue(fixed(body=_LOGIN, content_type="text/html")),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F13-nothing",
        title="Leerer Inhalt mit Status 200",
        spoil=catalogue(fixed(body=b"")),
        states=("failed", "held"),
        codes=(*_UNREADABLE, "portal-empty"),
    ),
    Fault(
        id="F13-204",
        title="Status 204 ohne Inhalt",
        spoil=catalogue(fixed(status=204, body=b"")),
        states=("failed", "held"),
        codes=(*_UNREADABLE, "portal-empty", "portal-http-status"),
    ),
    Fault(
        id="F13-other",
        title="Andere Daten als verlangt",
        spoil=catalogue(by_media({"json": b'{"hallo": [1, 2]}', "xml": b"<hallo/>"})),
        states=("failed", "held"),
        codes=(*_UNREADABLE, "ckan-error", "portal-empty"),
        media=("json", "xml"),
    ),
    Fault(
        id="F13-whole",
        title="Inhalt in der Mitte zu Ende, Länge passt dazu",
        spoil=catalogue(body(lambda b: b[: len(b) // 2])),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F14",
        title="Windows-1252, das UTF-8 heißt",
        spoil=catalogue(body(_mislabelled)),
        states=_OK,
        codes=("encoding-wrong", "text-mojibake"),
        media=("json", "xml"),
    ),
    Fault(
        id="F14-bom",
        title="Byte-Reihenfolge-Zeichen vor dem Inhalt",
        spoil=catalogue(_recoded("utf-8-sig")),
        states=_OK,
        media=("json", "xml"),
    ),
    Fault(
        id="F14-header",
        title="UTF-8, das im Kopf ISO-8859-1 heißt",
        spoil=catalogue(_latin_header),
        states=_OK,
    ),
    Fault(
        id="F14-nfd",
        title="Umlaute aus zwei Zeichen",
        spoil=catalogue(body(_decomposed)),
        states=_OK,
        codes=("text-decomposed",),
    ),
    Fault(
        id="F14-twice",
        title="Doppelt kodierte Umlaute",
        spoil=catalogue(body(_twice)),
        states=_OK,
        codes=("text-mojibake",),
        media=("json", "xml"),
    ),
    Fault(
        id="F14-utf16",
        title="UTF-16",
        spoil=catalogue(_recoded("utf-16")),
        states=_OK,
        media=("json", "xml"),
    ),
    Fault(
        id="F16-invalid",
        title="Bytes, die in keiner Kodierung ein Zeichen sind",
        spoil=catalogue(body(lambda b: b.replace(b"Kommune", b"Komm\xc3\x28\x81une"))),
        states=_OK,
        codes=("text-invalid", "encoding-wrong", "text-mojibake"),
        media=("json", "xml"),
    ),
    Fault(
        id="F19",
        title="Steuerzeichen für Terminal und Protokoll statt Daten",
        spoil=catalogue(fixed(body=_ANSI, content_type="text/plain")),
        states=_FAILED,
        codes=_UNREADABLE,
        media=("json", "xml"),
    ),
    Fault(
        id="F19-header",
        title="Fehlermeldung voller Steuerzeichen",
        spoil=catalogue(
            fixed(
                status=200,
                body=b'{"success": false, "error": {"message": "\\u001b[2J\\r\\nERROR \\u202e"}}',
                content_type="application/json",
            )
        ),
        states=_FAILED,
        codes=("ckan-error",),
        source_types=("ckan",),
    ),
    Fault(
        id="F24-all",
        title="Gültiger Katalog eines anderen, ohne Datensätze",
        spoil=catalogue(by_media({"xml": _XML_EMPTY})),
        states=("held",),
        codes=("portal-empty",),
        source_types=("dcat_rdf",),
    ),
)
