"""Every recording under tests/fixtures is replayed through the spider of its folder's name.

`exchanges.json` holds »GET url« → body (a file beside it), status and headers; `portal`, the URL of
the portal file; and `software`, what was recorded. `expected.jsonl` holds a line for each record
and one for the outcome; `pytest --accept` rewrites it.
"""

import asyncio
import json
import re
import runpy
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.crawl.source_outcome import conclude
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.spiders import spider_class
from datenernte_validators.network.guard import Guard

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/exchanges.json"))


class Replay:
    """A spider over recorded answers, without network and engine."""

    def __init__(self, folder: Path, spider: type[SourceSpider] | None = None) -> None:
        self.folder = folder
        self.exchanges: dict[str, Any] = json.loads((folder / "exchanges.json").read_bytes())
        self.asked: set[str] = set()
        source_type = folder.parent.name
        self.portal = PortalFile(
            name="probe",
            title="Probe",
            source_type=source_type,
            url=self.exchanges["portal"],
        )
        self.spider = (spider or spider_class(source_type))(portal=self.portal, guard=Guard())

    def lines(self) -> list[str]:
        """What the spider yields, and what it notes."""
        items = list(self._items())
        self.spider.finish()
        return [*map(_record_line, items), _outcome_line(self.spider, self.portal)]

    def _items(self) -> Iterator[SourceRecord | FailedRecord]:
        waiting: deque[Request] = deque(asyncio.run(_started(self.spider)))
        while waiting:
            request = waiting.popleft()
            for output in self._answered(request):
                if isinstance(output, Request):
                    waiting.append(output)
                else:
                    yield output

    def _answered(self, request: Request) -> Iterator[Any]:
        key = f"{request.method} {request.url}"
        assert key in self.exchanges, f"nobody recorded {key}"
        self.asked.add(key)
        response = self._response(request, self.exchanges[key])
        if not 200 <= response.status < 300:
            assert request.errback is not None
            failure = Failure(HttpError(response))  # type: ignore[no-untyped-call]
            yield from request.errback(failure) or ()
            return
        assert request.callback is not None
        try:
            yield from request.callback(response, **request.cb_kwargs)
        except SourceError as error:
            self.spider.note(error)

    def _response(self, request: Request, exchange: dict[str, Any]) -> Response:
        body = (self.folder / exchange["body"]).read_bytes()
        headers = {name.encode(): text.encode() for name, text in exchange["headers"].items()}
        made = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return made(
            request.url,
            status=exchange.get("status", 200),
            headers=headers,
            body=body,
            request=request,
        )

    def unasked(self) -> set[str]:
        """Recordings that the spider did not ask for."""
        return {key for key in self.exchanges if key.startswith("GET ")} - self.asked


async def _started(spider: SourceSpider) -> list[Request]:
    return [request async for request in spider.start()]


def _record_line(item: SourceRecord | FailedRecord) -> str:
    if isinstance(item, FailedRecord):
        return _line({"identifier": item.source_identifier, "failed": item.finding.value})
    return _line(
        {
            "identifier": item.source_identifier,
            "source_url": item.source_url,
            "changed_at": item.changed_at,
            "findings": [[found.code, found.value] for found in item.findings],
            "kept": item.kept,
            "dataset": item.dataset,
        }
    )


def _outcome_line(spider: SourceSpider, portal: PortalFile) -> str:
    outcome = spider.outcome
    conclusion = conclude(outcome, portal, frozenset(), may_withdraw=True)
    return _line(
        {
            "state": conclusion.decision.state,
            "reason": conclusion.decision.reason,
            "announced": outcome.announced,
            "received": len(outcome.received),
            "skipped": sorted(outcome.skipped),
            "unnamed": outcome.unnamed,
            "duplicates": outcome.duplicates,
            "findings": [[found.code, found.value] for found in conclusion.findings],
        }
    )


def _line(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document, order="sorted").decode()


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recording_gives_the_accepted_records(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    replay = Replay(folder)

    lines = replay.lines()

    assert not replay.unasked(), "recorded, but never asked for"
    expected = folder / "expected.jsonl"
    if request.config.getoption("--accept"):
        expected.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert lines == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recording_names_its_software_and_has_no_spare_files(folder: Path) -> None:
    exchanges = json.loads((folder / "exchanges.json").read_bytes())

    assert exchanges["software"]
    bodies = {exchange["body"] for key, exchange in exchanges.items() if key.startswith("GET ")}
    assert {path.name for path in folder.iterdir()} == bodies | {"exchanges.json", "expected.jsonl"}


def test_the_example_of_the_page_for_newcomers_works(tmp_path: Path) -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "adding-a-source-type.md"
    files = dict(
        re.findall(
            r"^`([\w/.]+)`:.*?^```\w+\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    module = runpy.run_path(str(tmp_path / "spiders" / "data_json.py"))

    replay = Replay(tmp_path / "tests/fixtures/data_json/ordinary", module["DataJsonSpider"])
    record, outcome = (json.loads(line) for line in replay.lines())

    assert not replay.unasked()
    assert record["dataset"]["title"] == [{"value": "Bäume"}]
    assert record["dataset"]["publisher"] == {"name": [{"value": "Stadt Lindenau"}]}
    assert (outcome["state"], outcome["reason"]) == ("partial", "identifier-missing")
