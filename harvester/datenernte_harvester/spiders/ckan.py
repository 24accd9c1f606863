"""CKAN's action API, and DKAN's answer to the same request.

The fields are those of CKAN's core, of ckanext-dcat and ckanext-dcatde (as `extras` or, with
ckanext-scheming, at the top of a package), and of the older OGD schema of GovData.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError
from datenernte_dcat.records import (
    Agent,
    Checksum,
    DataService,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Reference,
    SourceRecord,
)
from datenernte_dcat.terms import XSD
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.ckan_answers import (
    addresses,
    changes_filter,
    identifier_of_package,
    is_not_published,
    search_result,
)
from datenernte_harvester.sources.ckan_fields import (
    IGNORED,
    IGNORED_OF_RESOURCE,
    AskedFields,
    Fields,
    keywords,
    level,
    locations,
    names,
    periods,
)
from datenernte_harvester.sources.json_agents import agent, agents, contact_point
from datenernte_harvester.sources.json_values import (
    decimal,
    duration,
    listed,
    literal,
    literals,
    mapping,
    mappings,
    moment,
    reference,
    references,
    text,
    unique,
    utc,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.probe import Answer, Probe, at, below, json_of, website
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

ROWS = 1000
"""Packages asked for at once: CKAN's own upper limit (ckan.search.rows_max)."""

_DKAN_DATE = "Date changed\t"
"""DKAN's template writes its label before `last_modified` (seen in Köln, December 2014)."""
_NO_LICENSE = ("notspecified", "License not specified")
"""What CKAN writes by itself where nobody chose a licence."""
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9][A-Za-z0-9.+_-]*")


class CkanSpider(SourceSpider):
    """Reads `package_search` page by page, in the order of the identifiers."""

    name = "ckan"
    standard = "https://docs.ckan.org/en/2.11/api/"
    headers_read = ("Content-Type",)
    can_list_changes = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.base, self.endpoint, self.query = addresses(self.portal.url)
        self.unknown_fields: Counter[str] = Counter()
        self.page_length = ROWS

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page, of everything or of what changed."""
        if self.since is not None:
            self.outcome.listed = set()
        yield self._page(0)

    def _page(self, start: int) -> Request:
        # the default order (score, modified) moves while paging; the identifier does not
        query = {"q": "*:*", **self.query, "rows": ROWS, "start": start, "sort": "id asc"}
        if self.since is not None:
            query["fq"] = changes_filter(self.query.get("fq"), self.since)
        url = f"{self.endpoint}?{urlencode(query)}"
        return self.ask(
            url,
            self.parse_packages,
            accept="application/json",
            unanswered=partial(self.pass_page_over, start=start),
            start=start,
        )

    def pass_page_over(self, failure: Failure, start: int) -> Iterator[Request]:
        """The request for the page behind one that did not arrive."""
        behind = start + self.page_length
        is_more = self.outcome.announced is not None and behind < self.outcome.announced
        yield from self.pass_over(failure, behind if is_more else None, self._page)

    def parse_packages(
        self, response: Response, start: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Keys used: `success`, `error.message`, `result.count`, `result.results` (packages).

        Raises:
            SourceProtocolError: not CKAN's answer, or its error form.
            SourceIncomplete: paging does not advance.
        """
        result = search_result(json_body(response, self.outcome))
        packages = result["results"]
        if self.since is None:
            self.outcome.announced = result["count"]
        self.begin_page(response, [identifier_of_package(package) for package in packages])
        for package in packages:
            if self.is_full():
                return
            identifier = identifier_of_package(package)
            if is_not_published(package):
                self.skip(identifier)
                continue
            yield from self.record(identifier, partial(self._record, package))
        if start == 0 and packages:
            self.page_length = len(packages)  # and not ROWS: a server may send fewer without a word
        start += len(packages)
        if packages and not self.has_arrived(start, result["count"]):
            yield from self.go_on(start, self._page)
        elif self.since is not None:
            yield self._identifiers(0)

    def one_place_later(self, url: str) -> str:
        """The address of a page that begins one package later."""
        return re.sub(
            r"(?<=[?&]start=)[0-9]+", lambda number: str(int(number[0]) + 1), url, count=1
        )

    def identifiers_of(self, response: Response) -> list[str | None]:
        """The identifiers of the packages on a page."""
        packages = search_result(json_body(response))["results"]
        return [identifier_of_package(package) for package in packages]

    def _identifiers(self, start: int) -> Request:
        query = {"q": "*:*", **self.query, "rows": ROWS, "start": start, "sort": "id asc"}
        url = f"{self.endpoint}?{urlencode({**query, 'fl': 'id'})}"
        return self.ask(url, self.parse_identifiers, accept="application/json", start=start)

    def parse_identifiers(self, response: Response, start: int) -> Iterator[Request]:
        """Note the identifiers of all packages, then ask for the next of them.

        Keys used: `result.count`, `result.results[].id`.

        Raises:
            SourceProtocolError: not CKAN's answer, or its error form.
        """
        result = search_result(json_body(response))
        self.outcome.announced = result["count"]
        found = [identifier_of_package(entry) for entry in result["results"]]
        if self.outcome.listed is not None:
            self.outcome.listed.update(name for name in found if name is not None)
        if found and start + len(found) < result["count"]:
            yield self._identifiers(start + len(found))

    def _record(self, package: Mapping[str, object]) -> SourceRecord:
        self.unknown_fields.update(unknown_fields(package))
        return dataset_from_ckan(package, self.base)

    def finish(self) -> None:
        """Report the fields that nobody has mapped yet, once for the portal."""
        super().finish()
        if self.unknown_fields:
            counted = [f"{name} ({count})" for name, count in sorted(self.unknown_fields.items())]
            self.outcome.note(
                finding("ckan-fields-unknown", subject=self.portal.url, value=", ".join(counted))
            )


