"""A web feature service (WFS 2.0): a feature type for each dataset, its file as CSV."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from datenernte_harvester.simulator import files
from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

_XML = "text/xml; charset=utf-8"
_NAME_SPACES = (
    'xmlns="http://www.opengis.net/wfs/2.0" xmlns:ows="http://www.opengis.net/ows/1.1" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:gml="http://www.opengis.net/gml/3.2"'
)
_START = '<?xml version="1.0" encoding="UTF-8"?>\n'


def wfs_site(title: str, key: str, datasets: Sequence[SimulatedDataset]) -> Site:
    """A service of the municipality `title`, at `/wfs`, with these datasets.

    Args:
        key: its AGS; the prefix of the feature types' names.
    """
    by_name = {_name(dataset, key): dataset for dataset in datasets}

    def site(request: Request) -> Answer:
        if request.path != "/wfs":
            return NOT_FOUND
        asked = {name.lower(): value for name, value in request.query.items()}
        if asked.get("service", "").upper() != "WFS":
            return _exception("MissingParameterValue", "service")
        if asked.get("request") == "GetCapabilities":
            return Answer(
                content_type=_XML, body=_capabilities(title, key, datasets, request.base).encode()
            )
        dataset = by_name.get(asked.get("typenames", ""))
        if asked.get("request") != "GetFeature" or dataset is None:
            return _exception("InvalidParameterValue", "typeNames")
        if asked.get("outputformat") == "csv":
            return Answer(content_type="text/csv", body=files.body(dataset.files[0]))
        members = f"<wfs:FeatureCollection {_NAME_SPACES.replace('xmlns=', 'xmlns:wfs=', 1)}/>"
        return Answer(content_type="application/gml+xml", body=f"{_START}{members}".encode())

    return site


def _name(dataset: SimulatedDataset, key: str) -> str:
    return f"k{key}:{dataset.id}"


def _capabilities(title: str, key: str, datasets: Sequence[SimulatedDataset], base: str) -> str:
    host = title.split(" ")[-1].lower()
    place = f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{base}/wfs"/></ows:HTTP></ows:DCP>'
    formats = "".join(
        f"<ows:Value>{one}</ows:Value>" for one in ("application/gml+xml; version=3.2", "csv")
    )
    license_ = next((dataset.license for dataset in datasets if dataset.license), None)
    words = f'{{"id":"{license_}","quelle":"{title}"}}' if license_ else "NONE"
    address = (
        "<ows:Address><ows:ElectronicMailAddress>"
        f"opendata@{host}.example</ows:ElectronicMailAddress></ows:Address>"
    )
    types = "".join(_feature_type(dataset, key) for dataset in datasets)
    return (
        f'{_START}<WFS_Capabilities {_NAME_SPACES} xmlns:k{key}="urn:{key}" version="2.0.0">'
        f"<ows:ServiceIdentification><ows:Title>Geodaten {escape(title)}</ows:Title>"
        "<ows:ServiceType>WFS</ows:ServiceType><ows:ServiceTypeVersion>2.0.0"
        f"</ows:ServiceTypeVersion><ows:Fees>NONE</ows:Fees><ows:AccessConstraints>{escape(words)}"
        "</ows:AccessConstraints></ows:ServiceIdentification>"
        f"<ows:ServiceProvider><ows:ProviderName>{escape(title)}</ows:ProviderName>"
        f"<ows:ServiceContact><ows:ContactInfo>{address}</ows:ContactInfo></ows:ServiceContact>"
        "</ows:ServiceProvider><ows:OperationsMetadata>"
        f'<ows:Operation name="GetCapabilities">{place}</ows:Operation>'
        f'<ows:Operation name="GetFeature">{place}<ows:Parameter name="outputFormat">'
        f"<ows:AllowedValues>{formats}</ows:AllowedValues></ows:Parameter></ows:Operation>"
        f"</ows:OperationsMetadata><FeatureTypeList>{types}</FeatureTypeList></WFS_Capabilities>"
    )


def _feature_type(dataset: SimulatedDataset, key: str) -> str:
    keywords = "".join(f"<ows:Keyword>{escape(word)}</ows:Keyword>" for word in dataset.keywords)
    return (
        f"<FeatureType><Name>{_name(dataset, key)}</Name><Title>{escape(dataset.title)}</Title>"
        f"<Abstract>{escape(dataset.description)}</Abstract><ows:Keywords>{keywords}</ows:Keywords>"
        "<DefaultCRS>urn:ogc:def:crs:EPSG::25832</DefaultCRS><ows:WGS84BoundingBox>"
        "<ows:LowerCorner>11.4 48.8</ows:LowerCorner><ows:UpperCorner>11.7 49.0</ows:UpperCorner>"
        "</ows:WGS84BoundingBox></FeatureType>"
    )


def _exception(code: str, locator: str) -> Answer:
    document = (
        f'{_START}<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">'
        f'<ows:Exception exceptionCode="{code}" locator="{locator}"/></ows:ExceptionReport>'
    )
    return Answer(status=400, content_type=_XML, body=document.encode())
