"""Writing to the terminal: results on stdout, everything else on stderr."""

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from datenernte_harvester import logs
from datenernte_harvester.settings import under_ci

SEVERITIES = {"error": "Fehler", "warning": "Warnung", "info": "Hinweis"}
"""German words for severities."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """`text` on one line without control and direction characters.

    Text of portals must not move the cursor, colour the screen or forge a log line.
    """
    return "".join(
        "·" if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or char in _BIDI else char
        for char in text.replace("\n", " ").replace("\t", " ")
    )


def say(text: str = "") -> None:
    """Print a line of the result on stdout."""
    _write(sys.stdout, text + "\n")


def note(text: str) -> None:
    """Print one line beside the result on stderr; text of portals cannot make it two.

    Where stderr is a log of events, the line is one of them. Secrets are covered.
    """
    if logs.is_structured():
        logs.event("note", text)
    else:
        _write(sys.stderr, printable(logs.covered(text)) + "\n")


def say_json(document: Any) -> None:
    """Print one JSON document on stdout."""
    _write(sys.stdout, json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def say_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: text left, numbers right, as wide as its content."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max([len(heading), *(len(row[i]) for row in cells)]) for i, heading in enumerate(headings)
    ]
    right = [
        bool(rows) and all(isinstance(row[i], int | float | None) for row in rows)
        for i in range(len(headings))
    ]
    for line in [list(headings), *cells]:
        say(
            "  ".join(
                text.rjust(width) if is_number else text.ljust(width)
                for text, width, is_number in zip(line, widths, right, strict=True)
            ).rstrip()
        )


def german_number(value: float, digits: int = 0) -> str:
    """»1.234,5«."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def german_time(moment: datetime | None) -> str:
    """»22.11.2026 04:00 UTC«, or a dash."""
    return "–" if moment is None else moment.strftime("%d.%m.%Y %H:%M UTC")


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return german_number(value, 1)
    if isinstance(value, int):
        return german_number(value)
    return printable(str(value))


def _write(stream: Any, text: str) -> None:
    """Write, with a question mark for what the terminal's encoding lacks (`LANG=C`)."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


class TerminalProgress:
    """Progress as one line that is written over, on a terminal only.

    Elsewhere (a log, `CI=1`, stderr into a pipe) it writes one line for each stage.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not under_ci() and not logs.is_structured()
        self._stage = ""

    def __call__(self, stage: str, text: str, done: int, total: int | None) -> None:
        """Tell how far a stage is."""
        if self._quiet:
            return
        label = _STAGES.get(stage, stage)
        if self._live:
            share = f"{done}" if total is None else f"{done} von {total}"
            line = f"{label}: {share} {printable(text)}"
            _write(sys.stderr, f"\r\x1b[2K{line[: _width() - 1]}")
        elif stage != self._stage and logs.is_structured():
            logs.event("stage-began", stage=stage)
        elif stage != self._stage:
            note(f"{label} …")
        self._stage = stage

    def close(self) -> None:
        """Leave a clean line."""
        if self._live and not self._quiet:
            _write(sys.stderr, "\r\x1b[2K")


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return 80


_STAGES = {
    "harvest": "Abruf",
    "links": "Links prüfen",
    "tables": "Tabellen prüfen",
    "shapes": "Metadaten prüfen",
    "score": "Bewerten",
    "publish": "Veröffentlichen",
}
