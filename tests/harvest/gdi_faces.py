"""Servers of geodata as `test_portal_detection` knows them: the simulator's, and capabilities."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.harvest.conftest import Answer, Asked

from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.csw import csw_site
from datenernte_harvester.simulator.ogc_records import ogc_records_site
from datenernte_harvester.simulator.server import Request, Site
from datenernte_harvester.simulator.wfs import wfs_site

SERVERS = Path(__file__).parents[1] / "servers"


def python_of(name: str) -> str:
    """The interpreter of an environment that `tests/servers/install.py` made."""
    python = SERVERS.parents[1] / ".servers" / name / "bin" / "python"
    if not python.exists():
        assert "CI" not in os.environ, f"{name} is missing; .ci/run calls tests/servers/install.py"
        pytest.skip(f"{name} is missing: python3 tests/servers/install.py {name}")
    return str(python)


Face = Callable[[Asked], Answer]


def simulated(site: Site) -> Face:
    """A simulated website as the answers of a test server."""

    def answer(asked: Asked) -> Answer:
        path = asked.path.partition("?")[0].replace("%3A", ":")
        base = f"http://{asked.headers['host']}"
        request = Request(
            method="GET", path=path, query=asked.query, headers=asked.headers, base=base
        )
        found = site(request)
        return Answer(found.body, found.status, content_type=found.content_type)

    return answer


_TWO = datasets("musterstadt", 2, 1)
_CSW = simulated(csw_site("Stadt Musterstadt", "09991001", _TWO))
_RECORDS = simulated(ogc_records_site("Stadt Musterstadt", "09991001", _TWO))
_WFS = simulated(wfs_site("Stadt Musterstadt", "09991001", _TWO))
_SERVICES = [
    {"id": "1", "name": "Bäume", "url": "./baeume.geojson", "typ": "GeoJSON"},
    {"id": "2", "name": "Parks", "url": "./parks.geojson", "typ": "GeoJSON"},
]
_MAIN = "/collections/metadata:main"

GDI_FACES: dict[str, tuple[str, Face, str]] = {
    "csw": ("", _CSW, "/csw"),
    "csw, by its capabilities": ("/csw?service=CSW&request=GetCapabilities", _CSW, "/csw"),
    "ogc_records": ("", _RECORDS, _MAIN),
    "ogc_records, by its records": (f"{_MAIN}/items?f=html", _RECORDS, _MAIN),
    "wfs_wms": ("/wfs?request=GetCapabilities", _WFS, "/wfs?service=WFS"),
    "wfs_wms, a Masterportal": (
        "/portal",
        lambda asked: (
            Answer(json.dumps(_SERVICES).encode())
            if asked.path == "/portal/resources/services-internet.json"
            else Answer(status=404)
        ),
        "/portal/resources/services-internet.json",
    ),
}