def dataset_from_ckan(package: Mapping[str, object], base: str) -> SourceRecord:
    """The record of one package, as `package_search` gives it.

    Args:
        base: URL of the portal without a slash at its end.

    Raises:
        RecordError: it is no object, or has neither `id` nor `name`.

    Source: https://docs.ckan.org/en/2.11/api/, https://github.com/GovDataOfficial/ckanext-dcatde
    """
    identifier = identifier_of_package(package)
    if identifier is None:
        raise RecordError("Der Datensatz hat weder »id« noch »name«.")
    fields = Fields(package)
    return SourceRecord(
        source_identifier=identifier,
        dataset=_dataset(fields, identifier),
        source_url=f"{base}/api/3/action/package_show?{urlencode({'id': identifier})}",
        changed_at=utc(fields("metadata_modified")),
    )


def unknown_fields(package: Mapping[str, object]) -> set[str]:
    """Fields with a value that `dataset_from_ckan` neither maps nor ignores by name."""
    known, known_of_resource = _known_fields()
    found = set(Fields(package).present()) - known
    for resource in mappings(package.get("resources")):
        unknown = set(Fields(resource).present()) - known_of_resource
        found |= {f"resources.{name}" for name in unknown}
    return found


@cache
def _known_fields() -> tuple[frozenset[str], frozenset[str]]:
    """What we map or ignore of a package and of a resource; the mapping itself tells."""
    package, resource = AskedFields(), AskedFields()
    _dataset(package, "")
    _distribution(resource, None, ())
    return IGNORED | package.asked, IGNORED_OF_RESOURCE | resource.asked


