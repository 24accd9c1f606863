"""Name resolution of the harvest: a name leads to public addresses or nowhere."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from datenernte_validators.network.addresses import host_as_compared
from datenernte_validators.network.guard import Guard

# Twisted's interfaces name methods and parameters their own way.
# ruff: noqa: N802, N803


@implementer(IHostnameResolver)
class GuardedResolver:
    """Passes on only those addresses of a host that the guard allows.

    Twisted connects to exactly the addresses that it is given here, and asks for IP literals and
    for each hop of a redirect, too: what is checked is what is connected to. Nothing is cached, so
    no answer outlives its check.
    """

    def __init__(self, reactor: Any, original: Any, guard: Guard) -> None:
        self.reactor = reactor
        self.original = original
        self.guard = guard
        self.refused_hosts: set[str] = set()
        """Hosts of which every address was refused, so that a failed request can say why."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """The resolver of a process; `crawler` is Scrapy's CrawlerProcess."""
        guard = Guard(crawler.settings.getlist("DATENERNTE_ALLOW"))
        return cls(reactor, reactor.nameResolver, guard)

    def install_on_reactor(self) -> None:
        """Make it the resolver of all that runs on the reactor."""
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Resolve as the original does, through the guard."""
        receiver = _Filter(self, resolutionReceiver, hostName, portNumber)
        resolution: IHostResolution = self.original.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return resolution


@implementer(IResolutionReceiver)
class _Filter:
    """Hands the allowed addresses to the receiver behind it."""

    def __init__(self, resolver: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self.resolver = resolver
        self.receiver = receiver
        self.host = host
        self.port = port
        self.refused = 0
        self.passed = 0

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        if self.resolver.guard.allows(address.host, self.port, self.host):
            self.passed += 1
            self.receiver.addressResolved(address)
        else:
            self.refused += 1

    def resolutionComplete(self) -> None:
        if self.refused and not self.passed:
            self.resolver.refused_hosts.add(host_as_compared(self.host))
        self.receiver.resolutionComplete()


def was_refused(host: str) -> bool:
    """Whether the guard refused every address of a host in this process."""
    from twisted.internet import reactor

    resolver = getattr(reactor, "nameResolver", None)
    return host_as_compared(host) in getattr(resolver, "refused_hosts", ())
