"""What a worker process logs is heard by its parent, with the portal that it is about."""

import logging

import pytest
from tests.harvest.conftest import Answer, Harvester, WebServer, portal

from datenernte_harvester.crawl.protocol import Logged, decode_message, line


def test_a_workers_warnings_come_with_portal_and_url(
    server: WebServer, harvest: Harvester, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = lambda _asked: Answer(status=500)
    with caplog.at_level(logging.WARNING):
        [run] = harvest(portal(server))
    assert run.state == "failed"
    heard = [record for record in caplog.records if getattr(record, "event", "") == "worker-log"]
    assert heard
    assert {getattr(record, "portal", None) for record in heard} == {"probe"}
    urls = [str(getattr(record, "url", None)) for record in heard]
    assert any(url.startswith(server.url) for url in urls)


def test_a_log_of_any_text_is_one_line_of_the_protocol() -> None:
    message = Logged(30, "scrapy", 'a\nb "\u2028 \x00 ü', "https://x.example/")
    text = line(message)
    assert text.count(b"\n") == 1
    assert decode_message(text) == message
