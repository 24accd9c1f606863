"""Capabilities of WMS 1.1.1 and 1.3.0 and of WFS 1.0 to 2.0: the service, and what it offers.

Sources: https://www.ogc.org/standards/wms/ (06-042, 7.2.4), https://www.ogc.org/standards/wfs/
(09-025r2, 8.3.4; 04-094, 8.3)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from datenernte_dcat.errors import SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import Agent, ContactPoint, Literal, Location
from datenernte_harvester.sources.boxes import Box, box_location, box_of
from datenernte_harvester.sources.iso_rights import Rights, rights_of_texts
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.xml_elements import Element

LAYERS_MAX = 5_000
"""Layers of one service; what is more is a fault or no catalogue."""

_IGNORED_OF_LAYER = (
    *("SRS", "CRS", "BoundingBox", "Style", "ScaleHint", "MinScaleDenominator"),
    *("MaxScaleDenominator", "Dimension", "Extent", "AuthorityURL", "FeatureListURL", "Layer"),
    *("DefaultSRS", "OtherSRS", "DefaultCRS", "OtherCRS", "NoCRS", "OutputFormats", "Operations"),
    *("Attribution/LogoURL", "MetadataURL/Format", "DataURL/Format"),
)
"""Reference systems, styles, scales and pictures: how a layer is drawn, not what it is."""
_IGNORED_OF_SERVICE = (
    *("Capability", "FeatureTypeList", "OperationsMetadata", "Filter_Capabilities", "Languages"),
    *("Service/Name", "Service/OnlineResource", "Service/LayerLimit", "Service/MaxWidth"),
    *("Service/MaxHeight", "Service/ContactInformation/ContactPosition"),
    *("Service/ContactInformation/ContactPersonPrimary/ContactPerson",),
    *("Service/ContactInformation/ContactAddress/AddressType",),
    *("Service/ContactInformation/ContactAddress/StateOrProvince",),
    *("Service/ContactInformation/ContactFacsimileTelephone",),
    *("ServiceIdentification/ServiceType", "ServiceIdentification/ServiceTypeVersion"),
    *("ServiceProvider/ServiceContact/IndividualName", "ServiceProvider/ServiceContact/Role"),
    *("ServiceProvider/ServiceContact/PositionName",),
    *(
        f"ServiceProvider/ServiceContact/ContactInfo/{name}"
        for name in ("Phone/Facsimile", "Address/AdministrativeArea", "OnlineResource")
    ),
    *(
        f"ServiceProvider/ServiceContact/ContactInfo/{name}"
        for name in ("HoursOfService", "ContactInstructions")
    ),
)
"""What the service can do, and what a contact has no place for."""
_CONTACT = "ServiceContact/ContactInfo/"
_OF_WMS = "ContactInformation/"


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer or feature type."""

    name: str
    title: tuple[Literal, ...]
    abstract: tuple[Literal, ...]
    keywords: tuple[Literal, ...]
    place: Location | None
    box: Box | None
    metadata: tuple[str, ...]
    """Addresses of its metadata."""
    data: tuple[str, ...]
    """Addresses of the data behind it (`DataURL`)."""
    identifiers: tuple[str, ...]
    attribution: tuple[Literal, ...]
    unread: tuple[str, ...]
    is_part: bool = False
    """Whether it is drawn as a part of another layer: then it is no dataset of its own."""


@dataclass(frozen=True, slots=True)
class Service:
    """What capabilities say."""

    kind: str
    """`WMS` or `WFS`."""
    version: str
    title: tuple[Literal, ...]
    abstract: tuple[Literal, ...]
    keywords: tuple[Literal, ...]
    provider: Agent | None
    contact: ContactPoint | None
    rights: Rights
    formats: tuple[str, ...]
    """Output formats of GetFeature or GetMap."""
    layers: tuple[Layer, ...]
    unread: tuple[str, ...] = ()


