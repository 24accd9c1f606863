"""A portal that speaks CSW 2.0.2, with records in ISO 19139 by the rules of the GDI-DE."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from datenernte_harvester.simulator.catalogue import SimulatedDataset, SimulatedFile
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

RECORDS_MAX = 10
"""The largest page the server gives, whatever was asked for; pycsw's default."""

_XML = "application/xml; charset=utf-8"
_NAMES = {
    "csw": "http://www.opengis.net/cat/csw/2.0.2",
    "ows": "http://www.opengis.net/ows",
    "ogc": "http://www.opengis.net/ogc",
    "gmd": "http://www.isotc211.org/2005/gmd",
    "gco": "http://www.isotc211.org/2005/gco",
    "gmx": "http://www.isotc211.org/2005/gmx",
    "gml": "http://www.opengis.net/gml/3.2",
    "xlink": "http://www.w3.org/1999/xlink",
}
_NAME_SPACES = " ".join(f'xmlns:{prefix}="{iri}"' for prefix, iri in _NAMES.items())
_LICENSES = {
    "dl-de-by-2.0": ("dl-by-de/2.0", "https://www.govdata.de/dl-de/by-2-0"),
    "dl-de-zero-2.0": ("dl-zero-de/2.0", "https://www.govdata.de/dl-de/zero-2-0"),
    "cc-by-4.0": ("cc-by/4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "cc-zero": ("cc-zero", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
_TOPICS = {
    "ENVI": "environment",
    "SOCI": "society",
    "EDUC": "society",
    "TRAN": "transportation",
    "GOVE": "planningCadastre",
    "REGI": "planningCadastre",
}
_FREQUENCIES = {"ANNUAL": "annually", "MONTHLY": "monthly", "DAILY": "daily"}
_POSTED = re.compile(r'\b(startPosition|maxRecords|resultType|outputSchema)\s*=\s*"([^"]*)"')


def csw_site(
    title: str, key: str, datasets: Sequence[SimulatedDataset], *, records_max: int = RECORDS_MAX
) -> Site:
    """A catalogue service of the municipality `title`, at `/csw`, with these datasets and files.

    Args:
        key: its AGS.
        datasets: in the order in which the service lists them.
        records_max: the largest page the server gives.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    by_id = {dataset.id: dataset for dataset in datasets}

    def site(request: Request) -> Answer:
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path != "/csw":
            return NOT_FOUND
        asked = {name.lower(): value for name, value in request.query.items()}
        if request.body:
            posted = request.body.decode()
            asked = {name.lower(): value for name, value in _POSTED.findall(posted)}
            kinds = ("GetRecordById", "GetRecords", "GetCapabilities")
            asked["request"] = next((kind for kind in kinds if f":{kind}" in posted), "")
        match asked.get("request"):
            case "GetCapabilities":
                return _answer(_capabilities(title, request.base))
            case "GetRecords":
                return _page(asked, datasets, title, key, request.base, records_max)
            case "GetRecordById":
                found = by_id.get(asked.get("id", ""))
                record = iso_record(found, title, key, request.base) if found else ""
                return _answer(_element("GetRecordByIdResponse", "", record))
        return _exception("OperationNotSupported", "Invalid request parameter")

    return site


def _page(
    asked: Mapping[str, str],
    datasets: Sequence[SimulatedDataset],
    title: str,
    key: str,
    base: str,
    records_max: int,
) -> Answer:
    position, size = asked.get("startposition", "1"), asked.get("maxrecords", "10")
    if not position.isdecimal() or not size.isdecimal() or int(position) < 1:
        return _exception("InvalidParameterValue", "startPosition and maxRecords are numbers")
    start = int(position) - 1
    shown = datasets[start:][: min(int(size), records_max)]
    if asked.get("resulttype", "hits") == "hits":
        shown = ()
    end = start + len(shown)
    # As pycsw 2.6.2 does: behind the end the next record is the first one again.
    following = end + 1 if end < len(datasets) else 0 if start < len(datasets) else 1
    numbers = (
        f'numberOfRecordsMatched="{len(datasets)}" numberOfRecordsReturned="{len(shown)}" '
        f'nextRecord="{following}" recordSchema="{_NAMES["gmd"]}" elementSet="full"'
    )
    records = "".join(iso_record(dataset, title, key, base) for dataset in shown)
    status = '<csw:SearchStatus timestamp="2026-01-01T00:00:00Z"/>'
    results = f"<csw:SearchResults {numbers}>{records}</csw:SearchResults>"
    return _answer(_element("GetRecordsResponse", "", f"{status}{results}"))


def iso_record(dataset: SimulatedDataset, title: str, key: str, base: str) -> str:
    """The dataset as `gmd:MD_Metadata`; prefixes as in `iso_document`."""
    host = title.split(" ")[-1].lower()
    keywords = "".join(
        f"<gmd:keyword>{_text(word)}</gmd:keyword>" for word in ("opendata", *dataset.keywords)
    )
    mail = f"<gmd:electronicMailAddress>{_text(f'opendata@{host}.example')}</gmd:electronicMailAddress>"
    address = f"<gmd:address><gmd:CI_Address>{mail}</gmd:CI_Address></gmd:address>"
    info = f"<gmd:contactInfo><gmd:CI_Contact>{address}</gmd:CI_Contact></gmd:contactInfo>"
    links = "".join(_link(file, base) for file in dataset.files)
    return (
        "<gmd:MD_Metadata>"
        f"<gmd:fileIdentifier>{_text(dataset.id)}</gmd:fileIdentifier>"
        f"<gmd:language>{_code('LanguageCode', 'ger')}</gmd:language>"
        f"<gmd:hierarchyLevel>{_code('MD_ScopeCode', 'dataset')}</gmd:hierarchyLevel>"
        f"<gmd:contact>{_party(f'{title}, Stabsstelle Digitales', 'pointOfContact', info)}</gmd:contact>"
        f"<gmd:dateStamp><gco:DateTime>{dataset.modified}</gco:DateTime></gmd:dateStamp>"
        "<gmd:identificationInfo><gmd:MD_DataIdentification>"
        f"<gmd:citation><gmd:CI_Citation><gmd:title>{_text(dataset.title)}</gmd:title>"
        f"{_date(dataset.issued, 'publication')}{_date(dataset.modified, 'revision')}"
        "</gmd:CI_Citation></gmd:citation>"
        f"<gmd:abstract>{_text(dataset.description)}</gmd:abstract>"
        f"<gmd:pointOfContact>{_party(f'{title}, Stabsstelle Digitales', 'pointOfContact', info)}"
        f"</gmd:pointOfContact><gmd:pointOfContact>{_party(title, 'publisher', '')}"
        "</gmd:pointOfContact>"
        "<gmd:resourceMaintenance><gmd:MD_MaintenanceInformation><gmd:maintenanceAndUpdateFrequency>"
        f"{_code('MD_MaintenanceFrequencyCode', _FREQUENCIES.get(dataset.frequency, 'unknown'))}"
        "</gmd:maintenanceAndUpdateFrequency></gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>"
        f"<gmd:descriptiveKeywords><gmd:MD_Keywords>{keywords}</gmd:MD_Keywords></gmd:descriptiveKeywords>"
        f"{_constraints(dataset, title)}"
        f"<gmd:language>{_code('LanguageCode', 'ger')}</gmd:language>"
        f"<gmd:topicCategory><gmd:MD_TopicCategoryCode>{_TOPICS.get(dataset.theme, 'society')}"
        "</gmd:MD_TopicCategoryCode></gmd:topicCategory>"
        f"<gmd:extent>{_extent(key)}</gmd:extent>"
        "</gmd:MD_DataIdentification></gmd:identificationInfo>"
        "<gmd:distributionInfo><gmd:MD_Distribution><gmd:transferOptions>"
        f"<gmd:MD_DigitalTransferOptions>{links}</gmd:MD_DigitalTransferOptions>"
        "</gmd:transferOptions></gmd:MD_Distribution></gmd:distributionInfo>"
        "</gmd:MD_Metadata>"
    )


def iso_document(dataset: SimulatedDataset, title: str, key: str, base: str) -> str:
    """The dataset as a document of its own, as it is loaded into a catalogue."""
    record = iso_record(dataset, title, key, base)
    return record.replace("<gmd:MD_Metadata>", f"<gmd:MD_Metadata {_NAME_SPACES}>", 1)


def _constraints(dataset: SimulatedDataset, title: str) -> str:
    if dataset.license is None:
        return ""
    identifier, url = _LICENSES[dataset.license]
    words = f'{{ "id":"{identifier}", "name":"{identifier}", "url":"{url}", "quelle":"{title}" }}'
    return (
        "<gmd:resourceConstraints><gmd:MD_LegalConstraints><gmd:useConstraints>"
        f"{_code('MD_RestrictionCode', 'otherRestrictions')}</gmd:useConstraints>"
        f"<gmd:otherConstraints>{_text(words)}</gmd:otherConstraints>"
        "</gmd:MD_LegalConstraints></gmd:resourceConstraints>"
    )


def _extent(key: str) -> str:
    sides = {"west": 11.4, "east": 11.7, "south": 48.8, "north": 49.0}
    box = "".join(
        f"<gmd:{side}Bound{'Longitude' if side in ('west', 'east') else 'Latitude'}><gco:Decimal>"
        f"{value}</gco:Decimal></gmd:{side}Bound"
        f"{'Longitude' if side in ('west', 'east') else 'Latitude'}>"
        for side, value in sides.items()
    )
    place = (
        "<gmd:geographicElement><gmd:EX_GeographicDescription><gmd:geographicIdentifier>"
        f"<gmd:MD_Identifier><gmd:code>{_text(key)}</gmd:code></gmd:MD_Identifier>"
        "</gmd:geographicIdentifier></gmd:EX_GeographicDescription></gmd:geographicElement>"
    )
    return (
        f"<gmd:EX_Extent>{place}<gmd:geographicElement><gmd:EX_GeographicBoundingBox>{box}"
        "</gmd:EX_GeographicBoundingBox></gmd:geographicElement></gmd:EX_Extent>"
    )


def _link(file: SimulatedFile, base: str) -> str:
    return (
        "<gmd:onLine><gmd:CI_OnlineResource>"
        f"<gmd:linkage><gmd:URL>{escape(f'{base}/dateien/{file.name}')}</gmd:URL></gmd:linkage>"
        f"<gmd:protocol>{_text('WWW:DOWNLOAD-1.0-http--download')}</gmd:protocol>"
        f"<gmd:name>{_text(file.name)}</gmd:name>"
        f"<gmd:function>{_code('CI_OnLineFunctionCode', 'download')}</gmd:function>"
        "</gmd:CI_OnlineResource></gmd:onLine>"
    )


def _party(name: str, role: str, info: str) -> str:
    return (
        f"<gmd:CI_ResponsibleParty><gmd:organisationName>{_text(name)}</gmd:organisationName>{info}"
        f"<gmd:role>{_code('CI_RoleCode', role)}</gmd:role></gmd:CI_ResponsibleParty>"
    )


def _date(moment: str, kind: str) -> str:
    return (
        f"<gmd:date><gmd:CI_Date><gmd:date><gco:Date>{moment[:10]}</gco:Date></gmd:date>"
        f"<gmd:dateType>{_code('CI_DateTypeCode', kind)}</gmd:dateType></gmd:CI_Date></gmd:date>"
    )


def _text(words: str) -> str:
    return f"<gco:CharacterString>{escape(words)}</gco:CharacterString>"


def _code(name: str, value: str) -> str:
    return f'<gmd:{name} codeList="#{name}" codeListValue="{value}">{value}</gmd:{name}>'


def _capabilities(title: str, base: str) -> str:
    place = f'<ows:Get xlink:href="{base}/csw"/><ows:Post xlink:href="{base}/csw"/>'
    operations = "".join(
        f'<ows:Operation name="{name}"><ows:DCP><ows:HTTP>{place}</ows:HTTP></ows:DCP></ows:Operation>'
        for name in ("GetCapabilities", "GetRecords", "GetRecordById")
    )
    service = (
        f"<ows:ServiceIdentification><ows:Title>{escape(title)}</ows:Title>"
        "<ows:ServiceType>CSW</ows:ServiceType><ows:ServiceTypeVersion>2.0.2</ows:ServiceTypeVersion>"
        "</ows:ServiceIdentification>"
    )
    content = f"{service}<ows:OperationsMetadata>{operations}</ows:OperationsMetadata>"
    return _element("Capabilities", 'version="2.0.2"', content)


def _exception(code: str, words: str) -> Answer:
    """An error, with HTTP status 200 as pycsw and older GeoNetworks send it."""
    return _answer(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ows:ExceptionReport xmlns:ows="{_NAMES["ows"]}" version="1.2.0"><ows:Exception '
        f'exceptionCode="{code}"><ows:ExceptionText>{escape(words)}</ows:ExceptionText>'
        "</ows:Exception></ows:ExceptionReport>"
    )


def _element(name: str, attributes: str, content: str) -> str:
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{start}<csw:{name} {_NAME_SPACES} {attributes}>{content}</csw:{name}>"


def _answer(document: str) -> Answer:
    return Answer(content_type=_XML, body=document.encode())
