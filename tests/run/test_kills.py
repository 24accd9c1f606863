"""kill -9 in the middle of a run: the next run finishes the work, and nobody ever sees half of it.

The moments are fixed: the N-th request that the portals get, or the first file of the new site.
`tests/endurance/kills.py` does the same at random moments.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datenernte_harvester.simulator.portals import simulated_portals
from datenernte_harvester.simulator.server import Answer, Request

DEADLINE_SECONDS = 60
POLL_SECONDS = 0.005


def start(folder: Path) -> subprocess.Popen[bytes]:
    """A run of its own process group at a fixed time."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "datenernte_harvester", "run", "-q", "-C", str(folder)],
        env={**os.environ, "DATENERNTE_NOW": "2026-03-01T04:00:00Z"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 for the run and all its children."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(DEADLINE_SECONDS)


def manifest(folder: Path) -> dict[str, Any]:
    """Hashes of the published files; empty without a site."""
    path = folder / "site" / "manifest.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


def forget(folder: Path) -> None:
    """Make the working folder as new."""
    (folder / "site").unlink(missing_ok=True)
    shutil.rmtree(folder / ".site", ignore_errors=True)
    for path in folder.glob("datenernte.db*"):
        path.unlink()


def at_request(land: Any, number: int, act: Callable[[], None]) -> None:
    """Call `act` when the portals get their `number`-th request from now."""
    lock = threading.Lock()
    count = 0

    def counted(site: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            nonlocal count
            with lock:
                count += 1
                now = count == number
            if now:
                act()
            return site(request)

        return answer

    for name, server in land.servers.items():
        server.site = counted(land.portals[name].site)


@pytest.fixture
def calm(land: Any) -> tuple[Any, dict[str, Any]]:
    """Two portals, and the manifest of an undisturbed run over them."""
    portals = {portal.name: portal for portal in simulated_portals(1, 6, 40)}
    for name in ("musterstadt", "beispielau"):
        land.serve(portals[name])
    land.configure("[validate]\nshapes = false\n")
    assert start(land.folder).wait(DEADLINE_SECONDS) == 0
    expected = manifest(land.folder)
    forget(land.folder)
    return land, expected


def test_a_run_killed_at_a_request_is_finished_by_the_next_one(calm: Any) -> None:
    land, expected = calm
    for number in (1, 4, 15, 45):
        forget(land.folder)
        reached = threading.Event()
        at_request(land, number, reached.set)
        process = start(land.folder)
        assert reached.wait(DEADLINE_SECONDS), number
        kill(process)
        assert manifest(land.folder) in ({}, expected), number
        assert start(land.folder).wait(DEADLINE_SECONDS) == 0, number
        assert manifest(land.folder) == expected, number


def test_a_run_killed_while_publishing_shows_no_half_site(calm: Any) -> None:
    land, expected = calm
    process = start(land.folder)
    pause = threading.Event()
    while process.poll() is None and not any((land.folder / ".site").glob("*/*")):
        pause.wait(POLL_SECONDS)
    kill(process)
    assert manifest(land.folder) in ({}, expected)
    assert start(land.folder).wait(DEADLINE_SECONDS) == 0
    assert manifest(land.folder) == expected
    builds = [path for path in (land.folder / ".site").iterdir() if path.is_dir()]
    assert builds
    assert all((path / "manifest.json").exists() for path in builds)