def service_of(root: Element) -> Service:
    """The service that capabilities describe.

    Raises:
        SourceProtocolError: `source-refused` with the server's words, or
            `portal-unexpected-answer` for another document.
        SourceIncomplete: `services-limit` past the cap on layers.
    """
    if root.name in ("ServiceExceptionReport", "ExceptionReport"):
        words = " ".join(
            [*root.texts("ServiceException"), *root.texts("Exception/ExceptionText")]
            + [one.attribute("exceptionCode") or "" for one in root.all("Exception")]
        )
        raise SourceProtocolError("source-refused", " ".join(words.split())[:200])
    if root.name in ("WMS_Capabilities", "WMT_MS_Capabilities"):
        service = _wms(root)
    elif root.name == "WFS_Capabilities":
        service = _wfs(root)
    else:
        raise SourceProtocolError("portal-unexpected-answer", f"»{root.name}« statt Capabilities.")
    root.ignore(*_IGNORED_OF_SERVICE)
    return replace(service, unread=tuple(root.unread()))


def _wms(root: Element) -> Service:
    about = root.first("Service") or root
    place = f"{_OF_WMS}ContactAddress/"
    fields: dict[str, object] = {
        "name": about.text(f"{_OF_WMS}ContactPersonPrimary/ContactOrganization")
        or about.text(f"{_OF_WMS}ContactPersonPrimary/ContactPerson"),
        "email": about.text(f"{_OF_WMS}ContactElectronicMailAddress"),
        "tel": about.text(f"{_OF_WMS}ContactVoiceTelephone"),
        "street": about.text(f"{place}Address"),
        "zip": about.text(f"{place}PostCode"),
        "city": about.text(f"{place}City"),
        "country": about.text(f"{place}Country"),
    }
    top = root.all("Capability/Layer")
    layers = [layer for one in top for layer in _named_layers(one, is_top=True)]
    return Service(
        kind="WMS",
        version=root.attribute("version") or "1.3.0",
        title=_literals(about, "Title"),
        abstract=_literals(about, "Abstract"),
        keywords=_literals(about, "KeywordList/Keyword"),
        provider=agent({"name": about.text(f"{_OF_WMS}ContactPersonPrimary/ContactOrganization")}),
        contact=contact_point(fields),
        rights=rights_of_texts(about.text("Fees"), about.text("AccessConstraints")),
        formats=tuple(root.texts("Capability/Request/GetMap/Format")),
        layers=_limited(layers),
    )


def _named_layers(
    layer: Element, *, is_top: bool = False, is_part: bool = False
) -> Iterator[Layer]:
    """The layers that can be asked for, below the top one; those inside of others as their parts.

    A layer without a name is a heading. The top layer counts where it is the only one.
    """
    inside = layer.all("Layer")
    name = layer.text("Name")
    if name is not None and not (is_top and inside):
        yield _map_layer(layer, name, is_part)
        is_part = True
    for one in inside:
        yield from _named_layers(one, is_part=is_part)


def _map_layer(layer: Element, name: str, is_part: bool) -> Layer:
    box = layer.first("EX_GeographicBoundingBox") or layer.first("LatLonBoundingBox")
    sides = None
    if box is not None and box.name == "LatLonBoundingBox":
        sides = [box.attribute(side) for side in ("minx", "miny", "maxx", "maxy")]
    elif box is not None:
        names = ("westBoundLongitude", "southBoundLatitude", "eastBoundLongitude")
        sides = [box.text(side) for side in (*names, "northBoundLatitude")]
    found = _layer(layer, name, sides, _literals(layer, "KeywordList/Keyword"))
    return replace(found, is_part=is_part)


