"""Names lead to public addresses or nowhere, at the moment of connecting."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harvest.conftest import NOW, WebServer
from twisted.internet.address import IPv4Address, IPv6Address

from datenernte_dcat.catalog import CatalogSettings
from datenernte_harvester.crawl.protocol import WorkerSetup, line
from datenernte_harvester.crawl.resolver import GuardedResolver
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

PUBLIC = IPv4Address("TCP", "93.184.216.34", 80)
PUBLIC_6 = IPv6Address("TCP", "2a00:1450:4001:81b::200e", 80)
LOOPBACK = IPv4Address("TCP", "127.0.0.1", 80)
MAPPED = IPv6Address("TCP", "::ffff:127.0.0.1", 80)


class Answers:
    """A resolver that gives one prepared list of addresses after the other."""

    def __init__(self, *answers: list[Any]) -> None:
        self.answers = list(answers)

    def resolveHostName(self, receiver: Any, *_arguments: object) -> object:  # noqa: N802
        receiver.resolutionBegan(self)
        for address in self.answers.pop(0):
            receiver.addressResolved(address)
        receiver.resolutionComplete()
        return self


class Received:
    """Collects what a connection attempt is told."""

    def __init__(self) -> None:
        self.addresses: list[Any] = []
        self.completed = False

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802
        pass

    def addressResolved(self, address: object) -> None:  # noqa: N802
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.completed = True


def resolved(resolver: GuardedResolver, host: str = "daten.example", port: int = 80) -> list[Any]:
    received = Received()
    resolver.resolveHostName(received, host, port)  # type: ignore[arg-type]
    assert received.completed
    return received.addresses


def test_only_public_addresses_of_a_name_are_passed_on() -> None:
    answers = Answers([LOOPBACK, PUBLIC, MAPPED, PUBLIC_6])
    resolver = GuardedResolver(None, answers, Guard())

    assert resolved(resolver) == [PUBLIC, PUBLIC_6]
    assert resolver.refused_hosts == set()


def test_a_name_without_public_address_leads_nowhere_and_is_remembered() -> None:
    resolver = GuardedResolver(None, Answers([LOOPBACK, MAPPED]), Guard())

    assert resolved(resolver, "Intern.Example.") == []
    assert resolver.refused_hosts == {"intern.example"}


def test_a_name_that_does_not_exist_is_not_called_refused() -> None:
    resolver = GuardedResolver(None, Answers([]), Guard())

    assert resolved(resolver) == []
    assert resolver.refused_hosts == set()


def test_a_name_that_changes_its_answer_gains_nothing() -> None:
    resolver = GuardedResolver(None, Answers([PUBLIC], [LOOPBACK]), Guard())

    assert resolved(resolver) == [PUBLIC]
    assert resolved(resolver) == []


def test_an_allowed_address_is_open_at_its_port_only() -> None:
    resolver = GuardedResolver(None, Answers([LOOPBACK], [LOOPBACK]), Guard(["127.0.0.1:8099"]))

    assert resolved(resolver, "127.0.0.1", 8099) == [LOOPBACK]
    assert resolved(resolver, "127.0.0.1", 8098) == []


ASK_WITHOUT_URL_GUARD = """
import io, json, sys
from datenernte_harvester.crawl.protocol import decode_setup
from datenernte_harvester.crawl.worker import Worker
worker = Worker(decode_setup(sys.stdin.buffer.readline()), io.BytesIO())  # installs the reactor
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.web.client import Agent

def ask():
    agent = Agent(reactor)
    asked = [agent.request(b"GET", url.encode()).addCallback(lambda answer: answer.code)
             .addErrback(lambda failure: failure.type.__name__) for url in sys.argv[1:]]
    DeferredList(asked).addCallback(tell)

def tell(results):
    print(json.dumps([result for _, result in results]))
    reactor.stop()

reactor.callWhenRunning(ask)
worker.process.start(stop_after_crawl=False, install_signal_handlers=False)
"""


def test_in_a_worker_everything_that_connects_passes_the_resolver(
    server: WebServer, tmp_path: Path
) -> None:
    hosts = ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
    urls = [f"http://{host}:{server.port}/" for host in hosts]

    assert asked_in_worker(urls, tmp_path, allow=()) == ["DNSLookupError"] * len(hosts)
    assert server.asked == []
    assert asked_in_worker([server.url], tmp_path, allow=(server.place,)) == [404]


def asked_in_worker(urls: list[str], folder: Path, allow: tuple[str, ...]) -> list[object]:
    """What a worker's reactor gets from these URLs; nothing but the resolver stands between."""
    setup = WorkerSetup(
        store_url=f"sqlite:///{folder / 'store.db'}",
        run=1,
        now=NOW,
        catalog=CatalogSettings(
            title="", description="", publisher="", base_url="https://k.example"
        ),
        network=NetworkSettings(allow=allow),
        hosts={},
        authorities=None,
        memory_bytes=4_000_000_000,
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", ASK_WITHOUT_URL_GUARD, *urls],
        input=line(setup),
        capture_output=True,
        timeout=60,
        check=True,
    )
    results: list[object] = json.loads(done.stdout)
    return results
