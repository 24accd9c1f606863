"""OGC API Records: the collections of records of a catalogue, as GeoJSON.

The portal's `url` is the landing page, whose record collections are all read; or one collection,
`…/collections/metadata:main`, or its `…/items?type=dataset`, whose query then chooses a part.

What servers get wrong, and what follows: the link to the next page drops `f=json` (pycsw) or names
a host inside, so only its parameters are taken, beside ours; where it is missing and records are
too, the position is counted; a server gives fewer records than asked for without a word.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import RecordError, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_values import mapping, mappings, text
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.ogc_record_fields import RecordReading, read_record
from datenernte_harvester.sources.probe import Answer, Probe, at, json_of
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

LIMIT = 100
"""Records asked for at once; servers give fewer where their own limit is lower."""

_JSON = "application/geo+json, application/json;q=0.9"
_POSITIONS = ("offset", "startindex")
"""Names of the parameter by which servers count; any other is theirs to understand."""


class _Collection(NamedTuple):
    """One collection of records."""

    items: str
    """URL of its records, without a query."""
    query: tuple[tuple[str, str], ...]
    prefix: str
    """What stands before its records' identifiers: nothing where the portal is one collection."""


class OgcRecordsSpider(SourceSpider):
    """Asks for the collections, then for their records page by page."""

    name = "ogc_records"
    standard = "https://docs.ogc.org/is/20-004r1/20-004r1.html"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.base, self.collection, self.query = _address(self.portal.url)
        self.matched: dict[str, int | None] = {}
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the collections, or for the records of the one that the URL names."""
        if self.collection is None:
            url = f"{self.base}/collections?{urlencode({'f': 'json'})}"
            yield self.ask(url, self.parse_collections, accept="application/json")
        else:
            items = f"{self.base}/collections/{quote(self.collection, safe=':')}/items"
            yield self._page(_Collection(items, tuple(self.query), ""), 0)

    def parse_collections(self, response: Response) -> Iterator[Request]:
        """Yield the request for the records of each collection that has records.

        Keys used: `collections`, of each `id` and `itemType` (a text or a list).

        Raises:
            SourceProtocolError: there is no such list, or no collection of records in it.
        """
        listed = mapping(json_body(response, self.outcome)).get("collections")
        if not isinstance(listed, list):
            raise SourceProtocolError("portal-unexpected-answer", "»collections« fehlt.")
        names = [
            name for one in mappings(listed) if _has_records(one) and (name := text(one.get("id")))
        ]
        if not names:
            raise SourceProtocolError(
                "portal-unexpected-answer", "Keine Sammlung hat »itemType« »record«."
            )
        self.matched = dict.fromkeys(names)
        for name in names:
            items = f"{self.base}/collections/{quote(name, safe=':')}/items"
            yield self._page(_Collection(items, (), f"{name}/"), 0)

    def _page(
        self, collection: _Collection, position: int, following: tuple[tuple[str, str], ...] = ()
    ) -> Request:
        """The request for a page.

        Args:
            following: parameters of the next page in the server's own way; empty to count.
        """
        named = {name for name, _ in following}
        paging = [("f", "json"), ("limit", str(LIMIT))]
        if position and not following:
            paging.append(("offset", str(position)))
        ours = [pair for pair in (*collection.query, *paging) if pair[0] not in named]
        url = f"{collection.items}?{urlencode([*ours, *following])}"
        return self.ask(
            url, self.parse_records, accept=_JSON, collection=collection, position=position
        )

    def parse_records(
        self, response: Response, collection: _Collection, position: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Keys used: `features`, `numberMatched`, `links`; of an error `code`, `description`.

        Raises:
            SourceProtocolError: not a collection of features, or the error form.
            SourceIncomplete: paging does not advance.
        """
        answer = mapping(json_body(response, self.outcome))
        features = _features(answer)
        matched = _number(answer.get("numberMatched"))
        self.matched[collection.prefix.rstrip("/")] = matched
        totals = list(self.matched.values())
        self.outcome.announced = None if None in totals else sum(n for n in totals if n is not None)
        names = [_identifier(feature, collection.prefix) for feature in features]
        self.begin_page(response, names)
        for name, feature in zip(names, features, strict=True):
            if self.is_full():
                return
            yield from self.record(name, partial(self._record, feature, collection))
        arrived = position + len(features)
        following = _next(answer, arrived)
        if self.is_full() or (matched is not None and arrived >= matched + self._unsure()):
            return
        if following is not None:
            yield self._page(collection, arrived, following)
        elif matched is not None and features:
            yield self._page(collection, arrived)

    def _unsure(self) -> int:
        """How many entries more may come where a server does not count repeated ones."""
        return self.outcome.repeated_on_page if self.outcome.is_complete else 0

    def _record(self, feature: object, collection: _Collection) -> SourceRecord:
        reading = read_record(mapping(feature))
        self.unread.add(reading.unread)
        return _record_of(mapping(feature), reading, collection.items, collection.prefix)

    def finish(self) -> None:
        """Report the fields that have no place in a record, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_ogc_records(
    feature: Mapping[str, object], items: str, prefix: str = ""
) -> SourceRecord:
    """The record of one feature; see `ogc_record_fields` for the crosswalk.

    Args:
        items: URL of the collection's records.
        prefix: stands before the identifier where several collections are read.

    Raises:
        RecordError: it has no `id`.

    Source: https://docs.ogc.org/is/20-004r1/20-004r1.html
    """
    return _record_of(feature, read_record(feature), items, prefix)


def _record_of(
    feature: Mapping[str, object], reading: RecordReading, items: str, prefix: str
) -> SourceRecord:
    identifier = _identifier(feature, prefix)
    if identifier is None:
        raise RecordError("Die Beschreibung hat keine »id«.")
    name = quote(identifier.removeprefix(prefix), safe=":")
    return SourceRecord(
        source_identifier=identifier,
        dataset=reading.dataset,
        source_url=f"{items}/{name}?f=json",
        changed_at=reading.changed_at,
    )


def _address(url: str) -> tuple[str, str | None, list[tuple[str, str]]]:
    """The API's root, the collection that the URL names, and the query of its records."""
    parts = urlsplit(url)
    root, found, rest = parts.path.partition("/collections")
    name, _, items = rest.strip("/").partition("/")
    ours = ("f", "limit", *_POSITIONS)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ours]
    base = urlunsplit((parts.scheme, parts.netloc, root.rstrip("/"), "", ""))
    return base, unquote(name) or None, query if found and items else []


