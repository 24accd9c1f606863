"""The checks of a dataset itself: what its description says, how many rules it breaks, its age."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple

from datenernte_dcat.normalise.dates import moment
from datenernte_dcat.records import Dataset, Literal, Reference
from datenernte_dcat.terms import is_web_iri
from datenernte_dcat.vocabulary import key_from_iri, vocabulary
from datenernte_validators.scores.kommunal.evidence import DatasetEvidence, Violations
from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
    millionths,
)


class Judgement(NamedTuple):
    """The value of one check, and what is behind it where points are lost."""

    value: int
    """Millionths, or unknown, or not applicable."""
    cause: str = ""
    """One of the check's causes; empty where nothing is lost."""
    shown: str | None = None
    """The value as published; faults with the same one are mended together."""


FULL = Judgement(ONE)
HALF = ONE // 2

_FILE_NAME = re.compile(r"\S+\.[A-Za-z0-9]{2,8}")
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{5}")
_MAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]{2,}")
_DATA_THEME = "data_themes"


def judge_dataset(evidence: DatasetEvidence, as_of: date) -> dict[str, Judgement]:
    """The judgements of all checks of the dataset itself, by check id."""
    return {check: rule(evidence, as_of) for check, rule in RULES.items()}


def is_placeholder(text: str) -> bool:
    """Whether a text says nothing: blank, »k. A.«, »test« and the like."""
    plain = " ".join(text.split()).casefold().strip("()[]<>*\"'")
    return not plain or plain in method().words.placeholders


def text_of(reference: Reference | None) -> str:
    """The IRI of a reference, or the text in its place."""
    if reference is None:
        return ""
    return reference.uri or (reference.label.value.strip() if reference.label else "")


def first_text(values: Iterable[Literal]) -> Literal | None:
    """The German text if there is one, else one without language, else the first."""
    texts = [one for one in values if one.value.strip()]
    for wanted in ("de", ""):
        for one in texts:
            if (one.language or "").lower().split("-")[0] == wanted:
                return one
    return texts[0] if texts else None


def hvd_declared(dataset: Dataset) -> bool:
    """Whether the description says that the dataset is a high-value one."""
    laws = [text_of(law) for law in dataset.applicable_legislation]
    return bool(dataset.hvd_category) or method().hvd.legislation in laws


def frequency(dataset: Dataset) -> str | None:
    """The code of the promised frequency in the EU list; None without a listed one."""
    stated = dataset.accrual_periodicity
    frequencies = vocabulary("frequencies")
    if stated is None or stated.uri is None or not frequencies.has(stated.uri):
        return None
    return frequencies.code(stated.uri)


def _title(evidence: DatasetEvidence, as_of: date) -> Judgement:
    title = first_text(evidence.dataset.title)
    if title is None or is_placeholder(title.value):
        return Judgement(0, "missing")
    text = " ".join(title.value.split())
    if _is_name(text):
        return Judgement(HALF, "name")
    if not 10 <= len(text) <= 120:
        return Judgement(HALF, "length")
    if (title.language or "de").lower().split("-")[0] != "de":
        return Judgement(HALF, "language")
    return FULL if evidence.title_unique else Judgement(HALF, "twice")


def _is_name(text: str) -> bool:
    """Whether a title is a file name, a UUID or a bare code instead of words."""
    if any(pattern.fullmatch(text) for pattern in (_FILE_NAME, _UUID, _SNAKE)):
        return True
    return " " not in text and _WORD.search(text) is None


def _description(evidence: DatasetEvidence, as_of: date) -> Judgement:
    description = first_text(evidence.dataset.description)
    if description is None:
        return Judgement(0, "missing")
    text = " ".join(description.value.split())
    if is_placeholder(text):
        return Judgement(0, "placeholder")
    titles = {" ".join(title.value.split()).casefold() for title in evidence.dataset.title}
    if text.casefold() in titles:
        return Judgement(0, "title")
    return FULL if len(text) >= 100 else Judgement(HALF, "short")


