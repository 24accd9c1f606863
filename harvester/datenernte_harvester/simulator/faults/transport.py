"""Faults on the way: connections, certificates, status codes, redirects, speed, length."""

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from datenernte_harvester.simulator.faults.fault import (
    Fault,
    Spoil,
    catalogue,
    fixed,
)
from datenernte_harvester.simulator.server import Answer, Request, Site
from datenernte_harvester.simulator.visits import is_catalogue

DRIP_SECONDS = 0.2
"""Pause between two bytes of a drip, and the longest that a drip thread outlives its client."""
SILENCE_SECONDS = 20.0
"""How long a server says nothing; longer than any deadline of the tests."""
_BOMB_BYTES = 60_000_000
_FLOOD_HEADERS = 90
_FLOOD_BYTES = 60_000
_HTML = "<!doctype html><title>Wartung</title><h1>Wir sind bald zurück</h1>".encode()
_DATE = "Sun, 01 Mar 2026 04:00:00 GMT"
_LATER = "Sun, 01 Mar 2026 04:00:01 GMT"
_MUCH_LATER = "Mon, 02 Mar 2026 04:00:00 GMT"
_FAILED = ("failed",)


def _redirect(target: str, status: int = 302) -> Callable[[Site], Site]:
    return catalogue(fixed(status=status, body=b"", headers=(("Location", target),)))


def _redirect_to_itself(request: Request, answer: Answer, visit: int) -> Answer:
    return Answer(status=302, headers=(("Location", request.path or "/"),))


def _counting_redirects(request: Request, answer: Answer, visit: int) -> Answer:
    number = int(request.query.get("hop", "0")) + 1
    return Answer(status=302, headers=(("Location", f"{request.path}?hop={number}"),))


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


def _silence(request: Request, answer: Answer, visit: int) -> Answer:
    threading.Event().wait(SILENCE_SECONDS)
    return replace(answer, abort=True)


def _flood(request: Request, answer: Answer, visit: int) -> Answer:
    flood = tuple((f"X-Flut-{number}", "x" * _FLOOD_BYTES) for number in range(_FLOOD_HEADERS))
    return replace(answer, headers=(*answer.headers, *flood))


def _gzip_bomb(request: Request, answer: Answer, visit: int) -> Answer:
    return replace(answer, body=_bomb(), headers=(("Content-Encoding", "gzip"),))


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(_BOMB_BYTES), mtime=0)


