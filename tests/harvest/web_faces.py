"""Websites and repositories as `test_portal_detection` knows them: those of the simulator."""

from collections.abc import Callable

from tests.harvest.conftest import Answer, Asked
from tests.harvest.gdi_faces import simulated

from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.html_pages import (
    data_package_site,
    file_listing_site,
    html_links_site,
)
from datenernte_harvester.simulator.oai_pmh import oai_pmh_site
from datenernte_harvester.simulator.schema_org import schema_org_site
from datenernte_harvester.simulator.sparql import sparql_site

Face = Callable[[Asked], Answer]

_TITLE, _KEY = "Stadt Musterstadt", "09991001"
_TWO = datasets("musterstadt", 2, 1)

WEB_FACES: dict[str, tuple[str, Face, str]] = {
    "sparql": ("", simulated(sparql_site(_TITLE, _KEY, _TWO)), "/sparql"),
    "oai_pmh": ("", simulated(oai_pmh_site(_TITLE, _KEY, _TWO)), "/oai"),
    "oai_pmh, one set": (
        f"/oai?verb=Identify&set={_KEY}",
        simulated(oai_pmh_site(_TITLE, _KEY, _TWO)),
        f"/oai?set={_KEY}",
    ),
    "data_package": (
        "/packages.json",
        simulated(data_package_site(_TITLE, _TWO)),
        "/packages.json",
    ),
    "schema_org": ("/", simulated(schema_org_site(_TITLE, _KEY, _TWO)), "/"),
    "file_listing": ("/dateien", simulated(file_listing_site(_TWO)), "/dateien/"),
    "html_links": ("/offene-daten", simulated(html_links_site(_TITLE, _TWO)), "/offene-daten"),
}