def _wfs(root: Element) -> Service:
    about = root.first("ServiceIdentification", "Service") or root
    provider = root.first("ServiceProvider") or root
    place = f"{_CONTACT}Address/"
    site = provider.first("ProviderSite")
    fields: dict[str, object] = {
        "name": provider.text("ProviderName", "ServiceContact/IndividualName"),
        "email": provider.text(f"{place}ElectronicMailAddress"),
        "tel": provider.text(f"{_CONTACT}Phone/Voice"),
        "url": None if site is None else site.href(),
        "street": provider.text(f"{place}DeliveryPoint"),
        "zip": provider.text(f"{place}PostalCode"),
        "city": provider.text(f"{place}City"),
        "country": provider.text(f"{place}Country"),
    }
    formats = [
        value
        for operation in root.all("OperationsMetadata/Operation")
        if operation.attribute("name") == "GetFeature"
        for parameter in operation.all("Parameter")
        if parameter.attribute("name") == "outputFormat"
        for value in parameter.texts("AllowedValues/Value", "Value")
    ]
    layers = []
    for one in root.all("FeatureTypeList/FeatureType"):
        name = one.text("Name")
        if name is not None:
            keywords = _literals(one, "Keywords/Keyword") or _literals(one, "Keywords")
            layers.append(_layer(one, name, _corners(one), keywords))
    return Service(
        kind="WFS",
        version=root.attribute("version") or "2.0.0",
        title=_literals(about, "Title"),
        abstract=_literals(about, "Abstract"),
        keywords=_literals(about, "Keywords/Keyword"),
        provider=agent({"name": provider.text("ProviderName"), "url": fields["url"]}),
        contact=contact_point(fields),
        rights=rights_of_texts(about.text("Fees"), *about.texts("AccessConstraints")),
        formats=tuple(dict.fromkeys(formats)),
        layers=_limited(layers),
    )


def _corners(element: Element) -> list[str | None] | None:
    """The sides of `ows:WGS84BoundingBox`, lon/lat whatever the version; of WFS 1.0 as attributes."""
    box = element.first("WGS84BoundingBox")
    if box is not None:
        corners = f"{box.text('LowerCorner') or ''} {box.text('UpperCorner') or ''}".split()
        return [*corners] if len(corners) == 4 else None
    old = element.first("LatLongBoundingBox")
    return (
        None if old is None else [old.attribute(side) for side in ("minx", "miny", "maxx", "maxy")]
    )


def _layer(
    element: Element, name: str, sides: list[str | None] | None, keywords: tuple[Literal, ...]
) -> Layer:
    own = element.as_root()  # so that only what this layer has unread is listed
    box = box_of(sides)
    metadata = [
        link
        for one in own.all("MetadataURL")
        if (link := (one.href() or (one.first("OnlineResource") or one).href() or one.text()))
    ]
    data = [link for one in own.all("DataURL/OnlineResource") if (link := one.href())]
    layer = Layer(
        name=name,
        title=_literals(own, "Title"),
        abstract=_literals(own, "Abstract"),
        keywords=keywords,
        place=box_location(box),
        box=box,
        metadata=tuple(dict.fromkeys(metadata)),
        data=tuple(dict.fromkeys(data)),
        identifiers=tuple(own.texts("Identifier")),
        attribution=_literals(own, "Attribution/Title"),
        unread=(),
    )
    own.ignore(
        *("Name", "KeywordList", "Keywords", "MetadataURL", "EX_GeographicBoundingBox"),
        *("LatLonBoundingBox", "LatLongBoundingBox", "WGS84BoundingBox", *_IGNORED_OF_LAYER),
    )
    return replace(layer, unread=tuple(own.unread()))


def _limited(layers: list[Layer]) -> tuple[Layer, ...]:
    if len(layers) > LAYERS_MAX:
        raise SourceIncomplete("services-limit", f"{len(layers)} Ebenen, höchstens {LAYERS_MAX}.")
    return tuple(layers)


def _literals(element: Element, path: str) -> tuple[Literal, ...]:
    """The texts at a path, with `xml:lang` where it is given."""
    found = [
        Literal(value=words, language=one.attribute("lang"))
        for one in element.all(path)
        if (words := one.text()) is not None
    ]
    return tuple(dict.fromkeys(found))
