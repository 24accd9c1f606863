"""The crosswalk from layers of OGC services, and from what a list says of them, to a dataset."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from datenernte_dcat.records import (
    Agent,
    DataService,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Reference,
)
from datenernte_harvester.sources.iso_rights import Rights
from datenernte_harvester.sources.json_agents import agent
from datenernte_harvester.sources.json_values import (
    literals,
    reference,
    references,
    text,
    unique,
    web_iri,
)
from datenernte_harvester.sources.masterportal import Entry
from datenernte_harvester.sources.ogc_capabilities import Layer, Service
from datenernte_harvester.sources.ogc_services import (
    endpoint_of,
    request_url,
    service_distribution,
)

_FILES = (
    ("GML", ("gml",)),
    ("GeoJSON", ("geojson", "json")),
    ("CSV", ("csv",)),
    ("SHP", ("shape",)),
    ("GPKG", ("geopackage", "gpkg")),
)
"""Formats that become distributions, with the words that servers have in the names of their output
formats; servers offer some twenty more. GML always comes, without a word."""
_PICTURE_PIXELS = 800


class Shown(NamedTuple):
    """A dataset in one service."""

    url: str
    """Address of the capabilities; of what is no WMS or WFS its own."""
    service: Service | None = None
    layer: Layer | None = None
    entry: Entry | None = None
    """Of a list of services."""


def dataset_of(identifier: str, shown: list[Shown], metadata: Mapping[str, object]) -> Dataset:
    """The dataset that one or several layers show.

    Args:
        metadata: keys used: md_id, md_name, rs_id, show_doc_url, kategorie_opendata,
            kategorie_inspire, kategorie_organisation.
    """
    layers = [one.layer for one in shown if one.layer is not None]
    services = [one.service for one in shown if one.service is not None]
    entries = [one.entry for one in shown if one.entry is not None]
    titles = literals(metadata.get("md_name")) or _first(layer.title for layer in layers)
    names = [Literal(value=entry.name) for entry in entries if entry.name]
    registered = text(metadata.get("rs_id"))
    page = text(metadata.get("show_doc_url"))
    others = [registered, *(one for layer in layers for one in layer.identifiers)]
    return Dataset(
        uri=web_iri(registered),
        title=titles or tuple(names[:1]),
        description=_first(layer.abstract for layer in layers),
        keyword=_all(
            *(layer.keywords for layer in layers), literals(metadata.get("kategorie_inspire"))
        ),
        theme=references(metadata.get("kategorie_opendata")),
        identifier=(Literal(value=identifier),),
        other_identifier=tuple(
            Identifier(notation=Literal(value=one)) for one in dict.fromkeys(others) if one
        ),
        publisher=_publisher(metadata, services),
        contact_point=tuple(
            dict.fromkeys(one.contact for one in services if one.contact is not None)
        ),
        spatial=tuple(dict.fromkeys(layer.place for layer in layers if layer.place is not None)),
        landing_page=references(f"{page}{text(metadata.get('md_id')) or ''}") if page else (),
        page=unique(
            found
            for layer in layers
            for link in layer.metadata
            if (found := reference(link)) is not None
        ),
        distribution=tuple(dict.fromkeys(one for each in shown for one in _distributions(each))),
    )


def _publisher(metadata: Mapping[str, object], services: list[Service]) -> Agent | None:
    """The organisation of the list's metadata, else the one that runs a service."""
    named = agent({"name": metadata.get("kategorie_organisation")})
    return named or next((one.provider for one in services if one.provider is not None), None)


def _distributions(shown: Shown) -> Iterator[Distribution]:
    """The service, and for a layer one request that gives its data or its picture."""
    service, layer, entry = shown.service, shown.layer, shown.entry
    rights = Rights() if service is None else service.rights
    title = layer.title if layer is not None else ()
    if not title and entry is not None and entry.name:
        title = (Literal(value=entry.name),)
    link = reference(shown.url)
    if link is None:
        return
    if entry is not None and entry.file_format is not None:
        yield Distribution(
            access_url=(link,),
            download_url=(link,),
            title=title,
            format=reference(entry.file_format),
        )
        return
    kind = service.kind if service is not None else entry.kind if entry is not None else ""
    yield service_distribution(
        kind,
        link,
        title=title,
        license_=rights.license,
        attribution=_all(rights.attribution, layer.attribution if layer else ()),
        rights=rights.rights,
        service=DataService() if service is None else _service(service, link),
    )
    if service is not None and layer is not None:
        for format_, is_file, address in _requests(shown.url, service, layer):
            yield Distribution(
                access_url=(address,),
                download_url=(address,) if is_file else (),
                title=title,
                format=Reference(label=Literal(value=format_)),
                license=rights.license,
                license_attribution_by_text=_all(rights.attribution, layer.attribution),
                rights=rights.rights,
            )
        for link_of_data in layer.data:
            found = reference(link_of_data)
            if found is not None:
                yield Distribution(access_url=(found,), title=title, license=rights.license)


def _service(service: Service, link: Reference) -> DataService:
    return DataService(
        title=service.title,
        description=service.abstract,
        keyword=service.keywords,
        endpoint_url=(endpoint_of(link),),
        publisher=service.provider,
        contact_point=() if service.contact is None else (service.contact,),
        access_rights=service.rights.access_rights,
    )


def _requests(url: str, service: Service, layer: Layer) -> Iterator[tuple[str, bool, Reference]]:
    """Format, whether it is a file of the data, and address of what a layer can be asked for."""
    if service.kind == "WMS":
        address = _picture(url, service, layer)
        if address is not None:
            yield "PNG", False, Reference(uri=address)
        return
    many = "typeNames" if service.version.startswith("2") else "typeName"
    asked = {
        "service": "WFS",
        "version": service.version,
        "request": "GetFeature",
        many: layer.name,
    }
    offered = [one for one in service.formats if "javascript" not in one.casefold()]
    for format_, words in _FILES:
        known = next((one for word in words for one in offered if word in one.casefold()), None)
        extra = {"outputFormat": known} if known and format_ != "GML" else {}
        address = web_iri(request_url(url, **asked, **extra))
        if address is not None and (format_ == "GML" or known):
            yield format_, True, Reference(uri=address)


def _picture(url: str, service: Service, layer: Layer) -> str | None:
    """The map of the whole layer as PNG; None where the server does not say where it is.

    Longitude comes first in both versions: CRS:84 is defined so, and 1.1.1 always does.
    """
    if layer.box is None or not any("image/png" in one for one in service.formats):
        return None
    west, south, east, north = (float(side) for side in layer.box)
    if west >= east or south >= north:
        return None
    height = round(_PICTURE_PIXELS * min(4.0, max(0.25, (north - south) / (east - west))))
    is_new = service.version.startswith("1.3")
    return web_iri(
        request_url(
            url,
            service="WMS",
            version=service.version,
            request="GetMap",
            layers=layer.name,
            styles="",
            **{"crs" if is_new else "srs": "CRS:84" if is_new else "EPSG:4326"},
            bbox=",".join(layer.box),
            width=str(_PICTURE_PIXELS),
            height=str(height),
            format="image/png",
        )
    )


def _first(choices: Iterable[tuple[Literal, ...]]) -> tuple[Literal, ...]:
    return next((one for one in choices if one), ())


def _all(*parts: tuple[Literal, ...]) -> tuple[Literal, ...]:
    return tuple(dict.fromkeys(one for part in parts for one in part))