def _gzip_cut(request: Request, answer: Answer, visit: int) -> Answer:
    packed = gzip.compress(answer.body, mtime=0)
    return replace(answer, body=packed[: len(packed) // 2], headers=(("Content-Encoding", "gzip"),))


def _gzip_claimed(request: Request, answer: Answer, visit: int) -> Answer:
    return replace(answer, headers=(*answer.headers, ("Content-Encoding", "gzip")))


def _deflated(request: Request, answer: Answer, visit: int) -> Answer:
    """Well packed, to show that packing itself is no fault."""
    packed = zlib.compress(answer.body)
    return replace(answer, body=packed, headers=(*answer.headers, ("Content-Encoding", "deflate")))


def _every_other(refusal: Answer) -> Callable[[Site], Site]:
    """A refusal for every other request of the same page of the catalogue."""

    def spoiled(site: Site) -> Site:
        seen: dict[str, int] = {}
        lock = threading.Lock()

        def faulty(request: Request) -> Answer:
            if not is_catalogue(request):
                return site(request)
            key = repr((request.path, sorted(request.query.items()), request.body))
            with lock:
                seen[key] = seen.get(key, 0) + 1
                first = seen[key] % 2 == 1
            return refusal if first else site(request)

        return faulty

    return spoiled


def _robots(answer: Answer) -> Callable[[Site], Site]:
    def spoiled(site: Site) -> Site:
        def faulty(request: Request) -> Answer:
            return answer if request.path == "/robots.txt" else site(request)

        return faulty

    return spoiled


def _head(status: int) -> Callable[[Site], Site]:
    """HEAD gets this status, GET is sound."""

    def spoiled(site: Site) -> Site:
        def faulty(request: Request) -> Answer:
            return Answer(status=status) if request.method == "HEAD" else site(request)

        return faulty

    return spoiled


def _head_lies(site: Site) -> Site:
    """HEAD of a file says 200, GET says 404."""

    def faulty(request: Request) -> Answer:
        answer = site(request)
        if not request.path.startswith("/dateien/"):
            return answer
        return answer if request.method == "HEAD" else Answer(status=404)

    return faulty


def _file_bomb(site: Site) -> Site:
    def faulty(request: Request) -> Answer:
        answer = site(request)
        if not request.path.startswith("/dateien/") or answer.status != 200:
            return answer
        return _gzip_bomb(request, answer, 1)

    return faulty


def _busy(status: int, *headers: tuple[str, str]) -> Callable[[Site], Site]:
    return catalogue(fixed(status=status, body=_HTML, content_type="text/html", headers=headers))


def _sound(site: Site) -> Site:
    """The site itself: the certificate is what is wrong."""
    return site


def _cut(share: float) -> Spoil:
    """The body ends early and its length is what was promised for all of it."""

    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        kept = int(len(answer.body) * share)
        return replace(answer, body=answer.body[:kept], length=len(answer.body))

    return spoil


TRANSPORT: tuple[Fault, ...] = (
    Fault(
        id="F02",
        title="Umleitung auf eine private Adresse",
        spoil=_redirect("http://169.254.169.254/"),
        states=_FAILED,
        codes=("net-private",),
    ),
    Fault(
        id="F02-file",
        title="Umleitung auf eine Datei dieses Rechners",
        spoil=_redirect("file:///etc/hostname"),
        states=_FAILED,
        codes=("portal-http-status", "net-scheme"),
    ),
    Fault(
        id="F02-name",
        title="Dauerhafte Umleitung auf einen Namen, der nach innen führt",
        spoil=_redirect("http://localhost:1/geheim", 301),
        states=_FAILED,
        codes=("net-private", "net-port"),
    ),
    Fault(
        id="F07",
        title="Gepackte Antwort, die sich auf das Tausendfache entpackt",
        spoil=catalogue(_gzip_bomb),
        states=_FAILED,
        codes=("portal-too-large",),
    ),
    Fault(
        id="F07-file",
        title="Dateien, die sich auf das Tausendfache entpacken",
        spoil=_file_bomb,
        states=("ok",),
        codes=("download-bomb",),
        of_files=True,
    ),
    Fault(
        id="F09",
        title="Endloser Inhalt",
        spoil=catalogue(_endless),
        states=_FAILED,
        codes=("portal-too-large", "portal-timeout"),
    ),
    Fault(
        id="F09-gzip",
        title="Abgeschnittene gepackte Antwort",
        spoil=catalogue(_gzip_cut),
        states=_FAILED,
        codes=("portal-truncated", "portal-not-json", "rdf-syntax", "portal-not-xml"),
    ),
    Fault(
        id="F09-gzip-claimed",
        title="Antwort heißt gepackt und ist es nicht",
        spoil=catalogue(_gzip_claimed),
        states=("failed", "ok"),
    ),
    Fault(
        id="F09-half",
        title="Verbindung bricht in der Mitte ab",
        spoil=catalogue(_cut(0.5)),
        states=_FAILED,
        codes=("portal-truncated",),
    ),
    Fault(
        id="F09-none",
        title="Verbindung wird ohne Antwort geschlossen",
        spoil=catalogue(lambda r, a, v: replace(a, abort=True)),
        states=_FAILED,
        codes=("connection-failed",),
    ),
    Fault(
        id="F09-packed",
        title="Antwort ist mit deflate gepackt",
        spoil=catalogue(_deflated),
        states=("ok",),
    ),
    Fault(
        id="F09-short",
        title="Abgeschnittener Inhalt",
        spoil=catalogue(lambda r, a, v: replace(a, body=a.body[:-20], length=len(a.body))),
        states=_FAILED,
        codes=("portal-truncated",),
    ),
    Fault(
        id="F10",
        title="Tropfende Antwort",
        spoil=catalogue(_drip),
        states=_FAILED,
        codes=("portal-timeout",),
    ),
    Fault(
        id="F10-headers",
        title="Flut von Kopfzeilen",
        spoil=catalogue(_flood),
        states=_FAILED,
        codes=("portal-timeout", "connection-failed", "portal-too-large"),
    ),
    Fault(
        id="F10-silent",
        title="Server nimmt die Anfrage an und schweigt",
        spoil=catalogue(_silence),
        states=_FAILED,
        codes=("portal-timeout",),
    ),
    Fault(
        id="F12",
        title="Umleitung im Kreis",
        spoil=catalogue(_redirect_to_itself),
        states=_FAILED,
        codes=("portal-redirects",),
    ),
    Fault(
        id="F12-counting",
        title="Umleitungen ohne Ende, jede auf eine neue Adresse",
        spoil=catalogue(_counting_redirects),
        states=_FAILED,
        codes=("portal-redirects",),
    ),
    *(
        Fault(
            id=f"F12-{name}",
            title=title,
            spoil=_sound,
            states=_FAILED,
            codes=(code,),
            certificate=name,
        )
        for name, title, code in (
            ("expired", "Zertifikat abgelaufen", "tls-expired"),
            ("self-signed", "Zertifikat selbst unterschrieben", "tls-self-signed"),
            ("stranger", "Zertifikat einer unbekannten Stelle", "tls-unknown-issuer"),
            ("wrong-host", "Zertifikat für einen anderen Namen", "tls-hostname"),
        )
    ),
    *(
        Fault(
            id=f"F31-{status}",
            title=f"Status {status} {words}",
            spoil=_busy(status),
            states=_FAILED,
            codes=(code,),
        )
        for status, words, code in (
            (401, "(Anmeldung nötig)", "portal-access-denied"),
            (403, "(verboten)", "portal-access-denied"),
            (404, "(nicht gefunden)", "portal-http-status"),
            (410, "(für immer weg)", "portal-http-status"),
            (429, "ohne Retry-After", "portal-busy"),
            (500, "(Fehler des Servers)", "portal-http-status"),
            (503, "(Wartung)", "portal-http-status"),
        )
    ),
    Fault(
        id="F31",
        title="429 mit Retry-After bei jeder zweiten Anfrage",
        spoil=_every_other(Answer(status=429, headers=(("Retry-After", "1"),))),
        states=("ok",),
    ),
    Fault(
        id="F31-date",
        title="503 mit Retry-After als Datum bei jeder zweiten Anfrage",
        spoil=_every_other(
            Answer(status=503, headers=(("Date", _DATE), ("Retry-After", _LATER))),
        ),
        states=("ok",),
    ),
    Fault(
        id="F31-day",
        title="503 mit Retry-After als Datum in einem Tag",
        spoil=_busy(503, ("Date", _DATE), ("Retry-After", _MUCH_LATER)),
        states=_FAILED,
        codes=("portal-busy",),
    ),
    Fault(
        id="F31-hour",
        title="429 mit Retry-After von einer Stunde",
        spoil=_busy(429, ("Retry-After", "3600")),
        states=_FAILED,
        codes=("portal-busy",),
    ),
    Fault(
        id="F31-nonsense",
        title="429 mit unlesbarem Retry-After",
        spoil=_busy(429, ("Retry-After", "bald")),
        states=_FAILED,
        codes=("portal-busy",),
    ),
    Fault(
        id="F31-robots",
        title="robots.txt verbietet alles",
        spoil=_robots(Answer(content_type="text/plain", body=b"User-agent: *\nDisallow: /\n")),
        states=_FAILED,
        codes=("portal-robots",),
    ),
    Fault(
        id="F31-robots-html",
        title="robots.txt ist eine Webseite",
        spoil=_robots(Answer(body=_HTML)),
        states=("ok",),
    ),
    *(
        Fault(
            id="F32" if status == 405 else f"F32-{status}",
            title=f"HEAD wird mit {status} abgelehnt",
            spoil=_head(status),
            states=("ok",),
        )
        for status in (403, 405, 406, 500)
    ),
    Fault(
        id="F32-lies",
        title="HEAD findet die Dateien, GET findet sie nicht",
        spoil=_head_lies,
        states=("ok",),
        codes=("link-broken",),
        of_files=True,
    ),
)
