"""Harvesting: records a second from a local CKAN, memory while they pass, and a run without news.

The portal is a process of its own on loopback; the harvest is the real one: worker process, Scrapy,
mapping, normalising, record checks, store. On Linux both share two cores. Exits with 1 if records
are lost, doubled or seen as changed. The start of the worker, about a second, is part of each run.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.rows import Portal, PortalRun
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.portals import CrawlJob, harvest_portals
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import package
from datenernte_validators.network.settings import NetworkSettings

CORES = 2
DIFFERENT = 1000
"""Datasets that are really different; the others repeat their content under other names."""
ROWS_MAX = 1000
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def serve(count: int, connection: Connection) -> None:
    """Be a CKAN with `count` packages; tells its port."""
    base = "https://opendata.musterstadt.example"
    made = [
        package(item, "Stadt Musterstadt", "09991001", base)
        for item in datasets("musterstadt", min(count, DIFFERENT), 1)
    ]

    def numbered(number: int) -> dict[str, object]:
        fields = {"id": f"p{number:07}", "name": f"satz-{number}", "uri": None}
        own = made[number % len(made)]
        resources = own["resources"]
        assert isinstance(resources, list)
        files = [{**file, "id": f"{number}-{n}", "uri": None} for n, file in enumerate(resources)]
        extras = [e for e in own.get("extras", []) if e["key"] not in ("uri", "identifier", "guid")]
        title = f"{own['title']} {number}"
        return {**own, **fields, "title": title, "resources": files, "extras": extras}

    @lru_cache(maxsize=4)
    def page(start: int, rows: int) -> bytes:
        listed = [numbered(number) for number in range(start, min(count, start + rows))]
        return json.dumps({"success": True, "result": {"count": count, "results": listed}}).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[-1] for key, values in parse_qs(url.query).items()}
            is_search = url.path == "/api/3/action/package_search"
            rows = min(int(query.get("rows", 10)), ROWS_MAX)
            body = page(int(query.get("start", 0)), rows) if is_search else b"{}"
            self.send_response(200 if is_search else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    connection.send(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection.recv()  # until the harvest is done


def harvested(store_url: str, port: int, number: int) -> tuple[PortalRun, float, float]:
    """One harvest; what came of it, its seconds, and the worker's seconds of processor time.

    Both include the start of the worker.
    """
    url = f"http://127.0.0.1:{port}"
    portal = PortalFile(name="musterstadt", title="Musterstadt", source_type="ckan", url=url)
    now = NOW + timedelta(days=number)
    with Store(store_url) as store:
        store.put_portals([Portal(name=portal.name, title="M", source_type="ckan", url=url)])
        run = store.begin_run("harvest", now.date(), now)
    started, used = time.perf_counter(), processor_seconds()
    [result] = harvest_portals(
        [CrawlJob(portal=portal)],
        store_url=store_url,
        run=run,
        now=now,
        catalog=CatalogSettings(
            title="Probe", description="Probe", publisher="P", base_url="https://katalog.example"
        ),
        network=NetworkSettings(allow=(f"127.0.0.1:{port}",)),
        workers=1,
    )
    return result, time.perf_counter() - started, processor_seconds() - used


def processor_seconds() -> float:
    """Processor time of all children that have ended: the workers, and not yet the portal."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def megabytes(who: int) -> float:
    """Peak memory of this process, or of the largest of its children, resident."""
    return resource.getrusage(who).ru_maxrss / 1024


def main() -> int:
    """Print a table; 1 if records are missing, doubled or taken for changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=10_000)
    count = parser.parse_args().datasets
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        print(f"{count} datasets, {len(os.sched_getaffinity(0))} cores for portal and harvest")
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(count, there))
    server.start()
    port = here.recv()
    with tempfile.TemporaryDirectory(prefix="datenernte-benchmark-") as folder:
        url = f"sqlite:///{Path(folder) / 'store.db'}"
        first, first_seconds, first_used = harvested(url, port, 0)
        second, second_seconds, second_used = harvested(url, port, 1)
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        with Store(url) as store:
            stored = store.count_records()
    worker = megabytes(resource.RUSAGE_CHILDREN)
    here.send(None)
    server.join()
    print(
        f"{'run':14}{'seconds':>10}{'worker cpu':>12}{'records/s':>12}{'new':>9}{'unchanged':>11}  state"
    )
    for name, run, seconds, used in (
        ("first", first, first_seconds, first_used),
        ("without news", second, second_seconds, second_used),
    ):
        print(
            f"{name:14}{seconds:10.1f}{used:12.1f}{count / seconds:12.0f}{run.new:9}{run.unchanged:11}  "
            f"{run.state} {run.reason or ''}"
        )
    share = second_seconds / first_seconds
    print(f"peak memory: worker {worker:.0f} MB, parent {megabytes(resource.RUSAGE_SELF):.0f} MB")
    print(f"store {size:.0f} MB; the run without news took {share:.1%} of the first")
    is_right = (first.new, second.unchanged, second.new, stored) == (count, count, 0, count)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
