"""A repository that speaks OAI-PMH, with Dublin Core."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

PAGE_SIZE = 10
_PREFIX = "oai:daten.example:"
_LICENSES = {
    "dl-de-by-2.0": "https://www.govdata.de/dl-de/by-2-0",
    "dl-de-zero-2.0": "https://www.govdata.de/dl-de/zero-2-0",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc-zero": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_NAME_SPACES = (
    'xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_SEPARATOR = "!"


def oai_pmh_site(
    title: str,
    key: str,
    datasets: Sequence[SimulatedDataset],
    *,
    page_size: int = PAGE_SIZE,
    deleted: Sequence[str] = (),
) -> Site:
    """A repository of the municipality `title`, at `/oai`, with these datasets and their files.

    Args:
        key: its AGS, which is the name of its one set.
        page_size: records in one part of a list.
        deleted: ids of datasets that are listed as deleted.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    records: list[SimulatedDataset | str] = [*datasets, *deleted]

    def site(request: Request) -> Answer:
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path != "/oai":
            return NOT_FOUND
        verb = request.query.get("verb", "")
        match verb:
            case "Identify":
                content = _identify(title, request.base)
            case "ListMetadataFormats":
                content = _FORMATS
            case "ListSets":
                content = f"<set><setSpec>{key}</setSpec><setName>{escape(title)}</setName></set>"
            case "ListRecords" | "ListIdentifiers":
                return _listed(verb, request)
            case "GetRecord":
                wanted = request.query.get("identifier", "").removeprefix(_PREFIX)
                found = next((one for one in datasets if one.id == wanted), None)
                if found is None:
                    return _error("idDoesNotExist", wanted)
                content = _record(found, title, key, request.base)
            case _:
                return _error("badVerb", verb)
        return _answer(f"<{verb}>{content}</{verb}>")

    def _listed(verb: str, request: Request) -> Answer:
        token = request.query.get("resumptionToken")
        prefix, _, at = (token or request.query.get("metadataPrefix", "")).partition(_SEPARATOR)
        if prefix != "oai_dc" or (token is not None and not at.isdecimal()):
            return _error("badResumptionToken" if token else "cannotDisseminateFormat", prefix)
        if request.query.get("set", key) != key or not records:
            return _error("noRecordsMatch", "")
        start = int(at or 0)
        shown = records[start : start + page_size]
        made = [_header(one, key) for one in shown]
        if verb == "ListRecords":
            made = [_record(one, title, key, request.base) for one in shown]
        following = start + page_size
        is_last = following >= len(records)
        following_token = "" if is_last else f"{prefix}{_SEPARATOR}{following}"
        numbers = f'completeListSize="{len(records)}" cursor="{start}"'
        end = f"<resumptionToken {numbers}>{following_token}</resumptionToken>"
        return _answer(f"<{verb}>{''.join(made)}{end}</{verb}>")

    return site


_FORMATS = (
    "<metadataFormat><metadataPrefix>oai_dc</metadataPrefix>"
    "<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>"
    "<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>"
    "</metadataFormat>"
)


def _identify(title: str, base: str) -> str:
    return (
        f"<repositoryName>{escape(title)}</repositoryName><baseURL>{base}/oai</baseURL>"
        "<protocolVersion>2.0</protocolVersion><adminEmail>archiv@gemeinde.example</adminEmail>"
        "<earliestDatestamp>2000-01-01T00:00:00Z</earliestDatestamp>"
        "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
    )


def _header(record: SimulatedDataset | str, key: str) -> str:
    is_deleted = isinstance(record, str)
    name = record if isinstance(record, str) else record.id
    stamp = "2026-01-01T00:00:00" if isinstance(record, str) else record.modified
    status = ' status="deleted"' if is_deleted else ""
    return (
        f"<header{status}><identifier>{_PREFIX}{name}</identifier>"
        f"<datestamp>{stamp}Z</datestamp><setSpec>{key}</setSpec></header>"
    )


def _record(record: SimulatedDataset | str, title: str, key: str, base: str) -> str:
    header = _header(record, key)
    if isinstance(record, str):
        return f"<record>{header}</record>"
    values = [
        ("title", record.title),
        ("description", record.description),
        ("publisher", title),
        ("date", record.issued[:10]),
        ("type", "Dataset"),
        ("language", "de"),
        ("identifier", f"{base}/dataset/{record.id}"),
        *(("subject", word) for word in record.keywords),
        *(("relation", f"{base}/dateien/{file.name}") for file in record.files),
        *([("rights", _LICENSES[record.license])] if record.license else []),
    ]
    elements = "".join(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in values)
    return f"<record>{header}<metadata><oai_dc:dc>{elements}</oai_dc:dc></metadata></record>"


def _error(code: str, words: str) -> Answer:
    return _answer(f'<error code="{code}">{escape(words)}</error>')


def _answer(content: str) -> Answer:
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH {_NAME_SPACES}>'
        "<responseDate>2026-01-01T00:00:00Z</responseDate><request>oai</request>"
        f"{content}</OAI-PMH>\n"
    )
    return Answer(content_type="text/xml; charset=utf-8", body=document.encode())