def _dataset(f: Fields, identifier: str) -> Dataset:
    roles = {text(entry.get("role")): entry for entry in reversed(mappings(f("contacts")))}
    dates = {text(entry.get("role")): entry.get("date") for entry in mappings(f("dates"))}
    issued, modified = f("issued"), f("modified")
    created, changed = f("metadata_created"), f("metadata_modified")  # perhaps of a re-harvest
    maintainer = f.group("maintainer", name="maintainer")
    maintainers = agents(maintainer) or agents(roles.get("ansprechpartner", {}))
    creators = agents(f.group("author", name="author")) or agents(*mappings(f("creator")))
    contact = contact_point(f.group("contact")) or contact_point(maintainer)
    levels, granularity = references(f("politicalGeocodingLevelURI")), level(f)
    geocoding, old_geocoding = literals(f("geocodingText")), mapping(f("spatial_reference"))
    pages = (reference(f("url")), reference(f("metadata_original_html")))
    own_identifier = f("identifier", "guid", "metadata_original_id")
    return Dataset(
        uri=web_iri(f("uri")),
        title=literals(f("title_translated", "title")),
        description=literals(f("notes_translated", "notes")),
        publisher=_publisher(f, roles.get("veroeffentlichende_stelle", {})),
        contact_point=() if contact is None else (contact,),
        keyword=keywords(f),
        theme=unique((*references(f("theme")), *_themes(f))),
        distribution=_distributions(f),
        sample=tuple(_sample(entry) for entry in listed(f("sample"), codes=True)),
        identifier=(Literal(value=text(own_identifier) or identifier),),
        other_identifier=tuple(
            Identifier(notation=Literal(value=entry)) for entry in listed(f("alternate_identifier"))
        ),
        issued=moment(issued or dates.get("veroeffentlicht") or created),
        modified=moment(modified or dates.get("aktualisiert") or changed),
        landing_page=unique(page for page in pages if page is not None),
        page=references(f("documentation")),
        language=references(f("language")),
        spatial=locations(f),
        temporal=periods(f),
        political_geocoding_level_uri=levels or granularity,
        political_geocoding_uri=references(f("politicalGeocodingURI")),
        geocoding_description=geocoding or literals(old_geocoding.get("text")),
        contributor_id=references(f("contributorID", "metadata_original_portal")),
        availability=reference(f("availability")),
        access_rights=reference(f("access_rights")),
        accrual_periodicity=reference(f("frequency")),
        applicable_legislation=references(f("applicable_legislation")),
        hvd_category=references(f("hvd_category")),
        legal_basis=literals(f("legalbasisText")),
        quality_process_uri=reference(f("qualityProcessURI")),
        version=literal(f("version")),
        version_notes=literals(f("version_notes")),
        conforms_to=references(f("conforms_to")),
        provenance=tuple(Reference(label=label) for label in literals(f("provenance"))),
        type=references(f("dcat_type")),
        references=references(f("references")),
        relation=unique((*references(f("used_datasets")), *references(f("related_resource")))),
        source=references(f("source")),
        dct_has_version=references(f("has_version")),
        dct_is_version_of=references(f("is_version_of")),
        creator=creators or agents(roles.get("autor", {})),
        contributor=agents(f.group("contributor")),
        originator=agents(f.group("originator")),
        custodian=maintainers,
        granularity=literal(f("granularity")),
        spatial_resolution_in_meters=decimal(f("spatial_resolution_in_meters")),
        temporal_resolution=duration(f("temporal_resolution")),
    )


def _publisher(f: Fields, old_contact: Mapping[str, object]) -> Agent | None:
    organization = mapping(f.document.get("organization"))
    named = {"name": organization.get("title") or organization.get("name")}
    return agent(f.group("publisher")) or agent(old_contact) or agent(named)


def _themes(f: Fields) -> Iterator[Reference]:
    """The groups: German portals name them after the themes of GovData."""
    for name in names(f.document.get("groups")):
        yield Reference(label=Literal(value=name))


def _sample(entry: str) -> Distribution:
    uri, place = web_iri(entry), reference(entry)
    if uri is not None or place is None:
        return Distribution(uri=uri)
    return Distribution(access_url=(place,))


def _license(f: Fields) -> Reference | None:
    """The licence of the package: identifier, else address, else title."""
    given = [text(f(name)) for name in ("license_id", "license_url", "license_title")]
    if any(word in _NO_LICENSE for word in given):
        return None
    return next((found for word in given if (found := reference(word)) is not None), None)


def _distributions(f: Fields) -> tuple[Distribution, ...]:
    package_license = _license(f)
    attribution = literals(mapping(f("terms_of_use")).get("attribution_text"))
    return tuple(
        _distribution(Fields(resource), package_license, attribution)
        for resource in mappings(f.document.get("resources"))
        if str(resource.get("state")).lower() != "deleted"
    )


