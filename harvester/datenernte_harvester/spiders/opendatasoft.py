"""OpenDataSoft (Huwise): the catalogue of the Explore API 2.1.

The portal's `url` is its website, `https://opendata.wuerzburg.de`; or the list itself,
`…/api/explore/v2.1/catalog/datasets?refine=publisher:Stadt`, whose query (`refine`, `exclude`,
`where`) then chooses a part.

Fields are those of the templates `default`, `dcat`, `dcat_ap`, `dcat_ap_hvd` and `dcat_ap_de`; of
the latter the names of DCAT-AP.de, in any case and with or without `_`. What else a portal has is
reported.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.findings import Finding
from datenernte_dcat.records import (
    Agent,
    Dataset,
    Distribution,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
    SourceRecord,
)
from datenernte_dcat.terms import DCT
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_agents import agent, agents, contact_point
from datenernte_harvester.sources.json_values import (
    decimal,
    duration,
    geometry,
    listed,
    literal,
    literals,
    mapping,
    mappings,
    moment,
    period,
    reference,
    references,
    text,
    unique,
    utc,
    web_iri,
)
from datenernte_harvester.sources.named_fields import NamedFields, UnreadFields
from datenernte_harvester.sources.probe import Probe, below, listing, website
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

LIMIT = 100
"""Datasets asked for at once; the API refuses more."""
WINDOW = 10_000
"""`offset + limit` must stay below this."""

_DATASETS = "/api/explore/v2.1/catalog/datasets"
_TEMPLATES = ("dcat_ap_de", "dcat_ap_hvd", "dcat_ap", "dcat")
_EXPORTS = (
    ("csv", "CSV", "text/csv"),
    ("json", "JSON", "application/json"),
    ("geojson", "GeoJSON", "application/geo+json"),
    ("xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
)
"""Exports that become distributions: name in the API, format, media type. The API has some ten
more of the same records."""
_IGNORED = (
    *("dataset_id", "dataset_uid", "has_records", "data_visible", "features", "fields"),
    *("attachments", "alternative_exports", "links", "visibility", "metas"),
    *("default.timezone", "default.metadata_languages", "default.records_count"),
    *("default.records_size", "default.data_processed", "default.metadata_processed"),
    *("default.modified_updates_on_metadata_change", "default.modified_updates_on_data_change"),
    *("default.geographic_reference", "default.geographic_reference_auto"),
    *("default.geometry_types", "default.parent_domain", "default.shared_catalog"),
    *("default.source_domain", "default.source_domain_title", "default.source_domain_address"),
    *("default.source_dataset", "default.federated", "default.bbox", "default.image"),
    *("default.theme_id", "default.license_id", "default.oauth_scope", "default.is_private"),
    "dcat.created",
)
"""Technical fields, those read by name elsewhere, and dct:created, which DCAT-AP.de does not
have."""
Said = Callable[..., object]
"""The value of the first of some names in any of the templates for DCAT."""
_PRESENTATION = re.compile(r"(explore|visualization|asset_content_configuration|semantic)\.")
"""Templates about how the portal shows a dataset."""


class OpendatasoftSpider(SourceSpider):
    """Reads the catalogue page by page, in the order of the identifiers."""

    name = "opendatasoft"
    headers_read = ("Content-Type",)
    standard = "https://help.opendatasoft.com/apis/ods-explore-v2/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.base, self.query = _address(self.portal.url)
        self.federated = 0
        self.page_length = LIMIT
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page."""
        yield self._page(0)

    def _page(self, offset: int) -> Request:
        paging = {
            "limit": min(LIMIT, WINDOW - 1 - offset),
            "offset": offset,
            "order_by": "dataset_id",
            "lang": "de",
            "timezone": "UTC",
        }
        url = f"{self.base}{_DATASETS}?{urlencode([*self.query, *paging.items()])}"
        return self.ask(
            url,
            self.parse_datasets,
            accept="application/json",
            unanswered=partial(self.pass_page_over, offset=offset),
            offset=offset,
        )

    def pass_page_over(self, failure: Failure, offset: int) -> Iterator[Request]:
        """The request for the page behind one that did not arrive."""
        behind = offset + self.page_length
        is_more = self.outcome.announced is not None and behind < self.outcome.announced
        yield from self.pass_over(
            failure, behind if is_more and behind < WINDOW - 1 else None, self._page
        )

    def parse_datasets(
        self, response: Response, offset: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Keys used: `total_count`, `results` (datasets); of an error `message`, `error_code`.

        Raises:
            SourceProtocolError: not the API's answer, or its error form.
            SourceIncomplete: `result-window`: what is left lies behind the API's window; paging
                does not advance.
        """
        total, entries = _result(json_body(response, self.outcome))
        self.outcome.announced = total
        self.begin_page(response, [_identifier(entry) for entry in entries])
        for entry in entries:
            if self.is_full():
                return
            identifier = _identifier(entry)
            if _is_federated(entry):
                self.federated += 1
                self.skip(identifier)
                continue
            yield from self.record(identifier, partial(self._record, entry))
        if offset == 0 and entries:
            self.page_length = len(entries)  # and not LIMIT: a server may send fewer
        offset += len(entries)
        if entries and not self.has_arrived(offset, total) and not self.is_full():
            if offset >= WINDOW - 1:
                raise SourceIncomplete("result-window", f"{total} statt höchstens {WINDOW - 1}.")
            yield from self.go_on(offset, self._page)

    def _record(self, entry: object) -> SourceRecord:
        fields = _fields(mapping(entry))
        record = _record_of(mapping(entry), fields, self.base)
        self.unread.add(name for name in fields.unread() if not _PRESENTATION.match(name))
        return record

    def finish(self) -> None:
        """Report, once for the portal, what it shows of others and what nobody has mapped yet."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)
        if self.federated:
            self.outcome.note(
                finding("datasets-federated", subject=self.portal.url, value=str(self.federated))
            )


def dataset_from_opendatasoft(entry: Mapping[str, object], base: str) -> SourceRecord:
    """The record of one entry of `results`.

    Args:
        base: URL of the portal without a slash at its end.

    Raises:
        RecordError: it has no `dataset_id`.

    Source: https://help.opendatasoft.com/apis/ods-explore-v2/
    """
    return _record_of(entry, _fields(entry), base)


def _address(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Base of the portal, and the query that the portal file gives, without the paging."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/explore")
    base = f"{parts.scheme}://{parts.netloc}{path.partition('/api/explore/')[0]}"
    ours = ("limit", "offset", "order_by", "lang", "timezone")
    return base, [(name, value) for name, value in parse_qsl(parts.query) if name not in ours]


def _result(answer: object) -> tuple[int, list[object]]:
    """`total_count` and `results`, checked.

    Raises:
        SourceProtocolError: `source-refused` with the server's words, or
            `portal-unexpected-answer`.
    """
    if not isinstance(answer, dict):
        raise SourceProtocolError("portal-unexpected-answer", "Die Antwort ist kein Objekt.")
    words = text(answer.get("message")) or text(answer.get("error"))
    if words is not None and "results" not in answer:
        raise SourceProtocolError("source-refused", words[:200])
    total, results = answer.get("total_count"), answer.get("results")
    if not isinstance(results, list):
        raise SourceProtocolError("portal-unexpected-answer", "»results« fehlt.")
    if isinstance(total, bool) or not isinstance(total, int) or total < 0:
        raise SourceProtocolError("portal-unexpected-answer", "»total_count« ist keine Zahl.")
    return total, results


def _identifier(entry: object) -> str | None:
    return text(entry.get("dataset_id")) if isinstance(entry, dict) else None


def _is_federated(entry: object) -> bool:
    """Whether the dataset is another portal's, shown here."""
    default = mapping(mapping(mapping(entry).get("metas")).get("default"))
    return str(default.get("federated")).lower() == "true"


def _fields(entry: Mapping[str, object]) -> NamedFields:
    """The fields of the dataset: `default.title`, `dcat.creator`, and those outside `metas`."""
    metas = {
        f"{template}.{name}": value
        for template, fields in mapping(entry.get("metas")).items()
        for name, value in mapping(fields).items()
    }
    return NamedFields({**entry, **metas}, _IGNORED)


def _record_of(entry: Mapping[str, object], f: NamedFields, base: str) -> SourceRecord:
    identifier = _identifier(entry)
    if identifier is None:
        raise RecordError("Der Datensatz hat keine »dataset_id«.")
    address = f"{base}{_DATASETS}/{quote(identifier, safe='')}"
    default = mapping(mapping(entry.get("metas")).get("default"))
    periods, unread = _periods(f)
    return SourceRecord(
        source_identifier=identifier,
        dataset=_dataset(entry, f, identifier, base, address, periods),
        source_url=address,
        changed_at=utc(default.get("metadata_processed")),
        findings=unread,
    )


def _dataset(
    entry: Mapping[str, object],
    f: NamedFields,
    identifier: str,
    base: str,
    address: str,
    periods: tuple[PeriodOfTime, ...],
) -> Dataset:
    def said(*names: str) -> object:
        """The value of the first of these names in any of the templates for DCAT."""
        return f(*(f"{template}.{name}" for name in names for template in _TEMPLATES))

    contact = contact_point(
        {
            "name": said("contact_name", "contactPoint"),
            "email": said("contact_email"),
            "url": said("contact_url"),
            "tel": said("contact_telephone"),
        }
    )
    provenance = literals(said("provenance"))
    return Dataset(
        title=literals(f("default.title")),
        description=literals(f("default.description")),
        publisher=_publisher(f, said("publisher_type")),
        contact_point=() if contact is None else (contact,),
        keyword=literals(f("default.keyword")),
        theme=unique(
            Reference(uri=entry) if web_iri(entry) else Reference(label=Literal(value=entry))
            for entry in (*listed(said("theme")), *listed(f("default.theme")))
        ),
        distribution=_distributions(entry, f, said, address),
        identifier=(Literal(value=text(said("identifier")) or identifier),),
        issued=moment(said("issued")),
        modified=moment(f("default.modified")),
        landing_page=references(said("landingPage"))
        or (Reference(uri=f"{base}/explore/dataset/{quote(identifier, safe='')}/"),),
        page=unique((*references(f("default.references")), *references(said("documentation")))),
        language=references(f("default.language")),
        spatial=_places(f, said, entry),
        temporal=periods,
        political_geocoding_level_uri=references(said("politicalGeocodingLevelURI")),
        political_geocoding_uri=references(said("politicalGeocodingURI")),
        geocoding_description=literals(said("geocodingDescription", "geocodingText")),
        contributor_id=references(said("contributorID")),
        availability=reference(said("availability", "plannedAvailability")),
        access_rights=reference(said("accessRights")),
        accrual_periodicity=reference(said("accrualPeriodicity")),
        applicable_legislation=references(said("applicableLegislation")),
        hvd_category=references(said("hvdCategory")),
        legal_basis=literals(said("legalBasis", "legalbasisText")),
        quality_process_uri=reference(said("qualityProcessURI")),
        version=literal(said("version", "versionInfo")),
        version_notes=literals(said("versionNotes")),
        conforms_to=references(said("conformsTo")),
        provenance=tuple(Reference(label=label) for label in provenance),
        type=references(said("type")),
        relation=references(said("relation")),
        creator=agents({"name": said("creator")}),
        contributor=agents({"name": said("contributor")}),
        originator=agents({"name": said("originator")}),
        custodian=agents({"name": said("maintainer", "custodian")}),
        granularity=literal(said("granularity")),
        spatial_resolution_in_meters=decimal(said("spatialResolutionInMeters")),
        temporal_resolution=duration(said("temporalResolution")),
    )


def _publisher(f: NamedFields, kind: object) -> Agent | None:
    name = f("default.publisher")
    return None if name is None else agent({"name": name, "type": kind})


def _periods(f: NamedFields) -> tuple[tuple[PeriodOfTime, ...], tuple[Finding, ...]]:
    """The periods, and the finding for a text that names none."""
    start = f("dcat.temporal_coverage_start", "dcat.temporal_coverage_start_date")
    end = f("dcat.temporal_coverage_end", "dcat.temporal_coverage_end_date")
    if start is not None or end is not None:
        return (PeriodOfTime(start_date=moment(start), end_date=moment(end)),), ()
    words = text(f("dcat_ap_de.temporal", "dcat_ap.temporal", "dcat.temporal"))
    found = period(words)
    if found is not None:
        return (found,), ()
    if words is None:
        return (), ()
    return (), (finding("period-unread", property=f"{DCT}temporal", value=words),)


def _places(f: NamedFields, said: Said, entry: Mapping[str, object]) -> tuple[Location, ...]:
    """Names of `territory` and `spatial`, IRIs of the latter, and the rectangle of the records."""
    named = [*listed(said("spatial")), *listed(f("default.territory"))]
    found = [
        Location(uri=name) if web_iri(name) else Location(pref_label=(Literal(value=name),))
        for name in dict.fromkeys(named)
    ]
    bbox = mapping(mapping(mapping(entry.get("metas")).get("default")).get("bbox"))
    shape = geometry(bbox.get("geometry") or (bbox if "coordinates" in bbox else None))
    return (*found, *(() if shape is None else (Location(geometry=(shape,)),)))


def _distributions(
    entry: Mapping[str, object], f: NamedFields, said: Said, address: str
) -> tuple[Distribution, ...]:
    """Exports of the records, where there are any to see, then the files beside them."""
    license_text, license_url = f("default.license"), f("default.license_url")
    license_ = (
        reference(said("license"))
        or _iri(license_url)
        or reference(license_text)
        or reference(license_url)
    )
    attribution, default_attribution = said("licenseAttributionByText"), f("default.attributions")
    named = literals(attribution) or literals(default_attribution)
    rights = reference(said("rights"))
    found = []
    features = listed(entry.get("features"))
    for name, kind, media_type in _EXPORTS if _has_visible_records(entry) else ():
        if name == "geojson" and "geo" not in features:
            continue
        place = (Reference(uri=f"{address}/exports/{name}"),)
        found.append(
            Distribution(
                access_url=place,
                download_url=place,
                format=reference(kind),
                media_type=reference(media_type),
                license=license_,
                license_attribution_by_text=named,
                rights=rights,
            )
        )
    for folder in ("attachments", "alternative_exports"):
        for file in mappings(entry.get(folder)):
            files = _file_address(file, f"{address}/{folder}")
            found.append(
                Distribution(
                    access_url=files,
                    download_url=files,
                    title=literals(file.get("title")),
                    description=literals(file.get("description")),
                    media_type=reference(file.get("mimetype")),
                    license=license_,
                    license_attribution_by_text=named,
                    rights=rights,
                )
            )
    return tuple(found)


def _has_visible_records(entry: Mapping[str, object]) -> bool:
    return entry.get("has_records") is True and entry.get("data_visible") is not False


def _file_address(file: Mapping[str, object], folder: str) -> tuple[Reference, ...]:
    """Where a file is: the API hands out those that it stores itself (`odsfile://…`)."""
    given, identifier = text(file.get("url")), text(file.get("id"))
    if given is not None and web_iri(given):
        return (Reference(uri=given),)
    if identifier is not None:
        return (Reference(uri=f"{folder}/{quote(identifier, safe='')}"),)
    found = reference(given)
    return () if found is None else (found,)


def _iri(value: object) -> Reference | None:
    found = web_iri(value)
    return None if found is None else Reference(uri=found)


PROBE = Probe(
    rank=30,
    addresses=below("/api/explore", "/api/explore/v2.1/catalog/datasets?limit=1"),
    read=listing("OpenDataSoft", ("total_count",), ("results",)),
    portal_url=website("/api/explore"),
)
