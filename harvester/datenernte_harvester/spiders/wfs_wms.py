"""WMS and WFS by their capabilities, alone or by a Masterportal's list of services.

The portal's `url` is one service, `https://geo.example/ows?service=WFS`: each feature type, or each
layer that can be asked for, is a dataset. Without `service` both kinds are read, and what has the
same name in both is one dataset. Or it is a list, `https://karten.example/services.json`: what
names the same metadata (`datasets[].md_id`) is one dataset, through all its services.

Addresses are made from the URL that answered, never from the one that the capabilities name: that
is often the server's address within.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.masterportal import (
    KNOWN,
    Entry,
    ListedDataset,
    is_service_list,
    listed_datasets,
)
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.ogc_capabilities import Layer, Service, service_of
from datenernte_harvester.sources.ogc_layers import Shown, dataset_of
from datenernte_harvester.sources.ogc_services import capabilities_url
from datenernte_harvester.sources.probe import Answer, Probe, json_of
from datenernte_harvester.sources.source_spider import SourceSpider, json_body
from datenernte_harvester.sources.xml_elements import parse_xml, xml_body

SERVICES_MAX = 500
"""Services of one list whose capabilities are asked for."""

_VERSIONS = {"WFS": "2.0.0", "WMS": "1.3.0"}
"""Asked for; older servers answer with the newest they have."""


class WfsWmsSpider(SourceSpider):
    """Asks for all capabilities, then yields the datasets that they show together."""

    name = "wfs_wms"
    standard = "https://www.ogc.org/standards/wms/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.unread = UnreadFields()
        self.services: dict[str, Service] = {}
        """By the address of their capabilities."""
        self.wanted: list[str] = []
        """Addresses of all capabilities, in order: records must not depend on who answers first."""
        self.waiting: set[str] = set()
        self.silent = False
        """Whether a service did not answer at all."""
        self.listed: list[ListedDataset] = []

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the list, or for the capabilities of the service."""
        if urlsplit(self.portal.url).path.lower().endswith(".json"):
            yield self.ask(self.portal.url, self.parse_services, accept="application/json")
            return
        for request in self._ask_all(_capabilities_of(self.portal.url)):
            yield request

    def _ask_all(self, addresses: Iterable[str]) -> list[Request]:
        wanted = list(dict.fromkeys(addresses))
        if len(wanted) > SERVICES_MAX:
            raise SourceIncomplete(
                "services-limit", f"{len(wanted)} Dienste, höchstens {SERVICES_MAX}."
            )
        self.wanted, self.waiting = wanted, set(wanted)
        return [
            self.ask(
                url,
                self.parse_capabilities,
                accept="application/xml, text/xml",
                unanswered=partial(self.parse_no_answer, address=url),
                address=url,
            )
            for url in wanted
        ]

    def parse_services(self, response: Response) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the requests for the capabilities of all services of the list.

        Keys used: of each object `typ`, `url`, `version`, `layers`, `featureType`, `datasets`.

        Raises:
            SourceProtocolError: no list of services.
            SourceIncomplete: `services-limit`.
        """
        document = json_body(response, self.outcome)
        if not is_service_list(document):
            raise SourceProtocolError("portal-unexpected-answer", "Keine Liste von Diensten.")
        self.listed = listed_datasets(document, response.url)
        entries = [entry for one in self.listed for entry in one.entries]
        requests = self._ask_all(entry.capabilities for entry in entries if entry.capabilities)
        yield from requests
        if not requests:
            yield from self._records(response)

    def parse_capabilities(
        self, response: Response, address: str
    ) -> Iterator[SourceRecord | FailedRecord]:
        """Yield all records once the last capabilities have arrived; before that nothing.

        Elements used: see `ogc_capabilities.service_of`.
        """
        try:
            self.services[address] = service_of(xml_body(response, self.outcome))
        except SourceError as error:
            self.note(type(error)(error.code, f"{address}: {error.detail}"))
        yield from self._answered(address, response)

    def parse_no_answer(
        self, failure: Failure, address: str
    ) -> Iterator[SourceRecord | FailedRecord]:
        """What `parse_capabilities` does, for a service that does not answer."""
        self.silent = True
        self.note_unanswered(failure)
        yield from self._answered(address, None)

    def _answered(
        self, address: str, response: Response | None
    ) -> Iterator[SourceRecord | FailedRecord]:
        self.waiting.discard(address)
        if not self.waiting:
            yield from self._records(response)

    def _records(self, response: Response | None) -> Iterator[SourceRecord | FailedRecord]:
        for service in self.services.values():
            self.unread.add(service.unread)
        shown = list(self._listed() if self.listed else self._named())
        if response is not None and shown:
            self.begin_page(response, [identifier for identifier, _, _ in shown])
        for identifier, metadata, layers in shown:
            if self.is_full():
                return
            self.unread.add(f"datasets.{name}" for name in metadata if name not in KNOWN)
            self.unread.add({path for one in layers if one.layer for path in one.layer.unread})
            read = partial(dataset_from_wfs_wms, identifier, layers, metadata, self.portal.url)
            yield from self.record(identifier, read)

    def _named(self) -> Iterator[tuple[str, Mapping[str, object], list[Shown]]]:
        """The layers of one service by their names.

        Where one of two kinds is silent, none: without it the datasets would lose half of what
        they have, and find it again tomorrow. One that says that it does not exist is no loss.
        """
        if self.silent:
            return
        by_name: dict[str, list[Shown]] = {}
        for url in self.wanted:
            service = self.services.get(url)
            if service is None:
                continue
            layers = [layer for layer in service.layers if not layer.is_part]
            bare = Counter(_bare(layer.name) for layer in layers)
            for layer in layers:
                # A WFS writes »ms:baeume«, the WMS of the same server »baeume«.
                joins = len(self.wanted) > 1 and bare[_bare(layer.name)] == 1
                name = _bare(layer.name) if joins else layer.name
                by_name.setdefault(name, []).append(Shown(url, service, layer))
        for name, shown in by_name.items():
            yield name, {}, shown

    def _listed(self) -> Iterator[tuple[str, Mapping[str, object], list[Shown]]]:
        """The datasets of a list with the layers that show them.

        A layer that the service does not have any more stays, with what the list says. Where a
        service did not answer, its datasets are left out: their older versions stay.
        """
        for one in self.listed:
            shown: list[Shown] = []
            is_whole = True
            for entry in one.entries:
                service = self.services.get(entry.capabilities or "")
                is_whole = is_whole and (service is not None or entry.capabilities is None)
                shown += _shown(entry, service)
            if is_whole:
                yield one.identifier, one.metadata, shown

    def finish(self) -> None:
        """Report what has no place in a record, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_wfs_wms(
    identifier: str, layers: list[Shown], metadata: Mapping[str, object], portal_url: str
) -> SourceRecord:
    """The record of what one or several layers show; see `ogc_layers.dataset_of`.

    Args:
        metadata: the object of `datasets` in a list of services; empty for a single service.
        portal_url: stands where no capabilities were read.

    Source: https://www.ogc.org/standards/wms/, https://www.ogc.org/standards/wfs/
    """
    return SourceRecord(
        source_identifier=identifier,
        dataset=dataset_of(identifier, layers, metadata),
        source_url=next((one.url for one in layers if one.service is not None), portal_url),
    )


