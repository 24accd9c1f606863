"""How the data of an ISO record comes to its users: its online resources, by function and protocol."""

from collections.abc import Iterable
from functools import cached_property

from datenernte_dcat.records import DataService, Distribution, Literal, Reference
from datenernte_harvester.sources.iso_parties import Literals
from datenernte_harvester.sources.iso_rights import Rights
from datenernte_harvester.sources.json_values import reference, unique
from datenernte_harvester.sources.ogc_services import (
    endpoint_of,
    service_distribution,
    service_kind,
)
from datenernte_harvester.sources.xml_elements import Element

_ONLINE = tuple(
    f"distributionInfo/MD_Distribution/{place}/MD_DigitalTransferOptions/onLine/CI_OnlineResource"
    for place in ("transferOptions", "distributor/MD_Distributor/distributorTransferOptions")
)
_OPERATIONS = "containsOperations/SV_OperationMetadata/connectPoint/*"
_FORMATS = tuple(
    f"distributionInfo/MD_Distribution/{place}/MD_Format"
    for place in ("distributionFormat", "distributor/MD_Distributor/distributorFormat")
)
_PAGES = frozenset({"information", "search", "completeMetadata", "browsing"})
"""Functions of links that lead to pages about the data."""
_FILES = frozenset({"download", "fileAccess"})


class OnlineResources:
    """The links of one record."""

    def __init__(
        self, root: Element, about: Element, literals: Literals, *, is_service: bool
    ) -> None:
        """Prepare to read the links.

        Args:
            root: the record.
            about: the identification of the data or the service.
            is_service: whether the record describes a service.
        """
        self._root = root
        self._about = about
        self._literals = literals
        self._is_service = is_service

    def read(
        self, rights: Rights, revised: Literal | None
    ) -> tuple[tuple[Reference, ...], tuple[Distribution, ...]]:
        """Pages about the data, and the distributions.

        Args:
            revised: when the data changed, where the record's own date says when the metadata did.
        """
        operations = self._about.all(_OPERATIONS)
        pages: list[Reference] = []
        found: list[Distribution] = []
        seen: set[Reference] = set()
        for link in (*self._root.all(*_ONLINE), *operations):
            address = reference(link.text("linkage"))
            function = link.text("function")
            # The operations of a service mostly repeat the address of its links.
            if address is None or (link in operations and endpoint_of(address) in seen):
                continue
            seen.add(endpoint_of(address))
            if function in _PAGES and self._kind(link, address) is None:
                pages.append(address)
                link.ignore()
            else:
                found.append(self._distribution(link, address, function, rights, revised))
        return unique(pages), tuple(dict.fromkeys(found))

    def _distribution(
        self,
        link: Element,
        address: Reference,
        function: str | None,
        rights: Rights,
        revised: Literal | None,
    ) -> Distribution:
        title = self._literals(link.all("name"))
        description = self._literals(link.all("description"))
        kind = self._kind(link, address)
        link.ignore("protocol", "applicationProfile")
        if kind is not None and kind != "ATOM":
            return service_distribution(
                kind,
                address,
                title=title,
                description=description,
                license_=rights.license,
                attribution=rights.attribution,
                rights=rights.rights,
                service=self._service() if self._is_service else None,
            )
        return Distribution(
            access_url=(address,),
            download_url=(address,) if function in _FILES and kind is None else (),
            title=title,
            description=description,
            format=reference(kind) or self._format,
            modified=revised,
            license=rights.license,
            license_attribution_by_text=rights.attribution,
            rights=rights.rights,
        )

    def _kind(self, link: Element, address: Reference) -> str | None:
        """What service a link leads to; of a service record what the record is about."""
        said = " ".join(link.texts("protocol", "applicationProfile"))
        kind = service_kind(said, address.uri)
        if kind is None and self._is_service:
            version, type_ = (
                self._about.text(name) for name in ("serviceTypeVersion", "serviceType")
            )
            return service_kind(version) or service_kind(type_)
        return kind

    def _service(self) -> DataService:
        types = self._about.texts("serviceTypeVersion", "serviceType")
        return DataService(
            title=self._literals(self._about.all("citation/CI_Citation/title")),
            description=self._literals(self._about.all("abstract")),
            conforms_to=_references(types),
        )

    @cached_property
    def _format(self) -> Reference | None:
        """The format; of several it is not said which file has which, so they have no place."""
        elements = self._root.all(*_FORMATS)
        if len(elements) != 1:
            return None
        elements[0].ignore("version", "formatSpecificationCitation/CI_Citation/edition")
        return reference(elements[0].text("name", "formatSpecificationCitation/CI_Citation/title"))


def _references(values: Iterable[str]) -> tuple[Reference, ...]:
    return unique(found for value in values if (found := reference(value)) is not None)
