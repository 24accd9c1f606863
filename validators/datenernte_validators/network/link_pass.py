"""One pass over many links: in which order what is asked of whom, and what the answers mean."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from datenernte_dcat.errors import ForbiddenAddress
from datenernte_dcat.store.rows import LinkResult
from datenernte_validators.network.bulk import REQUEST_ERRORS, Answer, Asker, Budget
from datenernte_validators.network.faults import (
    BLOCKED_STATUSES,
    Fault,
    HostGivenUp,
    fault_of,
    status_words,
)
from datenernte_validators.network.headers import (
    media_type_in,
    printable,
    size_in,
)
from datenernte_validators.network.pages import is_wall, kind_of_page, looks_like_html
from datenernte_validators.network.robots import MAX_BYTES, may_fetch, rules_in
from datenernte_validators.network.settings import NetworkSettings

if TYPE_CHECKING:
    from protego import Protego

CONNECTION_ERROR = 1100
"""Status that data.europa.eu records where a server does not answer."""
INVALID_URL = 1300
"""Status that data.europa.eu records for what is no web address."""

_FIRST_BYTES = 1024
_SILENCES = 3
"""Links in a row without any answer after which a host must answer for its start page."""
_WALL_WORDS = "der Server verlangt zuerst einen Nachweis, dass kein Programm fragt"
_SAME_FOR_GET = frozenset(("host-unknown", "connection-refused", "link-blocked"))
"""Faults that a GET right after the HEAD would only repeat, besides those of TLS and the guard."""


@dataclass(slots=True)
class _Silence:
    """How many links of a host in a row went without any answer."""

    links: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LinkPass:
    """One pass over many URLs; lives in one event loop."""

    def __init__(
        self,
        asker: Asker,
        settings: NetworkSettings,
        now: datetime,
        put: Callable[[LinkResult], None],
    ) -> None:
        self._asker = asker
        self._settings = settings
        self._now = now
        self._put = put
        self._robots: dict[str, asyncio.Task[Protego | None]] = {}

    async def run(self, urls: list[str], per_host: int) -> None:
        """Put the results of all URLs but those of a host that wants to be left alone.

        What makes no difference to a server makes no request: spellings of a URL that differ in
        their fragment or the blanks around them share one.
        """
        spellings: dict[str, list[str]] = {}
        for url in urls:
            # blanks around a URL are a matter of the record, not of the server
            spellings.setdefault(url.strip().partition("#")[0], []).append(url)
        by_host: dict[str, deque[str]] = {}
        for asked, written in spellings.items():
            try:
                host = self._asker.target(asked).host_key
            except ForbiddenAddress as error:
                self._put_for(written, self._refused(asked, error, None))
                continue
            by_host.setdefault(host, deque()).append(asked)
        async with asyncio.TaskGroup() as group:
            for waiting in by_host.values():
                silence = _Silence()
                for _ in range(min(per_host, len(waiting))):
                    group.create_task(self._work_off(waiting, spellings, silence))

    async def _work_off(
        self, waiting: deque[str], spellings: dict[str, list[str]], silence: _Silence
    ) -> None:
        while waiting:
            url = waiting.popleft()
            if self._asker.manners.is_left(self._asker.target(url)):
                return
            result = await self._check(url)
            self._put_for(spellings[url], result)
            if result.status is not None or result.head_status not in (None, CONNECTION_ERROR):
                silence.links = 0
            elif result.outcome in ("timeout", "error"):
                silence.links += 1
                async with silence.asking:
                    if silence.links >= _SILENCES:
                        await self._ask_for_start_page(url)
                        silence.links = 0

    def _put_for(self, spellings: list[str], result: LinkResult) -> None:
        for spelling in spellings:
            self._put(msgspec.structs.replace(result, url=spelling))

    async def _ask_for_start_page(self, url: str) -> None:
        """Give a silent origin up, unless its start page proves that only some links are slow."""
        start = urlsplit(url)
        try:
            await self._asker.ask("HEAD", f"{start.scheme}://{start.netloc}/", self._budget())
        except (ForbiddenAddress, HostGivenUp):
            return  # it leads elsewhere, or somebody was faster
        except REQUEST_ERRORS as error:
            self._asker.manners.give_up(self._asker.target(url), fault_of(error))

    async def _check(self, url: str) -> LinkResult:
        """The judgement on one URL."""
        budget = self._budget()
        head: Answer | None = None
        try:
            if not await self._robots_allow(url):
                return self._blocked(url, None, "die Datei robots.txt des Servers untersagt es")
            try:
                head = await self._asker.ask("HEAD", url, budget)
                head = await self._asked_again("HEAD", url, head, budget)
                if head.status == 429:
                    return self._judged(url, head, head.status)
            except REQUEST_ERRORS as error:
                fault = fault_of(error)
                if fault.code in _SAME_FOR_GET or fault.code.startswith(("tls-", "net-")):
                    return self._unanswered(url, CONNECTION_ERROR, fault)
            head_status = head.status if head else CONNECTION_ERROR
            if head and not await self._robots_allow(head.final_url):
                words = "die Datei robots.txt des Servers, auf den sie weiterleitet, untersagt es"
                return self._blocked(url, head_status, words)
            try:
                answer = await self._get(url, budget)
            except REQUEST_ERRORS as error:
                if head and 200 <= head.status < 300:
                    return self._judged(url, head, head.status)
                return self._unanswered(url, head_status, fault_of(error))
            return self._judged(url, answer, head_status, head)
        except ForbiddenAddress as error:
            return self._refused(url, error, head.status if head else None)

    async def _get(self, url: str, budget: Budget) -> Answer:
        """The answer to a GET of the first bytes."""
        answer = await self._asker.ask("GET", url, budget, want_bytes=_FIRST_BYTES, part=True)
        if answer.status == 416:  # an empty file has no first bytes
            answer = await self._asker.ask("GET", url, budget, want_bytes=_FIRST_BYTES)
        return await self._asked_again("GET", url, answer, budget)

    async def _asked_again(self, method: str, url: str, answer: Answer, budget: Budget) -> Answer:
        """The answer to a second try where a server says when to come back; else the first one.

        The pause that it asks for is kept by `Asker.ask`, for all links of the host. One that
        names no time, or too long a one, is not asked for the same link again in this pass.
        """
        if not answer.wants_pause or answer.wait is None:
            return answer
        if self._asker.manners.is_left(self._asker.target(answer.final_url)):
            return answer
        want_bytes = _FIRST_BYTES if method == "GET" else 0
        try:
            return await self._asker.ask(method, url, budget, want_bytes=want_bytes, part=True)
        except HostGivenUp:
            return answer

    async def _robots_allow(self, url: str) -> bool:
        """Whether the robots.txt of this URL's host allows the check; each is fetched once."""
        if not self._settings.respect_robots:
            return True
        target = self._asker.target(url)
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
        except TimeoutError:
            # It took the connection and says nothing: two such silences are as good as a dead host.
            await self._ask_for_start_page(origin)
            return None
        except (ForbiddenAddress, *REQUEST_ERRORS):
            return None
        if not 200 <= answer.status < 300 or looks_like_html(answer.body):
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
        elif is_wall(answer.headers, answer.body):
            outcome, code, detail = "blocked", "link-blocked", _WALL_WORDS
        elif not 200 <= status < 300:
            outcome, code, detail = "broken", "link-broken", status_words(status)
        headers = answer.headers
        content_type = media_type_in(printable(headers.get("content-type")))
        size = size_in(headers.get("content-length"), headers.get("content-range"))
        if head and head.status == 200 and size is None:
            size = size_in(head.headers.get("content-length"))
        page = None
        if looks_like_html(answer.body):
            content_type = "text/html"
            length = len(answer.body) if answer.is_whole and status == 200 else size
            page = kind_of_page(answer.body, length, url, answer.final_url)
        return LinkResult(
            url=url,
            checked_at=self._now,
            head_status=head_status,
            status=status,
            outcome=outcome,
            code=code,
            final_url=answer.final_url,
            hops=answer.hops,
            content_type=content_type,
            content_length=size if outcome == "ok" else None,
            page=page if outcome == "ok" else None,
            detail=detail,
        )

    def _unanswered(self, url: str, head_status: int, fault: Fault) -> LinkResult:
        timeout = fault.code == "timeout"
        outcome = "timeout" if timeout else "error"
        status: int | None = head_status
        if fault.code == "link-blocked":  # left alone on its own request
            return self._blocked(url, None, fault.detail)
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
