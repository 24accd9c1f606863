"""Real servers on loopback are harvested completely, unchanged on the second run, nothing twice.

Each runs in an environment of its own (`python3 tests/servers/install.py pycsw pygeoapi`),
MapServer as Debian's CGI program. What is missing skips its tests locally and fails them with CI.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.harvest.conftest import Harvester
from tests.harvest.gdi_faces import SERVERS, python_of

from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.csw import iso_document
from datenernte_harvester.simulator.ogc_records import record_feature

TITLE, KEY = "Stadt Musterstadt", "09991001"
DATASETS = datasets("musterstadt", 23, 1)
START_SECONDS = 60


@contextmanager
def running(command: Sequence[str]) -> Iterator[str]:
    """The server that a command starts; its first line is its URL."""
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        url = process.stdout.readline().strip() if ready else ""
        assert url.startswith("http"), f"{command[-2]} did not start"
        yield url
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def requests_of(folder: Path) -> list[str]:
    """Targets of the questions that the server was asked, in order, robots.txt apart."""
    asked = (folder / "requests.txt").read_text("utf-8").splitlines()
    return [target for target in asked if target != "/robots.txt"]


@pytest.fixture
def check(harvest: Harvester, tmp_path: Path) -> Callable[[str, str, int], None]:
    """Harvests a server twice."""

    def harvested_twice(source_type: str, url: str, number: int) -> None:
        portal = PortalFile(name="real", title="Real", source_type=source_type, url=url)
        (first,) = harvest(portal)
        asked = requests_of(tmp_path)
        (second,) = harvest(portal)

        assert (first.state, first.reason) == (PortalState.OK, None)
        assert (first.seen, first.new, first.failed) == (number, number, 0)
        assert (second.state, second.unchanged, second.changed) == (PortalState.OK, number, 0)
        assert len(asked) == len(set(asked))
        assert sorted(requests_of(tmp_path)[len(asked) :]) == sorted(asked)

    return harvested_twice


def test_pycsw(check: Callable[[str, str, int], None], tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    for dataset in DATASETS:
        document = iso_document(dataset, TITLE, KEY, "https://daten.musterstadt.example")
        (tmp_path / "records" / f"{dataset.id}.xml").write_text(document, "utf-8")

    with running([python_of("pycsw"), str(SERVERS / "run_pycsw.py"), str(tmp_path)]) as url:
        check("csw", url, 23)


@pytest.mark.parametrize("path", ["", "/collections/records"])
def test_pygeoapi(path: str, check: Callable[[str, str, int], None], tmp_path: Path) -> None:
    features = [
        record_feature(dataset, TITLE, KEY, "https://daten.musterstadt.example")
        for dataset in DATASETS
    ]
    for feature in features:  # its provider looks for these two names of the draft
        feature["properties"]["externalId"] = feature["id"]
        feature["properties"]["recordCreated"] = feature["properties"]["created"]
    (tmp_path / "records.json").write_text(json.dumps(features), "utf-8")

    with running([python_of("pygeoapi"), str(SERVERS / "run_pygeoapi.py"), str(tmp_path)]) as url:
        check("ogc_records", url.removesuffix("/collections/records") + path, 23)


GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"art": "Linde"},
            "geometry": {"type": "Point", "coordinates": [11.5, 48.9]},
        }
    ],
}


@pytest.mark.parametrize("query", ["", "?service=WFS", "?service=WMS&version=1.1.1"])
def test_mapserver(query: str, check: Callable[[str, str, int], None], tmp_path: Path) -> None:
    if not Path("/usr/lib/cgi-bin/mapserv").exists():
        assert "CI" not in os.environ, "mapserv is missing; .ci/run installs cgi-mapserver"
        pytest.skip("mapserv is missing: apt-get install cgi-mapserver")
    for name in ("baeume", "parks", "radwege"):
        (tmp_path / f"{name}.geojson").write_text(json.dumps(GEOJSON), "utf-8")

    with running([sys.executable, str(SERVERS / "run_mapserver.py"), str(tmp_path)]) as url:
        check("wfs_wms", f"{url}{query}", 3)


def test_the_addresses_of_a_feature_type_give_its_data(harvest: Harvester, tmp_path: Path) -> None:
    if not Path("/usr/lib/cgi-bin/mapserv").exists():
        assert "CI" not in os.environ, "mapserv is missing; .ci/run installs cgi-mapserver"
        pytest.skip("mapserv is missing: apt-get install cgi-mapserver")
    (tmp_path / "baeume.geojson").write_text(json.dumps(GEOJSON), "utf-8")

    with running([sys.executable, str(SERVERS / "run_mapserver.py"), str(tmp_path)]) as url:
        harvest(PortalFile(name="real", title="Real", source_type="wfs_wms", url=url))
        with harvest.store() as store:
            (record,) = store.records(portal="real")
        found = {}
        for file in record.as_published.distribution:
            assert file.format is not None
            name = file.format.uri or ""
            with urlopen(file.access_url[0].uri or "", timeout=20) as answer:  # noqa: S310
                found[name.rpartition("/")[2]] = answer.read()

    assert json.loads(found["GEOJSON"])["features"][0]["properties"] == {"art": "Linde"}
    assert b"<ms:art>Linde</ms:art>" in found["GML"]
    assert found["PNG"].startswith(b"\x89PNG")
    assert b"WFS_Capabilities" in found["WFS_SRVC"]
    assert b"WMS_Capabilities" in found["WMS_SRVC"]
