"""aiohttp behind the guard: many small requests at once, polite to each host."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from datenernte_dcat.errors import ForbiddenAddress
from datenernte_validators.network.deadline import Deadline
from datenernte_validators.network.faults import HostGivenUp, RefusedSocket, fault_of, ssl_context
from datenernte_validators.network.guard import Guard, Lookup, Target, resolve
from datenernte_validators.network.headers import seconds_in_retry_after
from datenernte_validators.network.manners import Manners
from datenernte_validators.network.pages import PAGE_BYTES, looks_like_html
from datenernte_validators.network.redirects import REDIRECT_STATUSES, redirect_target, refused_hop
from datenernte_validators.network.settings import NetworkSettings

REQUEST_ERRORS = (aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError)
"""What a request may raise besides ForbiddenAddress; TimeoutError is an OSError."""
_TARGETS = 4096
"""Judgements of the guard that are remembered: each link is looked at several times in a row."""
_BODY_SECONDS = 3.0
"""How long the first bytes of a body may take once the status is known."""
_SENT_AS_WRITTEN = re.compile(r"(?:[!#$&-;=?-Z_a-z~\[\]]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back after redirects."""

    status: int
    endless: bool = False
    """Redirects lead in a circle or are too many; the rest is of the last one."""
    final_url: str
    hops: tuple[str, ...]
    headers: dict[str, str]
    """By lower-case name, the last of several."""
    body: bytes
    """The first bytes, as sent; empty for HEAD."""
    is_whole: bool = False
    """Whether that is all there is."""

    @property
    def wait(self) -> float | None:
        """Seconds that the server asks to wait; None where it states none."""
        return seconds_in_retry_after(self.headers.get("retry-after"), self.headers.get("date"))

    @property
    def wants_pause(self) -> bool:
        """Whether it is »too many requests«, or »not now« with a time."""
        return self.status == 429 or (self.status == 503 and self.wait is not None)


@dataclass(slots=True)
class Budget:
    """Seconds of asking that one link may still cost; waiting in line costs nothing."""

    seconds: float


@dataclass(slots=True)
class _Way:
    """How far a request has come."""

    is_connected: bool = False


class Asker:
    """Sends single requests; made by `asking`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        guard: Guard,
        settings: NetworkSettings,
        *,
        manners: Manners,
        lookup: Lookup | None,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._session = session
        self._guard = guard
        self._settings = settings
        self._lookup = lookup
        self._threads = threads
        self.manners = manners
        self.target: Callable[[str], Target] = lru_cache(_TARGETS)(guard.target)
        """`Guard.target`, which is pure, with a memory; raises ForbiddenAddress."""

    async def ask(
        self, method: str, url: str, budget: Budget, *, want_bytes: int = 0, part: bool = False
    ) -> Answer:
        """The answer to a request after redirects, each hop judged by the guard.

        Args:
            want_bytes: how much of a body to wait for; the connection is closed then.
            part: ask for no more than that (Range).

        Raises:
            ForbiddenAddress: the URL or a redirect leads where the guard forbids.
            one of REQUEST_ERRORS: no answer; `fault_of` tells why.
        """
        headers = {"Range": f"bytes=0-{want_bytes - 1}"} if part and want_bytes else {}
        hops: list[str] = []
        current = url
        while True:
            try:
                answer = await self._once(method, current, headers, budget, want_bytes)
            except ForbiddenAddress as error:
                raise (refused_hop(url, error) if hops else error) from error
            location = redirect_target(current, answer.headers.get("location"))
            if answer.status not in REDIRECT_STATUSES or location is None:
                return replace(answer, hops=tuple(hops)) if hops else answer
            if len(hops) >= self._settings.max_redirects or location in (url, *hops):
                return replace(answer, hops=tuple(hops), endless=True)
            hops.append(location)
            current = location

    async def _once(
        self, method: str, url: str, headers: dict[str, str], budget: Budget, want_bytes: int
    ) -> Answer:
        target = self.target(url)
        loop = asyncio.get_running_loop()
        async with self.manners.turn(target):
            started = loop.time()
            limit = min(self._settings.link_timeout_seconds, budget.seconds)
            if limit <= 0:
                raise TimeoutError
            way = _Way()
            try:
                try:
                    async with asyncio.timeout(limit):
                        response = await self._session.request(
                            method,
                            as_sent(url),
                            headers=headers,
                            allow_redirects=False,
                            proxy=self._settings.proxy,
                            trace_request_ctx=way,
                        )
                except aiohttp.ClientResponseError:
                    rest = limit - (loop.time() - started)
                    answer = await loop.run_in_executor(
                        self._threads, self._read_leniently, method, url, headers, want_bytes, rest
                    )
                    self._note(target, answer)
                    return answer
                except (aiohttp.ClientConnectionError, OSError) as error:
                    self._note_failure(target, error, way, limit)
                    raise
                try:
                    answer = Answer(
                        status=response.status,
                        final_url=url,
                        hops=(),
                        headers={name.lower(): value for name, value in response.headers.items()},
                        body=b"",
                    )
                    self._note(target, answer)
                    if want_bytes and 200 <= response.status < 300:
                        body = await _first_bytes(response, want_bytes)
                        return replace(answer, body=body, is_whole=response.content.at_eof())
                    return answer
                finally:
                    if response.content.at_eof():
                        response.release()
                    else:
                        response.close()  # early: the rest of a body is not ours to ask for
            finally:
                budget.seconds -= loop.time() - started

    def _read_leniently(
        self, method: str, url: str, headers: dict[str, str], want_bytes: int, seconds: float
    ) -> Answer:
        """Ask once more with a client that forgives what aiohttp refuses to read.

        The usual case is a server that sends a body with the answer to a HEAD: its status is
        valid, and browsers and data.europa.eu see it.

        Raises:
            ForbiddenAddress, OSError: as `ask`.
        """
        import urllib3

        from datenernte_validators.network.transport import Transport

        headers = {"User-Agent": self._settings.user_agent, "Connection": "close", **headers}
        try:
            with (
                Deadline(max(0.001, seconds)) as deadline,
                Transport(self._guard, self._settings, deadline, self._lookup) as transport,
                transport.ask(method, url, headers) as response,
            ):
                body = b""
                if want_bytes and 200 <= response.status_code < 300:
                    with contextlib.suppress(urllib3.exceptions.HTTPError, OSError):
                        body = response.raw.read(want_bytes, decode_content=False) or b""
                return Answer(
                    status=response.status_code,
                    final_url=url,
                    hops=(),
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=body,
                )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError("unreadable answer") from error

    def _note(self, target: Target, answer: Answer) -> None:
        self.manners.answered(target)
        if answer.wants_pause:
            self.manners.asked_to_wait(target, answer.wait)

    def _note_failure(
        self, target: Target, error: BaseException, way: _Way, limit_seconds: float
    ) -> None:
        """Note a failure that concerns every link of the origin: no connection came about."""
        if way.is_connected or self._settings.proxy or isinstance(error, HostGivenUp):
            return
        if isinstance(error, TimeoutError) and limit_seconds < self._settings.link_timeout_seconds:
            return  # the link's own time was nearly used up; that says nothing about the host
        fault = fault_of(error)
        if not fault.code.startswith("net-"):
            self.manners.unreachable(target, fault)


@contextlib.asynccontextmanager
async def asking(
    guard: Guard,
    settings: NetworkSettings,
    *,
    per_host: int = 2,
    delay_seconds: float = 0.0,
    lookup: Lookup | None = None,
) -> AsyncIterator[Asker]:
    """An `Asker` and its connections, for as long as the context lasts.

    Args:
        per_host: requests under way at once to one host.
        delay_seconds: between the starts of two requests to one host.

    Raises:
        ConfigError: the settings' CA file cannot be used.
    """
    tls = ssl_context(settings)
    with _threads() as threads:
        resolver = _GuardedResolver(guard, lookup, threads)
        # The operator's proxy may stand anywhere; names behind it are resolved on its side.
        open_way: dict[str, Any] = {} if settings.proxy else {"socket_factory": resolver.socket_for}
        connector = aiohttp.TCPConnector(
            resolver=None if settings.proxy else resolver,
            ssl=tls,
            limit=0,  # `Asker` counts; a queue in here would use up the timeouts of those waiting
            **open_way,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            trace_configs=[_connection_trace()],
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None),
            headers={
                "User-Agent": settings.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
            auto_decompress=False,
            trust_env=False,
        ) as session:
            yield Asker(
                session,
                guard,
                settings,
                manners=Manners(per_host, delay_seconds),
                lookup=lookup,
                threads=threads,
            )


def _connection_trace() -> aiohttp.TraceConfig:
    """Notes in each request's `_Way` that its connection stands, TLS included."""

    async def connected(session: aiohttp.ClientSession, context: Any, parameters: Any) -> None:
        context.trace_request_ctx.is_connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace


