"""Which part of a site a request asks for, whatever its protocol, and how often that happened."""

import re
import threading
from urllib.parse import unquote_plus

from datenernte_harvester.simulator.server import Request

_FIRST = {
    "page": ("1", "0"),
    "start": ("0",),
    "offset": ("0",),
    "skip": ("0",),
    "startposition": ("1",),
    "startindex": ("0", "1"),
    "resumptiontoken": (),
}
"""Paging parameters of all protocols, in lower case, with their values on the first page."""
_LATER = re.compile(r"""\bOFFSET\s+0*[1-9]|\bstartPosition\s*=\s*["'](?!1["'])""", re.IGNORECASE)
"""What says in a SPARQL query or a posted CSW request that a later page is asked for."""
_NO_CATALOGUE = ("/dateien/", "/dataset/")


def is_catalogue(request: Request) -> bool:
    """Whether the request asks for the catalogue, and not for a file, a web page or robots.txt."""
    return (
        request.method != "HEAD"
        and request.path != "/robots.txt"
        and (request.path == "/dateien/" or not request.path.startswith(_NO_CATALOGUE))
    )


def is_first_page(request: Request) -> bool:
    """Whether the request asks for the first page of the catalogue."""
    query = {name.lower(): value for name, value in request.query.items()}
    words = f"{query.get('query', '')} {unquote_plus(request.body.decode(errors='replace'))}"
    return all(query.get(name, "") in ("", *first) for name, first in _FIRST.items()) and not (
        _LATER.search(words)
    )


class Visits:
    """Counts visits of a site: one begins when a first page is asked for once more."""

    def __init__(self) -> None:
        self._asked: dict[object, int] = {}
        self._lock = threading.Lock()

    def count(self, request: Request) -> int:
        """Number of the visit that the request belongs to, from 1."""
        with self._lock:
            if is_first_page(request):
                key = (request.path, *sorted(request.query.items()), request.body)
                self._asked[key] = self._asked.get(key, 0) + 1
            return max(self._asked.values(), default=1)
