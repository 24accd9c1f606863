"""What one pass over many links owes each host: few requests at once, pauses, no knocking in vain.

Two things are remembered apart. A *host* (`Target.host_key`) is what politeness counts: requests
at once, the distance between them, pauses that it asked for. An *origin* (a `Target`: scheme, host,
port) is what can be down: nothing may listen on port 80 while 443 answers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from datenernte_validators.network.faults import Fault, HostGivenUp
from datenernte_validators.network.guard import Target

_CONNECTIONS = 100
"""Open at once, over all hosts; well under the usual limit of 1 024 files."""
_FIRST_PAUSE_SECONDS = 2.0
"""Pause where a host says »too many requests« without saying for how long; doubled each time."""
_PAUSES_SECONDS = 120.0
"""What all pauses of a host may add up to; a host that wants more is left alone in this pass."""
_FAILURES_AFTER_ANSWER = 3
"""Connections that must fail in a row at an origin that has answered in this pass."""


@dataclass(slots=True)
class _Host:
    """One host as all its links share it."""

    slots: asyncio.Semaphore
    not_before: float = 0.0
    """Loop time before which nothing may be asked."""
    paused_seconds: float = 0.0
    next_pause_seconds: float = _FIRST_PAUSE_SECONDS
    is_left: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class _Origin:
    """What is known of an origin's connections in this pass."""

    has_answered: bool = False
    failures: int = 0
    given_up: Fault | None = None


class Manners:
    """The turns, pauses and dead ends of one pass; lives in one event loop."""

    def __init__(self, per_host: int, delay_seconds: float) -> None:
        """Begin a pass.

        Args:
            per_host: requests under way at once to one host.
            delay_seconds: between the starts of two requests to one host.
        """
        self._per_host = per_host
        self._delay_seconds = delay_seconds
        self._hosts: dict[str, _Host] = {}
        self._origins: dict[Target, _Origin] = {}
        self._all = asyncio.Semaphore(_CONNECTIONS)

    @contextlib.asynccontextmanager
    async def turn(self, target: Target) -> AsyncIterator[None]:
        """Wait until this host, and the number of open connections, allow one more request.

        Raises:
            HostGivenUp: the origin is down, or its host wants to be left alone.
        """
        host = self._host(target)
        self._refuse(target, host)
        loop = asyncio.get_running_loop()
        async with host.slots:
            async with host.lock:
                self._refuse(target, host)  # others have asked while this one stood in line
                while (wait := host.not_before - loop.time()) > 0:
                    await asyncio.sleep(wait)
                    self._refuse(target, host)
                host.not_before = loop.time() + self._delay_seconds
            async with self._all:
                yield

    def answered(self, target: Target) -> None:
        """The origin answered something."""
        origin = self._origin(target)
        origin.has_answered = True
        origin.failures = 0

    def unreachable(self, target: Target, fault: Fault) -> None:
        """No connection to the origin came about, for a cause that is the same for all its links.

        The first such failure gives it up for this pass; where it has answered before, three do.
        """
        origin = self._origin(target)
        origin.failures += 1
        if not origin.has_answered or origin.failures >= _FAILURES_AFTER_ANSWER:
            self.give_up(target, fault)

    def give_up(self, target: Target, fault: Fault) -> None:
        """Ask nothing of this origin any more in this pass."""
        detail = f"{fault.detail}, der ganze Server antwortet nicht"
        self._origin(target).given_up = Fault(fault.code, detail)

    def asked_to_wait(self, target: Target, seconds: float | None) -> None:
        """Heed that a host wants a pause; one that wants too much is left alone in this pass.

        Args:
            seconds: as the host states it; None where it does not.
        """
        host = self._host(target)
        if seconds is None:
            seconds, host.next_pause_seconds = (
                host.next_pause_seconds,
                2 * host.next_pause_seconds,
            )
        now = asyncio.get_running_loop().time()
        # Answers to requests that were under way together ask for one pause, not for several.
        longer = now + seconds - max(host.not_before, now)
        if longer <= 0:
            return
        if host.paused_seconds + longer > _PAUSES_SECONDS:
            host.is_left = True
            return
        host.paused_seconds += longer
        host.not_before = now + seconds

    def is_left(self, target: Target) -> bool:
        """Whether the host has asked for more patience than one pass has."""
        return self._host(target).is_left

    def _refuse(self, target: Target, host: _Host) -> None:
        if host.is_left:
            raise HostGivenUp(Fault("link-blocked", "der Server bittet um eine längere Pause"))
        given_up = self._origin(target).given_up
        if given_up is not None:
            raise HostGivenUp(given_up)

    def _host(self, target: Target) -> _Host:
        key = target.host_key
        if key not in self._hosts:
            self._hosts[key] = _Host(asyncio.Semaphore(self._per_host))
        return self._hosts[key]

    def _origin(self, target: Target) -> _Origin:
        if target not in self._origins:
            self._origins[target] = _Origin()
        return self._origins[target]
