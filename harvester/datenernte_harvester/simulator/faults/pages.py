"""Faults of paging: liars, loops, lost pages."""

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from datenernte_harvester.simulator.faces import Datasets
from datenernte_harvester.simulator.faults.fault import (
    Fault,
    body,
    catalogue,
    content,
    fixed,
    later_pages,
    media,
)
from datenernte_harvester.simulator.server import Answer, Request, Site
from datenernte_harvester.simulator.visits import is_catalogue, is_first_page

_PARTIAL = ("partial",)
_INCOMPLETE = ("paging-loop", "paging-endless", "paging-shifted", "harvest-count-differs")
_HTML = "<!doctype html><title>Wartung</title><h1>Wir sind bald zurück</h1>".encode()
_COUNT = re.compile(
    rb"((?:\bcount|totalItems|numberOfRecordsMatched|numberMatched|completeListSize|total_count)"
    rb"[\">=:\s]+)(\d+)"
)
_NEXT_RECORD = re.compile(rb'nextRecord="\d+"')
_PAGED = ("ckan", "dcat_rdf", "csw", "ogc_records", "oai_pmh", "sparql")
"""Source types that answer in pages."""


def _counted(change: Callable[[int], int]) -> Callable[[bytes], bytes]:
    """The announced number, in whatever words the protocol has for it."""
    return lambda text: _COUNT.sub(
        lambda found: found[1] + str(change(int(found[2]))).encode(), text
    )


def _always_first(site: Site) -> Site:
    """Every page is the first one."""
    firsts: dict[str, Request] = {}

    def faulty(request: Request) -> Answer:
        if not is_catalogue(request):
            return site(request)
        if is_first_page(request):
            firsts[request.path] = request
        return site(firsts.get(request.path, request))

    return faulty


def _later_as_second(change: Callable[[bytes], Iterable[bytes]]) -> Callable[[Site], Site]:
    """From the third page on, the second one comes again; `change` makes bytes of its bytes."""

    def spoiled(site: Site) -> Site:
        seconds: dict[str, Request] = {}
        lock = threading.Lock()
        asked = 0

        def faulty(request: Request) -> Answer:
            nonlocal asked
            if not is_catalogue(request) or is_first_page(request):
                return site(request)
            with lock:
                asked += 1
                number = asked
            second = seconds.setdefault(request.path, request)
            answer = site(second)
            return replace(answer, body=b"".join(change(answer.body)) + b"\n" * (number % 50))

        return faulty

    return spoiled


def _self_next(request: Request, answer: Answer, visit: int) -> Answer:
    """Page 2 names itself as the next one."""
    host, page = request.headers.get("host", ""), request.query.get("page", "")
    link = f"<hydra:nextPage>http://{host}{request.path}?page={page}</hydra:nextPage>"
    end = b"</hydra:PagedCollection>"
    start = answer.body.find(b"<hydra:nextPage>")
    text = answer.body if start < 0 else answer.body[:start] + answer.body[answer.body.find(end) :]
    return replace(answer, body=text.replace(end, link.encode() + end, 1))


def _private_next(request: Request, answer: Answer, visit: int) -> Answer:
    host = request.headers.get("host", "").encode()
    start = answer.body.find(b"<hydra:nextPage>")
    end = answer.body.find(b"</hydra:nextPage>")
    if start < 0:
        return answer
    link = answer.body[start:end].replace(host, b"192.168.57.3:5000")
    return replace(answer, body=answer.body[:start] + link + answer.body[end:])


def _broken(request: Request, answer: Answer, visit: int) -> Answer:
    """Neither Turtle nor JSON nor XML."""
    kind = "text/turtle" if media(answer) == "xml" else answer.content_type
    return replace(answer, body=b"<a> <b> ; ; <c> . {", content_type=kind)


def _shifted(held: Datasets, visit: int, first: bool) -> Datasets:
    """A dataset is deleted between the pages: everything behind it moves up by one."""
    return held if first else held[1:]


def _other_order(held: Datasets, visit: int, first: bool) -> Datasets:
    """The order changes between the pages: one comes twice, one never."""
    return held if first else (held[-1], *held[:-1])


