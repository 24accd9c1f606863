"""Read header values that a server may have written wrong."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")
_TOTAL = re.compile(r"\s*bytes\s+(?:\d+-\d+|\*)/(\d{1,18})\s*", re.IGNORECASE)


def printable(value: str | None) -> str | None:
    """A header as one printable line of at most 1000 characters; None stays None."""
    if value is None:
        return None
    return "".join(character for character in value if character.isprintable())[:1000]


def media_type_in(value: str | None) -> str | None:
    """The media type in a Content-Type, lower case, without parameters; None where it is none."""
    stated = (value or "").partition(";")[0].strip().lower()
    return stated if _MEDIA_TYPE.fullmatch(stated) else None


def size_in(content_length: str | None, content_range: str | None = None) -> int | None:
    """Bytes of the whole file that an answer states; a Content-Range goes first."""
    if content_range is not None:
        match = _TOTAL.fullmatch(content_range)
        return int(match[1]) if match else None
    text = (content_length or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def seconds_in_retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds that a Retry-After asks to wait; None where it states none.

    Args:
        value: Retry-After, as seconds or as a date.
        date: Date header of the same answer; without it a date says nothing, since the server's
            clock may be wrong.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    until, now = _moment(text), _moment(date or "")
    return None if until is None or now is None else max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
