"""Values of other people's JSON as record values, and nothing else: no vocabulary, no judgement.

Portals write the same thing in many shapes: a list, a list as JSON text inside a string, one bare
string; a text, a number, a map of languages. These functions read all of them the same way, so
that a mapping is a table of field names.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from datenernte_dcat.records import Literal, PeriodOfTime, Reference
from datenernte_dcat.terms import GSP, XSD, is_web_iri

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_DURATION = re.compile(r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_LANGUAGE_KEY = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
_CODES = re.compile(r"[^\s,]+(\s*,\s*[^\s,]+)+")
_WKT = ("POINT", "POLYGON", "MULTIPOLYGON")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text(value: object) -> str | None:
    """A string with something in it, or a number as text; None for everything else.

    NUL and lone surrogates, which JSON can spell and no database holds, become U+FFFD.
    """
    if isinstance(value, str):
        if not value or value.isspace():
            return None
        if value.isascii() and "\0" not in value:
            return value
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def integer(digits: str) -> int | str:
    """The integer that JSON spells; its text where Python refuses to count so many digits.

    For `parse_int` of `json.loads`: one absurd number must not cost the whole document.
    """
    try:
        return int(digits)
    except ValueError:
        return digits


def mapping(value: object) -> Mapping[str, object]:
    """An object, or an object as JSON text; an empty one for everything else."""
    decoded = _decoded(value, "{")
    return decoded if isinstance(decoded, dict) else {}


def mappings(value: object) -> list[Mapping[str, object]]:
    """A list of objects, one object, or either as JSON text; what is no object is left out."""
    decoded = _decoded(value, "[{")
    entries = decoded if isinstance(decoded, list) else [decoded]
    return [entry for entry in entries if isinstance(entry, dict)]


def listed(value: object, *, codes: bool = False) -> list[str]:
    """The texts of a list, of a list as JSON text, or one bare text.

    Args:
        codes: the texts are IRIs or codes, so a comma between them separates.
    """
    decoded = _decoded(value, "[")
    if isinstance(decoded, list):
        return [found for entry in decoded if (found := text(entry)) is not None]
    one = text(decoded)
    if one is None:
        return []
    if codes and _CODES.fullmatch(one.strip()):
        return [part.strip() for part in one.split(",")]
    return [one]


def literals(value: object) -> tuple[Literal, ...]:
    """Text in one language or, as `{"de": …, "en": …}`, in several."""
    decoded = _decoded(value, "[{")
    if isinstance(decoded, dict) and all(map(_LANGUAGE_KEY.fullmatch, decoded)):
        return tuple(
            Literal(value=words, language=language.replace("_", "-"))
            for language, entry in decoded.items()
            for words in listed(entry)
        )
    return tuple(Literal(value=words) for words in listed(value))


def literal(value: object) -> Literal | None:
    """The text as a literal without datatype."""
    found = text(value)
    return None if found is None else Literal(value=found)


def reference(value: object) -> Reference | None:
    """A web IRI as IRI, any other text as the label that stands in its place."""
    found = text(value)
    return None if found is None else _reference(found)


@lru_cache(maxsize=8192)  # licences, formats and vocabularies come again and again
def _reference(found: str) -> Reference:
    return Reference(uri=found) if is_web_iri(found) else Reference(label=Literal(value=found))


def references(value: object) -> tuple[Reference, ...]:
    """A list of IRIs or codes, none twice."""
    return unique(found for entry in listed(value, codes=True) if (found := reference(entry)))


def unique(values: Iterable[Reference]) -> tuple[Reference, ...]:
    """The references in order, none twice."""
    return tuple(dict.fromkeys(values))


def mail(value: object) -> Reference | None:
    """A mail address as the `mailto:` IRI that it is; other text stays text."""
    found = text(value)
    if found is None:
        return None
    address = found.strip().removeprefix("mailto:")
    if re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address):
        return Reference(uri=f"mailto:{address}")
    return Reference(label=Literal(value=found))


def moment(value: object) -> Literal | None:
    """A date as it was written, with the datatype that its form has, or none."""
    found = text(value)
    if found is None:
        return None
    return Literal(value=found, datatype=_date_datatype(found))


def period(value: object) -> PeriodOfTime | None:
    """An ISO 8601 interval `start/end`, or the one year, month or day that the text names.

    None for everything else: in words, repeated, or with a length in place of an end.

    Source: https://resources.data.gov/resources/dcat-us/#temporal
    """
    found = text(value)
    if found is None:
        return None
    dates = [moment(part.strip()) for part in found.split("/")]
    if len(dates) == 1:
        dates *= 2
    if len(dates) != 2 or not any(dates):
        return None
    if any(known is not None and known.datatype is None for known in dates):
        return None
    return PeriodOfTime(start_date=dates[0], end_date=dates[1])


def whole_number(value: object) -> Literal | None:
    """A number of things: typed xsd:nonNegativeInteger where it is one, text otherwise."""
    found = text(value)
    if found is None:
        return None
    is_number = found.isascii() and found.isdigit()
    return Literal(value=found, datatype=f"{XSD}nonNegativeInteger" if is_number else None)


def decimal(value: object) -> Literal | None:
    """A number: typed xsd:decimal where it is one, text otherwise."""
    found = text(value)
    if found is None:
        return None
    try:
        is_number = Decimal(found).is_finite() and "e" not in found.lower()
    except InvalidOperation:
        is_number = False
    return Literal(value=found, datatype=f"{XSD}decimal" if is_number else None)


def duration(value: object) -> Literal | None:
    """A length of time: typed xsd:duration where it is one, text otherwise."""
    found = text(value)
    if found is None:
        return None
    is_duration = _DURATION.fullmatch(found) is not None
    return Literal(value=found, datatype=f"{XSD}duration" if is_duration else None)


def utc(value: object) -> datetime | None:
    """A point in time in UTC; one without zone is taken as UTC, which CKAN documents."""
    found = text(value)
    if found is None or not _DATE_TIME.fullmatch(found):
        return None
    try:
        read = datetime.fromisoformat(found)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def web_iri(value: object) -> str | None:
    """The value where it is a valid http or https IRI, as the `uri` of a node must be."""
    found = text(value)
    return found if found is not None and is_web_iri(found) else None


def geometry(value: object) -> Literal | None:
    """A geometry with the datatype of its form: GeoJSON, WKT, or none."""
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    found = text(value)
    if found is None:
        return None
    start = found.lstrip()
    if start.startswith("{"):
        return Literal(value=found, datatype=f"{GSP}geoJSONLiteral")
    is_wkt = start.upper().startswith(_WKT)
    return Literal(value=found, datatype=f"{GSP}wktLiteral" if is_wkt else None)


def _decoded(value: object, openings: str) -> object:
    """The JSON inside a string that begins with one of `openings`; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(tuple(openings)):
        return value
    try:
        return json.loads(value, parse_int=integer)
    except (ValueError, RecursionError):
        return value


def _date_datatype(found: str) -> str | None:
    try:
        if _DATE_TIME.fullmatch(found):
            datetime.fromisoformat(found)
            return f"{XSD}dateTime"
        if re.fullmatch(r"\d{4}-\d\d-\d\d", found):
            date.fromisoformat(found)
            return f"{XSD}date"
        if re.fullmatch(r"\d{4}-\d\d", found):
            date.fromisoformat(f"{found}-01")
            return f"{XSD}gYearMonth"
    except ValueError:
        return None
    return f"{XSD}gYear" if re.fullmatch(r"\d{4}", found) else None