_LOST = "ab der zweiten Seite"

PAGES: tuple[Fault, ...] = (
    Fault(
        id="F11",
        title="Jede Seite ist die erste",
        spoil=_always_first,
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=_PAGED,
    ),
    Fault(
        id="F11-cycle",
        title="Ab der dritten Seite kommt immer wieder die zweite",
        spoil=_later_as_second(lambda text: (text,)),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=_PAGED,
    ),
    Fault(
        id="F11-endless",
        title="Eine Million Datensätze angekündigt, die zweite Seite kommt ohne Ende",
        spoil=lambda site: catalogue(body(_counted(lambda _: 1_000_000)))(
            _later_as_second(lambda text: (text,))(site)
        ),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=_PAGED,
    ),
    Fault(
        id="F11-high",
        title="Angekündigte Anzahl zu hoch",
        spoil=catalogue(body(_counted(lambda count: count + 3))),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=("ckan", "dcat_rdf", "csw", "ogc_records", "oai_pmh"),
    ),
    Fault(
        id="F11-low",
        title="Angekündigte Anzahl zu niedrig",
        spoil=catalogue(body(_counted(lambda count: max(1, count - 3)))),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=("ckan", "dcat_rdf", "csw", "ogc_records", "oai_pmh"),
    ),
    Fault(
        id="F11-next",
        title="Der nächste Datensatz ist immer der erste (nextRecord)",
        spoil=catalogue(body(lambda text: _NEXT_RECORD.sub(b'nextRecord="1"', text))),
        states=("ok", "partial"),
        codes=_INCOMPLETE,
        source_types=("csw",),
    ),
    Fault(
        id="F11-order",
        title="Reihenfolge ändert sich zwischen den Seiten",
        spoil=content(_other_order),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=_PAGED,
    ),
    Fault(
        id="F11-private",
        title="Nächste Seite auf einer privaten Adresse",
        spoil=catalogue(_private_next),
        states=("ok",),
        codes=("next-rewritten",),
        source_types=("dcat_rdf",),
    ),
    Fault(
        id="F11-self",
        title="Seite 2 nennt sich selbst als nächste",
        spoil=later_pages(_self_next),
        states=_PARTIAL,
        codes=("paging-loop",),
        source_types=("dcat_rdf",),
    ),
    Fault(
        id="F11-shift",
        title="Ein Datensatz verschwindet zwischen den Seiten, alle rücken auf",
        spoil=content(_shifted),
        states=_PARTIAL,
        codes=_INCOMPLETE,
        source_types=_PAGED,
    ),
    *(
        Fault(
            id=fault_id,
            title=f"{title} {_LOST}",
            spoil=later_pages(spoil),
            states=_PARTIAL,
            codes=codes,
            source_types=_PAGED,
        )
        for fault_id, title, spoil, codes in (
            ("F24", "Fehler 500", fixed(500, _HTML, "text/html"), ("portal-http-status",)),
            (
                "F24-abort",
                "Verbindung bricht ab",
                lambda r, a, v: replace(a, abort=True),
                ("connection-failed",),
            ),
            (
                "F24-broken",
                "Unlesbarer Inhalt",
                _broken,
                ("rdf-syntax", "portal-not-json", "portal-not-xml", "portal-unexpected-answer"),
            ),
            (
                "F24-cut",
                "Inhalt abgeschnitten",
                lambda r, a, v: replace(a, body=a.body[:-20], length=len(a.body)),
                ("portal-truncated",),
            ),
            (
                "F24-html",
                "Wartungsseite mit Status 200",
                fixed(body=_HTML, content_type="text/html"),
                ("portal-html", "portal-not-json", "rdf-syntax", "portal-not-xml"),
            ),
            (
                "F24-redirect",
                "Umleitung auf eine private Adresse",
                fixed(302, b"", None, (("Location", "http://10.0.0.1/"),)),
                ("net-private",),
            ),
            (
                "F24-busy",
                "429 mit Retry-After von einer Stunde",
                fixed(429, b"", None, (("Retry-After", "3600"),)),
                ("portal-busy",),
            ),
        )
    ),
)
