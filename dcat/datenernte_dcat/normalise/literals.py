"""Literals: dates, sizes, resolutions and geometries in the datatype that DCAT-AP.de asks for.

Text is left alone: no trimming, no language tag for German text, HTML stays. Only a literal
without any visible character goes.
"""

import re
from decimal import Decimal, InvalidOperation

from datenernte_dcat.mapping import compact
from datenernte_dcat.normalise.context import Changes
from datenernte_dcat.normalise.dates import is_valid_date, read_date
from datenernte_dcat.records import Literal, Node
from datenernte_dcat.terms import GSP, XSD

DATE_FIELDS = frozenset(
    {
        "issued",
        "modified",
        "start_date",
        "end_date",
        "schema_start_date",
        "schema_end_date",
    }
)
SIZE_TYPE = XSD + "nonNegativeInteger"
"""dcat:byteSize in DCAT-AP.de 3.0 (before: xsd:decimal)."""
WKT = GSP + "wktLiteral"

_BYTES = re.compile(r"(\d{1,18})\s*(?:b|bytes?)?", re.IGNORECASE | re.ASCII)
_DECIMAL = re.compile(r"\+?\d{1,18}(?:\.\d{1,18})?(?:[eE]\+?\d{1,2})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DURATION = re.compile(
    r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    re.ASCII,
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_WKT = re.compile(
    r"\s*(?:<[^<>\s]+>\s*)?(?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON"
    r"|GEOMETRYCOLLECTION|ENVELOPE)\s*\(.*",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN = frozenset({None, XSD + "string"})
_LARGEST_EXPONENT = 18
"""10^18 bytes are an exabyte; what claims more is no size."""


def naive_zone(source_type: str) -> str:
    """The zone of a time of day that states none: CKAN writes UTC, German offices local time."""
    return "UTC" if source_type == "ckan" else "Europe/Berlin"


def is_duration(text: str) -> bool:
    """Whether the text is a lexical form of xsd:duration."""
    return _DURATION.fullmatch(text) is not None


def normalise_literal(
    changes: Changes, record: type[Node], field: str, value: Literal
) -> Literal | None:
    """The literal as our catalogue publishes it; None where it is left out."""
    text = value.value.strip()
    if not text:
        changes.removed("literal-empty", record, field, value)
        return None
    if field in DATE_FIELDS:
        return _date(changes, record, field, value)
    if field == "byte_size":
        return _byte_size(changes, record, field, value)
    wanted = _wanted_type(field, text)
    if wanted is None or value.datatype == wanted or value.datatype not in _PLAIN:
        return value
    typed = Literal(value=text, datatype=wanted)
    changes.changed("literal-typed", record, field, with_type(value), with_type(typed))
    return typed


def exact_literal(field: str, value: Literal) -> Literal:
    """The literal typed as what it plainly is: ISO dates, whole numbers of bytes; else as it was.

    For sources that know no datatypes; part of their documented mapping.
    """
    if value.datatype is not None or value.language is not None:
        return value
    if field in DATE_FIELDS:
        read = read_date(value.value)
        return read if read is not None and read.value == value.value else value
    if field == "byte_size" and re.fullmatch("[0-9]{1,18}", value.value):
        return Literal(value=value.value, datatype=SIZE_TYPE)
    wanted = _wanted_type(field, value.value)
    return Literal(value=value.value, datatype=wanted) if wanted else value


def with_type(value: Literal) -> str:
    """The literal with its datatype, as people read it: »6776.0 (xsd:decimal)«."""
    if value.language:
        return f"{value.value} ({value.language})"
    return f"{value.value} ({compact(value.datatype) if value.datatype else 'Text'})"


def _wanted_type(field: str, text: str) -> str | None:
    """The datatype that the field's text has by its form; None where it has no such form."""
    if field == "spatial_resolution_in_meters" and _NUMBER.fullmatch(text):
        return XSD + "decimal"
    if field == "temporal_resolution" and is_duration(text):
        return XSD + "duration"
    if field == "checksum_value" and _HEX.fullmatch(text):
        return XSD + "hexBinary"
    if field in ("bbox", "centroid") and _WKT.fullmatch(text):
        return WKT
    return None


def _date(changes: Changes, record: type[Node], field: str, value: Literal) -> Literal:
    if is_valid_date(value):
        return value
    read = read_date(value.value, naive_zone=naive_zone(changes.context.source_type))
    if read is None:
        changes.note("date-invalid", record, field, value.value)
        return value
    code = "date-typed" if read.value == value.value else "date-read"
    changes.changed(code, record, field, with_type(value), with_type(read))
    return read


def _byte_size(changes: Changes, record: type[Node], field: str, value: Literal) -> Literal | None:
    text = value.value.strip()
    number = _whole_number(text)
    if number is None:
        changes.removed("byte-size-invalid", record, field, value)
        return None
    typed = Literal(value=str(number), datatype=SIZE_TYPE)
    if typed != value and not (value.datatype == SIZE_TYPE and re.fullmatch("[0-9]+", value.value)):
        changes.changed("byte-size-typed", record, field, with_type(value), with_type(typed))
        return typed
    return value


def _whole_number(text: str) -> int | None:
    """The number of bytes that the text states exactly; »3.07 KB« is rounded and gives None."""
    if match := _BYTES.fullmatch(text):
        return int(match[1])
    if not _DECIMAL.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if number.adjusted() > _LARGEST_EXPONENT or number != number.to_integral_value():
        return None
    return int(number)
