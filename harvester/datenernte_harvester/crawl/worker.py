"""The worker process of the harvest: `python -m datenernte_harvester.crawl.worker`.

It reads a `WorkerSetup` and then one `PortalJob` after another from stdin, harvests each with
Scrapy and answers on stdout. It is a process of its own because a parser may abort, memory may run
out and a server may hang: the parent kills it and no other portal notices. It is reused, since
starting Scrapy costs most of a second.
"""

import asyncio
import logging
import os
import re
import resource
import sys
import threading
from typing import IO
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess

from datenernte_dcat.errors import StoreError
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.portal_crawl import harvest_portal
from datenernte_harvester.crawl.protocol import (
    Broken,
    Done,
    Logged,
    Message,
    PortalJob,
    Ready,
    Seen,
    WorkerSetup,
    decode_job,
    decode_setup,
    line,
)
from datenernte_harvester.crawl.scrapy_settings import process_settings
from datenernte_harvester.settings import trust

EXIT_ORPHANED = 3
"""The parent is gone: nobody would hear the result."""
EXIT_STORE = 74
_TIRED_BYTES = 700_000_000
"""Peak memory after which a worker is replaced: CPython rarely gives memory back."""
_CPU_SECONDS_SPARE = 60
"""The parent's clock is to end a portal; this limit is for a parent that cannot."""


_LOG_CHARACTERS_MAX = 4000
_URL = re.compile(r"https?://[^\s<>\"')\]]+")


class _ToParent(logging.Handler):
    """Sends warnings and errors to the parent, whose log they are part of."""

    def __init__(self, worker: "Worker") -> None:
        super().__init__(logging.WARNING)
        self.worker = worker

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the parent."""
        text = self.format(record)[:_LOG_CHARACTERS_MAX].encode(errors="backslashreplace").decode()
        url = _URL.search(text)
        try:
            self.worker.say(
                Logged(record.levelno, record.name, text, None if url is None else url[0])
            )
        except OSError:
            self.handleError(record)


class Worker:
    """One process's life: a queue of jobs, a store, Scrapy's reactor."""

    def __init__(self, setup: WorkerSetup, out: IO[bytes]) -> None:
        self.setup = setup
        self.out = out
        self.is_busy = False
        self.exit_code = 0
        # with the operator's proxy nothing else is ever connected to
        proxy = () if setup.network.proxy is None else (_place(setup.network.proxy),)
        self.process = AsyncCrawlerProcess(
            {**process_settings(), "DATENERNTE_ALLOW": [*setup.network.allow, *proxy]}
        )
        logging.getLogger().addHandler(_ToParent(self))

    def run(self, jobs: IO[bytes]) -> int:
        """Work until stdin ends; the exit code."""
        from twisted.internet import reactor

        loop = asyncio.get_event_loop()
        waiting: asyncio.Queue[PortalJob | None] = asyncio.Queue()
        tasks: list[asyncio.Task[None]] = []

        def read_jobs() -> None:
            for text in jobs:
                self.is_busy = True  # from now on, not when the job's turn comes: see below
                loop.call_soon_threadsafe(waiting.put_nowait, decode_job(text))
            if self.is_busy:  # the parent is gone, perhaps killed: its portal must not go on
                os._exit(EXIT_ORPHANED)
            loop.call_soon_threadsafe(waiting.put_nowait, None)

        async def work() -> None:
            try:
                await self._work(waiting)
            finally:
                reactor.stop()  # type: ignore[misc]  # a module with methods, to mypy

        reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(work())))
        threading.Thread(target=read_jobs, daemon=True).start()
        self.process.start(stop_after_crawl=False, install_signal_handlers=False)
        return self.exit_code

    async def _work(self, waiting: "asyncio.Queue[PortalJob | None]") -> None:
        try:
            with Store(self.setup.store_url) as store:
                self.say(Ready())
                while (job := await waiting.get()) is not None:
                    _limit_cpu_seconds(int(job.deadline_seconds) + _CPU_SECONDS_SPARE)
                    portal_run = await harvest_portal(
                        self.process, store, self.setup, job, self._tell
                    )
                    self.is_busy = False
                    self.say(Done(portal_run, _peak_memory_bytes() > _TIRED_BYTES))
        except StoreError as error:
            self.exit_code = EXIT_STORE
            self.say(Broken(str(error)))
        finally:
            self.is_busy = False

    def _tell(self, seen: int, announced: int | None) -> None:
        self.say(Seen(seen, announced))

    def say(self, message: Message) -> None:
        """Tell the parent."""
        self.out.write(line(message))
        self.out.flush()


def _place(url: str) -> str:
    """`host:port` of a proxy's URL."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or 80}"


def _limit_memory(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _limit_cpu_seconds(more: int) -> None:
    """Let this process use so much more processor time before the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + more
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> int:
    """Serve one parent; the exit code."""
    # whatever a library prints must not stand between our lines
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        setup = decode_setup(sys.stdin.buffer.readline())
        if setup.authorities is not None:
            trust(setup.authorities)
        _limit_memory(setup.memory_bytes)
        return Worker(setup, out).run(sys.stdin.buffer)


if __name__ == "__main__":
    # everything is stored and told: taking the interpreter apart would only cost time
    os._exit(main())