def as_sent(url: str) -> URL:
    """The URL for the request: as it was written where that is valid, else percent-encoded.

    Raises:
        aiohttp.InvalidURL: nothing valid can be made of it.
    """
    bare = url.partition("#")[0]
    try:
        return URL(bare, encoded=_SENT_AS_WRITTEN.fullmatch(bare) is not None)
    except ValueError as error:
        raise aiohttp.InvalidURL(url, str(error)) from error


async def _first_bytes(response: aiohttp.ClientResponse, count: int) -> bytes:
    """Up to `count` bytes of a body, more of an HTML page.

    What a slow or broken body has not brought is left out.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while len(body) < count:
                piece = await response.content.read(count - len(body))
                if not piece:
                    break
                body += piece
                if len(body) >= count and looks_like_html(bytes(body)):
                    count = max(count, PAGE_BYTES)
    except REQUEST_ERRORS:
        return bytes(body)
    return bytes(body)


class _GuardedResolver(AbstractResolver):
    """Passes on only the addresses that the guard allows, and opens sockets to no others."""

    def __init__(self, guard: Guard, lookup: Lookup | None, threads: ThreadPoolExecutor) -> None:
        self._guard = guard
        self._lookup = lookup
        self._threads = threads
        self._named: set[tuple[str, int]] = set()
        """Private addresses that an allowed name opened."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The allowed addresses of a host.

        Raises:
            OSError, ForbiddenAddress: as `guard.resolve`.
        """
        loop = asyncio.get_running_loop()
        addresses = await loop.run_in_executor(
            self._threads, resolve, self._guard, host, port, self._lookup
        )
        self._named |= {(ip, port) for ip in addresses if not self._guard.allows(ip, port)}
        if not addresses:
            raise OSError("no address")
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for ip in addresses
        ]

    def socket_for(self, address: Any) -> socket.socket:
        """A socket for an address entry of `getaddrinfo`, also where aiohttp asked no resolver.

        Raises:
            RefusedSocket: the guard forbids the address.
        """
        family, kind, protocol, _, (ip, port, *_) = address
        if not self._guard.allows(ip, port) and (ip, port) not in self._named:
            raise RefusedSocket(f"{ip}:{port}")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Nothing to close: the threads belong to `asking`."""


@contextlib.contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for what blocks; nobody waits for them when the work is done."""
    threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="bulk")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
