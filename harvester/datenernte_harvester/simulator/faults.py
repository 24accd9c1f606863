"""Faults that a simulated portal shows on demand, by the id of the fault catalogue.

A fault stands between a site and its clients and spoils answers of the catalogue (not the files,
unless it says so). `docs/reference/stoerungen.md` lists them.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from datenernte_harvester.simulator.server import Answer, Request, Site

CATALOGUE_PATHS = ("/catalog.rdf", "/api/3/action/package_search")
"""Where the simulated portals answer with their catalogue."""

DRIP_SECONDS = 0.2
"""Pause between two bytes of a drip, and the longest that a drip thread outlives its client."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One way in which a portal goes wrong."""

    id: str
    title: str
    """German, for the documentation and the demo."""
    wrap: Callable[[Site], Site]
    """From a sound site to the faulty one."""


def with_faults(site: Site, ids: tuple[str, ...]) -> Site:
    """The site with these faults, the first one nearest to it.

    Raises:
        KeyError: an id is none of `FAULTS`.
    """
    for fault_id in ids:
        site = FAULTS[fault_id].wrap(site)
    return site


def _catalogue(spoil: Callable[[Request, Answer, int], Answer]) -> Callable[[Site], Site]:
    """A fault of the catalogue's answers; `spoil` also gets the number of the visit, from 1.

    A visit begins with each request for the first page.
    """

    def wrap(site: Site) -> Site:
        visits = 0
        lock = threading.Lock()

        def faulty(request: Request) -> Answer:
            nonlocal visits
            answer = site(request)
            if request.path not in CATALOGUE_PATHS or request.method == "HEAD":
                return answer
            with lock:
                visits += _is_first_page(request)
                visit = visits
            return spoil(request, answer, visit)

        return faulty

    return wrap


def _is_first_page(request: Request) -> bool:
    return request.query.get("page", "1") == "1" and request.query.get("start", "0") == "0"


_XML_EMPTY = (
    b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:dcat="http://www.w3.org/ns/dcat#">'
    b'<dcat:Catalog rdf:about="http://leer.example/"/></rdf:RDF>'
)
_JSON_EMPTY = b'{"success": true, "result": {"count": 0, "results": []}}'
_HTML = "<!doctype html><title>Wartung</title><h1>Wir sind bald zurück</h1>".encode()
_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
    )
    + b"]><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>&j;</rdf:RDF>"
)
_XXE = (
    b'<?xml version="1.0"?><!DOCTYPE rdf [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>&x;</rdf:RDF>"
)


def _empty(request: Request, answer: Answer, visit: int) -> Answer:
    return replace(answer, body=_JSON_EMPTY if "json" in answer.content_type else _XML_EMPTY)


def _empty_later(request: Request, answer: Answer, visit: int) -> Answer:
    return answer if visit < 2 else _empty(request, answer, visit)


def _second_page(make: Callable[[Answer], Answer]) -> Callable[[Request, Answer, int], Answer]:
    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        return answer if _is_first_page(request) else make(answer)

    return spoil


def _endless(request: Request, answer: Answer, visit: int) -> Answer:
    def bytes_for_ever() -> Iterator[bytes]:
        while True:
            yield b" " * 65_536

    return replace(answer, chunks=bytes_for_ever())


def _drip(request: Request, answer: Answer, visit: int) -> Answer:
    pause = threading.Event()

    def one_by_one() -> Iterator[bytes]:
        for number in range(len(answer.body)):
            pause.wait(DRIP_SECONDS)
            yield answer.body[number : number + 1]

    return replace(answer, body=b"", chunks=one_by_one())


def _same_page(site: Site) -> Site:
    def faulty(request: Request) -> Answer:
        if request.path in CATALOGUE_PATHS:
            query = {**request.query, "page": "1", "start": "0"}
            answer = site(replace(request, query=query))
            return replace(answer, body=answer.body)
        return site(request)

    return faulty


def _self_next(request: Request, answer: Answer, visit: int) -> Answer:
    """Page 2 names itself as the next one."""
    if _is_first_page(request):
        return answer
    host, page = request.headers.get("host", ""), request.query.get("page", "")
    link = f"<hydra:nextPage>http://{host}{request.path}?page={page}</hydra:nextPage>"
    end = b"</hydra:PagedCollection>"
    start = answer.body.find(b"<hydra:nextPage>")
    body = answer.body if start < 0 else answer.body[:start] + answer.body[answer.body.find(end) :]
    return replace(answer, body=body.replace(end, link.encode() + end, 1))


