"""Is the record complete and consistent, whatever kind of portal it came from?

Who says what, so that nobody hears the same twice:

* `normalise` speaks of everything it translates, repairs, adds or leaves out: a missing title or
  licence, unknown words, empty and unreadable values.
* The checks here speak of what no translation notices and must be seen with the shapes switched
  off: nothing described, no data, no address, dates that contradict each other.
* The shapes hold the description to the standard. Where they find the same fault as one of the
  others, `without_repeats` keeps the sentence that names the matter and the worse severity.

All checks judge the record as its portal published it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.mapping import row_of
from datenernte_dcat.normalise.context import subject_of
from datenernte_dcat.normalise.dates import moment, read_date
from datenernte_dcat.records import Dataset, Distribution, Literal, PeriodOfTime, Reference
from datenernte_dcat.terms import XSD
from datenernte_dcat.texts import finding
from datenernte_validators.tabular.encoding import MOJIBAKE, is_suspicious

SAME_FAULT = {
    "title-missing": frozenset({"shacl-dataset-title-min-count"}),
    "description-missing": frozenset({"shacl-dataset-description-min-count"}),
    "distribution-missing": frozenset({"shacl-dataset-distribution-min-count"}),
    "access-url-missing": frozenset({"shacl-distribution-access-url-min-count"}),
    "license-missing": frozenset({"shacl-distribution-license-min-count"}),
}
"""Code of ours → codes of shapes that mean the same fault."""

_OTHER_SCHEME = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:/")
"""An address that begins with another scheme than http and https."""


def check_record(dataset: Dataset, as_of: date, *, subject: str | None = None) -> Iterator[Finding]:
    """Yield the findings of all checks of this module.

    Args:
        dataset: as published.
        as_of: today in UTC, so that no check has a clock.
        subject: what findings about the dataset name; its own IRI if not given.
    """
    about = subject or dataset.uri
    yield from check_description(dataset, about)
    yield from check_words(dataset, about)
    yield from check_distributions(dataset, about)
    yield from check_dates(dataset, as_of, about)
    for period in dataset.temporal:
        yield from check_period(period, about)


def check_description(dataset: Dataset, subject: str | None = None) -> Iterator[Finding]:
    """Yield ``description-missing`` or ``description-repeats-title``."""
    prop = row_of(Dataset, "description").property
    descriptions = [text.value.strip() for text in dataset.description if text.value.strip()]
    titles = {text.value.strip().casefold() for text in dataset.title}
    if not descriptions:
        yield finding("description-missing", subject=subject, property=prop)
    elif all(text.casefold() in titles for text in descriptions):
        yield finding(
            "description-repeats-title", subject=subject, property=prop, value=descriptions[0]
        )


def check_words(dataset: Dataset, subject: str | None = None) -> Iterator[Finding]:
    """Yield ``text-mojibake`` for words that were decoded wrongly before they were published.

    They stay as they are: which letter stood there once would be a guess.
    """
    for field in ("title", "description", "keyword"):
        for literal in getattr(dataset, field):
            if is_suspicious(literal.value):
                yield finding(
                    "text-mojibake",
                    subject=subject,
                    property=row_of(Dataset, field).property,
                    value=_around(literal.value),
                )


def check_distributions(dataset: Dataset, subject: str | None = None) -> Iterator[Finding]:
    """Yield ``distribution-missing``, ``distribution-repeated`` and what is wrong with addresses.

    The latter are ``access-url-missing`` and ``net-scheme``.
    A distribution without any address is one without text in accessURL and downloadURL; where
    only the accessURL is missing, the shapes say so. Of an address that is no web address the
    check of links speaks; here it is one that the source wrote as a text, which no link is made
    of. Repeated is a download address in the same format; several distributions may share a page
    or a service.
    """
    if not dataset.distribution:
        yield finding(
            "distribution-missing",
            subject=subject,
            property=row_of(Dataset, "distribution").property,
        )
    seen: set[tuple[str, str]] = set()
    for distribution in dataset.distribution:
        about = subject_of(distribution, subject)
        if not any(_text(url) for url in distribution.access_url + distribution.download_url):
            yield finding(
                "access-url-missing",
                subject=about,
                property=row_of(Distribution, "access_url").property,
                value=_name(distribution),
            )
        yield from _unreachable(distribution, about)
        file_format = _text(distribution.format) if distribution.format else ""
        for url in filter(None, map(_text, distribution.download_url)):
            if (url, file_format) in seen:
                yield finding(
                    "distribution-repeated",
                    subject=about,
                    property=row_of(Distribution, "download_url").property,
                    value=url,
                )
            seen.add((url, file_format))


def _unreachable(distribution: Distribution, subject: str | None) -> Iterator[Finding]:
    """`net-scheme` once for each address, written as a text, of a scheme that is not the web's."""
    named: set[str] = set()
    for field in ("access_url", "download_url"):
        for reference in getattr(distribution, field):
            text = _text(reference)
            if reference.uri is None and _OTHER_SCHEME.match(text) and text not in named:
                named.add(text)
                yield finding(
                    "net-scheme",
                    subject=subject,
                    property=row_of(Distribution, field).property,
                    value=text[:500],
                )


