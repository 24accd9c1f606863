"""Dates as portals write them, read into xsd:gYear, xsd:gYearMonth, xsd:date or xsd:dateTime.

Precision is kept: »2019« is a year and not the first of January. A value that is already right
stays as it is, also without a zone. Where a notation has to be rewritten and names a time of day
without a zone, the zone is stated: UTC for CKAN (its dates are UTC by definition), Europe/Berlin
for everything else. What no calendar knows (»2019-02-30«) stays as written and is a finding.

Read are: the four XSD types; a blank in place of the »T«; times without seconds; zones as
+0100, GMT, UTC, CET/MEZ, CEST/MESZ, also between date and time (seen in Brandenburg:
»2021-01-28 GMT 01:51:03.34919300«); 20210128; 2021/01/28; German dates (28.1.2021,
28. Januar 2021, 01.2021, with »10:15 Uhr«); RFC 2822; DKAN's »Date changed<tab>…«. Two-digit
years and 01/02/2021 are not, nobody knows what they mean.

Source: https://www.w3.org/TR/xmlschema-2/
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from datenernte_dcat.records import Literal
from datenernte_dcat.terms import XSD

_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_XSD = (
    ("gYear", re.compile(rf"(\d{{4}}){_ZONE}?", re.ASCII)),
    ("gYearMonth", re.compile(rf"(\d{{4}})-(\d\d){_ZONE}?", re.ASCII)),
    ("date", re.compile(rf"(\d{{4}})-(\d\d)-(\d\d){_ZONE}?", re.ASCII)),
    (
        "dateTime",
        re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?{_ZONE}?", re.ASCII),
    ),
)
DATE_TYPES = frozenset(XSD + name for name, _ in _XSD)
"""Datatype IRIs of the dates that DCAT-AP knows."""

_LABELS = re.compile(r"date (?:changed|created|modified|posted)\s*:?\s+", re.IGNORECASE)
_MONTHS = (
    ("jan", "januar", "january", "jänner"),
    ("feb", "februar", "february", "feber"),
    ("mär", "märz", "mar", "march", "mrz", "maerz"),
    ("apr", "april"),
    ("mai", "may"),
    ("jun", "juni", "june"),
    ("jul", "juli", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("okt", "oktober", "oct", "october"),
    ("nov", "november"),
    ("dez", "dezember", "dec", "december"),
)
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_DATES = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)",
        r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})",
        r"(?:(?:[a-z]{2,10})\.?,\s)?(?P<d>\d{1,2})\.?\s(?P<name>[a-zäöü]{3,9})\.?\s(?P<y>\d{4})",
        r"(?P<y>\d{4})-(?P<m>\d{1,2})",
        r"(?P<m>\d{1,2})[./](?P<y>\d{4})",
        r"(?P<name>[a-zäöü]{3,9})\.?\s(?P<y>\d{4})",
        r"(?P<y>\d{4})",
    )
)
_NAMED_ZONES = {
    **dict.fromkeys(("z", "utc", "gmt"), "Z"),
    **dict.fromkeys(("cet", "mez"), "+01:00"),
    **dict.fromkeys(("cest", "mesz"), "+02:00"),
}
_NAMES = "|".join(_NAMED_ZONES)
_TIME = re.compile(
    rf"(?:[T\s,]\s*)(?P<zone1>(?:{_NAMES})\s+)?(?:um\s+)?(?P<h>\d{{1,2}}):(?P<min>\d\d)"
    rf"(?::(?P<s>\d\d)(?P<f>[.,]\d+)?)?(?:\s?Uhr)?\s?(?P<zone2>{_NAMES}|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_BASIC_TIME = re.compile(
    rf"T(?P<h>\d\d)(?P<min>\d\d)(?P<s>\d\d)(?P<f>)(?P<zone1>)(?P<zone2>{_NAMES}|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 64
"""No notation is longer; what is, is no date and not worth the patterns."""


def read_date(text: str, *, naive_zone: str = "Europe/Berlin") -> Literal | None:
    """The date as typed literal, or None for what is no date or in no calendar.

    A valid XSD lexical form keeps its spelling; blanks around it go.

    Args:
        naive_zone: zone of a time of day that states none, in notations that are rewritten.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    return _as_xsd(text) or _as_notation(text, naive_zone)


def is_valid_date(literal: Literal) -> bool:
    """Whether the literal is a date of the calendar, typed as what it is."""
    exact = _as_xsd(literal.value) if len(literal.value) <= _LONGEST else None
    return exact is not None and exact.datatype == literal.datatype