def _keywords(evidence: DatasetEvidence, as_of: date) -> Judgement:
    words = {" ".join(word.value.split()).casefold() for word in evidence.dataset.keyword}
    count = len([word for word in words if not is_placeholder(word)])
    if not count:
        return Judgement(0, "missing")
    if count < 3:
        return Judgement(HALF, "few")
    return FULL if count <= 15 else Judgement(ONE * 3 // 4, "many")


def _theme(evidence: DatasetEvidence, as_of: date) -> Judgement:
    themes = [text for theme in evidence.dataset.theme if (text := text_of(theme))]
    if any(vocabulary(_DATA_THEME).has(theme) for theme in themes):
        return FULL
    return Judgement(ONE * 3 // 10, "other", themes[0]) if themes else Judgement(0, "missing")


def _place(evidence: DatasetEvidence, as_of: date) -> Judgement:
    dataset = evidence.dataset
    if any(key_from_iri(text_of(place)) for place in dataset.political_geocoding_uri):
        return FULL
    for place in dataset.spatial:
        iri = place.uri or ""
        known = is_web_iri(iri) and bool(key_from_iri(iri) or iri.startswith(_PLACE_LISTS))
        if known or place.bbox or place.centroid or place.geometry:
            return FULL
    return Judgement(HALF, "text") if dataset.spatial else Judgement(0, "missing")


_PLACE_LISTS = (
    "http://publications.europa.eu/resource/authority/place/",
    "http://publications.europa.eu/resource/authority/country/",
    "http://publications.europa.eu/resource/authority/atu/",
    "http://dcat-ap.de/def/politicalGeocoding/",
    "https://sws.geonames.org/",
    "http://sws.geonames.org/",
    "https://www.geonames.org/",
    "http://www.wikidata.org/entity/",
    "https://www.wikidata.org/wiki/",
    "http://data.europa.eu/nuts/",
)
"""Beginnings of the addresses of places in lists that people know."""


def _period(evidence: DatasetEvidence, as_of: date) -> Judgement:
    if frequency(evidence.dataset) in ("UPDATE_CONT", "CONT"):
        return Judgement(NOT_APPLICABLE)
    if not evidence.dataset.temporal:
        return Judgement(0, "missing")
    dates = [
        end
        for period in evidence.dataset.temporal
        for end in (
            period.start_date,
            period.end_date,
            period.schema_start_date,
            period.schema_end_date,
        )
    ]
    return FULL if any(_begin(end) for end in dates) else Judgement(0, "invalid")


def _identity(evidence: DatasetEvidence, as_of: date) -> Judgement:
    if not any(one.value.strip() for one in evidence.dataset.identifier):
        return Judgement(0, "missing")
    return FULL if evidence.first_seen < as_of else Judgement(UNKNOWN)


def _contact(evidence: DatasetEvidence, as_of: date) -> Judgement:
    contacts = evidence.dataset.contact_point
    for contact in contacts:
        mails = [text_of(mail).removeprefix("mailto:") for mail in contact.has_email]
        urls = [text_of(url) for url in contact.has_url]
        if any(map(_MAIL.fullmatch, mails)) or any(map(is_web_iri, urls)):
            return FULL
    named = any(name.value.strip() for contact in contacts for name in contact.fn)
    return Judgement(ONE * 3 // 10, "name") if named else Judgement(0, "missing")


def _publisher(evidence: DatasetEvidence, as_of: date) -> Judgement:
    publisher = evidence.dataset.publisher
    named = publisher is not None and any(not is_placeholder(n.value) for n in publisher.name)
    return FULL if named else Judgement(0, "missing")


def _access_rights(evidence: DatasetEvidence, as_of: date) -> Judgement:
    stated = text_of(evidence.dataset.access_rights)
    if not stated:
        return Judgement(0, "missing")
    rights = vocabulary("access_rights")
    if rights.has(stated):
        justified = any(one.rights is not None for one in evidence.dataset.distribution)
        if rights.code(stated) == "PUBLIC" or justified:
            return FULL
    return Judgement(0, "other", stated)


def _issued(evidence: DatasetEvidence, as_of: date) -> Judgement:
    return _date(evidence.dataset.issued, as_of)


def _modified(evidence: DatasetEvidence, as_of: date) -> Judgement:
    found = _date(evidence.dataset.modified, as_of)
    if found is FULL:
        issued, modified = _begin(evidence.dataset.issued), _begin(evidence.dataset.modified)
        # A day's precision: portals state one of the two with and the other without a time.
        if issued and modified and modified.date() < issued.date():
            return Judgement(0, "before")
    return found


def _date(stated: Literal | None, as_of: date) -> Judgement:
    if stated is None or not stated.value.strip():
        return Judgement(0, "missing")
    begins = _begin(stated)
    if begins is None:
        return Judgement(0, "invalid")
    # The day that follows is no future: somewhere it has begun.
    limit = datetime.combine(as_of + timedelta(days=2), time(), UTC)
    return FULL if begins < limit else Judgement(0, "future")


def _begin(stated: Literal | None) -> datetime | None:
    return moment(stated, naive_zone="UTC")


def _documentation(evidence: DatasetEvidence, as_of: date) -> Judgement:
    dataset = evidence.dataset
    pages = [*dataset.page, *dataset.conforms_to]
    for distribution in dataset.distribution:
        pages += [*distribution.page, *distribution.conforms_to]
    if any(is_web_iri(text_of(page)) for page in pages):
        return FULL
    if any(is_web_iri(text_of(page)) for page in dataset.landing_page):
        return Judgement(HALF, "landing")
    return Judgement(0, "missing")


def counted_rules(violations: Violations) -> tuple[list[str], list[str]]:
    """The kinds of violations and of warnings that count: not those that are the portal's."""
    portal = method().conformance.portal_codes
    errors = sorted(code for code in violations.errors if not code.startswith(portal))
    return errors, sorted(
        code for code in violations.warnings - violations.errors if not code.startswith(portal)
    )


def conformance_value(errors: int, warnings: int) -> int:
    """S_K as share: 0.7 for each kind of violation, 0.95 for each kind of warning."""
    numbers = method().numbers
    return millionths(
        Fraction(numbers.violation_factor) ** errors * Fraction(numbers.warning_factor) ** warnings
    )


def _conformance(evidence: DatasetEvidence, as_of: date) -> Judgement:
    if evidence.violations is None:
        return Judgement(UNKNOWN)
    errors, warnings = counted_rules(evidence.violations)
    if not errors and not warnings:
        return FULL
    value = conformance_value(len(errors), len(warnings))
    return Judgement(value, "error" if errors else "warning")


def _rhythm(evidence: DatasetEvidence, as_of: date) -> Judgement:
    stated = text_of(evidence.dataset.accrual_periodicity)
    if not stated:
        return Judgement(0, "missing")
    code = frequency(evidence.dataset)
    if code is None:
        return Judgement(0, "other", stated)
    return Judgement(0, "unknown") if code not in method().frequencies else FULL


def _promise(evidence: DatasetEvidence, as_of: date) -> Judgement:
    code = frequency(evidence.dataset)
    days = method().frequencies.get(code or "")
    if days is None:
        return Judgement(NOT_APPLICABLE)
    if days < 0:
        return FULL
    updated = last_update(evidence, as_of)
    if updated is None:
        return Judgement(UNKNOWN)
    value = promise_kept(days, (as_of - updated).days)
    return FULL if value == ONE else Judgement(value, "overdue", code)


def promise_kept(period_days: int, days_since: int) -> int:
    """T2: 1 within the period and a quarter of it, then down to 0 over two periods."""
    grace = max(Fraction(1), Fraction(period_days, 4))
    return millionths(1 - (days_since - period_days - grace) / (2 * period_days))


def last_update(evidence: DatasetEvidence, as_of: date) -> date | None:
    """When the data last changed: what was observed goes before what is claimed.

    A claim counts until unchanged content refutes it: contents that were already there on a day
    did not change after it.
    """
    claimed = _begin(evidence.dataset.modified)
    day = None if claimed is None else min(claimed.date(), as_of)
    seen = evidence.observed.since
    if seen is None:
        return day
    if evidence.observed.changed:
        return seen
    return None if day is None else min(day, seen)


RULES: dict[str, Callable[[DatasetEvidence, date], Judgement]] = {
    "F1": _title,
    "F2": _description,
    "F3": _keywords,
    "F4": _theme,
    "F5": _place,
    "F6": _period,
    "F7": _identity,
    "R5": _contact,
    "R6": _publisher,
    "R7": _access_rights,
    "C1": _issued,
    "C2": _modified,
    "C4": _documentation,
    "K": _conformance,
    "T1": _rhythm,
    "T2": _promise,
}
"""Check id → rule, in the order of the method."""
