"""Does a URL answer, with what it promises?

Two requests for each URL. The HEAD is what data.europa.eu asks, so its final status is kept for
MQA-405; as a judge it is poor, since many servers refuse or neglect it. The GET judges: its first
bytes are read, then the connection is closed. Only where no GET is answered does a good HEAD speak
for the link, and a bad one never speaks against it.

A block is not a broken link: 401, 403, 407, 429, 451, 503 and robots.txt (`network/robots.py` says
how far it is obeyed) and a wall that wants proof of a human give the outcome `blocked`. A server
that takes no connection costs one timeout for all its links, and so does, nearly, one that takes it
and says nothing (`network/manners.py`). `Retry-After` is kept for the whole host; one that wants
more patience than a pass has is left alone, and its other links stay as they were.
"""

import asyncio
import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from datenernte_dcat.findings import Finding
from datenernte_dcat.store.rows import LinkResult
from datenernte_dcat.texts import finding
from datenernte_validators.network.guard import Guard, Lookup, without_userinfo
from datenernte_validators.network.redirects import is_insecure_step
from datenernte_validators.network.settings import NetworkSettings

Progress = Callable[[int, int], None]
"""Called with each result with the number of results so far and of all."""


def check_links(
    urls: Iterable[str],
    guard: Guard,
    settings: NetworkSettings,
    *,
    now: datetime,
    per_host: int = 2,
    delay_seconds: float = 0.0,
    progress: Progress | None = None,
    lookup: Lookup | None = None,
) -> Generator[LinkResult]:
    """Yield one result for each different URL, in the order in which they are done.

    There is none for the URLs that a host's request for a long pause kept from being asked.

    The requests run in a thread of their own, so whoever takes the results may take their time.
    Closing the iterator early ends the requests.

    Args:
        now: stands in every result; UTC.
        per_host: requests under way at once to one host.
        delay_seconds: between the starts of two requests to one host.
        lookup: answers for the system's resolver.

    Raises:
        ConfigError: the settings' CA file cannot be used.
    """
    unique = list(dict.fromkeys(urls))
    if not unique:
        return
    results: queue.SimpleQueue[LinkResult | None] = queue.SimpleQueue()
    started: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    async def work() -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        started.put(lambda: task and loop.call_soon_threadsafe(task.cancel))
        try:
            from datenernte_validators.network.bulk import asking
            from datenernte_validators.network.link_pass import LinkPass

            async with asking(
                guard, settings, per_host=per_host, delay_seconds=delay_seconds, lookup=lookup
            ) as asker:
                await LinkPass(asker, settings, now, results.put).run(unique, per_host)
        finally:
            results.put(None)

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="links") as thread:
        running = thread.submit(asyncio.run, work())
        cancel = started.get()
        try:
            done = 0
            while (result := results.get()) is not None:
                done += 1
                if progress is not None:
                    progress(done, len(unique))
                yield result
            running.result()
        finally:
            if not running.done():
                cancel()


def link_findings(
    result: LinkResult,
    *,
    subject: str | None,
    property: str | None,  # noqa: A002 - the finding's field
    promised: str | None = None,
) -> Iterator[Finding]:
    """Yield what the result of a URL means for the description that holds it.

    Codes: link-broken, link-timeout, link-blocked, link-redirect-loop, link-redirect-insecure,
    link-html, link-html-small, link-error-page, link-login, link-unconfirmed, link-unstable, those
    of refused URLs (net-) and of failed connections (host-, connection-, tls-).

    Args:
        subject: IRI of the distribution or dataset.
        property: IRI of the property that holds the URL.
        promised: name of the data format that the description states (»CSV«); None where a web
            page is as good as anything.
    """
    shown = without_userinfo(result.url)
    if result.outcome != "ok":
        code = result.code or _FALLBACK_CODES[result.outcome]
        yield finding(
            code, subject=subject, property=property, value=shown, detail=result.detail or "–"
        )
    if is_insecure_step((result.url, *result.hops)):
        yield finding("link-redirect-insecure", subject=subject, property=property, value=shown)
    if promised is not None and answers_with_page(result):
        code = _PAGE_CODES.get(result.page or "", "link-html")
        yield finding(code, subject=subject, property=property, value=shown, detail=promised)
    if result.unconfirmed is not None:
        detail = result.unconfirmed.detail or "–"
        yield finding(
            "link-unconfirmed", subject=subject, property=property, value=shown, detail=detail
        )
    if len(result.flaps) > 1:
        count = str(len(result.flaps))
        yield finding(
            "link-unstable", subject=subject, property=property, value=shown, detail=count
        )


_PAGE_CODES = {"login": "link-login", "error": "link-error-page", "small": "link-html-small"}
_FALLBACK_CODES = {
    "broken": "link-broken",
    "blocked": "link-blocked",
    "forbidden": "net-private",
    "timeout": "link-timeout",
    "error": "connection-failed",
}


def answers_with_page(result: LinkResult) -> bool:
    """Whether a URL answers, but with an HTML page: an error page or login where data is promised."""
    return result.outcome == "ok" and result.content_type == "text/html"
