"""Markdown tables and escaping for the generated pages."""

import re
from collections.abc import Iterable, Sequence

_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_SPECIAL = re.compile(r"[\\`*\[\]|]")


def words(text: str) -> str:
    """Plain text for a table cell: one line, nothing in it is markup, `{value}` becomes »…«."""
    line = " ".join(_PLACEHOLDER.sub("…", text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(lambda match: "\\" + match[0], line)


def code(text: str) -> str:
    """Text as code in a table cell."""
    return f"`{text.replace('|', chr(92) + '|')}`"


def link(url: str | None) -> str:
    """An address as a short link, or nothing."""
    return "" if url is None else f"[Quelle]({url.replace('(', '%28').replace(')', '%29')})"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are Markdown already."""
    return [
        f"| {' | '.join(headings)} |",
        "|" + "---|" * len(headings),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def page(*parts: str | Iterable[str]) -> str:
    """One page: texts as they are, tables line by line, one line end at its end."""
    lines: list[str] = []
    for part in parts:
        lines += [part.strip("\n"), ""] if isinstance(part, str) else part
    return "\n".join(lines).rstrip("\n") + "\n"
