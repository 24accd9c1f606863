"""What no recording can hold: the API's window of ten thousand datasets."""

import json

import pytest
from scrapy.http import TextResponse

from datenernte_dcat.errors import SourceIncomplete
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.spiders.opendatasoft import WINDOW, OpendatasoftSpider
from datenernte_validators.network.guard import Guard

PORTAL = PortalFile(
    name="probe", title="Probe", source_type="opendatasoft", url="https://daten.example"
)


def answer(total: int) -> TextResponse:
    results = [{"dataset_id": "letzter", "metas": {}}]
    body = json.dumps({"total_count": total, "results": results}).encode()
    return TextResponse("https://daten.example/", body=body)


@pytest.mark.parametrize(
    ("offset", "limit"), [(0, 100), (9800, 100), (9900, 99), (9950, 49), (9998, 1)]
)
def test_a_page_never_reaches_over_the_window(offset: int, limit: int) -> None:
    spider = OpendatasoftSpider(portal=PORTAL, guard=Guard())

    request = spider._page(offset)

    assert f"limit={limit}&offset={offset}&" in request.url
    assert offset + limit < WINDOW


def test_what_lies_behind_the_window_makes_the_portal_incomplete() -> None:
    spider = OpendatasoftSpider(portal=PORTAL, guard=Guard())

    with pytest.raises(SourceIncomplete) as caught:
        list(spider.parse_datasets(answer(WINDOW), WINDOW - 2))

    assert caught.value.code == "result-window"
    assert spider.outcome.received == {"letzter"}


def test_a_catalogue_that_just_fits_is_complete() -> None:
    spider = OpendatasoftSpider(portal=PORTAL, guard=Guard())

    outputs = list(spider.parse_datasets(answer(WINDOW - 1), WINDOW - 2))

    assert len(outputs) == 1
