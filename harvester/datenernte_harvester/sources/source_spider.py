"""The base of every spider: asking for pages, handing out records, and noticing lies.

A spider maps faithfully and judges nothing; it knows nothing of store, scores or RDF output. What
went wrong stands in its `outcome`, from which `source_outcome.py` concludes.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord, isolated
from datenernte_harvester.crawl.request_failure import is_passing, source_error
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.json_values import integer
from datenernte_validators.network.guard import Guard

PAGES_MAX = 10_000
"""Pages of one portal; a million datasets at a hundred a page."""
_BLANK_PAGES_MAX = 2
"""Pages without records that may stand between others: one was seen at a CSW server."""
_CONFIRMATIONS_MAX = 5
"""Pages that are asked for again to learn whether a list has moved; more have moved."""
_GAPS_MAX = 3
"""Pages without an answer that a spider goes on behind: a server that is gone has more."""
_NOT_SHOWN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ufffd]+")


class _ListedPage(NamedTuple):
    """A page of the portal's list."""

    request: Request | None
    identifiers: tuple[str | None, ...]


class SourceSpider(Spider):
    """Reads one portal; a subclass knows one protocol."""

    standard: str = ""
    """URL of the document that describes the protocol."""
    pages_max: int = PAGES_MAX
    can_list_changes: bool = False
    """With `since`, it asks only for what changed, and puts all identifiers in `outcome.listed`."""
    headers_read: tuple[str, ...] = (
        *("Content-Type", "Content-Disposition", "Last-Modified", "Link", "X-Total-Count"),
    )
    """Headers of answers that callbacks look at. Where one of them changes, a page with the same
    body is read again; any other header is none of a callback's business."""

    def __init__(
        self,
        *,
        portal: PortalFile,
        guard: Guard,
        limit: int | None = None,
        since: datetime | None = None,
        outcome: SourceOutcome | None = None,
        **arguments: Any,
    ) -> None:
        """Prepare to read `portal`.

        Args:
            guard: judges the links that a portal gives; connections are judged elsewhere.
            limit: stop after so many records.
            since: ask only for what changed since, UTC; only where `can_list_changes`.
            outcome: where to note what was learned of the portal.
        """
        super().__init__(**arguments)
        self.portal = portal
        self.guard = guard
        self.limit = limit
        self.since = since
        self.outcome = SourceOutcome() if outcome is None else outcome
        self._asked: set[str] = set()
        self._page_hashes: set[bytes] = set()
        self._blank_pages = 0
        self._announced: int | None = None
        self._pages: list[_ListedPage] = []
        self._first_page: dict[str | None, int] = {}
        self._repeated_later: dict[int, int] = {}
        self._gaps = 0
        self._positions: set[int] = set()
        self._unanswered: list[tuple[Request, SourceError]] = []
        self._second_chances: set[str] = set()
        self._failed: set[str] = set()

    def ask(
        self,
        url: str,
        callback: Callable[..., Any],
        *,
        accept: str = "*/*",
        unanswered: Callable[[Failure], Any] | None = None,
        **arguments: Any,
    ) -> Request:
        """The request for a page that was not asked for before.

        Args:
            unanswered: called in place of `note_unanswered` where no answer or an HTTP error
                comes; for pages that may be missing.
            arguments: handed to the callback.

        Raises:
            SourceIncomplete: `paging-loop`, or `paging-endless` past the cap on pages.
        """
        if url in self._asked:
            raise SourceIncomplete("paging-loop", f"Die Seite {url} verweist im Kreis.")
        if len(self._asked) >= self.pages_max:
            raise SourceIncomplete("paging-endless", f"nach {self.pages_max} Seiten")
        self._asked.add(url)
        return Request(
            url,
            callback=callback,
            errback=unanswered or self.note_unanswered,
            headers={"Accept": accept},
            cb_kwargs=arguments,
            dont_filter=True,  # the set above is ours: Scrapy's filter drops without a word
        )

    def begin_page(self, response: Response, identifiers: Iterable[str | None]) -> None:
        """Notice a page that brings nothing new; call it before the records of the page.

        Args:
            identifiers: those of all records of the page; None for a record that has none.

        Raises:
            SourceIncomplete: `paging-loop`, for a page that came before or that repeats only
                records of earlier pages; `paging-endless`, where far more arrives than announced.
        """
        self._note_other_announcement()
        listed = list(identifiers)
        digest = hashlib.sha256(response.body).digest()
        received, skipped = self.outcome.received, self.outcome.skipped
        if not listed:
            self._blank_pages += 1
            if self._blank_pages > _BLANK_PAGES_MAX:
                raise SourceIncomplete("paging-loop", f"Ab {response.url} kommen leere Seiten.")
            return
        brings_nothing = all(name in received or name in skipped for name in listed)
        if digest in self._page_hashes or brings_nothing:
            raise SourceIncomplete("paging-loop", f"{response.url} wiederholt frühere Seiten.")
        self._blank_pages = 0
        self._page_hashes.add(digest)
        self._pages.append(_ListedPage(response.request, tuple(listed)))
        self._first_page |= {name: len(self._pages) for name in listed if name not in received}
        named = [name for name in listed if name is not None]
        self.outcome.repeated_on_page += len(named) - len(set(named))
        announced, arrived = self.outcome.announced, len(received) + len(skipped)
        if announced is not None and arrived > 2 * announced + 1000:
            raise SourceIncomplete(
                "paging-endless", f"nach {arrived} Datensätzen statt {announced}"
            )

    def _note_other_announcement(self) -> None:
        """Remember that the portal's number of datasets changed between two pages.

        Then everything behind the change has moved, and what moved to a page that was read
        already is missed without a trace: all numbers fit.
        """
        announced = self.outcome.announced
        if announced is not None and self._announced not in (None, announced):
            self.note(
                SourceIncomplete("paging-shifted", f"erst {self._announced}, dann {announced}")
            )
        self._announced = announced

    def has_arrived(self, entries: int, announced: int) -> bool:
        """Whether nothing is left to ask for after so many entries, repeated ones included.

        A portal may count repeated entries or not; where some came, the paging goes on until both
        ways of counting are satisfied. A run that is incomplete anyway needs no such proof.
        """
        unsure = self.outcome.repeated_on_page if self.outcome.is_complete else 0
        return entries >= announced + unsure

    def record(
        self, source_identifier: str | None, read: Callable[[], SourceRecord]
    ) -> Iterator[SourceRecord | FailedRecord]:
        """Yield the record that `read` makes, or what became of it; nothing for a repeated one."""
        if source_identifier is None:
            self.outcome.unnamed += 1
            return
        if source_identifier in self.outcome.received:
            self.outcome.duplicates += 1
            first = self._first_page.get(source_identifier, 0)
            if 0 < first < len(self._pages):
                self._repeated_later[first] = self._repeated_later.get(first, 0) + 1
            return
        self.outcome.received.add(source_identifier)
        yield isolated(source_identifier, read)

    def skip(self, source_identifier: str | None) -> None:
        """Count a dataset that the portal lists and that is not for us."""
        if source_identifier is not None:
            self.outcome.skipped.add(source_identifier)

    def is_full(self) -> bool:
        """Whether as many records arrived as were asked for; then the spider asks no more."""
        if self.limit is not None and len(self.outcome.received) >= self.limit:
            self.outcome.limited = True
        return self.outcome.limited

    def note(self, error: SourceError) -> None:
        """Remember what ended the reading of the portal before its end."""
        self.outcome.problems.append(error)

    def was_asked(self, url: str) -> bool:
        """Whether the page was asked for before."""
        return url in self._asked

    def note_unanswered(self, failure: Failure) -> None:
        """Remember a page that did not arrive; a passing trouble has a second chance at the end."""
        if failure.value is None:
            return
        error = source_error(failure.value)
        request = getattr(failure, "request", None)  # none in a replay
        if request is not None and is_passing(error):
            if request.url not in self._second_chances:
                self._unanswered.append((request, error))
                return
            self._failed.add(request.url)
        self.note(error)

    def go_on(self, position: int, page: Callable[[int], Request]) -> Iterator[Request]:
        """The request for the page at a position, unless there was one: after a gap there may be.

        Args:
            page: makes the request.
        """
        if position not in self._positions:
            self._positions.add(position)
            yield page(position)

    def pass_over(
        self, failure: Failure, behind: int | None, page: Callable[[int], Request]
    ) -> Iterator[Request]:
        """Remember a page that did not arrive, and go on behind it, a few times in a run.

        Args:
            behind: position of the page behind; None where there is none, or nobody knows.
            page: makes the request for a position.
        """
        self.note_unanswered(failure)
        self._gaps += 1
        if behind is not None and self.outcome.received and self._gaps <= _GAPS_MAX:
            yield from self.go_on(behind, page)

    def second_chances(self, most: int) -> list[Request]:
        """The requests for failed pages, each once in a run; the rest becomes problems.

        Nothing is asked again of a portal of which nothing at all arrived.

        Args:
            most: so many pages in a run.
        """
        requests = []
        for request, error in self._unanswered:
            if self.outcome.received and len(self._second_chances) < most:
                self._second_chances.add(request.url)
                # its count of repetitions stays: this one is the last
                requests.append(request.replace(dont_filter=True))
            else:
                self.note(error)
        self._unanswered.clear()
        return requests

    def confirmations(self) -> list[Request]:
        """The requests for pages with records that came again on a later page, each once.

        A list may name a dataset twice, or may have moved while it was read, or may have another
        order on every page: then another dataset was perhaps missed. If the earlier page, asked
        for one place later, is what both pages say that it must be, the list is what it seems.
        """
        doubtful = sorted(self._repeated_later.items())
        self._repeated_later.clear()
        outcome = self.outcome
        repeated = outcome.repeated_on_page + sum(number for _, number in doubtful)
        adds_up = outcome.announced_of_ours == len(outcome.received) + repeated
        if not doubtful or len(doubtful) > _CONFIRMATIONS_MAX or not adds_up:
            return []
        requests = []
        for page, number in doubtful:
            earlier, later = self._pages[page - 1 : page + 1]
            url = None if earlier.request is None else self.one_place_later(earlier.request.url)
            if earlier.request is None or url is None or not outcome.is_complete:
                return []
            expected = (*earlier.identifiers[1:], *later.identifiers[:1])
            requests.append(
                earlier.request.replace(
                    url=url,
                    callback=self.confirm_page,
                    errback=self.ignore_unconfirmed,
                    cb_kwargs={"expected": expected, "number": number},
                    dont_filter=True,
                )
            )
        return requests

    def one_place_later(self, url: str) -> str | None:
        """The address of a page that begins one entry later; None where the protocol has none."""
        return None

    def identifiers_of(self, response: Response) -> list[str | None]:
        """The identifiers on a page, for spiders that have `one_place_later`."""
        return []

    def confirm_page(self, response: Response, expected: Sequence[str | None], number: int) -> None:
        """Believe the repetitions of a page that is what it must be.

        Args:
            expected: identifiers on the page.
            number: of its records that came again later.

        Raises:
            SourceProtocolError: not the portal's usual answer.
        """
        found = self.identifiers_of(response)
        if found and found == list(expected):
            self.outcome.repeated_on_page += number

    def ignore_unconfirmed(self, failure: Failure) -> None:
        """Nothing to note: what is not confirmed stays in doubt."""

    def failed_urls(self) -> list[str]:
        """Pages that a second chance did not bring: to be asked first in the next run."""
        return sorted(self._failed)

    def finish(self) -> None:
        """Called once after the last page; the place for findings about the portal as a whole."""
        for _, error in self._unanswered:
            self.note(error)
        self._unanswered.clear()


