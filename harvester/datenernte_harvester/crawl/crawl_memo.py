"""What a complete crawl asked and got: the next one may find that nothing has changed.

A spider is a function of its portal's answers, its settings and its code. So where all three are
the same as in the last complete crawl, and the store still has the records of that crawl, what
follows is the same too, and nothing need be parsed, mapped or normalised. This holds for every
spider, whatever state it keeps between pages, and for servers without any validators: the same
bytes are the same page.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.findings import Finding
from datenernte_dcat.store.rows import KnownRecord, RecordStatus
from datenernte_harvester.crawl.source_outcome import SourceOutcome

_LIBRARIES = ("scrapy", "pyoxigraph", "lxml", "msgspec", "extruct")
"""Packages that read the answers of portals; another version may read them otherwise."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a crawl and what came back."""

    method: str
    url: str
    """As the spider asked for it, before any redirect."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    """Of the request."""
    answer: str = ""
    """`answer_digest` of what came back."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a crawl found out; see `SourceOutcome`, of which it is the complete case."""

    announced: int | None
    received: tuple[str, ...]
    skipped: tuple[str, ...]
    duplicates: int
    repeated_on_page: int
    findings: tuple[Finding, ...]


class CrawlMemo(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a complete crawl."""

    inputs: str
    """Digest of code and settings (`inputs_digest`)."""
    records: str
    """Digest of the portal's records after that crawl (`records_digest`)."""
    as_of: date
    """The date that its records were judged on."""
    pages: tuple[Page, ...]
    outcome: Outcome
    failed: int
    """How many records could not be read."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CrawlMemo)


def encoded(memo: CrawlMemo) -> bytes:
    """The memo as the store keeps it."""
    return _encoder.encode(memo)


def decoded(document: bytes | None) -> CrawlMemo | None:
    """The memo of the store; None where there is none, or one of another version."""
    if document is None:
        return None
    try:
        return _decoder.decode(document)
    except msgspec.DecodeError:
        return None


def asked_page(request: Request) -> Page:
    """The request as the spider made it, without its answer."""
    headers = sorted(
        (name.decode("latin-1"), b", ".join(values).decode("latin-1"))
        for name, values in request.headers.items()
    )
    return Page(method=request.method, url=request.url, headers=tuple(headers), body=request.body)


def page_request(page: Page, **arguments: Any) -> Request:
    """The request for a page of an earlier crawl."""
    return Request(
        page.url,
        method=page.method,
        headers=dict(page.headers),
        body=page.body,
        dont_filter=True,
        **arguments,
    )


def answer_digest(response: Response, headers: Iterable[str]) -> str:
    """Digest of all that a spider sees of an answer.

    Args:
        headers: names of the headers that it looks at.
    """
    digest = hashlib.sha256(f"{response.url}\0{response.status}".encode())
    for name in headers:
        digest.update(b"\0" + (response.headers.get(name) or b""))
    digest.update(b"\0")
    digest.update(response.body)
    return digest.hexdigest()


def outcome_kept(outcome: SourceOutcome) -> Outcome:
    """A complete outcome as it is kept."""
    return Outcome(
        announced=outcome.announced,
        received=tuple(sorted(outcome.received)),
        skipped=tuple(sorted(outcome.skipped)),
        duplicates=outcome.duplicates,
        repeated_on_page=outcome.repeated_on_page,
        findings=tuple(outcome.findings),
    )


def restore(outcome: SourceOutcome, kept: Outcome) -> None:
    """Make `outcome` what it was after the crawl that `kept` comes from."""
    outcome.announced = kept.announced
    outcome.received = set(kept.received)
    outcome.skipped = set(kept.skipped)
    outcome.duplicates = kept.duplicates
    outcome.repeated_on_page = kept.repeated_on_page
    outcome.findings = list(kept.findings)


def records_digest(known: Mapping[str, KnownRecord]) -> str:
    """Digest of which records of a portal are published and what they were made from."""
    digest = hashlib.sha256()
    for identifier in sorted(known):
        record = known[identifier]
        if record.status is RecordStatus.PRESENT:
            line = f"{identifier}\0{record.id}\0{record.content_hash}\n"
            digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def inputs_digest(context: str, *settings: object) -> str:
    """Digest of all that an unchanged answer is read with.

    Args:
        context: digest of what normalising depends on.
        settings: what spiders and record checks see besides.
    """
    versions = [metadata.version(name) for name in _LIBRARIES]
    parts = (context, code_digest("datenernte_validators"), versions, settings)
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


@cache
def code_digest(*packages: str) -> str:
    """Digest of the code and the tables of these packages: a new version reads anew."""
    digest = hashlib.sha256()
    for package in packages:
        for path, file in sorted(_files(resources.files(package), package)):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> Iterable[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, name)
        elif entry.name.endswith((".py", ".ttl", ".toml", ".json")):
            yield name, entry
