"""What stands between Scrapy's engine and the network, and between a spider and the engine."""

import asyncio
import math
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import DownloadTimeoutError
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from datenernte_dcat.errors import SourceError, SourceUnreachable
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.authentication import proxy_of
from datenernte_harvester.crawl.portal_harvest import PortalHarvest, harvest_of
from datenernte_harvester.crawl.request_failure import of_request, of_status
from datenernte_harvester.crawl.resolver import was_refused
from datenernte_harvester.crawl.response_cache import forget_answer, fresh_answer
from datenernte_validators.network.guard import without_userinfo

RETRY_AFTER_SECONDS_MAX = 300.0
"""A portal that asks for a longer pause is left alone until the next run."""


class _HarvestMiddleware:
    """Base: knows the portal's harvest."""

    def __init__(self, harvest: PortalHarvest) -> None:
        self.harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware for the crawler's portal."""
        return cls(harvest_of(crawler))


class FailureNames(_HarvestMiddleware):
    """Gives every failed request the name of its cause, once no retry is left."""

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise what a person can act on.

        Raises:
            SourceError: always, but for requests that are not the spider's.
        """
        if request.callback is NO_CALLBACK:  # robots.txt: its absence allows everything
            return
        harvest = self.harvest
        raise of_request(exception, request.url, harvest.guard, harvest.authorities) from exception


class UrlGuard(_HarvestMiddleware):
    """Refuses URLs that must not be asked; every hop of a redirect passes here again."""

    def process_request(self, request: Request) -> None:
        """Judge the URL before anything happens.

        Raises:
            ForbiddenAddress: scheme, port, userinfo or an address that is not public.
        """
        self.harvest.guard.check_url(request.url)
        came_from = request.meta.get("redirect_urls", [])
        if came_from and came_from[-1].startswith("https:") and request.url.startswith("http:"):
            self.harvest.outcome.note(
                finding(
                    "portal-redirect-insecure",
                    subject=self.harvest.portal.url,
                    value=without_userinfo(request.url),
                )
            )


class ProxyOfOperator(_HarvestMiddleware):
    """Sends requests through the proxy of `[network] proxy`; that of the environment is ignored."""

    def process_request(self, request: Request) -> None:
        """Name the proxy to Scrapy's handler, and ourselves to a proxy that asks for it."""
        if self.harvest.network.proxy is None:
            return
        address, authorization = proxy_of(self.harvest.network.proxy)
        request.meta["proxy"] = address
        if authorization is not None:
            request.headers["Proxy-Authorization"] = authorization


class PatientRetry(RetryMiddleware):
    """Repeats what may succeed later, after the pause that the server asks for or a growing one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the pause, too."""
        middleware = super().from_crawler(crawler)
        middleware.pause_seconds = crawler.settings.getfloat("DATENERNTE_RETRY_PAUSE_SECONDS")
        return middleware

    pause_seconds: float = 1.0

    async def process_response(  # type: ignore[override]  # Scrapy awaits either kind
        self, request: Request, response: Response
    ) -> Request | Response:
        """Repeat after a status that may pass.

        Raises:
            SourceUnreachable: the server asks for a pause longer than ours may be.
        """
        if request.callback is NO_CALLBACK or response.status not in self.retry_http_codes:
            return response
        if request.meta.get("dont_retry"):  # this run has repeated it before
            return response
        pause = self._pause(request)
        header = response.headers.get("Retry-After")
        if header is not None:
            date = response.headers.get("Date")
            asked = retry_after_seconds(
                header.decode("latin-1"), None if date is None else date.decode("latin-1")
            )
            if asked is not None and asked > RETRY_AFTER_SECONDS_MAX:
                words = of_status(response.status).detail
                raise SourceUnreachable(
                    "portal-busy", f"{words}, Pause von {math.ceil(asked / 60)} Minuten erbeten"
                )
            pause = pause if asked is None else asked
        return await self._repeated(request, f"status {response.status}", pause) or response

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | None:
        """Repeat after a broken connection."""
        if request.callback is NO_CALLBACK or not isinstance(exception, self.exceptions_to_retry):
            return None
        if was_refused(urlsplit(request.url).hostname or ""):
            return None
        if isinstance(exception, DownloadTimeoutError) and request.meta.get("retry_times"):
            return None  # each costs a whole timeout: one repetition has to do
        return await self._repeated(request, exception, self._pause(request))

    def _pause(self, request: Request) -> float:
        return float(self.pause_seconds * 2 ** request.meta.get("retry_times", 0))

    async def _repeated(
        self, request: Request, reason: str | Exception, pause: float
    ) -> Request | None:
        repeated = self._retry(request, reason)
        if repeated is not None and pause > 0:
            await asyncio.sleep(pause)
        return repeated


def retry_after_seconds(header: str, date: str | None) -> float | None:
    """The pause that a Retry-After header asks for, in seconds; None where it says nothing.

    Args:
        header: a number of seconds or an HTTP date.
        date: the answer's own Date header: the server's clock counts, never ours, so that a date
            without it says nothing.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    words = header.strip()
    if words.isascii() and words.isdigit():
        return float(words[:9])
    until, since = _timestamp(words), None if date is None else _timestamp(date)
    return None if until is None or since is None else max(0.0, until - since)


def _timestamp(http_date: str) -> float | None:
    try:
        return parsedate_to_datetime(http_date).timestamp()
    except (ValueError, OverflowError):
        return None


class Throttle(AutoThrottle):
    """Scrapy's own, for which »not modified« is no error but an answer as good as any."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        told = response.replace(status=200) if response.status == 304 else response
        super()._adjust_delay(slot, latency, told)


class SourceErrors(_HarvestMiddleware):
    """Turns what a callback raises into a note about the portal, and keeps accepted answers."""

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Pass on what a callback yields; an answer that it read to its end may be kept."""
        async for output in result:
            yield output
        answer = fresh_answer(response)
        if answer is not None:
            self.harvest.keep(answer)
            forget_answer(response)  # its request may live as long as the spider

    def process_spider_exception(
        self, response: Response, exception: Exception
    ) -> list[Any] | None:
        """Note a `SourceError`; anything else is our bug and is left to the worker."""
        if isinstance(exception, MemoryError):
            exception = SourceUnreachable("portal-too-large", "der Arbeitsspeicher reicht nicht")
        if isinstance(exception, SourceError):
            forget_answer(response)  # to `process_spider_output` the page ends as any other
            self.harvest.outcome.problems.append(exception)
            return []
        return None
