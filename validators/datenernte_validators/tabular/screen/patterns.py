"""Patterns in the language of polars: for those of Python, and for formats of dates and times.

A translated pattern may match less than the original, never more: what it matches is certain.
"""

import re
from dataclasses import dataclass

_LITERALS = frozenset(" _,;:/@#%&=!'\"<>~-`äöüÄÖÜßéèàçêâîôûñ€§°²³µ–„“”’\u00a0")
_ESCAPED = frozenset(".+*?()[]{}|^$/-\\ _,;:@#%&=!'\"<>~`")
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t"}
"""ASCII only, so that less is matched than by Python, which knows the digits of all scripts."""
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})(?P<more>[?+]?)")


def translated(pattern: str) -> str | None:
    """A pattern for polars that matches some of the texts that `^pattern$` matches in Python.

    None where the pattern uses more than literals, positive classes, groups, alternatives and
    quantifiers. Nothing may be turned around (negative classes hold literals only, there is no
    looking ahead or behind), so that a part that matches less makes the whole match less.
    """
    pattern = pattern.removeprefix("^")  # anchors that are put again below
    if re.search(r"(?<!\\)(?:\\\\)*\$\Z", pattern):
        pattern = pattern[:-1]
    parts: list[str] = []
    part: str | None
    position, depth, repeatable = 0, 0, False
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            part = _escape(pattern[position + 1 : position + 2])
            position += 2
        elif char == "[":
            part, position = _class(pattern, position + 1)
        elif char == "(":
            if pattern[position + 1 : position + 2] == "?":
                if pattern[position + 2 : position + 3] != ":":
                    return None
                position += 2
            parts.append("(?:")
            position, depth, repeatable = position + 1, depth + 1, False
            continue
        elif char == ")":
            part, position, depth = ")", position + 1, depth - 1
        elif char == "|":
            parts.append("|")
            position, repeatable = position + 1, False
            continue
        elif char in "*+?{":
            match = _QUANTIFIER.match(pattern, position)
            if match is None or not repeatable or match["more"] == "+":
                return None
            parts.append(match[0])
            position, repeatable = match.end(), False
            continue
        elif char == ".":
            part, position = ".", position + 1
        elif char in _LITERALS or (char.isascii() and char.isalnum()):
            part, position = _literal(char), position + 1
        else:
            return None
        if part is None:
            return None
        parts.append(part)
        repeatable = True
    # Python matches at the start of the text, wherever an alternative puts the anchors.
    return rf"\A(?:^{''.join(parts)}$)" if depth == 0 else None


def _literal(char: str) -> str:
    return f"\\x{{{ord(char):x}}}"


def _escape(char: str) -> str | None:
    if char in _CLASSES:
        return f"[{_CLASSES[char]}]"
    return _literal(char) if char and char in _ESCAPED else None


def _class(pattern: str, position: int) -> tuple[str | None, int]:
    """A class `[…]`, and where it ends."""
    start = position
    negated = pattern[position : position + 1] == "^"
    position += negated
    items: list[str] = []
    last: str | None
    while position < len(pattern) and pattern[position] != "]":
        first, position, is_class = _class_char(pattern, position)
        if first is None or (is_class and negated):
            return None, position
        if is_class:
            items.append(first)
            continue
        last = first
        if pattern[position : position + 1] == "-" and pattern[position + 1 : position + 2] != "]":
            last, position, is_class = _class_char(pattern, position + 1)
            if last is None or is_class or last < first:
                return None, position
        items.append(f"{_literal(first)}-{_literal(last)}")
    # Python reserves these for operations on sets.
    operations = any(mark in pattern[start:position] for mark in ("&&", "--", "~~", "||"))
    if not items or operations or position >= len(pattern):
        return None, position
    return f"[{'^' if negated else ''}{''.join(items)}]", position + 1


def _class_char(pattern: str, position: int) -> tuple[str | None, int, bool]:
    """A character in a class, the position after it, and whether it is a class itself."""
    char = pattern[position : position + 1]
    if char == "\\":
        escaped = pattern[position + 1 : position + 2]
        if escaped in _CLASSES:
            return _CLASSES[escaped], position + 2, True
        return (escaped if escaped and escaped in _ESCAPED else None), position + 2, False
    # A bracket would be a class of its own for polars, and perhaps one day for Python.
    plain = char in _LITERALS or char in ".+*?(){}|$" or (char.isascii() and char.isalnum())
    return (char if char and plain else None), position + 1, False


_DIRECTIVES = {
    "Y": (4, "[1-9][0-9]{3}"),
    "y": (2, "[0-9]{2}"),
    "m": (2, "(?:0[1-9]|1[0-2])"),
    "d": (2, "(?:0[1-9]|1[0-9]|2[0-8])"),
    "H": (2, "(?:[01][0-9]|2[0-3])"),
    "M": (2, "[0-5][0-9]"),
    "S": (2, "[0-5][0-9]"),
}
_DAYS: tuple[dict[str, str], ...] = (
    {},
    {"d": "(?:29|30)", "m": "(?:0[13-9]|1[0-2])"},
    {"d": "31", "m": "(?:0[13578]|1[02])"},
)
"""Days that every month has, and those that most have; of a 29 February only a calendar knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MomentFormat:
    """A format of `strptime` in which every directive has a fixed width."""

    pattern: str
    """Matches texts that are certainly valid."""
    places: dict[str, tuple[int, int]]
    """Directive → position and length in the text."""
    template: str
    """The text of a value, for `str.format` with the directives as names."""


def moment_format(text: str) -> MomentFormat | None:
    """The format, or None where it uses other directives, one of them twice, or other marks."""
    parts: list[tuple[str, str]] = []  # directive and pattern
    template: list[str] = []
    places: dict[str, tuple[int, int]] = {}
    position = width = 0
    while position < len(text):
        char = text[position]
        if char == "%":
            directive = text[position + 1 : position + 2]
            if directive not in _DIRECTIVES or directive in places:
                return None
            length, pattern = _DIRECTIVES[directive]
            places[directive] = (width, length)
            parts.append((directive, pattern))
            template.append(f"{{{directive}:0{length}d}}")
            position += 2
            width += length
        elif char in " .,-/:_()" or (char.isascii() and char.isalpha()):
            parts.append(("", _literal(char)))
            template.append(char)
            position += 1
            width += 1
        else:
            return None
    if "Y" in places and "y" in places:
        return None
    days = _DAYS if {"d", "m"} <= places.keys() else _DAYS[:1]
    forms = ("".join(day.get(directive, pattern) for directive, pattern in parts) for day in days)
    return MomentFormat(
        pattern=rf"\A(?:{'|'.join(forms)})\z", places=places, template="".join(template)
    )
