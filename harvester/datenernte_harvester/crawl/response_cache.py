"""Conditional requests: a portal is asked »has it changed?« and not »give me everything«.

An answer is kept once its page was read to the end, so that neither half a body nor a page of
maintenance is ever kept. It is always revalidated, whatever the server says of caching: a 304 is
a promise of the moment, an expiry date is one of the past. Keys are portal and URL; portals never
share an answer.
"""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes

from datenernte_dcat.store.rows import CachedResponse
from datenernte_harvester.crawl.portal_harvest import PortalHarvest, harvest_of

_KEPT_HEADERS = ("content-type", "content-encoding", "etag", "last-modified", "date")
_KNOWN = "datenernte_known_answer"
_FRESH = "datenernte_fresh_answer"


class ConditionalRequests:
    """Asks with the validators of the last answer, and answers 304 with its body."""

    def __init__(self, harvest: PortalHarvest) -> None:
        self.harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        return cls(harvest_of(crawler))

    def process_request(self, request: Request) -> None:
        """Add If-None-Match and If-Modified-Since where an answer is kept."""
        # a redirect or a retry comes with the headers and notes of the request before it
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        request.meta.pop(_FRESH, None)
        request.meta.pop(_KNOWN, None)
        known = self.harvest.store.cached_response(self.harvest.portal.name, request.url)
        if known is None or request.method != "GET":
            return
        validators = dict(known.headers)
        if "etag" in validators:
            request.headers["If-None-Match"] = validators["etag"]
        if "last-modified" in validators:
            request.headers["If-Modified-Since"] = validators["last-modified"]
        request.meta[_KNOWN] = known

    def process_response(self, request: Request, response: Response) -> Response:
        """Put the kept answer in place of a 304; note an answer that may be kept."""
        known = request.meta.pop(_KNOWN, None)
        if response.status == 304 and known is not None:
            self.harvest.not_modified += 1
            return _rebuilt(known)
        if response.status == 200 and _is_whole(response):
            answer = _answer(response, self.harvest)
            if answer is not None:
                request.meta[_FRESH] = answer
                if request.callback is NO_CALLBACK:  # robots.txt, which no spider accepts
                    self.harvest.keep(answer)
        return response


def fresh_answer(response: Response) -> CachedResponse | None:
    """The answer to keep once the spider has read the page of `response`."""
    answer = response.meta.get(_FRESH)
    return answer if isinstance(answer, CachedResponse) else None


def _is_whole(response: Response) -> bool:
    """Whether the end of the body was marked: by its length or by the last chunk."""
    return not {"partial", "dataloss", "download_stopped"} & set(response.flags)


def _answer(response: Response, harvest: PortalHarvest) -> CachedResponse | None:
    """The answer as it is kept; None where it has no validator."""
    headers = tuple(
        (name, value.decode("latin-1"))
        for name in _KEPT_HEADERS
        if (value := response.headers.get(name)) is not None
    )
    if not {"etag", "last-modified"} & {name for name, _ in headers}:
        return None
    return CachedResponse(
        portal=harvest.portal.name,
        url=response.url,
        status=200,
        headers=headers,
        body=response.body,
        stored_at=harvest.now,
    )


def _rebuilt(answer: CachedResponse) -> Response:
    """The answer as if it had come now, still compressed where it was."""
    headers = {name.encode(): value.encode("latin-1") for name, value in answer.headers}
    made = responsetypes.from_args(headers=headers, url=answer.url, body=answer.body)
    return made(answer.url, status=200, headers=headers, body=answer.body, flags=["cached"])
