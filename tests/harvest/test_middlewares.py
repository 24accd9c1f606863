"""Pauses that servers ask for, and what a failed request is called."""

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from datenernte_dcat.errors import ForbiddenAddress, SourceIncomplete
from datenernte_dcat.texts import texts
from datenernte_harvester.crawl.middlewares import retry_after_seconds
from datenernte_harvester.crawl.request_failure import of_status, source_error

DATE = "Sun, 01 Mar 2026 04:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("120", None, 120.0),
        (" 0 ", None, 0.0),
        ("99999999999999999999", None, 999999999.0),
        ("Sun, 01 Mar 2026 04:02:00 GMT", DATE, 120.0),
        ("Sun, 01 Mar 2026 03:00:00 GMT", DATE, 0.0),
        ("Sun, 01 Mar 2026 04:00:10 GMT", None, None),
        ("Sun, 01 Mar 2026 04:00:10 GMT", "gestern", None),
        ("-5", None, None),
        ("bald", None, None),
        ("", None, None),
        ("Sun, 99 Mar 2026 04:00:00 GMT", DATE, None),
    ],
)
def test_retry_after_is_read_in_both_forms(
    header: str, date: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(header, date) == seconds


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DownloadTimeoutError("x"), "portal-timeout"),
        (ResponseDataLossError(), "portal-truncated"),
        (DownloadConnectionRefusedError("x"), "connection-refused"),
        (CannotResolveHostError("x"), "host-unknown"),
        (DownloadCancelledError("x"), "portal-too-large"),
        (IgnoreRequest("exceeded DOWNLOAD_MAXSIZE (5 B)"), "portal-too-large"),
        (IgnoreRequest("Forbidden by robots.txt"), "portal-robots"),
        (IgnoreRequest("max redirections reached"), "portal-redirects"),
        (DownloadFailedError("x"), "connection-failed"),
        (OSError("x"), "connection-failed"),
        (ForbiddenAddress("http://10.0.0.1/", "nicht öffentlich"), "net-private"),
        (SourceIncomplete("paging-loop"), "paging-loop"),
    ],
)
def test_every_failure_has_a_code_with_german_texts(error: Exception, code: str) -> None:
    assert source_error(error).code == code
    assert code in texts()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "portal-access-denied"),
        (403, "portal-access-denied"),
        (429, "portal-busy"),
        (404, "portal-http-status"),
        (500, "portal-http-status"),
        (503, "portal-http-status"),
    ],
)
def test_a_status_names_its_number(status: int, code: str) -> None:
    error = of_status(status)

    assert error.code == code
    assert str(status) in error.detail
