"""Data Package: `datapackage.json` in versions 1 and 2, and lists of packages.

The portal's `url` is a descriptor, `https://daten.example/baeume/datapackage.json`; a folder that
has one; or a list: a JSON array of descriptors or their addresses, an object with such a list in
`packages`, or a package whose resources are packages (`profile` »data-package«).
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import RecordError, SourceProtocolError
from datenernte_dcat.records import Dataset, Literal, SourceRecord
from datenernte_dcat.terms import safe_iri
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_values import listed, mapping, mappings, text, web_iri
from datenernte_harvester.sources.named_fields import NamedFields, UnreadFields
from datenernte_harvester.sources.package_fields import (
    described_dataset,
    distribution,
    licenses_of,
    unknown_fields,
)
from datenernte_harvester.sources.probe import Answer, Probe, at, document, json_of
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

DEPTH_MAX = 5
"""Lists inside lists; more is a circle that changes its address."""
_LISTS = ("packages", "datapackages", "dataPackages", "catalog")
_PACKAGE_PROFILE = "data-package"
_NAME = "datapackage.json"


class DataPackageSpider(SourceSpider):
    """Reads one package, or every package of a list."""

    name = "data_package"
    standard = "https://datapackage.org/standard/data-package/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the descriptor or the list."""
        yield self._document(descriptor_url(self.portal.url), 0)

    def _document(self, url: str, depth: int) -> Request:
        return self.ask(url, self.parse_document, accept="application/json", depth=depth)

    def parse_document(
        self, response: Response, depth: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the record of a package, or the requests for the packages of a list.

        Keys used: `resources` of a package; of a list `packages`, or the array itself.

        Raises:
            SourceProtocolError: it is neither.
            SourceIncomplete: `paging-loop`: a list leads back to itself.
        """
        answer = json_body(response, self.outcome)
        if not is_package(answer) and packages_in(answer) is None:
            raise SourceProtocolError(
                "portal-unexpected-answer",
                "Das Dokument ist weder ein Data Package noch eine Liste von Data Packages.",
            )
        yield from self._read(answer, response.url, response.url, depth)

    def _read(
        self, answer: object, identifier: str, url: str, depth: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """What a package or a list of packages leads to.

        Args:
            identifier: of a package that has no `id`.
            url: of the document that it stands in.
        """
        if self.is_full():
            return
        inside = packages_in(answer)
        if inside is None:
            package = mapping(answer)
            identifier = text(package.get("id")) or identifier
            yield from self.record(identifier, partial(self._record, package, identifier, url))
            return
        if depth >= DEPTH_MAX:
            raise SourceProtocolError(
                "portal-unexpected-answer", f"Listen in Listen, mehr als {DEPTH_MAX} tief."
            )
        for entry in inside:
            address = _address(entry, url)
            if address is not None:
                if not self.was_asked(address):  # listed twice, or a list that names itself
                    yield self._document(address, depth + 1)
                continue
            name = text(mapping(entry).get("name"))
            if name is None and text(mapping(entry).get("id")) is None:
                self.outcome.unnamed += 1
                continue
            yield from self._read(entry, f"{url}#{name}", url, depth + 1)

    def _record(self, package: Mapping[str, object], identifier: str, url: str) -> SourceRecord:
        self.unread.add(unknown_fields(package))
        return dataset_from_data_package(package, identifier, url)

    def finish(self) -> None:
        """Report the fields that nobody has mapped yet, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_data_package(
    package: Mapping[str, object], identifier: str, url: str
) -> SourceRecord:
    """The record of one descriptor.

    Args:
        identifier: its `id`, else the address of the descriptor.
        url: of the document, for relative paths.

    Raises:
        RecordError: it has no `resources`.

    Source: https://datapackage.org/standard/data-package/
    """
    resources = package.get("resources")
    if not isinstance(resources, list) or len(mappings(resources)) != len(resources):
        raise RecordError("»resources« ist keine Liste von Objekten.")
    own, name = text(package.get("id")), text(package.get("name"))
    fields = NamedFields(package)
    licenses = licenses_of(fields)
    named = [value for value in (own, name) if value is not None]
    dataset = Dataset(
        uri=web_iri(own),
        **described_dataset(package, url),
        identifier=tuple(Literal(value=value) for value in named[:1]),
        distribution=tuple(
            distribution(NamedFields(resource), licenses, url, number)
            for number, resource in enumerate(mappings(resources))
        ),
    )
    return SourceRecord(source_identifier=identifier, dataset=dataset, source_url=url)


def descriptor_url(url: str) -> str:
    """The document that a portal's URL means: itself, or the descriptor of the folder it names."""
    path = urlsplit(url).path
    if path.endswith(".json"):
        return url
    parts = urlsplit(url)
    return parts._replace(path=f"{path.rstrip('/')}/{_NAME}").geturl()


def is_package(answer: object) -> bool:
    """Whether it is a descriptor: an object with a list of resources."""
    return isinstance(at(answer, "resources"), list)


def packages_in(answer: object) -> list[object] | None:
    """The entries of a list of packages; None where it is none."""
    if isinstance(answer, list):
        fits = all(isinstance(entry, str) or is_package(entry) or _link(entry) for entry in answer)
        return answer if answer and fits else None
    for name in _LISTS:
        found = at(answer, name)
        if isinstance(found, list):
            return found
    resources = mappings(at(answer, "resources"))
    if resources and all(entry.get("profile") == _PACKAGE_PROFILE for entry in resources):
        return list(resources)
    return None


def _link(entry: object) -> str | None:
    """The address of a package that an entry of a list names in place of describing it."""
    if isinstance(entry, str):
        return text(entry)
    if is_package(entry) or packages_in(at(entry, "packages")) is not None:
        return None
    paths = listed(at(entry, "path")) or listed(at(entry, "url")) or listed(at(entry, "descriptor"))
    return paths[0] if paths else None


def _address(entry: object, base: str) -> str | None:
    link = _link(entry)
    found = None if link is None else safe_iri(link, base=base)
    return None if found is None else descriptor_url(found)


def _descriptor(body: bytes, _url: str) -> Answer | None:
    """A package or a list of them; any JSON may have `resources` or be a list, so these tell."""
    found = json_of(body)
    title = text(at(found, "title"))
    inside = packages_in(found)
    if inside is not None:
        links = [_link(entry) for entry in inside if not _is_plain_package(entry)]
        is_one = all(link is not None and link.endswith(_NAME) for link in links)
        return Answer("Data Packages", title, len(inside)) if is_one else None
    return Answer("Data Package", title, 1) if _is_plain_package(found) else None


def _is_plain_package(value: object) -> bool:
    """Whether it is a package of which each resource has its `path` or its `data`."""
    resources = mappings(at(value, "resources"))
    return bool(resources) and all("path" in one or "data" in one for one in resources)


PROBE = Probe(
    rank=55,
    addresses=lambda url: dict.fromkeys((url, descriptor_url(url))),
    read=_descriptor,
    portal_url=document,
)
