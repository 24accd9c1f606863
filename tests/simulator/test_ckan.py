"""ckanapi reads the simulated CKAN as if it were a real one (CKAN 2.11)."""

import json
from collections.abc import Iterator

import ckanapi
import pytest

from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import ckan_site
from datenernte_harvester.simulator.server import Server

MADE = sorted(datasets("musterstadt", 40, 1), key=lambda dataset: dataset.id)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(ckan_site("Stadt Musterstadt", "09991001", MADE, rows_max=25)) as running:
        yield running


@pytest.fixture(params=["GET", "POST"])
def client(request: pytest.FixtureRequest, server: Server) -> Iterator[ckanapi.RemoteCKAN]:
    with ckanapi.RemoteCKAN(server.url, get_only=request.param == "GET") as remote:
        yield remote


def test_all_packages_arrive_page_by_page(client: ckanapi.RemoteCKAN) -> None:
    first = client.action.package_search(rows=1000, start=0)
    second = client.action.package_search(rows=1000, start=25)

    names = [package["id"] for package in first["results"] + second["results"]]
    assert first["count"] == len(names) == len(set(names)) == 40


def test_a_package_is_found_by_id_and_by_name(client: ckanapi.RemoteCKAN) -> None:
    [listed] = client.action.package_search(rows=1)["results"]

    assert client.action.package_show(id=listed["id"]) == listed
    assert client.action.package_show(id=listed["name"]) == listed


def test_the_list_has_the_name_of_every_package(client: ckanapi.RemoteCKAN) -> None:
    names = client.action.package_list()

    assert len(names) == 40
    assert names == sorted(names)
    assert client.action.package_list(limit=5, offset=3) == names[3:8]


def test_organizations_are_names_or_objects(client: ckanapi.RemoteCKAN) -> None:
    [name] = client.action.organization_list()
    [whole] = client.action.organization_list(all_fields=True)

    assert name == whole["name"]
    assert (whole["title"], whole["package_count"]) == ("Stadt Musterstadt", 40)
    assert client.action.organization_show(id=name) == whole


def test_the_site_says_what_it_is(client: ckanapi.RemoteCKAN, server: Server) -> None:
    status = client.action.status_show()

    assert (status["ckan_version"], status["site_url"]) == ("2.11.3", server.url)


def test_errors_have_ckans_form(client: ckanapi.RemoteCKAN) -> None:
    with pytest.raises(ckanapi.NotFound):
        client.action.package_show(id="gibt-es-nicht")
    with pytest.raises(ckanapi.ValidationError) as missing:
        client.action.package_show()
    assert missing.value.error_dict == {"id": ["Missing value"], "__type": "Validation Error"}
    with pytest.raises(ckanapi.ValidationError):
        client.action.package_search(rows="viele")
    with pytest.raises(ckanapi.ValidationError):
        client.action.package_search(start=-1)
    with pytest.raises(ckanapi.CKANAPIError, match="Action name not known"):
        client.action.package_explode()


def test_the_same_question_has_the_same_answer(server: Server) -> None:
    with ckanapi.RemoteCKAN(server.url, get_only=True) as remote:
        answers = [json.dumps(remote.action.package_search(rows=25)) for _ in range(3)]
    assert len(set(answers)) == 1
