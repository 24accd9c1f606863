"""Websites without any interface: a page with links to files, a folder of files, a list of packages."""

import json
from collections.abc import Sequence
from html import escape

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

PAGE_SIZE = 10
_LICENSES = {
    "dl-de-by-2.0": "https://www.govdata.de/dl-de/by-2-0",
    "dl-de-zero-2.0": "https://www.govdata.de/dl-de/zero-2-0",
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/deed.de",
    "cc-zero": "https://creativecommons.org/publicdomain/zero/1.0/deed.de",
}


def html_links_site(
    title: str, datasets: Sequence[SimulatedDataset], *, page_size: int = PAGE_SIZE
) -> Site:
    """Pages of the municipality `title` with a table of files, at `/offene-daten`."""
    pages = max(1, -(-len(datasets) // page_size))

    def page(request: Request) -> Answer:
        number = request.query.get("seite", "1")
        if request.path != "/offene-daten" or not number.isdecimal() or int(number) > pages:
            return NOT_FOUND
        shown = datasets[(int(number) - 1) * page_size :][:page_size]
        following = f"<p><a rel='next' href='?seite={int(number) + 1}'>weiter</a></p>"
        body = (
            f"<h1>Offene Daten</h1><table><tr><th>Datensatz</th><th>Beschreibung</th><th>Stand</th>"
            f"<th>Download</th><th>Lizenz</th></tr>{''.join(map(_row, shown))}</table>"
            f"{following if int(number) < pages else ''}"
        )
        return _html(f"Offene Daten – {title}", body)

    return _with_files(page, datasets)


def file_listing_site(datasets: Sequence[SimulatedDataset]) -> Site:
    """A folder, at `/dateien/`, as nginx lists it."""

    def page(request: Request) -> Answer:
        if request.path != "/dateien/":
            return NOT_FOUND
        lines = "".join(
            f'<a href="{file.name}">{file.name}</a>{" " * (51 - len(file.name))}'
            f"{_nginx_date(dataset.modified)}{'':>16}{len(file_answer(file).body)}\n"
            for dataset in datasets
            for file in dataset.files
        )
        heading = "Index of /dateien/"
        return Answer(
            body=(
                f"<html>\n<head><title>{heading}</title></head>\n<body>\n<h1>{heading}</h1><hr>"
                f'<pre><a href="../">../</a>\n{lines}</pre><hr></body>\n</html>\n'
            ).encode()
        )

    return _with_files(page, datasets)


def data_package_site(title: str, datasets: Sequence[SimulatedDataset]) -> Site:
    """A list of Data Packages, at `/packages.json`, and the packages that it names."""
    by_path = {f"/pakete/{dataset.id}/datapackage.json": dataset for dataset in datasets}

    def page(request: Request) -> Answer:
        if request.path == "/packages.json":
            return _json({"packages": [f"{request.base}{path}" for path in by_path]})
        dataset = by_path.get(request.path)
        if dataset is None:
            return NOT_FOUND
        return _json(
            {
                "id": dataset.id,
                "name": dataset.id,
                "title": dataset.title,
                "description": dataset.description,
                "keywords": list(dataset.keywords),
                "created": f"{dataset.issued}Z",
                "licenses": [{"name": dataset.license}] if dataset.license else [],
                "contributors": [{"title": title, "role": "publisher"}],
                "resources": [
                    {
                        "name": file.name.partition(".")[0],
                        "path": f"{request.base}/dateien/{file.name}",
                        "format": file.format.lower(),
                    }
                    for file in dataset.files
                ],
            }
        )

    return _with_files(page, datasets)


def _with_files(page: Site, datasets: Sequence[SimulatedDataset]) -> Site:
    by_name = {file.name: file for dataset in datasets for file in dataset.files}

    def site(request: Request) -> Answer:
        name = request.path.removeprefix("/dateien/")
        if request.path.startswith("/dateien/") and name:
            return file_answer(by_name.get(name))
        return page(request)

    return site


def _row(dataset: SimulatedDataset) -> str:
    files = " ".join(f"<a href='/dateien/{one.name}'>{one.format}</a>" for one in dataset.files)
    date = f"{dataset.modified[8:10]}.{dataset.modified[5:7]}.{dataset.modified[:4]}"
    license_ = _LICENSES.get(dataset.license or "")
    terms = "" if license_ is None else f"<a href='{license_}'>Lizenz</a>"
    return (
        f"<tr><td>{escape(dataset.title)}</td><td>{escape(dataset.description)}</td>"
        f"<td>{date}</td><td>{files}</td><td>{terms}</td></tr>"
    )


def _nginx_date(moment: str) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{moment[8:10]}-{months[int(moment[5:7]) - 1]}-{moment[:4]} {moment[11:16]}"


def _html(title: str, body: str) -> Answer:
    return Answer(
        body=(
            f"<!doctype html>\n<html lang='de'><head><title>{escape(title)}</title></head>"
            f"<body>{body}</body></html>\n"
        ).encode()
    )


def _json(document: object) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(content_type="application/json; charset=utf-8", body=body)