def _private_next(request: Request, answer: Answer, visit: int) -> Answer:
    host = request.headers.get("host", "").encode()
    start = answer.body.find(b"<hydra:nextPage>")
    end = answer.body.find(b"</hydra:nextPage>")
    if start < 0:
        return answer
    link = answer.body[start:end].replace(host, b"192.168.57.3:5000")
    return replace(answer, body=answer.body[:start] + link + answer.body[end:])


def _too_many(site: Site) -> Site:
    """429 with Retry-After for every other request of the catalogue."""
    seen: dict[str, int] = {}
    lock = threading.Lock()

    def faulty(request: Request) -> Answer:
        if request.path not in CATALOGUE_PATHS:
            return site(request)
        key = repr(sorted(request.query.items()))
        with lock:
            seen[key] = seen.get(key, 0) + 1
            first = seen[key] % 2 == 1
        return Answer(status=429, headers=(("Retry-After", "1"),)) if first else site(request)

    return faulty


def _robots(site: Site) -> Site:
    def faulty(request: Request) -> Answer:
        if request.path == "/robots.txt":
            return Answer(content_type="text/plain", body=b"User-agent: *\nDisallow: /\n")
        return site(request)

    return faulty


def _no_head(site: Site) -> Site:
    def faulty(request: Request) -> Answer:
        return Answer(status=405) if request.method == "HEAD" else site(request)

    return faulty


def _fixed(**changes: object) -> Callable[[Request, Answer, int], Answer]:
    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        return replace(answer, **changes)  # type: ignore[arg-type]

    return spoil


_RDF_TYPE = "application/rdf+xml"

FAULTS: dict[str, Fault] = {
    fault_id: Fault(id=fault_id, title=title, wrap=wrap)
    for fault_id, title, wrap in (
        (
            "F02",
            "Umleitung auf eine private Adresse",
            _catalogue(_fixed(status=302, headers=(("Location", "http://169.254.169.254/"),))),
        ),
        ("F06", "XML-Bombe", _catalogue(_fixed(body=_BOMB, content_type=_RDF_TYPE))),
        ("F06-xxe", "Externe Entität", _catalogue(_fixed(body=_XXE, content_type=_RDF_TYPE))),
        ("F09", "Endloser Inhalt", _catalogue(_endless)),
        (
            "F09-short",
            "Abgeschnittener Inhalt",
            _catalogue(lambda r, a, v: replace(a, body=a.body[:-20], length=len(a.body))),
        ),
        ("F10", "Tropfende Antwort", _catalogue(_drip)),
        ("F11", "Jede Seite ist die erste", _same_page),
        ("F11-self", "Seite 2 nennt sich selbst als nächste", _catalogue(_self_next)),
        ("F11-private", "Nächste Seite auf einer privaten Adresse", _catalogue(_private_next)),
        (
            "F12",
            "Umleitung im Kreis",
            _catalogue(
                lambda r, a, v: replace(a, status=302, headers=(("Location", r.path),), body=b"")
            ),
        ),
        (
            "F13",
            "Wartungsseite mit Status 200",
            _catalogue(_fixed(body=_HTML, content_type="text/html; charset=utf-8")),
        ),
        (
            "F16",
            "Steuerzeichen im Text",
            _catalogue(lambda r, a, v: replace(a, body=a.body.replace(b"Kommune", b"Komm\x0bune"))),
        ),
        ("F23", "Von Anfang an leer", _catalogue(_empty)),
        ("F23-later", "Ab dem zweiten Abruf leer", _catalogue(_empty_later)),
        (
            "F24",
            "Fehler 500 ab der zweiten Seite",
            _catalogue(_second_page(lambda a: Answer(status=500, body=_HTML))),
        ),
        ("F31", "429 mit Retry-After bei jeder zweiten Anfrage", _too_many),
        ("F31-robots", "robots.txt verbietet alles", _robots),
        ("F31-503", "Wartung mit Status 503", _catalogue(_fixed(status=503, body=_HTML))),
        ("F32", "HEAD wird abgelehnt", _no_head),
    )
}
"""All faults by id; the number is the row of the fault catalogue."""
