"""What the program tells while it works: text for people, logfmt or JSON lines for machines.

One event is one line, whatever portals put into it: control and direction characters are escaped,
secrets covered. Each event has time, level and event, and run, portal and url where it has them.
Logs of worker processes come here through their parent (`crawl/worker_process.py`).
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from datenernte_harvester.redaction import redacted

FORMATS = ("text", "logfmt", "json")
FIELDS = ("run", "portal", "url")
"""What every event may say, after time, level and event."""
_NAME = "datenernte"
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""Attributes that every log record has; all others are fields of the event."""
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PLAIN = re.compile(r"[^\s\"=\\]+")


@dataclass(slots=True)
class _State:
    """How this process logs; a command changes it for itself (`scope`)."""

    form: str = "text"
    secrets: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    """Of every event from now on: the run."""


_state = _State()


def is_structured() -> bool:
    """Whether everything on stderr is to be an event."""
    return _state.form != "text"


def covered(text: str) -> str:
    """`text` without the secrets of this process."""
    return redacted(text, _state.secrets)


def event(name: str, message: str = "", **fields: Any) -> None:
    """Log that something happened.

    Args:
        name: what, in lower-case kebab.
        message: English sentence; None among `fields` is left out.
    """
    extra = {key: value for key, value in fields.items() if value is not None}
    logging.getLogger(_NAME).info(message, extra={"event": name, **extra})


def run_began(number: int) -> None:
    """Every event from now on belongs to this run."""
    _state.fields["run"] = number
    event("run-began")


@contextmanager
def scope() -> Iterator[None]:
    """Undo at the end what `set_up` did; around one command."""
    loggers = [logging.getLogger(name) for name in (None, _NAME)]
    before = [(one, list(one.handlers), one.level) for one in loggers]
    try:
        yield
    finally:
        for one, one.handlers[:], level in before:
            one.setLevel(level)
        _state.form, _state.secrets, _state.fields = "text", (), {}


def set_up(form: str, secrets: Iterable[str] = (), stream: IO[str] | None = None) -> None:
    """Log to `stream` (stderr) in the form text, logfmt or json.

    In text only errors of our own are logged: what a person wants to know is told otherwise, in
    German. In the other forms libraries are heard, too, from warnings upwards.
    """
    _state.form, _state.secrets = form, tuple(secrets)
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(EventFormatter(form, _state.secrets))
    if not is_structured():
        handler.addFilter(lambda record: record.name.startswith(_NAME))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if is_structured() else logging.ERROR)
    logging.getLogger(_NAME).setLevel(logging.INFO if is_structured() else logging.ERROR)


class EventFormatter(logging.Formatter):
    """A log record as one line."""

    def __init__(self, form: str, secrets: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._write = _WRITERS[form]
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        return redacted(self._write(self._fields(record)), self._secrets)

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        extra = {
            name: value
            for name, value in record.__dict__.items()
            if name not in _STANDARD and isinstance(value, str | int | float | bool | None)
        }
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": extra.pop("event", "log"),
        }
        for name in FIELDS:
            value = extra.pop(name, None)
            value = _state.fields.get(name) if value is None else value
            if value is not None:
                fields[name] = value
        fields |= {name: value for name, value in sorted(extra.items()) if value is not None}
        message = redacted(record.getMessage(), self._secrets)
        if message:
            fields["message"] = message
        if record.exc_info and record.exc_info[0] is not None:
            fields["exception"] = self.formatException(record.exc_info)
        if record.name != _NAME:
            fields["logger"] = record.name
        return fields


def _json(fields: dict[str, Any]) -> str:
    return _escaped(json.dumps(fields, ensure_ascii=False, default=str))


def _logfmt(fields: dict[str, Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items())


def _value(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool | float) else str(value)
    if _PLAIN.fullmatch(text) and not _UNPRINTABLE.search(text):
        return text
    return _escaped(json.dumps(text, ensure_ascii=False))


def _text(fields: dict[str, Any]) -> str:
    """For people: what and where; tracebacks stand in the other forms."""
    words = [str(fields[name]) for name in ("portal", "url") if name in fields]
    message = str(fields.get("message", fields["event"])).strip() or "?"
    return _escaped(": ".join([_NAME, *words, message.splitlines()[0]]))


def _escaped(text: str) -> str:
    """`text` on one line: nothing that moves a cursor or turns the direction of reading."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


_WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": _text,
    "logfmt": _logfmt,
    "json": _json,
}
