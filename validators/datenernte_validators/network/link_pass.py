"""One pass over many links: in which order what is asked of whom, and what the answers mean."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datenernte_dcat.errors import ForbiddenAddress
from datenernte_dcat.store.rows import LinkResult
from datenernte_validators.network.bulk import REQUEST_ERRORS, Answer, Asker, Budget
from datenernte_validators.network.faults import (
    BLOCKED_STATUSES,
    Fault,
    fault_of,
    status_words,
)
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.headers import (
    media_type_in,
    printable,
    seconds_in_retry_after,
    size_in,
)
from datenernte_validators.network.robots import MAX_BYTES, may_fetch, rules_in
from datenernte_validators.network.settings import NetworkSettings

if TYPE_CHECKING:
    from protego import Protego

CONNECTION_ERROR = 1100
"""Status that data.europa.eu records where a server does not answer."""
INVALID_URL = 1300
"""Status that data.europa.eu records for what is no web address."""

_FIRST_BYTES = 1024
_SHORT_WAIT_SECONDS = 5.0
"""A Retry-After up to this is waited for, once."""
_SILENCES = 5
"""Links in a row without any answer after which a host must answer for its start page."""
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head>", b"<head ", b"<body")
_SAME_FOR_GET = frozenset(("host-unknown", "connection-refused"))
"""Faults that a GET right after the HEAD would only repeat, besides those of TLS and the guard."""


@dataclass(slots=True)
class _HostState:
    """What this pass has learnt of a host."""

    silences: int = 0
    given_up: Fault | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LinkPass:
    """One pass over many URLs; lives in one event loop."""

    def __init__(
        self,
        asker: Asker,
        guard: Guard,
        settings: NetworkSettings,
        now: datetime,
        put: Callable[[LinkResult], None],
    ) -> None:
        self._asker = asker
        self._guard = guard
        self._settings = settings
        self._now = now
        self._put = put
        self._robots: dict[str, asyncio.Task[Protego | None]] = {}

    async def run(self, urls: list[str], per_host: int) -> None:
        """Put the results of all URLs."""
        by_host: dict[str, deque[str]] = {}
        for url in urls:
            try:
                host = self._guard.target(url.strip()).host_key
            except ForbiddenAddress as error:
                self._put(self._refused(url, error, None))
                continue
            by_host.setdefault(host, deque()).append(url)
        async with asyncio.TaskGroup() as group:
            for waiting in by_host.values():
                state = _HostState()
                for _ in range(min(per_host, len(waiting))):
                    group.create_task(self._work_off(waiting, state))

    async def _work_off(self, waiting: deque[str], state: _HostState) -> None:
        while waiting:
            url = waiting.popleft()
            if state.given_up is not None:
                fault = Fault(
                    state.given_up.code,
                    f"{state.given_up.detail}, der ganze Server antwortet nicht",
                )
                self._put(self._unanswered(url, CONNECTION_ERROR, fault))
                continue
            result = await self._check(url)
            self._put(result)
            if result.status is not None or result.head_status not in (None, CONNECTION_ERROR):
                state.silences = 0
            elif result.outcome in ("timeout", "error"):
                state.silences += 1
                await self._ask_for_start_page(url, state)

    async def _ask_for_start_page(self, url: str, state: _HostState) -> None:
        """Give a silent host up, unless its start page proves that only some links are slow."""
        async with state.asking:
            if state.silences < _SILENCES or state.given_up is not None:
                return
            start = urlsplit(url.strip())
            try:
                await self._asker.ask("HEAD", f"{start.scheme}://{start.netloc}/", self._budget())
            except ForbiddenAddress:
                state.silences = 0
            except REQUEST_ERRORS as error:
                state.given_up = fault_of(error)
            else:
                state.silences = 0

    async def _check(self, url: str) -> LinkResult:
        """The judgement on one URL."""
        asked = url.strip()  # blanks around a URL are a matter of the record, not of the server
        budget = self._budget()
        head: Answer | None = None
        head_fault: Fault | None = None
        try:
            if not await self._robots_allow(asked):
                return self._blocked(url, None, "die Datei robots.txt des Servers untersagt es")
            try:
                head = await self._asker.ask("HEAD", asked, budget)
                head, wait = await self._asked_again("HEAD", asked, head, budget)
                if wait and head.status == 429:
                    return self._judged(url, head, head.status)
            except REQUEST_ERRORS as error:
                head_fault = fault_of(error)
                if head_fault.code in _SAME_FOR_GET or head_fault.code.startswith(("tls-", "net-")):
                    return self._unanswered(url, CONNECTION_ERROR, head_fault)
            head_status = head.status if head else CONNECTION_ERROR
            if head and not await self._robots_allow(head.final_url):
                words = "die Datei robots.txt des Servers, auf den sie weiterleitet, untersagt es"
                return self._blocked(url, head_status, words)
            try:
                answer = await self._asker.ask(
                    "GET", asked, budget, want_bytes=_FIRST_BYTES, part=True
                )
                if answer.status == 416:  # an empty file has no first bytes
                    answer = await self._asker.ask("GET", asked, budget, want_bytes=_FIRST_BYTES)
                answer, _ = await self._asked_again("GET", asked, answer, budget)
            except REQUEST_ERRORS as error:
                if head and 200 <= head.status < 300:
                    return self._judged(url, head, head.status)
                return self._unanswered(url, head_status, fault_of(error))
            return self._judged(url, answer, head_status, head)
        except ForbiddenAddress as error:
            return self._refused(url, error, head.status if head else None)

    async def _asked_again(
        self, method: str, url: str, answer: Answer, budget: Budget
    ) -> tuple[Answer, bool]:
        """The answer to a second try where a 429 asks for a short wait.

        The flag says that the host wants to be left alone.
        """
        if answer.status != 429:
            return answer, False
        headers = answer.headers
        wait = seconds_in_retry_after(headers.get("retry-after"), headers.get("date"))
        if wait is None or wait > _SHORT_WAIT_SECONDS:
            return answer, True
        self._asker.pause(answer.final_url, wait)
        again = await self._asker.ask(
            method, url, budget, want_bytes=_FIRST_BYTES if method == "GET" else 0, part=True
        )
        return again, again.status == 429

    async def _robots_allow(self, url: str) -> bool:
        """Whether the robots.txt of this URL's host allows the check; each is fetched once."""
        if not self._settings.respect_robots:
            return True
        target = self._guard.target(url)
        origin = f"{target.scheme}://{urlsplit(url).netloc.lower()}"
        if origin not in self._robots:
            self._robots[origin] = asyncio.create_task(self._fetch_rules(origin))
        rules = await asyncio.shield(self._robots[origin])
        return rules is None or may_fetch(rules, url, self._settings.user_agent)

    async def _fetch_rules(self, origin: str) -> "Protego | None":
        try:
            answer = await self._asker.ask(
                "GET", f"{origin}/robots.txt", self._budget(), want_bytes=MAX_BYTES
            )
        except (ForbiddenAddress, *REQUEST_ERRORS):
            return None
        if not 200 <= answer.status < 300 or _looks_like_html(answer.body):
            return None
        return rules_in(answer.body, answer.headers.get("content-encoding"))

    def _budget(self) -> Budget:
        return Budget(self._settings.link_deadline_seconds)

    def _judged(
        self, url: str, answer: Answer, head_status: int, head: Answer | None = None
    ) -> LinkResult:
        """The result for an answer."""
        status = answer.status
        outcome, code, detail = "ok", None, ""
        if answer.endless:
            outcome, code, detail = "broken", "link-redirect-loop", status_words(status)
        elif status in BLOCKED_STATUSES:
            outcome, code, detail = "blocked", "link-blocked", status_words(status)
        elif not 200 <= status < 300:
            outcome, code, detail = "broken", "link-broken", status_words(status)
        headers = answer.headers
        content_type = media_type_in(printable(headers.get("content-type")))
        size = size_in(headers.get("content-length"), headers.get("content-range"))
        if head and head.status == 200 and size is None:
            size = size_in(head.headers.get("content-length"))
        return LinkResult(
            url=url,
            checked_at=self._now,
            head_status=head_status,
            status=status,
            outcome=outcome,
            code=code,
            final_url=answer.final_url,
            hops=answer.hops,
            content_type="text/html" if _looks_like_html(answer.body) else content_type,
            content_length=size if outcome == "ok" else None,
            detail=detail,
        )

    def _unanswered(self, url: str, head_status: int, fault: Fault) -> LinkResult:
        timeout = fault.code == "timeout"
        outcome = "timeout" if timeout else "error"
        status: int | None = head_status
        if fault.code.startswith("net-"):
            outcome = "forbidden"
            status = INVALID_URL if fault.code == "net-invalid" else None
        return LinkResult(
            url=url,
            checked_at=self._now,
            head_status=status,
            outcome=outcome,
            code="link-timeout" if timeout else fault.code,
            detail=fault.detail,
        )

    def _blocked(self, url: str, head_status: int | None, words: str) -> LinkResult:
        return LinkResult(
            url=url,
            checked_at=self._now,
            head_status=head_status,
            outcome="blocked",
            code="link-blocked",
            detail=words,
        )

    def _refused(self, url: str, error: ForbiddenAddress, head_status: int | None) -> LinkResult:
        if error.code in ("net-invalid", "net-scheme"):
            head_status = INVALID_URL
        return LinkResult(
            url=url,
            checked_at=self._now,
            head_status=head_status,
            outcome="forbidden",
            code=error.code,
            detail=error.reason,
        )


def _looks_like_html(body: bytes) -> bool:
    """Whether a body begins as an HTML page does, whatever its header says."""
    start = body[:_FIRST_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    while start.startswith(b"<!--"):
        _, end, start = start.partition(b"-->")
        if not end:
            return False
        start = start.lstrip()
    return start.lower().startswith(_HTML_STARTS)
