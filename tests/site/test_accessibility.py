"""The pages in a real browser, as people with and without aids use them.

axe-core judges WCAG 2.2 AA and its best practice; the Nu Html Checker judges the HTML. Both come
by `npm install --prefix tests/site`.
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.site.conftest import Site, record

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOOLS = Path(__file__).parent / "node_modules"
AXE = TOOLS / "axe-core" / "axe.min.js"
VNU = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"

pytestmark = pytest.mark.timeout(300)
needs_axe = pytest.mark.skipif(
    (CHROMIUM is None or not AXE.exists()) and not os.environ.get("CI"),
    reason="chromium or axe-core is not installed",
)
needs_vnu = pytest.mark.skipif(
    (shutil.which("java") is None or not VNU.exists()) and not os.environ.get("CI"),
    reason="java or vnu-jar is not installed",
)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MODES: dict[str, dict[str, Any]] = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}},
    "phone, dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
    "zoomed to 200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}


class Handler(SimpleHTTPRequestHandler):
    """Serves the site without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
        pass


@pytest.fixture(scope="module")
def address(full: Site) -> Iterator[str]:
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(full.output.resolve()))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "chromium is not installed"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


KINDS = {
    "start": r"index\.html",
    "search": r"search/index\.html",
    "feeds": r"feeds/index\.html",
    "methodology": r"methodik/index\.html",
    "accessibility statement": r"barrierefreiheit/index\.html",
    "imprint": r"impressum/index\.html",
    "list of datasets": r"(datasets|lists/\w+/\w+|municipalities/\d+/datasets)/(index|page-\d+)\.html",
    "list of values": r"lists/\w+/index\.html",
    "report": r"municipalities/\d+/index\.html",
    "list of findings": r"municipalities/\d+/findings/[\w-]+/index\.html",
    "dataset": r"datasets/[0-9a-f-]{36}/index\.html",
}
"""Every address of a page has one of these forms."""


def kinds(site: Site) -> list[str]:
    """A page of every kind, the shortest, since rules do not care for a table's length."""
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in KINDS}
    for path, data in site.files().items():
        if path.endswith(".html"):
            (kind,) = (name for name, form in KINDS.items() if re.fullmatch(form, path))
            found[kind].append((len(data), path))
    withdrawn = f"datasets/{record('weg').id}/index.html"
    checked = f"datasets/{record('a001').id}/index.html"
    pages = [min(paths)[1] for paths in found.values()]
    return [*dict.fromkeys([*pages, withdrawn, checked, "municipalities/09162000/index.html"])]


@pytest.fixture(params=list(MODES))
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    made = browser.new_context(**MODES[request.param], locale="de-DE", bypass_csp=True)
    yield made
    made.close()


def open_page(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url, wait_until="load")
    if "/search/" in url:
        page.wait_for_selector("form[data-search]:not([hidden])")
        page.wait_for_function("document.getElementById('treffer-zahl').textContent !== ''")
    return page


@needs_axe
def test_no_page_breaks_a_rule_of_accessibility(
    full: Site, address: str, context: BrowserContext
) -> None:
    axe = AXE.read_text()
    paths = [*kinds(full), "search/index.html?q=Baum"]
    for path in paths:
        page = open_page(context, f"{address}/{path}")
        page.evaluate(axe)
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        page.close()
        broken = [
            (one["id"], one["help"], [node["html"][:200] for node in one["nodes"]][:3])
            for one in found["violations"]
        ]
        assert broken == [], path
        assert len(found["passes"]) > 10, path


