"""A portal that speaks OGC API Records, with the habits of pycsw and pygeoapi."""

import json
from collections.abc import Sequence
from typing import Any

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

COLLECTION = "metadata:main"
LIMIT_MAX = 10
"""The largest page the server gives, whatever was asked for."""

_ITEMS = f"/collections/{COLLECTION}/items"
_MEDIA_TYPES = {
    "CSV": "text/csv",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TOPICS = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#MD_TopicCategoryCode"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"


def ogc_records_site(
    title: str, key: str, datasets: Sequence[SimulatedDataset], *, limit_max: int = LIMIT_MAX
) -> Site:
    """A catalogue of the municipality `title` with these datasets and files.

    Args:
        key: its AGS.
        datasets: in the order in which the catalogue lists them.
        limit_max: the largest page the server gives.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    by_id = {dataset.id: dataset for dataset in datasets}

    def site(request: Request) -> Answer:
        path = request.path.rstrip("/")
        if path.startswith("/dateien/"):
            return file_answer(by_name.get(path.removeprefix("/dateien/")))
        if path == "":
            links = [{"rel": "data", "href": f"{request.base}/collections"}]
            return _json({"title": title, "links": links})
        if path == "/collections":
            return _json({"collections": [_collection(title)], "links": []})
        if path == f"/collections/{COLLECTION}":
            return _json(_collection(title))
        if path == _ITEMS:
            return _page(request, datasets, title, key, limit_max)
        found = by_id.get(path.removeprefix(f"{_ITEMS}/"))
        if found is not None:
            return _json(record_feature(found, title, key, request.base))
        if path.startswith("/collections/"):
            return _error(404, "InvalidParameterValue", "Invalid collection or item")
        return NOT_FOUND

    return site


def record_feature(dataset: SimulatedDataset, title: str, key: str, base: str) -> dict[str, Any]:
    """The dataset as a feature of OGC API Records 1.0."""
    host = title.split(" ")[-1].lower()
    return {
        "id": dataset.id,
        "type": "Feature",
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/req/record-core"],
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[11.4, 48.8], [11.7, 48.8], [11.7, 49.0], [11.4, 49.0], [11.4, 48.8]]],
        },
        "time": {"interval": [f"{dataset.issued[:4]}-01-01", f"{dataset.issued[:4]}-12-31"]},
        "properties": {
            "type": "dataset",
            "title": dataset.title,
            "description": dataset.description,
            "created": f"{dataset.issued}Z",
            "updated": f"{dataset.modified}Z",
            "language": {"code": "de"},
            "keywords": list(dataset.keywords),
            "themes": [{"concepts": [{"id": dataset.theme}], "scheme": _THEMES}],
            "externalIds": [{"scheme": "default", "value": f"{key}-{dataset.id[:8]}"}],
            "contacts": [
                {"organization": title, "roles": ["publisher"]},
                {
                    "organization": f"{title}, Stabsstelle Digitales",
                    "emails": [{"value": f"opendata@{host}.example"}],
                    "roles": ["pointOfContact"],
                },
            ],
            "license": dataset.license,
        },
        "links": [
            {
                "rel": "enclosure",
                "href": f"{base}/dateien/{file.name}",
                "type": _MEDIA_TYPES.get(file.format),
                "title": file.name,
            }
            for file in dataset.files
        ],
    }


def _page(
    request: Request, datasets: Sequence[SimulatedDataset], title: str, key: str, limit_max: int
) -> Answer:
    limit, offset = request.query.get("limit", "10"), request.query.get("offset", "0")
    if not limit.isdecimal() or not offset.isdecimal():
        return _error(400, "InvalidParameterValue", "limit and offset are numbers")
    start = int(offset)
    shown = datasets[start:][: min(int(limit), limit_max)]
    features = [record_feature(dataset, title, key, request.base) for dataset in shown]
    address = f"{request.base}{_ITEMS}"
    links = [{"rel": "self", "type": "application/geo+json", "href": f"{address}?f=json"}]
    end = start + len(shown)
    if end < len(datasets):
        # As pycsw: the link to the next page drops `f=json`.
        links.append({"rel": "next", "href": f"{address}?offset={end}&limit={limit}"})
    return _json(
        {
            "type": "FeatureCollection",
            "features": features,
            "numberMatched": len(datasets),
            "numberReturned": len(features),
            "links": links,
        }
    )


def _collection(title: str) -> dict[str, Any]:
    return {"id": COLLECTION, "type": "catalog", "itemType": "record", "title": title, "links": []}


def _error(status: int, code: str, words: str) -> Answer:
    return _json({"code": code, "description": words}, status)


def _json(document: object, status: int = 200) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status=status, content_type="application/geo+json", body=body)
