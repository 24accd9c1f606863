"""DCAT-US: `data.json`, in versions 1.1 and 3.0; DKAN's `data.json` is this, too.

The portal's `url` is the document, `https://daten.example/data.json`. ckanext-dcat serves it in
pages (`?page=2`) without saying so; therefore a document with a round number of datasets, or one
whose URL names a page, is asked for its next page. A page that is missing or repeats the one
before is the end.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError, SourceProtocolError
from datenernte_dcat.records import Dataset, Distribution, Reference, SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.dcat_us_fields import (
    bodies,
    checksum,
    concept,
    concepts,
    contacts,
    entries,
    identifier_of,
    identifiers,
    languages,
    other_identifiers,
    pages,
    periods,
    places,
    repetition,
    series,
    service,
    statement,
    without_redacted,
    words,
)
from datenernte_harvester.sources.json_values import (
    decimal,
    duration,
    literal,
    mapping,
    mappings,
    moment,
    reference,
    references,
    text,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.named_fields import NamedFields, UnreadFields
from datenernte_harvester.sources.probe import Answer, Probe, at, document, documents, json_of
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

ROUND = 10
"""Sizes of pages are multiples of this; ckanext-dcat's own is 100."""

_NO_PAGE = frozenset((400, 404, 410, 422))
"""HTTP statuses for a page behind the last."""
_IGNORED = (
    *("@type", "@context", "identifier", "distribution", "temporal", "sample"),
    *("bureauCode", "programCode", "primaryITInvestmentUII", "systemOfRecords", "dataQuality"),
    *("describedByType", "created", "hasQualityMeasurement", "purpose", "purposeMap"),
    *("titleMap", "descriptionMap", "keywordMap"),
)
"""Read elsewhere by name, fields of the US government, and what DCAT-AP.de has no term for."""
_IGNORED_OF_DISTRIBUTION = (
    *("@type", "describedByType", "characterEncoding", "titleMap", "descriptionMap"),
    *("representationTechnique", "accessRestriction", "useRestriction", "cuiRestriction"),
    *("identifier", "otherIdentifier"),
)


