"""The pictures of README and docs, made from the demo: `python docs/images/make.py`.

Needs Chromium and Playwright (`pip install -e '.[dev]'`). The demo is the same every time, so the
pictures change only with the pages.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PAGES = {
    "start.png": ("index.html", 1280, 900),
    "report.png": ("municipalities/{key}/index.html", 1280, 1200),
    "report-phone.png": ("municipalities/{key}/index.html", 390, 844),
    "dataset.png": ("datasets/{dataset}/index.html", 1280, 1000),
    "search.png": ("search/index.html?q=baum", 1280, 800),
}
"""File → page, width and height of the window in CSS pixels."""


def main() -> None:
    """Run the demo and write the pictures."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("Chromium fehlt: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "datenernte_harvester", "demo", f"{folder}/demo"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        site = Path(folder, "demo", "site").resolve()
        reports = sorted((site / "municipalities").iterdir())
        key = max(reports, key=lambda one: one.joinpath("report.csv").stat().st_size).name
        words = (site / "municipalities" / key / "report.csv").read_text("utf-8-sig")
        dataset = words.partition("/datasets/")[2].partition("/")[0]
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(site))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox"]
            )
            for name, (path, width, height) in PAGES.items():
                page = browser.new_page(viewport={"width": width, "height": height}, locale="de-DE")
                address = path.format(key=key, dataset=dataset)
                page.goto(f"http://127.0.0.1:{server.server_port}/{address}")
                page.wait_for_load_state("networkidle")
                page.screenshot(path=HERE / name)
                page.close()
            browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
