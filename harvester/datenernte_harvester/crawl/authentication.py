"""Who asks: a portal's credentials go to the portal itself and to nobody else.

The proxy's are its own; they stand in its address (`[network] proxy`).
"""

from base64 import b64encode
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

from scrapy import Request
from scrapy.crawler import Crawler

from datenernte_harvester.crawl.portal_harvest import harvest_of
from datenernte_harvester.credentials import Credentials, credentials

_PORTS = {"http": 80, "https": 443}


class Authentication:
    """Adds the portal's header to requests to its own origin, and takes it from all others.

    A redirect comes with the headers of the request before it; Scrapy knows which of them are
    secret only for `Authorization`.
    """

    def __init__(self, url: str, known: Credentials | None) -> None:
        self.origin = origin(url)
        self.credentials = known

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        portal = harvest_of(crawler).portal
        return cls(portal.url, credentials(portal.name))

    def process_request(self, request: Request) -> None:
        """Set or remove the header."""
        known = self.credentials
        if known is None:
            return
        if origin(request.url) == self.origin:
            request.headers[known.header] = known.value
        elif request.headers.get(known.header) == known.value.encode():
            del request.headers[known.header]


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: who a URL speaks to."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def proxy_of(url: str) -> tuple[str, str | None]:
    """Address of a proxy without userinfo, and the header that its userinfo asks for."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    userinfo = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return address, f"Basic {b64encode(userinfo.encode()).decode()}"
