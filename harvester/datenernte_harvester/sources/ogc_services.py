"""Links to OGC services: which kind they are, and the distribution that such a link makes."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from datenernte_dcat.records import DataService, Distribution, Literal, Reference
from datenernte_harvester.sources.json_values import reference

_KINDS = ("WMTS", "WMS", "WFS", "WCS", "SOS", "CSW", "WPS")
_PROTOCOL = re.compile(
    rf"(?<![A-Za-z])({'|'.join(_KINDS)})(?![A-Za-z])|(ATOM)\b|(?:ogc)?api[ -]*features",
    re.IGNORECASE,
)
_OF_A_REQUEST = frozenset(
    ("service", "request", "version", "acceptversions", "language", "outputformat")
)
"""Parameters that belong to one question and not to the address of the service."""


def service_kind(protocol: str | None, url: str | None = None) -> str | None:
    """The kind of service that a link leads to, e.g. `WMS`; None for a file or a page.

    Args:
        protocol: as catalogues write it: `OGC:WMS`, `OGC:WMS-1.3.0-http-get-map`,
            `http://www.opengis.net/def/serviceType/ogc/wms`, `view`.
        url: of the link; its parameter `service` decides where the protocol says nothing.
    """
    match = _PROTOCOL.search(protocol or "")
    if match is not None:
        return (match[1] or match[2] or "OGC API Features").upper().replace("FEATURES", "Features")
    named = next(
        (value for name, value in _query(url or "") if name.lower() == "service"), ""
    ).upper()
    return named if named in _KINDS else None


def service_distribution(
    kind: str,
    link: Reference,
    *,
    title: tuple[Literal, ...] = (),
    description: tuple[Literal, ...] = (),
    license_: Reference | None = None,
    attribution: tuple[Literal, ...] = (),
    rights: Reference | None = None,
    service: DataService | None = None,
) -> Distribution:
    """The distribution that a service makes: how the data comes through it.

    There is no download URL, since the address is no file (convention 41 of DCAT-AP.de).

    Args:
        link: the address as it was published, of the service or of its capabilities.
        service: what more is known of the service.
    """
    base = service or DataService()
    return Distribution(
        access_url=(link,),
        title=title,
        description=description,
        format=Reference(label=Literal(value=kind)),
        license=license_,
        license_attribution_by_text=attribution,
        rights=rights,
        access_service=(described_service(base, kind, link, title, license_),),
    )


def described_service(
    base: DataService,
    kind: str,
    link: Reference,
    title: tuple[Literal, ...],
    license_: Reference | None,
) -> DataService:
    """The service with what its link says: address, capabilities, kind."""
    is_description = "getcapabilities" in (link.uri or "").lower()
    return msgspec.structs.replace(
        base,
        title=base.title or title,
        endpoint_url=base.endpoint_url or (endpoint_of(link),),
        endpoint_description=base.endpoint_description or ((link,) if is_description else ()),
        format=base.format or (Reference(label=Literal(value=kind)),),
        license=base.license or license_,
    )


def endpoint_of(link: Reference) -> Reference:
    """The address of the service without the parameters of a single question."""
    if link.uri is None:
        return link
    kept = [pair for pair in _query(link.uri) if pair[0].lower() not in _OF_A_REQUEST]
    parts = urlsplit(link.uri)
    return reference(urlunsplit(parts._replace(query=urlencode(kept), fragment=""))) or link


def capabilities_url(endpoint: str, kind: str, version: str | None = None) -> str:
    """The URL of the capabilities of a service, its own parameters kept."""
    kept = [pair for pair in _query(endpoint) if pair[0].lower() not in _OF_A_REQUEST]
    asked = [("service", kind), ("request", "GetCapabilities")]
    if version is not None:
        asked.append(("version", version))
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(query=urlencode([*kept, *asked]), fragment=""))


def request_url(endpoint: str, **parameters: str) -> str:
    """The URL of one question to a service, its own parameters kept."""
    kept = [pair for pair in _query(endpoint) if pair[0].lower() not in _OF_A_REQUEST]
    parts = urlsplit(endpoint)
    query = urlencode([*kept, *parameters.items()], safe=":,")
    return urlunsplit(parts._replace(query=query, fragment=""))


def _query(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []
