"""`datenernte init --portal URL` recognises each source type, and what it writes can be harvested."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.harvest.conftest import (
    Answer,
    Asked,
    Harvester,
    WebServer,
    ckan,
    dcat,
    package,
    portal,
)
from tests.harvest.gdi_faces import GDI_FACES
from tests.harvest.web_faces import WEB_FACES

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import read_portal, source_types
from datenernte_harvester.sources.portal_detection import probes
from datenernte_harvester.working_folder import add_portal

Face = Callable[[Asked], Answer]

DATA_JSON = {
    "title": "Lindenau",
    "dataset": [{"identifier": "1", "title": "Bäume"}, {"identifier": "2", "title": "Parks"}],
}
HUB = {
    "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
    "@id": "https://hub.lindenau.example",
    "@type": "dcat:Catalog",
    "dcat:dataset": [
        {
            "@type": "dcat:Dataset",
            "@id": f"https://www.arcgis.com/home/item.html?id=ab&sublayer={number}",
            "dct:title": f"Ebene {number}",
        }
        for number in (0, 1)
    ],
}
ODS = {
    "total_count": 2,
    "results": [
        {"dataset_id": name, "has_records": True, "metas": {"default": {"title": name}}}
        for name in ("baeume", "parks")
    ],
}
UDATA = {
    "data": [{"id": name, "title": name} for name in ("baeume", "parks")],
    "total": 2,
    "page": 1,
    "page_size": 100,
    "next_page": None,
    "previous_page": None,
}
SEARCH = {"result": {"count": 2, "results": [{"id": "1", "catalog": {"id": "lindenau"}}]}}


def paths(answers: Mapping[str, object]) -> Face:
    """A server that has these paths and nothing else."""

    def answer(asked: Asked) -> Answer:
        found = answers.get(urlsplit(asked.path).path)
        if found is None:
            return Answer(b"<html>Nicht gefunden</html>", 404, content_type="text/html")
        if isinstance(found, bytes):
            return Answer(found, content_type="text/turtle")
        return Answer(json.dumps(found).encode())

    return answer


def a_ckan(asked: Asked) -> Answer:
    if asked.path == "/api/3/action/status_show":
        result = {"ckan_version": "2.11.0", "site_title": "Daten Lindenau"}
        return Answer(json.dumps({"success": True, "result": result}).encode())
    if asked.query == {"rows": "0"}:
        return Answer(json.dumps({"success": True, "result": {"count": 2, "results": []}}).encode())
    return ckan([package(1), package(2)])(asked)


def a_dkan(asked: Asked) -> Answer:
    packages = [package(1), package(2)]
    answers = {
        "package_list": [entry["name"] for entry in packages],
        "current_package_list_with_resources": [packages],
    }
    action = urlsplit(asked.path).path.removeprefix("/api/3/action/")
    if action not in answers:
        return Answer(status=404)
    return Answer(json.dumps({"success": True, "result": answers[action]}).encode())


FACES: dict[str, tuple[str, Face, str]] = {
    "ckan": ("", a_ckan, ""),
    "ckan, by its API": ("/api/3/action/package_list", a_ckan, ""),
    "dkan": ("", a_dkan, ""),
    "dcat_rdf": ("", paths({"/catalog.ttl": dcat([1, 2])}), "/catalog.ttl"),
    "dcat_rdf, by its feed": ("/feeds/all", paths({"/feeds/all": dcat([1, 2])}), "/feeds/all"),
    "piveau": (
        "/",
        paths({"/api/hub/search/search": SEARCH, "/api/hub/repo/datasets": dcat([1, 2], total=2)}),
        "/api/hub/repo",
    ),
    "piveau, one catalogue": (
        "/api/hub/repo/catalogues/lindenau",
        paths(
            {
                "/api/hub/search/search": SEARCH,
                "/api/hub/repo/catalogues/lindenau/datasets": dcat([1, 2], total=2),
            }
        ),
        "/api/hub/repo/catalogues/lindenau",
    ),
    "opendatasoft": ("/", paths({"/api/explore/v2.1/catalog/datasets": ODS}), ""),
    "opendatasoft, by its API": (
        "/api/explore/v2.1/catalog/datasets?limit=20",
        paths({"/api/explore/v2.1/catalog/datasets": ODS}),
        "",
    ),
    "udata": ("", paths({"/api/1/datasets/": UDATA, "/catalog.ttl": dcat([1])}), ""),
    "arcgis_hub": (
        "",
        paths(
            {
                "/api/search/v1/collections/dataset/items": {"features": [], "numberMatched": 2},
                "/api/feed/dcat-ap/2.1.1.json": HUB,
            }
        ),
        "",
    ),
    "dcat_us": ("", paths({"/data.json": DATA_JSON}), "/data.json"),
    "dcat_us, by its document": (
        "/opendata/data.json",
        paths({"/opendata/data.json": DATA_JSON}),
        "/opendata/data.json",
    ),
    **GDI_FACES,
    **WEB_FACES,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "portals").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", FACES)
def test_a_portal_is_recognised(name: str, folder: Path, server: WebServer) -> None:
    given, server.answer, expected = FACES[name]

    found = add_portal(folder, f"{server.url}{given}", (server.place,))

    assert found.source_type == name.partition(",")[0]
    assert found.url == f"{server.url}{expected}"
    assert found.datasets == 2
    written = read_portal(found.path)
    assert (written.source_type, written.url) == (found.source_type, found.url)


def test_what_was_recognised_is_harvested_and_unchanged_on_the_second_run(
    servers: Callable[[], WebServer], harvest: Harvester
) -> None:
    portals = []
    for number, (name, (_, face, path)) in enumerate(FACES.items()):
        server = servers()
        server.answer = face
        source_type = name.partition(",")[0]
        portals.append(portal(server, f"p{number}", source_type=source_type, url=server.url + path))

    first, second = harvest(*portals), harvest(*portals)

    for run in first:
        assert (run.state, run.reason, run.new) == (PortalState.OK, None, 2), run.portal
    for run in second:
        assert (run.state, run.new, run.unchanged) == (PortalState.OK, 0, 2), run.portal


def test_every_source_type_has_a_probe() -> None:
    probed = [source_type for source_type, _ in probes()]

    assert sorted(probed) == list(source_types())
    assert {name.partition(",")[0] for name in FACES} == set(probed)


def test_catalogues_of_one_portal_get_files_of_their_own(folder: Path, server: WebServer) -> None:
    server.answer = paths({"/api/hub/search/search": SEARCH})
    catalogues = f"{server.url}/api/hub/repo/catalogues"

    names = {
        add_portal(folder, f"{catalogues}/{catalogue}", (server.place,)).path.name
        for catalogue in ("lindenau", "buchenfeld")
    }

    assert names == {"127-0-0-1-lindenau.toml", "127-0-0-1-buchenfeld.toml"}


WRONG: dict[str, Any] = {
    "an empty object": {},
    "a list": [1],
    "other types": {"total_count": "2", "results": {}, "dataset": {}, "result": [], "data": None},
    "no number": {"total_count": None, "results": [], "total": True, "data": []},
    "a text": "Hallo",
}


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_of_another_kind_is_no_portal(name: str, folder: Path, server: WebServer) -> None:
    server.answer = lambda _asked: Answer(json.dumps(WRONG[name]).encode())

    with pytest.raises(ConfigError, match="wurde kein Portal erkannt"):
        add_portal(folder, server.url, (server.place,))

    assert not list((folder / "portals").iterdir())


def test_no_address_is_asked_twice(folder: Path, server: WebServer) -> None:
    with pytest.raises(ConfigError):
        add_portal(folder, server.url, (server.place,))

    asked = [asked.path for asked in server.pages_asked]
    assert len(asked) == len(set(asked))


def test_where_no_server_is_one_question_is_enough(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        add_portal(folder, "http://127.0.0.1:9/")

    assert str(caught.value).count("http://127.0.0.1:9/api") == 1
