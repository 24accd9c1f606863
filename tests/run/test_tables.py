"""Tables of a run: fetched once, checked once, their faults in the reports."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.simulator.portals import simulated_portals
from datenernte_harvester.simulator.server import Answer, Request

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def codes(land: Any) -> set[str]:
    """Codes of all findings of the table stage."""
    with Store(read_configuration(land.folder, {}).store_url) as store:
        return {found.code for found in store.findings(stage="tables")}


def file_requests(land: Any) -> list[Any]:
    """Every request for a file so far."""
    return [
        request
        for server in land.servers.values()
        for request in server.requests
        if request.path.startswith("/dateien/")
    ]


def test_bad_tables_become_findings_of_at_least_ten_kinds(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 100)[2])
    land.configure("[validate]\nlinks = false\nshapes = false\n")
    assert land.run().exit_code == 0
    assert len(codes(land)) >= 10
    assert {"blank-row", "extra-cell", "missing-cell", "table-html", "table-empty"} <= codes(land)


def test_a_file_is_asked_for_again_when_it_is_due_and_then_conditionally(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 20)[0])
    land.configure("[validate]\nlinks = false\nshapes = false\nrecheck_days = 7\n")
    land.run(NOW)
    first = file_requests(land)
    land.run(NOW + timedelta(days=1))
    # The simulated portal has one broken link, which is asked for every day.
    again = file_requests(land)[len(first) :]
    assert len(again) == 1
    land.run(NOW + timedelta(days=8))
    later = file_requests(land)[len(first) + 1 :]
    assert len(later) == len(first)
    assert sum("if-none-match" in request.headers for request in later) == len(first) - 1


def test_a_file_that_is_too_large_is_told_and_not_judged(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 20)[0])
    land.configure("[validate]\nlinks = false\nshapes = false\ntable_max_bytes = 100\n")
    assert land.run().exit_code == 0
    assert codes(land) == {"download-too-large"}


@dataclass
class Silent:
    """A server that accepts connections and never answers."""

    listening: socket.socket
    opened: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its `host:port`."""
        return f"127.0.0.1:{self.listening.getsockname()[1]}"

    def accept(self) -> None:
        """Take every connection until the socket is closed."""
        while True:
            try:
                self.opened.append(self.listening.accept()[0])
            except OSError:
                return


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A silent server on a port of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        server = Silent(listening)
        threading.Thread(target=server.accept, daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        for opened in server.opened:
            opened.close()


def move_files(land: Any, silent: Silent, seconds: float, validate: str) -> None:
    """Let a portal's files lie on a silent server."""
    portal = simulated_portals(1, 6, 60)[0]
    land.serve(portal)

    def site(request: Request) -> Answer:
        answer = portal.site(request)
        here, there = f"{request.base}/dateien/", f"http://{silent.address}/dateien/"
        return replace(answer, body=answer.body.replace(here.encode(), there.encode()))

    land.answer(portal.name, site)
    land.configure(f"[validate]\nshapes = false\n{validate}")
    path = land.folder / "datenernte.toml"
    text = path.read_text(encoding="utf-8").replace("allow = [", f'allow = ["{silent.address}", ')
    limits = f"timeout_seconds = {seconds}\nlink_timeout_seconds = {seconds}"
    path.write_text(text.replace("timeout_seconds = 3.0", limits), encoding="utf-8")


def problems(land: Any) -> list[str]:
    """Problems of all files of the portal that are in the store."""
    with Store(read_configuration(land.folder, {}).store_url) as store:
        urls = [
            ref.uri
            for record in store.records()
            for distribution in record.normalised.distribution
            for ref in distribution.download_url
            if ref.uri
        ]
        assert len(urls) > 5
        return [state.problem or "" for state in store.file_states(urls).values()]


def test_a_host_that_never_answers_is_left_alone_after_three_files(
    land: Any, silent: Silent
) -> None:
    move_files(land, silent, 0.3, "links = false\n")
    land.run()
    assert problems(land) == ["download-timeout"] * 3
    assert len(silent.opened) == 3


def test_files_left_over_of_a_silent_host_are_due_in_the_next_run(
    land: Any, silent: Silent
) -> None:
    move_files(land, silent, 0.3, "links = false\n")
    land.run(NOW)
    land.run(NOW + timedelta(hours=1))
    assert problems(land) == ["download-timeout"] * 6


def test_a_file_whose_link_got_no_connection_is_not_fetched(land: Any, silent: Silent) -> None:
    move_files(land, silent, 0.3, "")
    land.run()
    assert problems(land) == []


def test_a_download_ends_with_the_deadline_of_the_stage_and_stays_due(
    land: Any, silent: Silent
) -> None:
    move_files(land, silent, 30.0, "links = false\ndeadline_seconds = 1.0\n")
    started = time.monotonic()
    land.run()
    assert time.monotonic() - started < 15
    assert problems(land) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_table_stage_at_once(
    land: Any, silent: Silent, number: signal.Signals
) -> None:
    move_files(land, silent, 30.0, "links = false\n")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "datenernte_harvester", "run", "-C", str(land.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ends = time.monotonic() + 30
        while not silent.opened and time.monotonic() < ends:
            time.sleep(0.05)
        assert silent.opened
        sent = time.monotonic()
        process.send_signal(number)
        process.wait(timeout=20)
        assert time.monotonic() - sent < 4
    finally:
        process.kill()
        process.wait()


def test_old_folders_of_killed_runs_are_removed(
    land: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    for name in ("datenernte-tables-old", "datenernte-tables-new", "datenernte-other"):
        (temporary / name / "inside").mkdir(parents=True)
    for name in ("datenernte-tables-old", "datenernte-other"):
        os.utime(temporary / name, (time.time() - 90_000,) * 2)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    land.serve(simulated_portals(1, 6, 20)[0])
    land.configure("[validate]\nlinks = false\nshapes = false\n")
    land.run()
    names = {path.name for path in temporary.iterdir() if path.name.startswith("datenernte-")}
    assert names == {"datenernte-tables-new", "datenernte-other"}
