"""Link checks: many hosts at once against one Scrapy process that asks the same questions.

A farm of loopback servers, each port a host of its own, answers after a fixed time on the network
(`--latency`), as servers do. Both sides read each robots.txt, ask HEAD and then GET with the same
Range, follow redirects, and keep to the same number of requests at once to one host. Exits with 1
if they judge one link differently, if a host saw more requests at once than allowed, or if the
ratio is below `--at-least`.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from datenernte_validators.links import check_links
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
FIRST_BYTES = 1024
BODY = b"schluessel;name;einwohner\n09161000;Ingolstadt;142308\n" * 400
KINDS = ("ok", "ok", "ok", "ok", "ok", "no-head", "no-head", "gone", "gone", "moved")
"""Ten links in a row: what HEAD and GET are answered."""

Outcomes = dict[str, tuple[int, str]]
"""By URL: the judging status, and where the answer came from."""
Measured = tuple[Outcomes, float, float, float]
"""Outcomes, seconds, seconds of processor time, peak memory in MB."""


class Host(asyncio.Protocol):
    """One connection to one host of the farm."""

    def __init__(self, counts: "Counts", latency: float) -> None:
        self.counts = counts
        self.latency = latency
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request after the time that it takes."""
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            self.counts.begin()
            loop = asyncio.get_running_loop()
            loop.call_later(self.latency, self.answer, head)

    def answer(self, head: bytes) -> None:
        """Send the answer to one request."""
        self.counts.end()
        if not self.transport.is_closing():
            self.transport.write(answer_to(head))


class Counts:
    """What one host saw."""

    def __init__(self) -> None:
        self.requests = self.at_once = self.most = 0

    def begin(self) -> None:
        """One more request is under way."""
        self.requests += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)

    def end(self) -> None:
        """One request is answered."""
        self.at_once -= 1


def answer_to(head: bytes) -> bytes:
    """The answer of every host to a request."""
    method, path, _ = head.split(b" ", 2)
    kind = path.decode().rpartition("/")[2].partition("_")[0]
    headers = [b"Content-Type: text/csv"]
    body = BODY
    if kind == "moved":
        status, body = b"302 Found", b""
        headers.append(b"Location: " + path.replace(b"moved", b"ok"))
    elif kind in ("gone", "robots.txt"):
        status, body = b"404 Not Found", b""
    elif kind == "no-head" and method == b"HEAD":
        status, body = b"405 Method Not Allowed", b""
    elif b"Range: bytes=0-" in head:
        status, body = b"206 Partial Content", BODY[:FIRST_BYTES]
        headers.append(b"Content-Range: bytes 0-%d/%d" % (FIRST_BYTES - 1, len(BODY)))
    else:
        status = b"200 OK"
    headers.append(b"Content-Length: %d" % len(body))
    start = b"\r\n".join((b"HTTP/1.1 " + status, *headers, b"", b""))
    return start if method == b"HEAD" else start + body