class DcatUsSpider(SourceSpider):
    """Reads the document, and its further pages where it has any."""

    name = "dcat_us"
    headers_read = ("Content-Type",)
    standard = "https://resources.data.gov/resources/dcat-us/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the document."""
        page = _page_of(self.portal.url)
        yield self.ask(
            self.portal.url, self.parse_catalog, accept="application/json", page=page or 1
        )

    def parse_catalog(
        self, response: Response, page: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of the document, then the request for a next page.

        Keys used: `dataset`, a list of objects; of 3.0 the same in catalogues inside, `catalog`.

        Raises:
            SourceProtocolError: there is no such list: the document is unreadable, not empty.
        """
        found = datasets_of(json_body(response, self.outcome))
        named = [identifier_of(mapping(entry)) for entry in found]
        is_first = not self.outcome.received and not self.outcome.unnamed
        if not is_first and all(name in self.outcome.received for name in named):
            return  # a server without pages, or one that repeats its last
        self.begin_page(response, named)
        for entry, identifier in zip(found, named, strict=True):
            if self.is_full():
                return
            yield from self.record(identifier, partial(self._record, entry, response.url))
        is_paged = page > 1 or _page_of(self.portal.url) is not None
        if found and (is_paged or len(found) % ROUND == 0) and not self.is_full():
            yield self.ask(
                _with_page(self.portal.url, page + 1),
                self.parse_catalog,
                accept="application/json",
                unanswered=self.note_unless_missing,
                page=page + 1,
            )

    def note_unless_missing(self, failure: Failure) -> None:
        """Remember that a next page did not arrive, unless there is none."""
        error = failure.value
        if not (isinstance(error, HttpError) and error.response.status in _NO_PAGE):
            self.note_unanswered(failure)

    def _record(self, entry: object, url: str) -> SourceRecord:
        self.unread.add(unknown_fields(mapping(entry)))
        return dataset_from_dcat_us(mapping(entry), url)

    def finish(self) -> None:
        """Report the fields that nobody has mapped yet, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_dcat_us(entry: Mapping[str, object], url: str) -> SourceRecord:
    """The record of one entry of `dataset`.

    Raises:
        RecordError: it has no identifier.

    Source: https://resources.data.gov/resources/dcat-us/,
    https://resources.data.gov/resources/dcat-us3/
    """
    identifier = identifier_of(entry)
    if identifier is None:
        raise RecordError("Der Datensatz hat keinen »identifier«.")
    cleaned, redacted = without_redacted(dict(entry))
    document = mapping(cleaned)
    _, unread_periods = periods(document.get("temporal"))
    blacked = (finding("values-redacted", value=", ".join(redacted)),) if redacted else ()
    return SourceRecord(
        source_identifier=identifier,
        dataset=_dataset(document, NamedFields(document)),
        source_url=url,
        findings=(*unread_periods, *blacked),
    )


def unknown_fields(entry: Mapping[str, object]) -> set[str]:
    """Fields with a value that `dataset_from_dcat_us` neither maps nor ignores by name."""
    fields = NamedFields(entry, _IGNORED)
    _dataset(entry, fields)
    found = set(fields.unread())
    for file in mappings(entry.get("distribution")):
        of_file = NamedFields(file, _IGNORED_OF_DISTRIBUTION)
        _distribution(file, of_file, None, None)
        found |= {f"distribution.{name}" for name in of_file.unread()}
    return {name for name in found if not name.startswith("%")}  # DKAN's references inside


def datasets_of(answer: object) -> list[object]:
    """The datasets of a catalogue and of the catalogues inside it, in document order.

    Raises:
        SourceProtocolError: `portal-unexpected-answer`: there is no list of datasets.
    """
    if isinstance(answer, list) and all(isinstance(entry, dict) for entry in answer):
        return answer  # version 1.0 had no catalogue around it
    found: list[object] = []
    is_catalogue = False
    waiting = [mapping(answer)]
    for catalogue in waiting:  # which grows: other people's nesting must not become our recursion
        listed = catalogue.get("dataset")
        if isinstance(listed, list):
            is_catalogue = True
            found += listed
        waiting += mappings(catalogue.get("catalog"))
    if not is_catalogue:
        raise SourceProtocolError(
            "portal-unexpected-answer", "Die Liste »dataset« fehlt; das ist kein data.json."
        )
    return found


def _page_of(url: str) -> int | None:
    """The number of the page that a URL names."""
    page = dict(parse_qsl(urlsplit(url).query)).get("page", "")
    return int(page) if page.isascii() and page.isdigit() else None


def _with_page(url: str, page: int) -> str:
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", page)])))


def _dataset(document: Mapping[str, object], f: NamedFields) -> Dataset:
    modified, frequency = f("modified"), f("accrualPeriodicity")
    repeated = repetition(modified)
    publishers = bodies(f("publisher"))
    license_, rights = f("license"), f("rights")
    access_rights, access_level = f("accessRights"), f("accessLevel")
    return Dataset(
        uri=web_iri(f("@id")),
        title=_words(document, f, "title"),
        description=_words(document, f, "description"),
        publisher=publishers[0] if publishers else None,
        contact_point=contacts(f("contactPoint")),
        keyword=_words(document, f, "keyword"),
        theme=concepts(f("theme")),
        distribution=(
            *_files(document.get("distribution"), license_, rights),
            *_old_file(f("accessURL"), f("webService"), f("format"), license_),
        ),
        sample=_files(document.get("sample"), None, None),
        identifier=identifiers(document.get("identifier")),
        other_identifier=other_identifiers(f("otherIdentifier")),
        issued=moment(f("issued")),
        modified=None if repeated else moment(modified),
        landing_page=pages(f("landingPage")),
        page=(*pages(f("page")), *pages(f("describedBy"))),
        language=languages(f("language")),
        spatial=places(f("spatial")),
        temporal=periods(document.get("temporal"))[0],
        access_rights=concept(access_rights) or concept(access_level),
        accrual_periodicity=concept(frequency) or reference(repeated),
        version=literal(f("version")),
        version_notes=_words(document, f, "versionNotes"),
        conforms_to=concepts(f("conformsTo")),
        provenance=concepts(f("provenance")),
        type=concepts(f("type")),
        references=references(f("references")),
        relation=concepts(f("relation")),
        in_series=tuple(series(entry) for entry in entries(f("inSeries"))),
        is_referenced_by=concepts(f("isReferencedBy")),
        creator=bodies(f("creator")),
        contributor=bodies(f("contributor")),
        spatial_resolution_in_meters=decimal(f("spatialResolutionInMeters")),
        temporal_resolution=duration(f("temporalResolution")),
    )


def _words(document: Mapping[str, object], f: NamedFields, name: str) -> Any:
    f(name)
    return words(document, name)


def _files(value: object, license_: object, rights: object) -> tuple[Distribution, ...]:
    return tuple(
        _distribution(file, NamedFields(file), license_, rights) for file in mappings(value)
    )


def _old_file(
    access: object, web_service: object, file_format: object, license_: object
) -> Iterator[Distribution]:
    """The file and the service that version 1.0 has in the dataset itself."""
    kinds = ((access, file_format), (web_service, None))
    for address, kind in kinds:
        if _addresses(address):
            yield Distribution(
                access_url=_addresses(address), format=concept(kind), license=concept(license_)
            )


def _distribution(
    document: Mapping[str, object], f: NamedFields, license_: object, rights: object
) -> Distribution:
    """One file; licence and rights of the dataset where it has none of its own."""
    return Distribution(
        uri=web_iri(f("@id")),
        access_url=_addresses(f("accessURL")),
        download_url=_addresses(f("downloadURL")),
        title=_words(document, f, "title"),
        description=_words(document, f, "description"),
        format=concept(f("format")),
        media_type=concept(f("mediaType")),
        compress_format=concept(f("compressFormat")),
        package_format=concept(f("packageFormat")),
        license=concept(f("license")) or concept(license_),
        rights=statement(f("rights")) or statement(rights),
        byte_size=whole_number(f("byteSize")),
        issued=moment(f("issued")),
        modified=moment(f("modified")),
        language=languages(f("language")),
        page=(*pages(f("page")), *pages(f("describedBy"))),
        conforms_to=concepts(f("conformsTo")),
        availability=concept(f("availability")),
        status=concept(f("status")),
        checksum=checksum(f("checksum")),
        access_service=tuple(service(entry) for entry in entries(f("accessService"))),
        spatial_resolution_in_meters=decimal(f("spatialResolutionInMeters")),
        temporal_resolution=duration(f("temporalResolution")),
    )


def _addresses(value: object) -> tuple[Reference, ...]:
    """Addresses, with commas inside left alone."""
    given = (text(entry) for entry in entries(value))
    return tuple(found for entry in given if (found := reference(entry)) is not None)


def _data_json(body: bytes, _url: str) -> Answer | None:
    found = json_of(body)
    datasets = at(found, "dataset")
    if not isinstance(datasets, list):
        return None
    title = at(found, "title")
    return Answer("data.json", str(title) if title else None, len(datasets))


PROBE = Probe(rank=50, addresses=documents("", "/data.json"), read=_data_json, portal_url=document)
