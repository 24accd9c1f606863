"""What is known of a dataset when it is judged: its description, its links, its files."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from datenernte_dcat.records import Dataset
from datenernte_validators.scores.kommunal.method import (
    ONE,
    UNKNOWN,
    method,
    millionths,
)


class LinkEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one URL. Days are UTC."""

    url: str
    outcome: str
    """As in the store: ok, broken, blocked, forbidden, timeout or error."""
    changes: tuple[tuple[date, str], ...]
    """Day and outcome whenever the answer changed, oldest first; never empty."""
    last: date
    """Day of the newest request."""
    status: int | None = None
    code: str | None = None
    content_type: str | None = None
    content_length: int | None = None
    final_url: str | None = None

    @property
    def since(self) -> date:
        """Since when the outcome is what it is."""
        since = self.changes[-1][0]
        for day, outcome in reversed(self.changes):
            if outcome != self.outcome:
                break
            since = day
        return since

    @property
    def words(self) -> str:
        """The answer in a few words, the same while nothing changes."""
        what = f"Status {self.status}" if self.status is not None else _OUTCOMES[self.outcome]
        return f"{what}, seit {self.since:%d.%m.%Y}"


_OUTCOMES = {
    "ok": "antwortet",
    "broken": "defekt",
    "blocked": "gesperrt",
    "forbidden": "keine öffentliche Adresse",
    "timeout": "keine Antwort",
    "error": "keine Verbindung",
}


class FileEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the bytes behind a URL."""

    url: str
    content_hash: str | None
    size: int | None = None
    problem: str | None = None
    """Finding code that says why nothing could be fetched."""
    report: Mapping[str, Any] | None = None
    """The document of a table check."""


class Violations(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds of faults that the shapes found; a kind is a rule code."""

    errors: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier runs saw of the dataset's files, to tell changes from claims."""

    contents: Mapping[str, str] = {}
    """Content hash by URL, both shortened; empty for a file that was never fetched."""
    since: date | None = None
    """Day on which the present contents were first seen."""
    changed: bool = False
    """Whether a change was ever seen; else `since` is only when we first looked."""


class DatasetEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the score of one dataset is computed from."""

    id: str
    iri: str
    """The published IRI."""
    dataset: Dataset
    """As published."""
    first_seen: date
    links: Mapping[str, LinkEvidence] = {}
    """By URL."""
    files: Mapping[str, FileEvidence] = {}
    """By URL."""
    file_urls: Mapping[int, str] = {}
    """Which of `files` belongs to which distribution, by its position."""
    violations: Violations | None = None
    """None: the shapes were not asked."""
    observed: Observed = Observed()
    """After `observe`."""
    title_unique: bool = True


def reachability(link: LinkEvidence | None, as_of: date) -> int:
    """How reliably a URL answered in the last 30 days: p in millionths, or unknown.

    A link is as its last answer until another answer is seen, so each day between the first and
    the newest request counts as one probe. Blocked answers say nothing; where nothing else was
    seen for 30 days, they count half.
    """
    if link is None:
        return UNKNOWN
    numbers = method().numbers
    weights = _weights()
    oldest = as_of - timedelta(days=numbers.window_days)
    good = total = 0
    starts = [day for day, _ in link.changes]
    for (start, outcome), following in zip(
        link.changes, [*starts[1:], link.last + timedelta(days=1)], strict=True
    ):
        if outcome == "blocked":
            continue
        day = max(start, oldest)
        while day < following and day <= as_of:
            weight = weights[(as_of - day).days]
            total += weight
            good += weight if outcome == "ok" else 0
            day += timedelta(days=1)
    if total:
        return millionths(Fraction(good, total))
    if link.outcome == "blocked" and (as_of - link.since).days >= numbers.window_days:
        return millionths(Fraction(numbers.blocked_value))
    return UNKNOWN


def is_dead(reachable: int) -> bool:
    """Whether a URL counts as broken; an unknown one does not."""
    return reachable != UNKNOWN and reachable < method().numbers.reachable_from * ONE


def observe(before: Observed, files: Sequence[FileEvidence], as_of: date) -> Observed:
    """What is known of the contents after this run.

    A file that could not be fetched leaves what was known of it. A further file is a change of
    the dataset's content, a file that goes is none.
    """
    seen = {
        _short(file.url): "" if file.content_hash is None else file.content_hash[:16]
        for file in files
    }
    contents = {url: digest or before.contents.get(url, "") for url, digest in seen.items()}
    if before.since is None:
        since = as_of if any(contents.values()) else None
        return Observed(contents=contents, since=since)
    is_new = any(
        digest and before.contents.get(url, "-") not in ("", digest)
        for url, digest in contents.items()
    )
    if is_new:
        return Observed(contents=contents, since=as_of, changed=True)
    return Observed(contents=contents, since=before.since, changed=before.changed)


def _short(url: str) -> str:
    return sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


@cache
def _weights() -> tuple[int, ...]:
    """Weight of a probe by its age in days, in millionths of a millionth."""
    numbers = method().numbers
    context = Context(prec=40)
    return tuple(
        int(
            context.power(
                Decimal(2), context.divide(Decimal(-age), Decimal(numbers.half_life_days))
            )
            * 10**12
        )
        for age in range(numbers.window_days + 1)
    )