def moment(literal: Literal | None, *, naive_zone: str = "Europe/Berlin") -> datetime | None:
    """The instant at which the date begins, in UTC; None for what is no date.

    Args:
        naive_zone: zone of dates and times that state none.
    """
    read = read_date(literal.value, naive_zone=naive_zone) if literal is not None else None
    if read is None or read.datatype is None:
        return None
    name = read.datatype.removeprefix(XSD)
    match = dict(_XSD)[name].fullmatch(read.value)
    numbers = [int(group) for group in match.groups()] if match else []
    fraction = re.search(r"\.(\d{1,6})", read.value)
    zone = re.search(_ZONE + "$", read.value) if name in ("date", "dateTime") else None
    try:
        begin = _local(numbers).replace(
            microsecond=int(fraction[1].ljust(6, "0")) if fraction else 0,
            tzinfo=_zone_of(zone[0]) if zone else ZoneInfo(naive_zone),
        )
        return begin.astimezone(UTC)
    except OverflowError:  # the first hours of the year 1 and the last of 9999
        return None


@lru_cache(maxsize=4096)
def _as_xsd(text: str) -> Literal | None:
    """The text as typed literal where it is a lexical form of a date of the calendar."""
    for name, pattern in _XSD:
        match = pattern.fullmatch(text)
        if match:
            numbers = [int(group) for group in match.groups()]
            return Literal(value=text, datatype=XSD + name) if _exists(numbers) else None
    return None


def _as_notation(text: str, naive_zone: str) -> Literal | None:
    """The text as typed literal where one of the other notations fits and the day exists."""
    text = _LABELS.sub("", text, count=1) if _LABELS.match(text) else text
    exact = _as_xsd(text)
    if exact:
        return exact
    for pattern in _DATES:
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        month = groups.get("m") or _MONTH_NUMBERS.get((groups.get("name") or "").lower())
        if "name" in groups and month is None:
            continue
        numbers = [int(part) for part in (groups["y"], month, groups.get("d")) if part]
        rest = text[match.end() :]
        if not rest and _exists(numbers):
            parts = [f"{numbers[0]:04}", *(f"{number:02}" for number in numbers[1:])]
            kind = ("gYear", "gYearMonth", "date")[len(numbers) - 1]
            return Literal(value="-".join(parts), datatype=XSD + kind)
        time = _TIME.fullmatch(rest) or _BASIC_TIME.fullmatch(rest)
        if time and len(numbers) == 3:
            return _date_time(numbers, time, naive_zone)
    return None


def _date_time(day: list[int], time: re.Match[str], naive_zone: str) -> Literal | None:
    hour, minute, second = int(time["h"]), int(time["min"]), int(time["s"] or 0)
    if not _exists([*day, hour, minute, second]) or hour == 24:
        return None
    stated = (time["zone1"] or time["zone2"] or "").strip()
    if time["zone1"] and time["zone2"]:
        return None
    if stated:
        zone = _NAMED_ZONES.get(stated.lower()) or f"{stated[:3]}:{stated[-2:]}"
        if not re.fullmatch(_ZONE, zone):
            return None
    else:
        zone = _offset_at(_local([*day, hour, minute, second]), naive_zone)
    fraction = (time["f"] or "").replace(",", ".")
    return Literal(
        value=f"{day[0]:04}-{day[1]:02}-{day[2]:02}T{hour:02}:{minute:02}:{second:02}"
        f"{fraction}{zone}",
        datatype=XSD + "dateTime",
    )


def _offset_at(local: datetime, zone_name: str) -> str:
    """The zone's offset at a local time, as XSD writes it; the earlier one of a doubled hour."""
    if zone_name == "UTC":
        return "Z"
    offset = ZoneInfo(zone_name).utcoffset(local)
    minutes = round(offset.total_seconds() / 60) if offset else 0  # local mean time has seconds
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _zone_of(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def _local(numbers: Sequence[int]) -> datetime:
    """Year, month, day, hour, minute, second as local time; what is not given is the first.

    Raises:
        ValueError: calendar or clock do not know it.
        OverflowError: it is the end of the year 9999.
    """
    year, month, day, hour, minute, second = (*numbers, *(0, 1, 1, 0, 0, 0)[len(numbers) :])
    if (hour, minute, second) == (24, 0, 0):  # XSD: the end of the day
        return datetime(year, month, day) + timedelta(days=1)
    return datetime(year, month, day, hour, minute, second)


def _exists(numbers: Sequence[int]) -> bool:
    """Whether calendar and clock know it."""
    try:
        _local(numbers)
    except (ValueError, OverflowError):
        return False
    return True