def _bare(name: str) -> str:
    """The name without the prefix of its name space."""
    return name.rpartition(":")[2]


def _shown(entry: Entry, service: Service | None) -> list[Shown]:
    """An entry's layers in its service; the entry alone where there are none."""
    known = {layer.name: layer for layer in service.layers} if service else {}
    found: list[Layer | None] = [known[name] for name in entry.layers if name in known]
    if len(found) < len(entry.layers) or not found:
        found.append(None)
    return [Shown(entry.capabilities or entry.url, service, layer, entry) for layer in found]


def _capabilities_of(url: str) -> list[str]:
    """Addresses of the capabilities: of the kind and version that the URL names, or of both."""
    query = {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}
    named = query.get("service", "").upper()
    kinds = (named,) if named in _VERSIONS else tuple(_VERSIONS)
    version = query.get("version") if named in _VERSIONS else None
    return [capabilities_url(url, kind, version or _VERSIONS[kind]) for kind in kinds]


def _addresses(url: str) -> Iterator[str]:
    if urlsplit(url).path.lower().endswith(".json"):
        yield url
        return
    yield from _capabilities_of(url)
    site = url.partition("?")[0].rstrip("/")
    yield f"{site}/resources/services-internet.json"
    yield f"{site}/services.json"


def _read(body: bytes, url: str) -> Answer | None:
    document = json_of(body)
    if document is not None:
        if not is_service_list(document):
            return None
        return Answer("Masterportal", datasets=len(listed_datasets(document, url)))
    try:
        service = service_of(parse_xml(body)[0])
    except SourceError:
        return None
    title = next((title.value for title in service.title), None)
    datasets = sum(not layer.is_part for layer in service.layers)
    return Answer(f"{service.kind} {service.version}", title, datasets)


def _portal_url(_given: str, answered: str) -> str:
    """The list, or the service with its kind: so that the other kind is not asked for in vain."""
    if answered.partition("?")[0].endswith(".json"):
        return answered
    return answered.replace("&request=GetCapabilities", "").partition("&version=")[0]


PROBE = Probe(rank=70, addresses=_addresses, read=_read, portal_url=_portal_url)
