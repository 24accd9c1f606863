"""A portal that speaks CKAN's action API, with the extras of DCAT-AP.de."""

import json
from collections.abc import Sequence
from typing import Any

from datenernte_harvester.simulator import files
from datenernte_harvester.simulator.catalogue import SimulatedDataset, SimulatedFile
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_FREQUENCIES = "http://publications.europa.eu/resource/authority/frequency/"
_KEYS = "http://dcat-ap.de/def/politicalGeocoding/"
_MEDIA_TYPES = {
    "CSV": "text/csv",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ROWS_MAX = 1000
"""CKAN cuts a larger `rows` without a word."""


def ckan_site(
    title: str, key: str, datasets: Sequence[SimulatedDataset], *, rows_max: int = ROWS_MAX
) -> Site:
    """A CKAN 2.11 of the municipality `title` with these datasets and their files.

    Args:
        key: its AGS.
        rows_max: the largest page the server gives.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    ordered = sorted(datasets, key=lambda dataset: dataset.id)

    def site(request: Request) -> Answer:
        # CKAN answers with and without the version of its API.
        path = request.path.replace("/api/action/", "/api/3/action/", 1)
        if path == "/api/3/action/package_search":
            start = _number(request.query.get("start"), 0)
            rows = min(_number(request.query.get("rows"), 10), rows_max)
            page = [package(item, title, key, request.base) for item in ordered[start:][:rows]]
            return _success({"count": len(ordered), "results": page, "sort": "id asc"})
        if path == "/api/3/action/status_show":
            return _success({"ckan_version": "2.11.3", "site_title": title})
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path.startswith("/api/"):
            return _json(
                404,
                {"success": False, "error": {"__type": "Not Found Error", "message": "Not found"}},
            )
        if request.path == "/robots.txt":
            return Answer(content_type="text/plain", body=b"User-agent: *\nDisallow: /user/\n")
        if request.path.startswith("/dataset/"):
            return Answer(body=b"<!doctype html><title>Datensatz</title><h1>Datensatz</h1>")
        return NOT_FOUND

    return site


def package(dataset: SimulatedDataset, title: str, key: str, base: str) -> dict[str, Any]:
    """The dataset in CKAN's form."""
    extras = {
        "issued": dataset.issued,
        "modified": dataset.modified,
        "identifier": dataset.id,
        "politicalGeocodingLevelURI": f"{_KEYS}Level/municipality",
        "politicalGeocodingURI": json.dumps([f"{_KEYS}municipalityKey/{key}"]),
        "frequency": f"{_FREQUENCIES}{dataset.frequency}",
        "publisher_name": title,
        "publisher_type": "http://purl.org/adms/publishertype/LocalAuthority",
        "contact_name": f"{title}, Stabsstelle Digitales",
        "contact_email": f"opendata@{title.split(' ')[-1].lower()}.example",
        "language": json.dumps(["http://publications.europa.eu/resource/authority/language/DEU"]),
        "access_rights": "http://publications.europa.eu/resource/authority/access-right/PUBLIC",
        "theme": json.dumps([f"{_THEMES}{dataset.theme}"]),
        "spatial": '{"type": "Point", "coordinates": [11.5, 48.9]}',
        "temporal_start": f"{dataset.issued[:4]}-01-01",
        "temporal_end": f"{dataset.issued[:4]}-12-31",
    }
    return {
        "id": dataset.id,
        "name": f"datensatz-{dataset.id[:8]}",
        "title": dataset.title,
        "notes": dataset.description,
        "license_id": dataset.license,
        "metadata_created": f"{dataset.issued}.000000",
        "metadata_modified": f"{dataset.modified}.000000",
        "type": "dataset",
        "state": "active",
        "private": False,
        "url": f"{base}/dataset/{dataset.id}",
        "organization": {"name": "verwaltung", "title": title},
        "groups": [{"name": dataset.theme.lower(), "title": dataset.theme}],
        "tags": [{"name": word, "display_name": word} for word in dataset.keywords],
        "extras": [{"key": name, "value": value} for name, value in extras.items()],
        "resources": [_resource(dataset, file, title, base) for file in dataset.files],
    }


def _resource(
    dataset: SimulatedDataset, file: SimulatedFile, title: str, base: str
) -> dict[str, Any]:
    return {
        "id": f"{dataset.id[:24]}-{file.format.lower()}",
        "name": file.name,
        "url": f"{base}/dateien/{file.name}",
        "format": file.format,
        "mimetype": _MEDIA_TYPES.get(file.format),
        "created": dataset.issued,
        "last_modified": dataset.modified,
        "licenseAttributionByText": title,
        "state": "active",
    }


def file_answer(file: SimulatedFile | None) -> Answer:
    """A file with the media type that its format promises; 404 for a broken link."""
    if file is None or file.vice == "missing":
        return NOT_FOUND
    media_type = "text/html" if file.vice == "html" else _MEDIA_TYPES.get(file.format, "text/plain")
    return Answer(content_type=media_type, body=files.body(file))


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default


def _success(result: object) -> Answer:
    return _json(200, {"help": "", "success": True, "result": result})


def _json(status: int, document: object) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status=status, content_type="application/json;charset=utf-8", body=body)
