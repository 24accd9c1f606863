"""The child process that checks strangers' tables: `python -m datenernte_validators.tabular.worker`.

One JSON object in each line. The first line from the parent is `{"memory_bytes"}`, each further one
a job: `{"path", "target", "media_type", "file_name", "schema", "schema_path", "schema_origin",
"about", "land", "declared", "suggestions", "limits"}`. Each answer is `{"document": …}` or `{"failed": code}`, where the child then ends. It has
no network, no core dumps and a limit of memory; time is the parent's to watch, and should the parent
be gone, an alarm ends a job that hangs.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from datenernte_validators.files.door import check_file
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.suggestion import SuggestionPaths

_GRACE_SECONDS = 30
_FORBIDDEN_EVENTS = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system"}
)


def main() -> int:
    """Answer jobs until the parent closes the pipe; the exit code is 0 then."""
    answers = _own_standard_output()
    settings = json.loads(sys.stdin.readline() or "{}")
    _confine(settings.get("memory_bytes"))
    for line in sys.stdin:
        job = json.loads(line)
        limits = Limits(**job["limits"])
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + _GRACE_SECONDS)
        try:
            answer = {"document": _check(job, limits)}
            text = json.dumps(answer, ensure_ascii=True, default=str)
        except MemoryError:
            _answer(answers, json.dumps({"failed": "table-memory"}))
            return 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        _answer(answers, text)
    return 0


def _check(job: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    schema: Path | Mapping[str, Any] | None = job["schema"]
    if job["schema_path"] is not None:
        schema = Path(job["schema_path"])
    check = check_file(
        Path(job["path"]),
        target=job["target"],
        media_type=job["media_type"],
        file_name=job["file_name"],
        schema=schema,
        land=job["land"],
        declared=job["declared"],
        suggestions=SuggestionPaths(*map(Path, written))
        if (written := job["suggestions"])
        else None,
        schema_origin=job["schema_origin"],
        about=job["about"],
        limits=limits,
    )
    return check.document


def _own_standard_output() -> TextIO:
    """The pipe to the parent; whatever a library prints goes to the error stream instead."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return pipe


def _confine(memory_bytes: int | None) -> None:
    """Load what is needed, then give up memory, core dumps, network and child processes."""
    import datenernte_validators.tabular.judge  # noqa: F401 - Frictionless, before the limits

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    sys.addaudithook(_forbid)


def _forbid(event: str, arguments: tuple[Any, ...]) -> None:
    """Foreign schemas may name URLs; nothing in here has business with the network."""
    if event in _FORBIDDEN_EVENTS:
        raise PermissionError(f"{event} is not allowed while a table is checked")


def _answer(pipe: TextIO, text: str) -> None:
    pipe.write(text + "\n")
    pipe.flush()


if __name__ == "__main__":
    sys.exit(main())
