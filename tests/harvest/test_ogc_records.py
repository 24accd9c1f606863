"""OGC API Records through real HTTP: the simulator's catalogue, harvested completely and again."""

from collections.abc import Iterator

import pytest
from tests.harvest.conftest import Harvester

from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ogc_records import COLLECTION, ogc_records_site, record_feature
from datenernte_harvester.simulator.server import Server
from datenernte_harvester.sources.ogc_record_fields import read_record

TITLE, KEY = "Stadt Musterstadt", "09991001"
DATASETS = datasets("musterstadt", 23, 1)


@pytest.fixture
def catalogue() -> Iterator[Server]:
    with Server(ogc_records_site(TITLE, KEY, DATASETS)) as server:
        yield server


def portal(url: str) -> PortalFile:
    return PortalFile(name="records", title="Katalog", source_type="ogc_records", url=url)


@pytest.mark.parametrize(
    "path", ["", f"/collections/{COLLECTION}", f"/collections/{COLLECTION}/items"]
)
def test_a_catalogue_is_harvested_completely_and_unchanged_on_the_second_run(
    path: str, catalogue: Server, harvest: Harvester
) -> None:
    ours = portal(f"{catalogue.url}{path}")
    (first,), (second,) = harvest(ours), harvest(ours)

    assert (first.state, first.reason, first.seen, first.new) == (PortalState.OK, None, 23, 23)
    assert (second.state, second.unchanged) == (PortalState.OK, 23)


def test_every_page_is_asked_once_and_as_json(catalogue: Server, harvest: Harvester) -> None:
    harvest(portal(f"{catalogue.url}/collections/{COLLECTION}"))

    pages = [request.query for request in catalogue.requests if request.query]
    assert [page.get("offset", "0") for page in pages] == ["0", "10", "20"]
    assert {page["f"] for page in pages} == {"json"}


def test_a_record_of_the_simulator_has_no_field_without_a_place() -> None:
    reading = read_record(record_feature(DATASETS[0], TITLE, KEY, "https://x.example"))

    assert reading.unread == []


@pytest.mark.parametrize(
    ("time", "start", "end"),
    [
        ({"interval": ["2020-01-01", ".."]}, "2020-01-01", None),
        ({"date": "2020-01-01"}, "2020-01-01", "2020-01-01"),
        ({"timestamp": "2020-01-01T00:00:00Z"}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        (["2020", "2021"], "2020", "2021"),
    ],
)
def test_a_time_is_read_in_every_form(time: object, start: str, end: str | None) -> None:
    (period,) = read_record({"id": "a", "time": time, "properties": {}}).dataset.temporal

    assert period.start_date is not None and period.start_date.value == start
    assert (period.end_date.value if period.end_date else None) == end


@pytest.mark.parametrize(
    "time", [None, {}, [], "..", ["..", ".."], {"interval": [1, 2, 3]}, {"interval": 7}]
)
def test_a_time_that_says_nothing_is_none(time: object) -> None:
    periods = read_record({"id": "a", "time": time, "properties": {}}).dataset.temporal

    assert all(period.start_date or period.end_date for period in periods)
