"""Workers that hang, die or lose their parent: what becomes of their portal, and of no other."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.harvest.conftest import (
    NOW,
    Answer,
    Asked,
    Harvester,
    WebServer,
    ckan,
    dcat,
    package,
    portal,
)

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import ConfigError, StoreError
from datenernte_harvester.crawl.protocol import PortalJob, Ready, WorkerSetup, decode_message, line
from datenernte_harvester.portal import PortalFile, PortalNetwork
from datenernte_validators.network.settings import NetworkSettings


def workers() -> list[int]:
    """Process ids of the workers that this process has started."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == os.getpid() and b"datenernte_harvester.crawl.worker" in words:
            found.append(int(folder.name))
    return found


def three_of_one_host(
    server: WebServer, *, deadline_seconds: float | None = None
) -> list[PortalFile]:
    """Three portals that one worker harvests, the second with a deadline of its own."""
    limits = PortalNetwork(deadline_seconds=deadline_seconds)
    return [
        portal(
            server,
            name,
            source_type="dcat_rdf",
            url=f"{server.url}/{name}.ttl",
            network=limits if name == "victim" else PortalNetwork(),
        )
        for name in ("before", "victim", "behind")
    ]


def page(asked: Asked) -> Answer:
    return Answer(dcat([len(asked.path)]), content_type="text/turtle")


def test_a_worker_past_its_deadline_is_killed_and_others_go_on(
    server: WebServer, servers: Callable[[], WebServer], harvest: Harvester
) -> None:
    def hanging(asked: Asked) -> Answer:
        if "victim" in asked.path:
            server.released.wait(60)
        return page(asked)

    server.answer = hanging
    other = servers()
    other.answer = ckan([package(1)])

    before, victim, behind, elsewhere = harvest(
        *three_of_one_host(server, deadline_seconds=0.5),
        portal(other, "elsewhere"),
        grace_seconds=0.5,
    )

    assert (victim.state, victim.reason) == ("failed", "portal-deadline")
    assert [run.state for run in (before, behind, elsewhere)] == ["ok", "ok", "ok"]
    with harvest.store() as store:
        assert {run.portal: run.state for run in store.portal_runs(1)}["victim"] == "failed"
        assert store.findings_by_code("victim") == {"portal-deadline": 1}
    assert workers() == []


def test_a_dead_worker_fails_its_portal_alone(server: WebServer, harvest: Harvester) -> None:
    def deadly(asked: Asked) -> Answer:
        if "victim" in asked.path:
            for worker in workers():
                os.kill(worker, signal.SIGKILL)
        return page(asked)

    server.answer = deadly

    before, victim, behind = harvest(*three_of_one_host(server))

    assert (victim.state, victim.reason) == ("failed", "worker-died")
    assert "SIGKILL" in victim.detail
    assert (before.state, behind.state) == ("ok", "ok")


def test_what_a_slow_portal_sent_in_time_is_kept(server: WebServer, harvest: Harvester) -> None:
    def slow(asked: Asked) -> Answer:
        server.released.wait(0.1)
        return ckan([package(n) for n in range(60)], rows_max=1)(asked)

    server.answer = slow

    [run] = harvest(portal(server, network=PortalNetwork(deadline_seconds=1.5)), grace_seconds=20)

    assert (run.state, run.reason) == ("partial", "portal-deadline")
    assert 0 < run.seen < 60
    with harvest.store() as store:
        assert store.count_records("probe") == run.seen


def test_the_run_has_a_deadline_too(server: WebServer, harvest: Harvester) -> None:
    def hanging(asked: Asked) -> Answer:
        server.released.wait(60)
        return page(asked)

    server.answer = hanging

    runs = harvest(*three_of_one_host(server), run_deadline_seconds=3.0)

    assert [(run.state, run.reason) for run in runs] == [("failed", "run-deadline")] * 3
    assert workers() == []


def test_memory_is_limited(server: WebServer, harvest: Harvester) -> None:
    server.answer = ckan([package(1)])

    [run] = harvest(portal(server), memory_bytes=60_000_000)

    assert (run.state, run.reason) == ("failed", "worker-died")


def test_an_interrupted_harvest_leaves_no_worker(server: WebServer, harvest: Harvester) -> None:
    def interrupting(asked: Asked) -> Answer:
        os.kill(os.getpid(), signal.SIGINT)
        server.released.wait(60)
        return page(asked)

    server.answer = interrupting

    with pytest.raises(KeyboardInterrupt):
        harvest(portal(server))
    assert workers() == []


@pytest.fixture
def worker(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    setup = WorkerSetup(
        store_url=f"sqlite:///{tmp_path / 'store.db'}",
        run=1,
        now=NOW,
        catalog=CatalogSettings(
            title="", description="", publisher="", base_url="https://k.example"
        ),
        network=NetworkSettings(allow=("127.0.0.1:1",)),
        hosts={},
        authorities=None,
        memory_bytes=4_000_000_000,
    )
    command = [sys.executable, "-m", "datenernte_harvester.crawl.worker"]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line(setup))
        process.stdin.flush()
        assert decode_message(process.stdout.readline()) == Ready()
        yield process
        process.kill()


def test_an_idle_worker_ends_with_its_parent(worker: "subprocess.Popen[bytes]") -> None:
    assert worker.stdin is not None
    worker.stdin.close()

    assert worker.wait(20) == 0


def test_a_busy_worker_does_not_outlive_its_parent(
    worker: "subprocess.Popen[bytes]", server: WebServer
) -> None:
    job = PortalJob(
        portal=PortalFile(name="p", title="P", source_type="ckan", url=server.url),
        limit=None,
        dry_run=True,
        may_withdraw=True,
        deadline_seconds=60,
        retry_pause_seconds=30,  # the address is not allowed or not there: it waits to repeat
    )
    assert worker.stdin is not None
    worker.stdin.write(line(job))
    worker.stdin.close()

    assert worker.wait(20) in (0, 3)


def test_a_broken_store_ends_the_harvest(server: WebServer, harvest: Harvester) -> None:
    def breaking(asked: Asked) -> Answer:
        with harvest.store() as store, store.writing() as connection:
            connection.exec_driver_sql("DROP TABLE record_document")
        return ckan([package(1)])(asked)

    server.answer = breaking

    with pytest.raises(StoreError):
        harvest(portal(server))
    assert workers() == []


def test_a_missing_certificate_file_is_a_mistake_of_the_portal_file(
    server: WebServer, harvest: Harvester, tmp_path: Path
) -> None:
    network = PortalNetwork(ca_file=str(tmp_path / "fehlt.pem"))

    with pytest.raises(ConfigError, match=r"portals/probe\.toml.*fehlt\.pem"):
        harvest(portal(server, network=network))