def json_body(response: Response, outcome: SourceOutcome | None = None) -> object:
    """The JSON of an answer: objects, lists, texts, numbers. NaN and Infinity read as None.

    An integer of more than 4 300 digits, which Python refuses, reads as text.

    JSON is UTF-8 whatever the header says; UTF-16, UTF-32 and a byte order mark are recognised. What
    is none of these is read as Windows-1252, which is a finding.

    Args:
        outcome: takes the finding `encoding-wrong`.

    Raises:
        SourceProtocolError: `portal-html` or `portal-not-json`, with the first 200 characters.
    """
    body = response.body
    refuse_html(body.removeprefix(b"\xef\xbb\xbf"))
    try:
        try:
            words = body.decode(json.detect_encoding(body))
        except UnicodeDecodeError:
            words = body.decode("cp1252", errors="replace")
            if outcome is not None:
                outcome.note(finding("encoding-wrong", subject=response.url))
        return json.loads(words, parse_constant=lambda _name: None, parse_int=integer)
    except (ValueError, RecursionError) as error:
        raise SourceProtocolError("portal-not-json", beginning(body)) from error


def refuse_html(body: bytes) -> None:
    """Refuse a web page where data was asked for: a notice of maintenance, a log-in.

    Raises:
        SourceProtocolError: `portal-html`, with the first 200 characters of its text.
    """
    start = body[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        start.startswith(b"<") and b"<html" in start
    ):
        visible = re.sub(
            rb"<(script|style)\b.*?</\1>|<[^>]*>",
            b" ",
            body[:20_000],
            flags=re.DOTALL | re.IGNORECASE,
        )
        raise SourceProtocolError("portal-html", beginning(visible) or beginning(body))


def beginning(body: bytes) -> str:
    """The first 200 characters that can be shown, on one line."""
    return _NOT_SHOWN.sub(" ", body[:2000].decode(errors="replace")).strip()[:200]