def _has_records(collection: Mapping[str, object]) -> bool:
    kind = collection.get("itemType")
    return kind == "record" or (isinstance(kind, list) and "record" in kind)


def _features(answer: Mapping[str, object]) -> list[object]:
    """The features of an answer.

    Raises:
        SourceProtocolError: `source-refused` with the server's words, or
            `portal-unexpected-answer`.
    """
    features = answer.get("features")
    if isinstance(features, list):
        return features
    words = text(answer.get("description")) or text(answer.get("message"))
    if words is not None and "code" in answer:
        raise SourceProtocolError("source-refused", f"{answer['code']}: {words}"[:200])
    raise SourceProtocolError("portal-unexpected-answer", "»features« fehlt.")


def _identifier(feature: object, prefix: str) -> str | None:
    found = text(feature.get("id")) if isinstance(feature, dict) else None
    return None if found is None else f"{prefix}{found}"


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _next(answer: Mapping[str, object], arrived: int) -> tuple[tuple[str, str], ...] | None:
    """The parameters of the next page; None where there is none.

    A position is counted by what arrived, for servers step by what was asked for.
    """
    for link in mappings(answer.get("links")):
        href = text(link.get("href"))
        if link.get("rel") == "next" and href is not None:
            query = parse_qsl(urlsplit(href.strip()).query)
            return tuple(
                (name, str(_counted(name, value, arrived)))
                for name, value in query
                if name not in ("f", "limit")
            )
    return None


def _counted(name: str, value: str, arrived: int) -> object:
    if name.lower() not in _POSITIONS or not value.isdecimal():
        return value
    # ArcGIS counts from 1, all others from 0; the link tells which.
    return arrived + 1 if name.lower() == "startindex" and int(value) % 10 == 1 else arrived


def _addresses(url: str) -> Iterator[str]:
    base, collection, query = _address(url)
    if collection is not None:
        asked = urlencode([*query, ("f", "json"), ("limit", "1")])
        yield f"{base}/collections/{quote(collection, safe=':')}/items?{asked}"
        return
    yield f"{base}/collections/metadata:main/items?f=json&limit=1"  # the name that pycsw gives
    yield f"{base}/collections?f=json"


def _read(body: bytes, _url: str) -> Answer | None:
    answer = json_of(body)
    if any(_has_records(mapping(one)) for one in mappings(at(answer, "collections"))):
        return Answer("OGC API Records")
    features, matched = at(answer, "features"), _number(at(answer, "numberMatched"))
    if matched is None or not isinstance(features, list) or not all(map(_is_record, features)):
        return None
    return Answer("OGC API Records", datasets=matched)


def _is_record(feature: object) -> bool:
    """Whether a feature describes data: features of maps have other properties."""
    fields = mapping(at(feature, "properties"))
    says = {"type", "created", "updated", "keywords", "themes", "contacts", "recordUpdated"}
    return "title" in fields and bool(says & fields.keys())


def _portal_url(given: str, answered: str) -> str:
    base, collection, query = _address(given)
    if collection is None:
        collection = _address(answered)[1]
    if collection is None:
        return base
    items = f"{base}/collections/{quote(collection, safe=':')}"
    return f"{items}/items?{urlencode(query)}" if query else items


PROBE = Probe(rank=47, addresses=_addresses, read=_read, portal_url=_portal_url)
