"""kill -9 in the middle of a run: the next run finishes the work, and nobody ever sees half of it.

The moments are drawn with fixed seeds: the N-th request that the portals get, or the first file of
the new site. `tests/endurance/kills.py` does the same at random moments of the clock.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.endurance.kills import Run, State, demo_portals, forget_requests, lay_out, resumed

from datenernte_harvester.simulator.portals import SimulatedPortal, running
from datenernte_harvester.simulator.server import Answer, Request, Server

pytestmark = pytest.mark.timeout(400)
DEADLINE_SECONDS = 100
POLL_SECONDS = 0.005
DATASETS = 12
SEEDS = (1, 2, 3, 4)
"""Of the moments while the portals are asked; the fifth kill is while the site is written."""


@dataclass
class Calm:
    """Running portals, and what an undisturbed run makes of them."""

    portals: tuple[SimulatedPortal, ...]
    servers: Mapping[str, Server]
    expected: State
    exit_code: int
    requests: int

    def lay_out(self, folder: Path) -> None:
        lay_out(folder, self.portals, self.servers, "[validate]\nshapes = false\n")

    def at_request(self, number: int, act: Callable[[], None]) -> None:
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

        for portal in self.portals:
            self.servers[portal.name].site = counted(portal.site)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    portals = demo_portals(DATASETS)
    folder = tmp_path_factory.mktemp("calm") / "ernte"
    with running(portals) as servers:
        made = Calm(portals, servers, State({}, {}), 0, 0)
        made.lay_out(folder)
        made.exit_code = Run(folder).finish()
        made.requests = sum(len(server.requests) for server in servers.values())
        made.expected = State.of(folder)
        assert made.expected.files
        yield made


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_killed_while_asking_is_finished_by_the_next_one(
    calm: Calm, seed: int, tmp_path: Path
) -> None:
    folder = tmp_path / "ernte"
    calm.lay_out(folder)
    forget_requests(calm.servers)
    reached = threading.Event()
    moment = random.Random(seed).randint(1, calm.requests)  # noqa: S311 - a test's dice
    calm.at_request(moment, reached.set)

    run = Run(folder)
    assert reached.wait(DEADLINE_SECONDS), moment
    run.kill()

    _, wrong = resumed(folder, calm.servers, calm.expected, calm.exit_code)
    assert wrong == []


def test_a_run_killed_while_publishing_shows_no_half_site(calm: Calm, tmp_path: Path) -> None:
    folder = tmp_path / "ernte"
    calm.lay_out(folder)
    forget_requests(calm.servers)

    run = Run(folder)
    pause = threading.Event()
    while run.process.poll() is None and not any((folder / ".site").glob("*/*")):
        pause.wait(POLL_SECONDS)
    run.kill()

    finished, wrong = resumed(folder, calm.servers, calm.expected, calm.exit_code)
    assert wrong == []
    assert finished.stage in ("publish", "published")
    builds = [path for path in (folder / ".site").iterdir() if path.is_dir()]
    assert builds
    assert all((path / "manifest.json").exists() for path in builds)