@needs_axe
def test_no_page_is_wider_than_a_phone(full: Site, address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    for path in kinds(full):
        page = open_page(context, f"{address}/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        page.close()
        assert width <= 320, path
    context.close()


@needs_axe
def test_the_first_blocks_of_a_report_print_on_two_pages(address: str, browser: Browser) -> None:
    """Where a municipality stands, what to do, the areas, comparison and history."""
    page = browser.new_page()
    page.goto(f"{address}/municipalities/09162000/index.html", wait_until="load")
    page.evaluate(
        """() => {
            document.querySelector('footer').remove()
            const last = document.querySelector('#verlauf').closest('section')
            while (last.nextElementSibling) last.nextElementSibling.remove()
        }"""
    )
    printed = page.pdf(
        format="A4", margin={"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"}
    )
    page.close()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


@needs_axe
def test_tables_stay_tables_on_a_phone(address: str, browser: Browser) -> None:
    """On narrow screens rows become blocks; aids must be told of a table all the same."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = open_page(context, f"{address}/index.html")
    tree = context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    roles = [node["role"]["value"] for node in tree["nodes"] if "role" in node]
    context.close()

    assert roles.count("table") == 2
    assert roles.count("rowheader") >= 3
    assert roles.count("cell") >= 8


@needs_axe
def test_nothing_is_fetched_from_elsewhere_and_nothing_fails(
    full: Site, address: str, browser: Browser
) -> None:
    context = browser.new_context()
    asked: list[str] = []
    troubles: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    missing: list[str] = []  # browsers ask for /favicon.ico unasked, and say so without its name
    context.on("response", lambda one: missing.append(one.url) if one.status >= 400 else None)
    context.on("console", lambda message: troubles.append(message.text))
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    for path in [*kinds(full), "search/index.html?q=Baum"]:
        open_page(context, f"{address}/{path}").close()
    context.close()

    assert len(asked) > len(kinds(full))
    elsewhere = [url for url in asked if not url.startswith(f"{address}/")]
    assert elsewhere == []
    failed = [url for url in missing if not url.endswith("/favicon.ico")]
    assert failed == []
    assert [text for text in troubles if not text.startswith("Failed to load resource")] == []


@needs_axe
def test_pages_are_complete_without_javascript(full: Site, address: str, browser: Browser) -> None:
    with_it = browser.new_context()
    without = browser.new_context(java_script_enabled=False)
    for path in kinds(full):
        if path.startswith("search/"):
            continue
        texts = []
        for context in (with_it, without):
            page = open_page(context, f"{address}/{path}") if context is with_it else None
            if page is None:
                page = context.new_page()
                page.goto(f"{address}/{path}", wait_until="load")
            texts.append(page.locator("main").inner_text())
            page.close()
        assert texts[0] == texts[1] != "", path
    page = without.new_page()
    page.goto(f"{address}/search/index.html")
    assert "Ohne JavaScript" in page.locator("main").inner_text()
    assert page.locator("main a").count() > 4
    with_it.close()
    without.close()


@needs_axe
def test_the_search_works_by_keyboard(address: str, browser: Browser) -> None:
    context = browser.new_context()
    page = open_page(context, f"{address}/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("Baumkataster")
    page.keyboard.press("Enter")
    page.wait_for_selector("#treffer > li")
    assert page.url.endswith("/search/index.html?q=Baumkataster")
    assert page.locator("#treffer > li").count() == 20
    page.locator("#mehr").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#treffer > li:nth-child(40)")
    assert page.locator("#treffer > li").count() == 40
    assert page.evaluate("document.activeElement.closest('#treffer') !== null")
    context.close()


@needs_vnu
def test_the_checker_of_html_finds_no_error(full: Site) -> None:
    java = shutil.which("java")
    assert java is not None, "java is not installed"
    files = [str(full.output.resolve() / path) for path in kinds(full)]
    done = subprocess.run(  # noqa: S603 - our own arguments
        [java, "-jar", str(VNU), "--errors-only", "--stdout", *files],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@needs_vnu
def test_the_checker_of_html_would_find_an_error(tmp_path: Path) -> None:
    java = shutil.which("java")
    assert java is not None, "java is not installed"
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><title>x</title><p><div></p>")
    done = subprocess.run(  # noqa: S603 - our own arguments
        [java, "-jar", str(VNU), "--errors-only", "--stdout", str(tmp_path / "bad.html")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert "error" in done.stdout
