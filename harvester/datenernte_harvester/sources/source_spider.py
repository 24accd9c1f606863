"""The base of every spider: asking for pages, handing out records, and noticing lies.

A spider maps faithfully and judges nothing; it knows nothing of store, scores or RDF output. What
went wrong stands in its `outcome`, from which `source_outcome.py` concludes.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord, isolated
from datenernte_harvester.crawl.request_failure import source_error
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.json_values import integer
from datenernte_validators.network.guard import Guard

PAGES_MAX = 10_000
"""Pages of one portal; a million datasets at a hundred a page."""
_BLANK_PAGES_MAX = 2
"""Pages without records that may stand between others: one was seen at a CSW server."""
_NOT_SHOWN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ufffd]+")


class SourceSpider(Spider):
    """Reads one portal; a subclass knows one protocol."""

    standard: str = ""
    """URL of the document that describes the protocol."""
    pages_max: int = PAGES_MAX

    def __init__(
        self,
        *,
        portal: PortalFile,
        guard: Guard,
        limit: int | None = None,
        outcome: SourceOutcome | None = None,
        **arguments: Any,
    ) -> None:
        """Prepare to read `portal`.

        Args:
            guard: judges the links that a portal gives; connections are judged elsewhere.
            limit: stop after so many records.
            outcome: where to note what was learned of the portal.
        """
        super().__init__(**arguments)
        self.portal = portal
        self.guard = guard
        self.limit = limit
        self.outcome = SourceOutcome() if outcome is None else outcome
        self._asked: set[str] = set()
        self._page_hashes: set[bytes] = set()
        self._blank_pages = 0

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
        named = [name for name in listed if name is not None]
        self.outcome.repeated_on_page += len(named) - len(set(named))
        announced, arrived = self.outcome.announced, len(received) + len(skipped)
        if announced is not None and arrived > 2 * announced + 1000:
            raise SourceIncomplete(
                "paging-endless", f"nach {arrived} Datensätzen statt {announced}"
            )

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

    def note_unanswered(self, failure: Failure) -> None:
        """Remember a page that did not arrive."""
        if failure.value is not None:
            self.note(source_error(failure.value))

    def finish(self) -> None:
        """Called once after the last page; the place for findings about the portal as a whole."""


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
