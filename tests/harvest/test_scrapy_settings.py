"""Scrapy's settings: every change names the default, and no default that matters is forgotten."""

import ast
import inspect

import pytest
from scrapy.settings import default_settings

from datenernte_harvester.crawl import scrapy_settings
from datenernte_harvester.crawl.scrapy_settings import process_settings, settings_for

SAID_FOR_THE_READER = {"HTTPCACHE_ENABLED", "JOBDIR"}
"""The same as the default; the file says so."""


def docstrings() -> dict[str, str]:
    """Setting → the string behind it; settings in a row share the string behind the last."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    for node in ast.parse(inspect.getsource(scrapy_settings)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            waiting.append(node.targets[0].id)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found |= dict.fromkeys(waiting, str(node.value.value))
            waiting = []
    return found


@pytest.mark.parametrize("name", process_settings())
def test_a_setting_is_known_to_scrapy_differs_and_gives_its_reason(name: str) -> None:
    value, default = process_settings()[name], getattr(default_settings, name)

    assert (value == default) == (name in SAID_FOR_THE_READER)
    assert docstrings()[name].startswith("Default ")
    assert len(docstrings()[name]) > len("Default True: because.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWISTED_DNS_RESOLVER", "datenernte_harvester.crawl.resolver.GuardedResolver"),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("HTTPPROXY_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("COOKIES_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("REMOTE_CONTROL_ENABLED", False),
        ("ROBOTSTXT_OBEY", True),
        ("REDIRECT_MAX_TIMES", 5),
        ("RETRY_TIMES", 3),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 2),
        ("AUTOTHROTTLE_ENABLED", True),
        ("DOWNLOAD_HANDLERS", {"file": None, "ftp": None, "s3": None, "data": None}),
    ],
)
def test_the_baseline_holds(name: str, value: object) -> None:
    assert process_settings()[name] == value


def test_only_http_and_https_are_spoken() -> None:
    handlers = {**default_settings.DOWNLOAD_HANDLERS_BASE, **scrapy_settings.DOWNLOAD_HANDLERS}

    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}


def test_the_total_time_of_a_request_has_an_upper_limit() -> None:
    settings = settings_for(
        user_agent="x",
        respect_robots=True,
        delay_seconds=None,
        deadline_seconds=10,
        timeout_seconds=10_000,
        retry_pause_seconds=1,
    )

    assert settings["DOWNLOAD_TIMEOUT"] == 60
    assert settings["CLOSESPIDER_TIMEOUT"] == 10
