"""A portal that speaks CKAN's action API, with the extras of DCAT-AP.de."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
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
_ORGANIZATION = "verwaltung"
ROWS_MAX = 1000
"""CKAN cuts a larger `rows` without a word."""

Parameters = Mapping[str, Any]


class _CkanError(Exception):
    """An error in CKAN's form."""

    def __init__(self, status: int, kind: str, **particulars: object) -> None:
        self.status = status
        self.error = {**particulars, "__type": kind}
        super().__init__(kind)


def ckan_site(
    title: str, key: str, datasets: Sequence[SimulatedDataset], *, rows_max: int = ROWS_MAX
) -> Site:
    """A CKAN 2.11 of the municipality `title` with these datasets and their files.

    Args:
        key: its AGS.
        datasets: in the order in which the portal lists them; the demo's are sorted by id.
        rows_max: the largest page the server gives.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    actions = _actions(title, key, datasets, rows_max)

    def site(request: Request) -> Answer:
        # CKAN answers with and without the version of its API.
        path = request.path.replace("/api/action/", "/api/3/action/", 1)
        if path.startswith("/api/3/action/"):
            return _action(actions, path.removeprefix("/api/3/action/"), request)
        if path in ("/api", "/api/3"):
            return _json(200, {"version": 3})
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path == "/robots.txt":
            return Answer(content_type="text/plain", body=b"User-agent: *\nDisallow: /user/\n")
        if request.path.startswith("/dataset/"):
            return Answer(body=b"<!doctype html><title>Datensatz</title><h1>Datensatz</h1>")
        return NOT_FOUND

    return site


def _action(
    actions: Mapping[str, Callable[[Parameters, str], object]], name: str, request: Request
) -> Answer:
    """What CKAN's dispatcher answers: a result, an error object, or a bare text with status 400.

    Source: https://docs.ckan.org/en/2.11/api/#making-an-api-request
    """
    action = actions.get(name)
    if action is None:
        return _json(400, f"Bad request - Action name not known: {name}")
    parameters: Parameters = request.query
    if request.body:
        try:
            parameters = json.loads(request.body)
        except ValueError:
            return _json(400, "Bad request - JSON Error: Error decoding JSON data.")
    link = f"{request.base}/api/3/action/help_show?name={name}"
    try:
        result = action(parameters, request.base)
    except _CkanError as error:
        return _json(error.status, {"help": link, "error": error.error, "success": False})
    return _json(200, {"help": link, "success": True, "result": result})


def _actions(
    title: str, key: str, datasets: Sequence[SimulatedDataset], rows_max: int
) -> dict[str, Callable[[Parameters, str], object]]:
    """Action → its function of parameters and base URL; those that readers use."""
    by_id = {dataset.id: dataset for dataset in reversed(datasets)}
    by_id |= {_name(dataset): dataset for dataset in reversed(datasets)}
    organization = {
        "id": f"org-{key}",
        "name": _ORGANIZATION,
        "title": title,
        "display_name": title,
        "is_organization": True,
        "package_count": len(datasets),
        "state": "active",
        "type": "organization",
    }

    def package_search(parameters: Parameters, base: str) -> object:
        start = _natural(parameters, "start", 0)
        rows = min(_natural(parameters, "rows", 10), rows_max)
        page = [package(item, title, key, base) for item in datasets[start:][:rows]]
        return {
            "count": len(datasets),
            "facets": {},
            "results": page,
            "sort": parameters.get("sort", "score desc, metadata_modified desc"),
            "search_facets": {},
        }

    def package_show(parameters: Parameters, base: str) -> object:
        found = by_id.get(_required(parameters, "id"))
        if found is None:
            raise _CkanError(404, "Not Found Error", message="Not found")
        return package(found, title, key, base)

    def package_list(parameters: Parameters, _base: str) -> object:
        offset = _natural(parameters, "offset", 0)
        limit = _natural(parameters, "limit", len(datasets))
        return sorted(_name(dataset) for dataset in datasets)[offset:][:limit]

    def organization_list(parameters: Parameters, _base: str) -> object:
        everything = str(parameters.get("all_fields", "")).lower() in ("true", "1", "yes")
        return [organization if everything else organization["name"]]

    def organization_show(parameters: Parameters, _base: str) -> object:
        if _required(parameters, "id") not in (organization["id"], organization["name"]):
            raise _CkanError(404, "Not Found Error", message="Not found")
        return organization

    def status_show(_parameters: Parameters, base: str) -> object:
        return {
            "ckan_version": "2.11.3",
            "site_url": base,
            "site_description": "",
            "site_title": title,
            "error_emails_to": None,
            "locale_default": "de",
            "extensions": ["dcat", "dcatde"],
        }

    return {
        action.__name__: action
        for action in (
            package_search,
            package_show,
            package_list,
            organization_list,
            organization_show,
            status_show,
        )
    }


def _required(parameters: Parameters, name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise _CkanError(409, "Validation Error", **{name: ["Missing value"]})
    return str(value)


def _natural(parameters: Parameters, name: str, default: int) -> int:
    value = str(parameters.get(name, default))
    if not value.lstrip("-").isdecimal():
        raise _CkanError(409, "Validation Error", **{name: ["Invalid integer"]})
    if value.startswith("-"):
        raise _CkanError(409, "Validation Error", **{name: ["Must be a natural number"]})
    return int(value)


def _name(dataset: SimulatedDataset) -> str:
    return f"datensatz-{dataset.id[:8]}"


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
        "name": _name(dataset),
        "title": dataset.title,
        "notes": dataset.description,
        "license_id": dataset.license,
        "metadata_created": f"{dataset.issued}.000000",
        "metadata_modified": f"{dataset.modified}.000000",
        "type": "dataset",
        "state": "active",
        "private": False,
        "url": f"{base}/dataset/{dataset.id}",
        "organization": {"name": _ORGANIZATION, "title": title},
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
    return Answer(content_type=media_type, body=_body(file))


_body = lru_cache(maxsize=1000)(files.body)
"""Making a workbook takes a quarter of a second, each time another client asks for it."""


def _json(status: int, document: object) -> Answer:
    # a portal that holds half of a surrogate pair writes it as it is
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Answer(status=status, content_type="application/json;charset=utf-8", body=body)
