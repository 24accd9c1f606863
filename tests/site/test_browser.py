"""The pages in a real browser: nothing of a portal runs, nothing is fetched from elsewhere."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.site.conftest import Site, record, text

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.records import Reference

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"), reason="chromium is not installed"
    ),
    pytest.mark.timeout(180),
]


class Handler(SimpleHTTPRequestHandler):
    """Serves the site and notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
        pass


@pytest.fixture
def served(site: Site) -> Iterator[tuple[str, list[str]]]:
    """Address of a site with hostile texts, and the paths that were asked for."""
    attack = "<script>document.documentElement.dataset.ran='1'</script>"
    image = '<img src="/ran" onerror="document.documentElement.dataset.ran=1">'
    frame = '"><iframe src="https://evil.example.org/ran"></iframe><svg onload="ran()">'
    stored = record(
        "a",
        title=(text(attack + image + frame),),
        description=(text(f"<p>{attack}{image}{frame}<a href='javascript:ran()'>x</a></p>"),),
        keyword=(text(frame),),
        landing_page=(Reference(uri="javascript:document.documentElement.dataset.ran=1"),),
    )
    found = Finding(
        code="license-missing", severity=Severity.ERROR, message=attack + frame, value=image
    )
    site.harvest([stored], findings={stored.id: [found]})
    site.publish()
    asked: list[str] = []
    handler = type("Noting", (Handler,), {"asked": asked})
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(handler, directory=str(site.output.resolve()))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def browse(url: str, folder: Path) -> tuple[str, set[str]]:
    """The page's document after loading, and every URL that the browser requested."""
    assert CHROMIUM is not None
    log = folder / "net.json"
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--log-net-log={log}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    requested = {
        event["params"]["url"]
        for event in json.loads(log.read_text())["events"]
        if "url" in event.get("params", {})
    }
    return done.stdout, requested


def test_hostile_texts_run_nothing_and_fetch_nothing(
    served: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, asked = served
    identifier = record("a").id
    pages = [
        "/index.html",
        f"/datasets/{identifier}/index.html",
        "/municipalities/09162000/findings/license-missing/index.html",
    ]
    for number, page in enumerate(pages):
        folder = tmp_path / str(number)
        folder.mkdir()
        document, requested = browse(address + page, folder)
        assert "<main" in document
        assert not ran(document)
        assert address + page in requested
        assert not [url for url in requested if "evil.example.org" in url]
    assert set(asked) <= {*pages, "/style.css", "/favicon.ico"}


def test_the_browser_would_tell_if_something_ran(
    served: tuple[str, list[str]], site: Site, tmp_path: Path
) -> None:
    control = "<html><script>document.documentElement.dataset.ran='1'</script><img src=/ran>"
    (site.output / "control.html").write_text(control)
    address, asked = served
    document, _ = browse(f"{address}/control.html", tmp_path)
    assert ran(document)
    assert "/ran" in asked


def ran(document: str) -> bool:
    """Whether a script of ours has marked the document."""
    return "data-ran" in document.partition("<head")[0]
