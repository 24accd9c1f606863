"""Conditional requests: a portal is asked »has it changed?« and not »give me everything«.

An answer is kept once its page was read to the end, so that neither half a body nor a page of
maintenance is ever kept. It is always revalidated, whatever the server says of caching: a 304 is
a promise of the moment, an expiry date is one of the past. Keys are portal and URL; portals never
share an answer. Answers without validators are kept, too: a page that was looked at in this run
(`revisit.py`) is not asked for again when it has to be read after all.
"""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes

from datenernte_dcat.errors import SourceError
from datenernte_dcat.store.rows import CachedResponse
from datenernte_harvester.crawl.portal_harvest import PortalHarvest, harvest_of

_VALIDATORS = ("etag", "last-modified")
_KEPT_HEADERS = (
    *("content-type", "content-encoding", "content-disposition", "link", "x-total-count"),
    *(*_VALIDATORS, "date"),
)
_KNOWN = "datenernte_known_answer"
REVISIT = "datenernte_revisit"
"""Mark of a request that only compares."""
_FRESH = "datenernte_fresh_answer"
_SET_ASIDE = "datenernte_set_aside"


class ConditionalRequests:
    """Asks with the validators of the last answer, and answers 304 with its body."""

    def __init__(self, harvest: PortalHarvest) -> None:
        self.harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        return cls(harvest_of(crawler))

    async def process_request(self, request: Request) -> Response | None:
        """Answer what this run has asked before; else ask with the validators that are kept.

        Raises:
            SourceError: as it came when this run asked before.
        """
        # a redirect or a retry comes with the headers and notes of the request before it
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        request.meta.pop(_FRESH, None)
        request.meta.pop(_KNOWN, None)
        if request.method != "GET":
            return None
        comparison = self.harvest.compared.get(request.url)
        # robots.txt is what every comparison waits for, also that of robots.txt as a page
        is_robots = request.callback is NO_CALLBACK
        if comparison is not None and REVISIT not in request.meta and not is_robots:
            await comparison.wait()
        before = self.harvest.answers.pop(request.url, None)
        if isinstance(before, SourceError):
            raise before
        if before is not None:
            request.meta["dont_retry"] = True
            request.meta[_FRESH] = before.meta.get(_FRESH)
            answer = before.copy()  # the comparison may still be looking at the other
            answer.request = request  # Scrapy calls back whom a response names
            return answer
        known = self.harvest.store.cached_response(self.harvest.portal.name, request.url)
        if known is None:
            return None
        if request.url in self.harvest.answers_kept:
            return _rebuilt(known)
        validators = dict(known.headers)
        if "etag" in validators:
            request.headers["If-None-Match"] = validators["etag"]
        if "last-modified" in validators:
            request.headers["If-Modified-Since"] = validators["last-modified"]
        request.meta[_KNOWN] = known
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        """Put the kept answer in place of a 304; note an answer that may be kept."""
        self.harvest.answered_urls.add(request.url)
        known = request.meta.pop(_KNOWN, None)
        if response.status == 304 and known is not None:
            self.harvest.not_modified += 1
            self.harvest.current_urls.add(request.url)
            return _rebuilt(known)
        if request.method == "GET" and response.status == 200 and _is_whole(response):
            answer = _answer(response, self.harvest)
            if known is not None and _is_same(known, answer):
                self.harvest.current_urls.add(request.url)
            else:
                request.meta[_FRESH] = answer
                if request.callback is NO_CALLBACK:  # robots.txt, which no spider accepts
                    self.harvest.keep(answer)
        return response


def fresh_answer(response: Response) -> CachedResponse | None:
    """The answer to keep once the spider has read the page of `response`."""
    answer = None if _SET_ASIDE in response.meta else response.meta.get(_FRESH)
    return answer if isinstance(answer, CachedResponse) else None


def forget_answer(response: Response) -> None:
    """Do not keep the answer of a page that could not be read."""
    response.meta.pop(_FRESH, None)


def set_aside(harvest: PortalHarvest, url: str, response: Response) -> None:
    """Keep a page that nobody has read until its spider asks for `url`."""
    response.meta[_SET_ASIDE] = True
    harvest.answers[url] = response


def _is_whole(response: Response) -> bool:
    """Whether the end of the body was marked: by its length or by the last chunk."""
    return not {"partial", "dataloss", "download_stopped"} & set(response.flags)


def _answer(response: Response, harvest: PortalHarvest) -> CachedResponse:
    """The answer as it is kept."""
    headers = tuple(
        (name, value.decode("latin-1"))
        for name in _KEPT_HEADERS
        if (value := response.headers.get(name)) is not None
    )
    return CachedResponse(
        portal=harvest.portal.name,
        url=response.url,
        status=200,
        headers=headers,
        body=response.body,
        stored_at=harvest.now,
    )


def _is_same(known: CachedResponse, answer: CachedResponse) -> bool:
    """Whether nothing but the time is new: then nothing is written."""
    before, now = dict(known.headers), dict(answer.headers)
    before.pop("date", None)
    now.pop("date", None)
    return before == now and known.body == answer.body


def _rebuilt(answer: CachedResponse) -> Response:
    """The answer as if it had come now, still compressed where it was."""
    headers = {name.encode(): value.encode("latin-1") for name, value in answer.headers}
    made = responsetypes.from_args(headers=headers, url=answer.url, body=answer.body)
    return made(answer.url, status=200, headers=headers, body=answer.body, flags=["cached"])
