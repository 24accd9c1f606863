"""Check strangers' tables in a child process that may be killed.

One child serves many files and is replaced only after a kill. It is a plain `subprocess`, so that a
worker of a process pool may have one too.
"""

import contextlib
import json
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck, failed_check

_COMMAND = ("-m", "datenernte_validators.tabular.worker")
_START_SECONDS = 60.0
"""On top of the first file's time: loading Frictionless on a busy machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableJob:
    """One file to check; the fields are the arguments of `check_table`."""

    path: Path
    target: str
    media_type: str | None = None
    file_name: str | None = None
    schema: Path | Mapping[str, Any] | None = None
    schema_origin: str = "given"
    about: tuple[str, ...] = ()
    land: str | None = None
    """Two-digit key of the Land where its places should lie."""
    declared: str | None = None
    """Format in the metadata."""
    suggestions: tuple[Path, Path] | None = None
    """Where a clean copy and its schema are to be written."""

    def request(self, limits: Limits) -> bytes:
        """The job as the line that the child reads."""
        is_path = isinstance(self.schema, Path)
        request = {
            "path": str(self.path.absolute()),
            "target": self.target,
            "media_type": self.media_type,
            "file_name": self.file_name,
            "schema": None if is_path else self.schema,
            "schema_path": str(Path(str(self.schema)).absolute()) if is_path else None,
            "schema_origin": self.schema_origin,
            "about": self.about,
            "land": self.land,
            "declared": self.declared,
            "suggestions": [str(p.absolute()) for p in self.suggestions or ()],
            "limits": asdict(limits),
        }
        return json.dumps(request, default=dict).encode() + b"\n"

    @property
    def origin(self) -> str:
        """What the document says of the schema."""
        return self.schema_origin if self.schema is not None else "inferred"


class _TimeOver(Exception):
    """Raised when the child did not answer in time."""


@dataclass(slots=True)
class TableWorker:
    """A child process that checks one table after the other; use it as a context manager."""

    limits: Limits = field(default_factory=Limits)
    starts: int = 0
    """Children started so far: 1 unless one had to be replaced."""
    _process: "subprocess.Popen[bytes] | None" = None
    _errors: "IO[bytes] | None" = None
    _fresh: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def check(self, job: TableJob) -> TableCheck:
        """Check one table; never raises for what the file holds.

        Findings of its own: `table-deadline`, `table-memory` and `table-failed` (the child ended
        without an answer).
        """
        request = job.request(self.limits)
        process = self._process or self._start()
        deadline = time.monotonic() + self.limits.seconds
        if self._fresh:
            deadline += _START_SECONDS
        try:
            assert process.stdin is not None  # noqa: S101 - it was asked for
            process.stdin.write(request)
            process.stdin.flush()
            line = self._read_line(process, deadline)
        except _TimeOver:
            self._kill()
            seconds = f"{self.limits.seconds:g}"
            return failed_check(
                job.target, "table-deadline", schema_origin=job.origin, seconds=seconds
            )
        except BrokenPipeError:
            line = b""
        self._fresh = False
        answer = json.loads(line) if line.endswith(b"\n") else None
        if answer is not None and "document" in answer:
            document = answer["document"]
            findings = msgspec.convert(document["findings"], tuple[Finding, ...])
            return TableCheck(document=document, findings=findings)
        return self._ended(job, answer)

    def close(self) -> None:
        """End the child."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
        self._forget(process)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _forget
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # a Ctrl-C is for the parent, which then closes the child
        )
        self._process = process
        self._fresh = True
        self.starts += 1
        assert process.stdin is not None  # noqa: S101 - it was asked for
        process.stdin.write(json.dumps({"memory_bytes": self.limits.memory_bytes}).encode() + b"\n")
        return process

    def _read_line(self, process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
        """The child's answer, or what it left of one.

        Raises:
            _TimeOver: the deadline passed.
        """
        assert process.stdout is not None  # noqa: S101 - it was asked for
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not (parts and parts[-1].endswith(b"\n")):
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise _TimeOver
                part = process.stdout.read1(1 << 20)  # type: ignore[attr-defined]  # buffered
                if not part:
                    break
                parts.append(part)
        return b"".join(parts)

    def _ended(self, job: TableJob, answer: Mapping[str, Any] | None) -> TableCheck:
        """The outcome where the child gave no document and is of no more use."""
        process, errors = self._process, self._errors
        assert process is not None and errors is not None  # noqa: S101 - it was just asked
        code = process.wait(timeout=10)
        errors.seek(0)
        last = errors.read()[-2_000:].decode("utf-8", "replace").strip().splitlines()[-1:]
        self._forget(process)
        if (answer is not None and answer["failed"] == "table-memory") or (
            # Extensions in C and Rust abort where memory is refused; the kernel kills.
            code in (-signal.SIGABRT, -signal.SIGKILL) or "MemoryError" in "".join(last)
        ):
            return failed_check(job.target, "table-memory", schema_origin=job.origin)
        detail = last[0] if last else f"Ende mit {code}"
        return failed_check(
            job.target, "table-failed", schema_origin=job.origin, detail=detail[:200]
        )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget(self._process)

    def _forget(self, process: "subprocess.Popen[bytes]") -> None:
        for pipe in (process.stdin, process.stdout, self._errors):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.wait()
        self._process = self._errors = None


def check_table_isolated(
    jobs: Iterable[TableJob], *, limits: Limits | None = None, workers: int = 1
) -> Iterator[tuple[TableJob, TableCheck]]:
    """Check tables in child processes; yields in the order of the jobs.

    Args:
        workers: children at work at the same time.
    """
    limits = limits or Limits()
    if workers == 1:
        with TableWorker(limits) as worker:
            for job in jobs:
                yield job, worker.check(job)
        return
    idle: SimpleQueue[TableWorker] = SimpleQueue()
    children = [TableWorker(limits) for _ in range(workers)]
    for child in children:
        idle.put(child)

    def check(job: TableJob) -> tuple[TableJob, TableCheck]:
        child = idle.get()
        try:
            return job, child.check(job)
        finally:
            idle.put(child)

    try:
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(check, jobs)
    finally:
        for child in children:
            child.close()