def serve(hosts: int, latency: float, connection: Connection) -> None:
    """Be the farm: tells its ports; after each message, what its hosts saw since the last one."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        counts = [Counts() for _ in range(hosts)]
        ports = []
        async with contextlib.AsyncExitStack() as stack:
            for count in counts:
                opened = socket.create_server(("127.0.0.1", 0), backlog=128)
                ports.append(opened.getsockname()[1])
                server = await loop.create_server(partial(Host, count, latency), sock=opened)
                stack.push_async_callback(closed, server)
            connection.send(ports)
            while await loop.run_in_executor(None, connection.recv):
                connection.send([(count.requests, count.most) for count in counts])
                for count in counts:
                    count.requests = count.most = 0

    asyncio.run(run())


async def closed(server: asyncio.Server) -> None:
    """Stop listening."""
    server.close()


def processor_seconds() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(urls: list[str], per_host: int) -> Measured:
    """The links as the validate stage asks for them."""
    # both ways are measured without the time that their libraries take to load
    import datenernte_validators.network.link_pass  # noqa: F401

    guard = Guard(dict.fromkeys(url.split("/")[2] for url in urls))
    started, used = time.perf_counter(), processor_seconds()
    found: Outcomes = {}
    for result in check_links(urls, guard, NetworkSettings(), now=NOW, per_host=per_host):
        found[result.url] = (result.status or 0, result.final_url or "")
    return found, time.perf_counter() - started, processor_seconds() - used, megabytes()


def with_scrapy(urls: list[str], per_host: int) -> Measured:
    """The same questions from a spider."""
    from scrapy import Request, Spider
    from scrapy.crawler import CrawlerProcess
    from scrapy.http import Response

    found: Outcomes = {}

    class Links(Spider):
        name = "links"

        async def start(self) -> AsyncIterator[Request]:
            for url in urls:
                yield self.question("HEAD", url)

        def question(self, method: str, url: str) -> Request:
            return Request(
                url,
                method=method,
                headers={"Range": f"bytes=0-{FIRST_BYTES - 1}"} if method == "GET" else {},
                dont_filter=True,
                # Scrapy counts requests by host name; here each port is a host.
                meta={"download_slot": url.split("/")[2]},
                callback=self.heard if method == "HEAD" else self.judged,
                cb_kwargs={"asked": url},
            )

        def heard(self, response: Response, asked: str) -> Iterator[Request]:
            yield self.question("GET", asked)

        def judged(self, response: Response, asked: str) -> None:
            found[asked] = (response.status, response.url)

    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS": 100,
        "CONCURRENT_REQUESTS_PER_DOMAIN": per_host,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": True,
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
    process = CrawlerProcess(settings)
    process.crawl(Links)
    started, used = time.perf_counter(), processor_seconds()
    process.start()
    return found, time.perf_counter() - started, processor_seconds() - used, megabytes()


def megabytes() -> float:
    """Peak memory of this process, resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_child(connection: Connection, way: str, urls: list[str], per_host: int) -> None:
    """Measure one way in a process of its own, its imports done before."""
    connection.send({"ours": ours, "scrapy": with_scrapy}[way](urls, per_host))


def measured(way: str, urls: list[str], per_host: int) -> Measured:
    """What `in_child` measured."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=in_child, args=(there, way, urls, per_host))
    child.start()
    result: Measured = here.recv()
    child.join()
    return result


def main() -> int:
    """Print a table; 1 where outcomes differ or a limit was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--per-host", type=int, default=2)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until a host answers")
    parser.add_argument("--at-least", type=float, default=0.0)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    farm = context.Process(target=serve, args=(options.hosts, options.latency, there))
    farm.start()
    ports = here.recv()
    urls = [
        f"http://127.0.0.1:{ports[number % len(ports)]}/daten/{kind}_{number}.csv"
        for number in range(options.urls)
        for kind in [KINDS[number // len(ports) % len(KINDS)]]
    ]
    print(
        f"{len(urls)} links, {len(ports)} hosts, {options.per_host} at once to each, "
        f"{options.latency * 1000:.0f} ms until an answer, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'way':8}{'seconds':>9}{'cpu':>7}{'links/s':>9}{'requests':>10}{'at once':>9}{'MB':>6}  statuses"
    )
    ways: dict[str, Measured] = {}
    is_polite = True
    for way in ("scrapy", "ours"):
        found, seconds, used, memory = ways[way] = measured(way, urls, options.per_host)
        here.send(True)
        seen = here.recv()
        requests, most = sum(count for count, _ in seen), max(most for _, most in seen)
        is_polite = is_polite and most <= options.per_host
        statuses = dict(sorted(Counter(status for status, _ in found.values()).items()))
        print(
            f"{way:8}{seconds:9.2f}{used:7.2f}{len(urls) / seconds:9.0f}{requests:10}{most:9}"
            f"{memory:6.0f}  {statuses}"
        )
    here.send(False)
    farm.join()
    is_equal = ways["scrapy"][0] == ways["ours"][0] and len(ways["ours"][0]) == len(urls)
    ratio = ways["scrapy"][1] / ways["ours"][1]
    processor = ways["scrapy"][2] / ways["ours"][2]
    print(f"ratio {ratio:.1f} by the clock, {processor:.1f} by processor time")
    print(f"equal outcomes: {is_equal}; per-host limit kept: {is_polite}")
    return 0 if is_equal and is_polite and ratio >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
