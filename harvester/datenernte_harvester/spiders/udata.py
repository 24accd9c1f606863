"""udata: the list of datasets of its API, `/api/1/datasets/`.

The portal's `url` is its website, `https://data.public.lu`; or the list itself,
`…/api/1/datasets/?organization=…`, whose query then chooses a part.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError, SourceProtocolError
from datenernte_dcat.records import (
    Agent,
    Checksum,
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
    SourceRecord,
)
from datenernte_dcat.terms import XSD
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.json_values import (
    geometry,
    listed,
    literal,
    literals,
    mapping,
    mappings,
    moment,
    reference,
    references,
    text,
    utc,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.named_fields import NamedFields, UnreadFields
from datenernte_harvester.sources.probe import Probe, below, listing, website
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

PAGE_SIZE = 100
"""Datasets asked for at once; udata allows more and then takes minutes for a page."""

_DATASETS = "/api/1/datasets/"
_NO_LICENSE = "notspecified"
"""What udata writes by itself where nobody chose a licence."""
_NOT_FOR_DOWNLOAD = frozenset({"api", "documentation", "code"})
"""Types of resources whose address is a page or a service and no file."""
_IGNORED = (
    *("id", "slug", "acronym", "archived", "badges", "deleted", "description_short", "featured"),
    *("access_audiences", "access_type", "community_resources", "frequency_date", "internal"),
    *("last_update", "metrics", "organization", "owner", "permissions", "private", "quality"),
    *("resources", "uri", "harvest", "extras", "spatial", "temporal_coverage", "contact_points"),
    *("harvest.backend", "harvest.created_at", "harvest.domain", "harvest.last_update"),
    *("harvest.source_id", "harvest.remote_id", "harvest.archived", "harvest.archived_at"),
)
_IGNORED_OF_RESOURCE = (
    *("id", "extras", "filetype", "harvest", "internal", "latest", "metrics", "preview_url"),
    *("type", "is_dead", "schema_validation"),
)


class UdataSpider(SourceSpider):
    """Reads the list of datasets page by page, the oldest first, so that new ones come last."""

    name = "udata"
    headers_read = ("Content-Type",)
    standard = "https://udata.readthedocs.io/en/stable/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        parts = urlsplit(self.portal.url)
        base = parts.path.partition("/api/1")[0].rstrip("/")
        self.endpoint = f"{parts.scheme}://{parts.netloc}{base}{_DATASETS}"
        ours = ("page", "page_size", "sort")
        self.query = [pair for pair in parse_qsl(parts.query) if pair[0] not in ours]
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page."""
        yield self._page(1)

    def _page(self, page: int) -> Request:
        paging = (("page", page), ("page_size", PAGE_SIZE), ("sort", "created"))
        url = f"{self.endpoint}?{urlencode([*self.query, *paging])}"
        return self.ask(
            url,
            self.parse_datasets,
            accept="application/json",
            unanswered=partial(self.pass_page_over, page=page),
            page=page,
        )

    def pass_page_over(self, failure: Failure, page: int) -> Iterator[Request]:
        """The request for the page behind one that did not arrive."""
        announced = self.outcome.announced
        is_more = announced is not None and page * PAGE_SIZE < announced
        yield from self.pass_over(failure, page + 1 if is_more else None, self._page)

    def parse_datasets(
        self, response: Response, page: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Keys used: `data` (datasets), `total`, `next_page`; of an error `message`. The link in
        `next_page` is only looked at, never followed: it carries the address of the server within.

        Raises:
            SourceProtocolError: not the API's answer, or its error form.
            SourceIncomplete: paging does not advance.
        """
        answer = _answer(json_body(response, self.outcome))
        entries, self.outcome.announced = answer["data"], answer["total"]
        self.begin_page(response, [_identifier(entry) for entry in entries])
        for entry in entries:
            if self.is_full():
                return
            identifier = _identifier(entry)
            if _is_not_published(entry):
                self.skip(identifier)
                continue
            yield from self.record(identifier, partial(self._record, entry))
        if entries and answer.get("next_page") is not None and not self.is_full():
            yield from self.go_on(page + 1, self._page)

    def _record(self, entry: object) -> SourceRecord:
        self.unread.add(unknown_fields(mapping(entry)))
        return dataset_from_udata(mapping(entry), self.endpoint)

    def finish(self) -> None:
        """Report the fields that nobody has mapped yet, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_udata(entry: Mapping[str, object], endpoint: str) -> SourceRecord:
    """The record of one entry of `data`.

    Args:
        endpoint: URL of the list of datasets, with a slash at its end.

    Raises:
        RecordError: it has no `id`.

    Source: https://udata.readthedocs.io/en/stable/
    """
    identifier = _identifier(entry)
    if identifier is None:
        raise RecordError("Der Datensatz hat keine »id«.")
    changed = mapping(entry.get("internal")).get("last_modified_internal")
    return SourceRecord(
        source_identifier=identifier,
        dataset=_dataset(entry, _fields(entry), identifier),
        source_url=f"{endpoint}{identifier}/",
        changed_at=utc(changed) or utc(entry.get("last_modified")),
    )


def unknown_fields(entry: Mapping[str, object]) -> set[str]:
    """Fields with a value that `dataset_from_udata` neither maps nor ignores by name."""
    fields = _fields(entry)
    _dataset(entry, fields, "")
    found = set(fields.unread())
    for resource in mappings(entry.get("resources")):
        of_resource = NamedFields(resource, _IGNORED_OF_RESOURCE)
        _distribution(resource, of_resource, None)
        found |= {f"resources.{name}" for name in of_resource.unread()}
    return found


def _answer(answer: object) -> dict[str, Any]:
    """The answer, with `data` and `total` checked.

    Raises:
        SourceProtocolError: `source-refused` with the server's words, or
            `portal-unexpected-answer`.
    """
    if not isinstance(answer, dict):
        raise SourceProtocolError("portal-unexpected-answer", "Die Antwort ist kein Objekt.")
    words = text(answer.get("message"))
    if words is not None and "data" not in answer:
        raise SourceProtocolError("source-refused", words[:200])
    total = answer.get("total")
    if not isinstance(answer.get("data"), list):
        raise SourceProtocolError("portal-unexpected-answer", "»data« fehlt.")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise SourceProtocolError("portal-unexpected-answer", "»total« ist keine Zahl.")
    return answer


def _identifier(entry: object) -> str | None:
    return text(entry.get("id")) if isinstance(entry, dict) else None


def _is_not_published(entry: object) -> bool:
    fields = mapping(entry)
    return fields.get("private") is True or fields.get("deleted") not in (None, False, "")


def _fields(entry: Mapping[str, object]) -> NamedFields:
    """The fields of the dataset, and those inside: `harvest.uri`, `extras.name`, `spatial.geom`."""
    inside = {
        f"{group}.{name}": value
        for group in ("harvest", "extras", "spatial", "temporal_coverage")
        for name, value in mapping(entry.get(group)).items()
    }
    return NamedFields({**entry, **inside}, _IGNORED)


def _dataset(entry: Mapping[str, object], f: NamedFields, identifier: str) -> Dataset:
    license_ = text(f("license"))
    landing_pages = (*references(f("page")), *references(f("harvest.remote_url")))
    created, modified = f("created_at"), f("last_modified")
    return Dataset(
        uri=web_iri(f("harvest.uri")),
        title=literals(f("title")),
        description=literals(f("description")),
        publisher=_publisher(entry),
        contact_point=tuple(_contacts(f("contact_points", "contact_point"), entry)),
        keyword=literals(f("tags")),
        theme=references(f("theme")),
        distribution=tuple(
            _distribution(
                resource, NamedFields(resource), None if license_ == _NO_LICENSE else license_
            )
            for resource in mappings(entry.get("resources"))
        ),
        identifier=(Literal(value=text(f("harvest.dct_identifier")) or identifier),),
        issued=moment(f("harvest.issued_at") or created),
        modified=moment(f("harvest.modified_at") or modified),
        landing_page=tuple(dict.fromkeys(landing_pages)),
        spatial=_places(f),
        temporal=_periods(f),
        accrual_periodicity=reference(f("frequency")),
        conforms_to=_schema(f("schema")),
    )


def _publisher(entry: Mapping[str, object]) -> Agent | None:
    """The organisation, else the person who owns the dataset."""
    organization, owner = mapping(entry.get("organization")), mapping(entry.get("owner"))
    if organization:
        return agent({"name": organization.get("name")})
    names = [text(owner.get("first_name")), text(owner.get("last_name"))]
    return agent({"name": " ".join(name for name in names if name), "contacttype": "Person"})


def _contacts(value: object, entry: Mapping[str, object]) -> Iterator[ContactPoint]:
    for fields in mappings(entry.get("contact_points")) or mappings(value):
        found = contact_point(
            {
                "name": fields.get("name"),
                "email": fields.get("email"),
                "url": fields.get("contact_form"),
            }
        )
        if found is not None:
            yield found


def _places(f: NamedFields) -> tuple[Location, ...]:
    """The zones by their codes, and the geometry."""
    zones = [Location(pref_label=(Literal(value=zone),)) for zone in listed(f("spatial.zones"))]
    shape = geometry(f("spatial.geom"))
    return (*zones, *(() if shape is None else (Location(geometry=(shape,)),)))


def _periods(f: NamedFields) -> tuple[PeriodOfTime, ...]:
    start, end = moment(f("temporal_coverage.start")), moment(f("temporal_coverage.end"))
    return () if not start and not end else (PeriodOfTime(start_date=start, end_date=end),)


def _distribution(
    resource: Mapping[str, object], f: NamedFields, license_: str | None
) -> Distribution:
    access = reference(f("url"))
    places = () if access is None else (access,)
    is_file = text(resource.get("type")) not in _NOT_FOR_DOWNLOAD
    created, modified = f("created_at", "published"), f("last_modified")
    harvest = mapping(resource.get("harvest"))
    return Distribution(
        uri=web_iri(harvest.get("uri")),
        access_url=places,
        download_url=places if is_file else (),
        title=literals(f("title")),
        description=literals(f("description")),
        format=reference(f("format")),
        media_type=reference(f("mime")),
        license=reference(license_),
        byte_size=whole_number(f("filesize")),
        issued=moment(harvest.get("issued_at") or created),
        modified=moment(harvest.get("modified_at") or modified),
        conforms_to=_schema(f("schema")),
        checksum=_checksum(f("checksum")),
    )


def _schema(value: object) -> tuple[Reference, ...]:
    """The schema that a table follows: `{name, url, version}`, any of them perhaps None."""
    fields = mapping(value)
    iri = web_iri(fields.get("url"))
    if iri is not None:
        return (Reference(uri=iri),)
    words = [text(fields.get("name")), text(fields.get("version"))]
    named = " ".join(word for word in words if word) or text(value)
    return () if named is None else (Reference(label=Literal(value=named)),)


def _checksum(value: object) -> Checksum | None:
    fields = mapping(value)
    digest = literal(fields.get("value"))
    if digest is None:
        return None
    return Checksum(
        algorithm=reference(fields.get("type")),
        checksum_value=Literal(value=digest.value, datatype=f"{XSD}hexBinary"),
    )


PROBE = Probe(
    rank=40,
    addresses=below("/api/1", "/api/1/datasets/?page=1&page_size=1"),
    read=listing("udata", ("total",), ("data",)),
    portal_url=website("/api/1"),
)