def _distribution(
    f: Fields, package_license: Reference | None, attribution: tuple[Literal, ...]
) -> Distribution:
    access, download = reference(f("access_url", "url")), reference(f("download_url", "url"))
    file_format, media_type = text(f("format")), text(f("mimetype"))
    if file_format is not None and _MEDIA_TYPE.fullmatch(file_format):
        media_type = media_type or file_format
        file_format = None if file_format == media_type else file_format
    changed = text(f("modified", "last_modified"))
    return Distribution(
        uri=web_iri(f("uri")),
        access_url=() if access is None else (access,),
        download_url=() if download is None else (download,),
        title=literals(f("name_translated", "name")),
        description=literals(f("description_translated", "description")),
        format=reference(file_format),
        media_type=reference(media_type),
        compress_format=reference(f("compress_format")),
        package_format=reference(f("package_format")),
        license=reference(f("license")) or package_license,
        license_attribution_by_text=literals(f("licenseAttributionByText")) or attribution,
        rights=reference(f("rights")),
        byte_size=whole_number(f("size")),
        issued=moment(f("issued", "created")),
        modified=None if changed is None else moment(changed.removeprefix(_DKAN_DATE)),
        language=references(f("language")),
        page=references(f("documentation")),
        conforms_to=references(f("conforms_to")) + _table_schema(f("schema")),
        availability=reference(f("plannedAvailability", "availability")),
        status=reference(f("status")),
        checksum=_checksum(f),
        access_service=tuple(_service(entry) for entry in mappings(f("access_services"))),
        spatial_resolution_in_meters=decimal(f("spatial_resolution_in_meters")),
        temporal_resolution=duration(f("temporal_resolution")),
        applicable_legislation=references(f("applicable_legislation")),
    )


def _table_schema(value: object) -> tuple[Reference, ...]:
    """The Table Schema of a resource, where it is an address; one written out has none to name.

    Source: https://github.com/frictionlessdata/ckanext-validation, »Adding schemas to resources«
    """
    iri = web_iri(value)
    return () if iri is None else (Reference(uri=iri),)


def _checksum(f: Fields) -> Checksum | None:
    value, algorithm = text(f("hash")), reference(f("hash_algorithm"))
    if value is None:
        return None
    digest = Literal(value=value, datatype=f"{XSD}hexBinary")
    return Checksum(algorithm=algorithm, checksum_value=digest)


def _service(entry: Mapping[str, object]) -> DataService:
    return DataService(
        uri=web_iri(entry.get("uri")),
        title=literals(entry.get("title")),
        description=literals(entry.get("description")),
        endpoint_url=references(entry.get("endpoint_url")),
        endpoint_description=references(entry.get("endpoint_description")),
        serves_dataset=references(entry.get("serves_dataset")),
        license=reference(entry.get("license")),
        access_rights=reference(entry.get("access_rights")),
        availability=reference(entry.get("availability")),
        format=references(entry.get("format")),
        conforms_to=references(entry.get("conforms_to")),
        keyword=literals(entry.get("keyword")),
        theme=references(entry.get("theme")),
        landing_page=references(entry.get("landing_page")),
        page=references(entry.get("documentation")),
        applicable_legislation=references(entry.get("applicable_legislation")),
        hvd_category=references(entry.get("hvd_category")),
        license_attribution_by_text=literals(entry.get("licenseAttributionByText")),
    )


def _status(body: bytes, _url: str) -> Answer | None:
    """Software with version and title of the site, from CKAN's `status_show`."""
    result = at(json_of(body), "result")
    version = at(result, "ckan_version")
    if version is None:
        return None
    return Answer(f"CKAN {version}", str(at(result, "site_title") or "CKAN-Portal"))


PROBE = Probe(
    rank=10,
    addresses=below("/api/3", "/api/3/action/status_show"),
    read=_status,
    portal_url=website("/api/3"),
    count="/api/3/action/package_search?rows=0",
)
