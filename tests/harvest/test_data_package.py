"""Data Packages: one, and lists of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harvest.conftest import Harvester, WebServer, portal
from tests.harvest.gdi_faces import simulated

from datenernte_dcat.errors import RecordError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.html_pages import data_package_site
from datenernte_harvester.sources.package_fields import unknown_fields
from datenernte_harvester.spiders.data_package import (
    PROBE,
    dataset_from_data_package,
    descriptor_url,
    packages_in,
)

URL = "https://daten.lindenau.example/baeume/datapackage.json"


def test_a_list_of_packages_is_harvested_and_unchanged_on_the_second_run(
    server: WebServer, harvest: Harvester
) -> None:
    made = datasets("musterstadt", 12, 1)
    server.answer = simulated(data_package_site("Stadt Musterstadt", made))
    probe = portal(server, source_type="data_package", url=f"{server.url}/packages.json")

    (first,), (second,) = harvest(probe), harvest(probe)

    assert (first.state, first.reason, first.new) == (PortalState.OK, None, 12)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 12, 0)


@pytest.mark.parametrize(
    ("url", "descriptor"),
    [
        (URL, URL),
        ("https://daten.lindenau.example/baeume", URL),
        ("https://daten.lindenau.example/baeume/", URL),
        ("https://daten.lindenau.example/alle.json", "https://daten.lindenau.example/alle.json"),
    ],
)
def test_a_folder_means_its_descriptor(url: str, descriptor: str) -> None:
    assert descriptor_url(url) == descriptor


@pytest.mark.parametrize(
    "document",
    [[], [1], ["a", "b"], {"resources": [{"url": "x"}]}, {"data": [], "catalog": 3}, "x", None],
    ids=str,
)
def test_other_json_is_not_taken_for_a_package(document: object) -> None:
    assert PROBE.read(json.dumps(document).encode(), URL) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=15),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "id",
                        "name",
                        "title",
                        "path",
                        "licenses",
                        "license",
                        "sources",
                        "contributors",
                    ),
                    *(
                        "role",
                        "roles",
                        "resources",
                        "schema",
                        "hash",
                        "temporal",
                        "spatial",
                        "start",
                    ),
                    *("keywords", "packages", "profile", "data", "bytes", "homepage", "email"),
                ]
            ),
            inside,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), JSON) | JSON)
@settings(max_examples=200)
def test_no_descriptor_breaks_the_reading(document: object) -> None:
    packages_in(document)
    package = {"resources": [{"path": "a.csv"}], **(document if isinstance(document, dict) else {})}
    try:
        dataset_from_data_package(package, "x", URL)
    except RecordError:
        return
    unknown_fields(package)


def test_a_field_that_nobody_reads_is_named() -> None:
    package = {"name": "b", "fachverfahren": "GRIS", "resources": [{"path": "b.csv", "zeile": 1}]}

    assert unknown_fields(package) == {"fachverfahren", "resources.zeile"}