def check_dates(dataset: Dataset, as_of: date, subject: str | None = None) -> Iterator[Finding]:
    """Yield ``date-in-future`` and ``modified-before-issued``, for dataset and distributions.

    A date is in the future if it begins after the day that follows `as_of`: the day of tolerance
    covers the time zones. Two dates are compared as precisely as the less precise one.
    """
    nodes: list[tuple[Dataset | Distribution, str | None]] = [(dataset, subject)]
    nodes += [(node, subject_of(node, subject)) for node in dataset.distribution]
    limit = datetime.combine(as_of + timedelta(days=2), time(), UTC)
    for node, about in nodes:
        for field in ("issued", "modified"):
            value: Literal | None = getattr(node, field)
            begins = moment(value, naive_zone="UTC")
            if value is not None and begins is not None and begins >= limit:
                yield finding(
                    "date-in-future",
                    subject=about,
                    property=row_of(type(node), field).property,
                    value=value.value,
                    as_of=f"{as_of:%d.%m.%Y}",
                )
        issued, modified = node.issued, node.modified
        if issued is not None and modified is not None and _is_before(modified, issued):
            yield finding(
                "modified-before-issued",
                subject=about,
                property=row_of(type(node), "modified").property,
                value=modified.value,
                issued=issued.value,
            )


def check_period(period: PeriodOfTime, subject: str | None = None) -> Iterator[Finding]:
    """Yield ``period-reversed`` if the period ends before it begins."""
    start = period.start_date or period.schema_start_date
    end = period.end_date or period.schema_end_date
    if start is not None and end is not None and _is_before(end, start):
        yield finding(
            "period-reversed",
            subject=subject,
            property=row_of(Dataset, "temporal").property,
            value=end.value,
            start=start.value,
        )


def without_repeats(findings: Iterable[Finding]) -> list[Finding]:
    """The findings about one dataset, each fault once.

    A shapes finding that means the same as one of ours about the same subject goes; the one that
    stays has the worse severity of the two.
    """
    findings = list(findings)
    shapes: dict[tuple[str, str | None], list[Severity]] = {}
    for found in findings:
        shapes.setdefault((found.code, found.subject), []).append(found.severity)
    order = list(Severity)
    said: set[tuple[str, str | None]] = set()
    kept = []
    for found in findings:
        same = [(code, found.subject) for code in SAME_FAULT.get(found.code, ())]
        said.update(same)
        severities = [weight for key in same for weight in shapes.get(key, ())]
        worst = min([found.severity, *severities], key=order.index)
        kept.append(
            found if worst is found.severity else msgspec.structs.replace(found, severity=worst)
        )
    return [found for found in kept if (found.code, found.subject) not in said]


_PRECISION = {"gYear": 1, "gYearMonth": 2}


def _is_before(earlier: Literal, later: Literal) -> bool:
    """Whether a date is before another one, as precisely as both allow; unreadable ones are not."""
    first, second = (moment(value, naive_zone="UTC") for value in (earlier, later))
    if first is None or second is None:
        return False
    digits = min(_precision(earlier), _precision(later))
    return _parts(first)[:digits] < _parts(second)[:digits]


def _parts(instant: datetime) -> tuple[int, int, int]:
    return instant.year, instant.month, instant.day


def _precision(value: Literal) -> int:
    """How many of year, month and day the date states."""
    read = read_date(value.value)
    name = read.datatype.removeprefix(XSD) if read is not None and read.datatype else ""
    return _PRECISION.get(name, 3)


def _text(reference: Reference) -> str:
    return reference.uri or (reference.label.value.strip() if reference.label else "")


def _around(text: str) -> str:
    """The words around the first place that was decoded wrongly."""
    found = MOJIBAKE.search(text)
    start = max(0, found.start() - 30) if found else 0
    return text[start : start + 60]


def _name(distribution: Distribution) -> str:
    """How people find the distribution: its title, else its IRI."""
    titles = [text.value.strip() for text in distribution.title if text.value.strip()]
    return next(iter(titles), distribution.uri or "ohne Titel")
