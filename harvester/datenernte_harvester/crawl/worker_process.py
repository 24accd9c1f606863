"""A worker of the harvest as its parent sees it: started, given portals, killed when it must be."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from typing import IO

import msgspec

from datenernte_dcat.errors import StoreError
from datenernte_dcat.store.rows import PortalRun
from datenernte_harvester.crawl.protocol import (
    Broken,
    Done,
    Logged,
    Message,
    PortalJob,
    Ready,
    Seen,
    WorkerSetup,
    decode_message,
    line,
)

_START_SECONDS = 120.0
"""A worker is up within a second or two; on an overloaded machine it takes more."""
_LINE_BYTES_MAX = 2**22
_LOG_TAIL_BYTES = 2000

_log = logging.getLogger(__name__)


class WorkerLost(Exception):
    """Raised when a worker ended, or had to be ended, without finishing its portal."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class WorkerProcess:
    """A running worker. After `WorkerLost` it is gone and must not be used again."""

    def __init__(self, process: asyncio.subprocess.Process, log: IO[bytes]) -> None:
        self._process = process
        self._log = log
        self._portal: str | None = None
        """Name of the portal in work."""
        self.is_tired = False
        """Its memory has grown: the next portal should get a new one."""

    @classmethod
    async def start(cls, setup: WorkerSetup) -> "WorkerProcess":
        """A worker that is ready for its first portal.

        Raises:
            WorkerLost: it did not come up (`worker-died`).
            StoreError: it could not open the store.
        """
        with tempfile.TemporaryFile() as log:  # the child has its own handle
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the folder that we run in holds no modules of ours
                "-m",
                "datenernte_harvester.crawl.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE_BYTES_MAX,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent, who tells us
            )
            worker = cls(process, os.fdopen(os.dup(log.fileno()), "rb"))
        is_ready = False
        try:
            await worker._send(line(setup))
            async with asyncio.timeout(_START_SECONDS):
                is_ready = isinstance(await worker._receive(), Ready)
        except TimeoutError:
            pass
        finally:
            if not is_ready:  # also where this is cancelled
                await worker.kill()
        if not is_ready:
            raise WorkerLost("worker-died", "nicht gestartet")
        return worker

    async def harvest(
        self,
        job: PortalJob,
        seconds: float,
        late_code: str,
        tell: Callable[[int, int | None], None],
    ) -> PortalRun:
        """Harvest one portal.

        Args:
            seconds: the worker is killed after so many.
            late_code: finding code for that case.
            tell: called with the number of records so far and the number announced.

        Raises:
            WorkerLost: killed at the deadline, or dead by itself (`worker-died`).
            StoreError: disk or database failed inside the worker.
        """
        try:
            async with asyncio.timeout(seconds):
                self._portal = job.portal.name
                await self._send(line(job))
                while True:
                    message = await self._receive()
                    if isinstance(message, Seen):
                        tell(message.seen, message.announced)
                    if isinstance(message, Done):
                        self.is_tired = message.is_tired
                        return message.portal_run
        except TimeoutError as error:
            await self.kill()
            raise WorkerLost(late_code, f"nach {seconds:.0f} Sekunden abgebrochen") from error
        except (WorkerLost, StoreError):
            await self.kill()
            raise

    async def close(self) -> None:
        """Let an idle worker end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """End the worker and whatever it started; return when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(OSError):
                await self._process.stdin.wait_closed()
        self._log.close()

    async def _send(self, text: bytes) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            # a worker that is gone is noticed when its answer is read
            with contextlib.suppress(ConnectionError):
                stdin.write(text)
                await stdin.drain()

    async def _receive(self) -> Message:
        """The next message that is no log; logs on the way go to ours.

        Raises:
            WorkerLost: there is none: the worker ended.
            StoreError: it ended because disk or database failed.
        """
        message = await self._next()
        while isinstance(message, Logged):
            logging.getLogger(message.logger).log(
                message.level, "%s", message.message, extra=self._about(message.url)
            )
            message = await self._next()
        if isinstance(message, Broken):
            raise StoreError(message.message)
        return message

    async def _next(self) -> Message:
        """The next message of any kind.

        Raises:
            WorkerLost: there is none: the worker ended.
        """
        stdout = self._process.stdout
        text = b"" if stdout is None else await stdout.readline()
        if not text.endswith(b"\n"):
            raise WorkerLost("worker-died", await self._last_words())
        try:
            message: Message = decode_message(text)
        except msgspec.DecodeError as error:
            raise WorkerLost("worker-died", "unverständliche Nachricht") from error
        return message

    def _about(self, url: str | None = None) -> dict[str, str | None]:
        """What an event of this worker is about."""
        return {"event": "worker-log", "portal": self._portal, "url": url}

    async def _last_words(self) -> str:
        """How the worker ended, in German; what it logged goes to our log."""
        code = await self._process.wait()
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _LOG_TAIL_BYTES))
        _log.error(
            "worker %d ended with %d: %s",
            self._process.pid,
            code,
            self._log.read().decode(errors="replace"),
            extra=self._about(),
        )
        if code >= 0:
            return f"der Prozess endete mit Code {code}"
        return f"der Prozess wurde mit Signal {signal.Signals(-code).name} beendet"
