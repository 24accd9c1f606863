"""Looking first whether a portal is as it was, and giving failed pages a second chance.

Where a complete crawl is remembered, its pages are asked for before the spider starts. If all of
them are as they were, the spider never starts. The first page that differs ends the comparison:
then the spider reads the portal as ever, and pages that were compared before are not asked for
again.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError
from datenernte_harvester.crawl.crawl_memo import Page, answer_digest, asked_page, page_request
from datenernte_harvester.crawl.portal_harvest import PortalHarvest, harvest_of
from datenernte_harvester.crawl.response_cache import REVISIT, set_aside
from datenernte_harvester.sources.source_spider import SourceSpider

_PAGE = "datenernte_page"
FAILED_PAGES_MAX = 20
"""So many failed pages get a second chance at the end of a run, and are asked first in the next."""


class Revisit:
    """Spider middleware: compares, then lets the spider start; second chances at the end."""

    def __init__(self, harvest: PortalHarvest, crawler: Crawler) -> None:
        self.harvest = harvest
        self.crawler = crawler
        self._waiting = 0
        self._start: AsyncIterator[Any] | None = None
        crawler.signals.connect(self.spider_idle, signals.spider_idle)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        return cls(harvest_of(crawler), crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The requests to begin with: those of the last crawl, or the spider's own."""
        harvest, memo = self.harvest, self.harvest.memo
        if memo is not None and memo.pages:
            self._start, self._waiting = start, len(memo.pages)
            harvest.is_revisiting = True
            for page in memo.pages:
                yield self._revisited(page)
            return
        for url in harvest.failed_pages:
            yield page_request(
                Page(method="GET", url=url),
                callback=self.fetched_first,
                errback=self.failed_first,
                meta={REVISIT: True},
                priority=1,
            )
        async for output in start:
            yield output

    def _revisited(self, page: Page) -> Request:
        return page_request(
            page,
            callback=self.compare,
            errback=self.unanswered,
            cb_kwargs={"page": page},
            meta={REVISIT: True},
        )

    async def compare(self, response: Response, page: Page) -> AsyncIterator[Any]:
        """Start the spider where the page is not what it was."""
        async for output in self._compared(response, page):
            yield output

    async def unanswered(self, failure: Failure) -> AsyncIterator[Any]:
        """Compare an HTTP error with what came before; start the spider after any other."""
        error, request = failure.value, failure.request  # type: ignore[attr-defined]
        page = request.cb_kwargs["page"]
        if isinstance(error, HttpError):
            async for output in self._compared(error.response, page):
                yield output
            return
        if isinstance(error, SourceError) and not isinstance(error.__cause__, IgnoreRequest):
            self.harvest.answers[page.url] = error
        self._is_answered(page.url)
        if self.harvest.is_revisiting:
            async for output in self._started():
                yield output

    async def _compared(self, response: Response, page: Page) -> AsyncIterator[Any]:
        harvest = self.harvest
        if answer_digest(response, self._headers_read()) == page.answer:
            self._waiting -= 1
            harvest.answers_kept.add(response.url)
            self._is_answered(page.url)
            if harvest.is_revisiting and self._waiting == 0:
                harvest.is_revisiting = False
                harvest.is_unchanged = True
            return
        set_aside(harvest, page.url, response)
        self._is_answered(page.url)
        if harvest.is_revisiting:
            async for output in self._started():
                yield output

    async def _started(self) -> AsyncIterator[Any]:
        """The spider's own beginning."""
        self.harvest.is_revisiting = False
        if self._start is not None:
            async for output in self._start:
                yield output

    def fetched_first(self, response: Response) -> None:
        """Keep a page that failed in the last run until the spider comes to it."""
        url = response.meta.get("redirect_urls", [response.url])[0]
        set_aside(self.harvest, url, response)
        self._is_answered(url)

    def failed_first(self, failure: Failure) -> None:
        """Remember that a page fails again, so that it is not asked as often as a new one."""
        error, request = failure.value, failure.request  # type: ignore[attr-defined]
        if isinstance(error, HttpError):
            set_aside(self.harvest, request.url, error.response)
        elif isinstance(error, SourceError):
            self.harvest.answers[request.url] = error
        self._is_answered(request.url)

    def _is_answered(self, url: str) -> None:
        """Let the spider's own request for the page go on."""
        if url in self.harvest.compared:
            self.harvest.compared.pop(url).set()

    def process_spider_input(self, response: Response) -> None:
        """Note what came back for a page of the spider's own."""
        page = response.meta.get(_PAGE)
        if isinstance(page, Page) and REVISIT not in response.meta:
            digest = answer_digest(response, self._headers_read())
            self.harvest.pages[page] = digest

    def spider_idle(self) -> None:
        """Ask once more for the pages that failed, and for those that leave a doubt.

        Raises:
            DontCloseSpider: there are some.
        """
        spider = self.crawler.spider
        if not isinstance(spider, SourceSpider) or self.crawler.engine is None:
            return
        requests = spider.second_chances(FAILED_PAGES_MAX) or spider.confirmations()
        for request in requests:
            self.harvest.answers.pop(request.url, None)
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _headers_read(self) -> tuple[str, ...]:
        spider = self.crawler.spider
        return spider.headers_read if isinstance(spider, SourceSpider) else ()


class PageNotes:
    """Downloader middleware, the spider's nearest: what the spider asks, before anybody adds."""

    def __init__(self, harvest: PortalHarvest) -> None:
        self.harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        return cls(harvest_of(crawler))

    def process_request(self, request: Request) -> None:
        """Note the request; drop a comparison that has become pointless.

        Raises:
            IgnoreRequest: the spider has started in the meantime.
        """
        if request.callback is NO_CALLBACK:
            return
        if REVISIT in request.meta:
            if self.harvest.memo is not None and not self.harvest.is_revisiting:
                raise IgnoreRequest("the comparison is over")
            if "redirect_urls" not in request.meta:  # nobody would tell the end of a single hop
                self.harvest.compared.setdefault(request.url, asyncio.Event())
        elif _PAGE not in request.meta:  # a redirect or a repetition has the note of its original
            page = asked_page(request)
            request.meta[_PAGE] = page
            self.harvest.pages.setdefault(page, None)
