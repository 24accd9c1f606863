"""A website whose pages describe datasets in the vocabulary of schema.org, with a site map."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

_LICENSES = {
    "dl-de-by-2.0": "https://www.govdata.de/dl-de/by-2-0",
    "dl-de-zero-2.0": "https://www.govdata.de/dl-de/zero-2-0",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc-zero": "https://creativecommons.org/publicdomain/zero/1.0/",
}


def schema_org_site(title: str, key: str, datasets: Sequence[SimulatedDataset]) -> Site:
    """A website of the municipality `title` with a page for each dataset, and the files.

    Args:
        key: its AGS.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    by_path = {f"/daten/{dataset.id}": dataset for dataset in datasets}

    def site(request: Request) -> Answer:
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path == "/robots.txt":
            lines = f"User-agent: *\nDisallow: /intern/\nSitemap: {request.base}/sitemap.xml\n"
            return Answer(content_type="text/plain", body=lines.encode())
        if request.path == "/sitemap.xml":
            listed = "".join(
                f"<url><loc>{request.base}{path}</loc><lastmod>{one.modified}Z</lastmod></url>"
                for path, one in by_path.items()
            )
            space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
            return Answer(
                content_type="application/xml",
                body=f'<?xml version="1.0"?>\n<urlset {space}>{listed}</urlset>\n'.encode(),
            )
        if request.path == "/":
            catalogue = {
                "@context": "https://schema.org",
                "@type": "DataCatalog",
                "name": f"Offene Daten: {title}",
                "dataset": [
                    {"@type": "Dataset", "name": one.title, "url": f"{request.base}{path}"}
                    for path, one in by_path.items()
                ],
            }
            return _page(title, catalogue)
        found = by_path.get(request.path)
        return NOT_FOUND if found is None else _page(title, _dataset(found, title, key, request))

    return site


def _dataset(dataset: SimulatedDataset, title: str, key: str, request: Request) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "identifier": dataset.id,
        "url": f"{request.base}/daten/{dataset.id}",
        "name": dataset.title,
        "description": dataset.description,
        "keywords": list(dataset.keywords),
        "license": _LICENSES.get(dataset.license or ""),
        "datePublished": dataset.issued,
        "dateModified": dataset.modified,
        "inLanguage": "de",
        "isAccessibleForFree": True,
        "publisher": {"@type": "GovernmentOrganization", "name": title},
        "spatialCoverage": {"@type": "Place", "name": key},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.name,
                "contentUrl": f"{request.base}/dateien/{file.name}",
                "encodingFormat": file.format,
            }
            for file in dataset.files
        ],
    }


def _page(title: str, document: object) -> Answer:
    words = json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")
    return Answer(
        body=(
            f"<!doctype html>\n<html lang='de'><head><title>{escape(title)}</title>"
            f'<script type="application/ld+json">{words}</script></head>'
            f"<body><h1>{escape(title)}</h1></body></html>\n"
        ).encode()
    )
