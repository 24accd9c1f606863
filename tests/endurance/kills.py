"""kill -9 at random moments of a run over the demo's portals, then a run that finishes the work.

The finished site must equal that of an undisturbed working folder (`run.json` apart) byte by byte,
the store must hold the same rows but for runs and times, nothing half-built may ever be visible,
and nothing that was finished before the kill may be asked for again: no page of a catalogue that
was read to its end, no link that was judged, no file whose table was judged. Prints seed and
figures; exits with 1 on a difference.
"""

import argparse
import hashlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from datenernte_dcat.store.schema import url_key
from datenernte_harvester.simulator.portals import (
    SimulatedPortal,
    running,
    simulated_portals,
    write_portal_files,
)
from datenernte_harvester.simulator.server import Server

NOW = "2026-03-01T04:00:00Z"
DEADLINE_SECONDS = 300.0
"""Of one run; without a kill it takes a fraction of it."""
OF_RUNS = {
    "run": None,
    "portal_run": None,
    "score_history": ("run",),
    "record": ("seen_run",),
}
"""Table → columns that count runs and so differ after a kill; None: the whole table does.

A killed run leaves its own row of `score_history`, with the same points.
"""

_MEASURED = re.compile(r'"seconds":[0-9.e-]+|\["date","[^"]*"\]')
"""How long judging a table took, and the portals' clock: times, whatever our own clock says."""
_PLACE = re.compile(r"127\.0\.0\.1:\d+")
"""Where a file lies. Files of equal content, at two portals, share the report of the first."""


@dataclass(slots=True)
class Run:
    """A run in a process group of its own, at a fixed time."""

    folder: Path
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "datenernte_harvester", "run", "-q", "-C", str(self.folder)],
            env={**os.environ, "DATENERNTE_NOW": NOW},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def finish(self) -> int:
        """Wait for its end; the exit code."""
        return self.process.wait(DEADLINE_SECONDS)

    def kill(self) -> None:
        """Kill -9 for the run and all its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE_SECONDS)


@dataclass(frozen=True, slots=True)
class State:
    """All that a working folder holds of a run, in a form that can be compared."""

    files: Mapping[str, str]
    """Path below `site` → SHA-256 of its bytes; without `run.json`."""
    rows: Mapping[str, Sequence[str]]
    """Table → its rows, sorted, without what counts runs."""

    @classmethod
    def of(cls, folder: Path) -> "State":
        """The state of a working folder."""
        return cls(_files(folder / "site"), _rows(folder / "datenernte.db"))

    def differences(self, other: "State") -> list[str]:
        """What differs between two states, in words."""
        found = [
            f"site/{name}"
            for name in {*self.files, *other.files}
            if self.files.get(name) != other.files.get(name)
        ]
        found += [
            f"table {name}: {len(set(self.rows[name]) ^ set(other.rows[name]))} rows"
            for name in self.rows
            if self.rows[name] != other.rows[name]
        ]
        return sorted(found)


def _files(site: Path) -> dict[str, str]:
    top = site.resolve()
    if not top.is_dir():
        return {}
    return {
        str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in top.rglob("*")
        if path.is_file() and path.name != "run.json"
    }


def _rows(database: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            if not name.startswith("sqlite_") and OF_RUNS.get(name, ()) is not None
        ]
        return {name: _sorted_rows(connection, name) for name in names}


def _sorted_rows(connection: sqlite3.Connection, table: str) -> list[str]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    left_out = OF_RUNS.get(table) or ()
    named = ", ".join(f'"{name}"' for name in columns if name not in left_out)
    rows = connection.execute(f"SELECT {named} FROM {table}")  # noqa: S608
    measured = [_MEASURED.sub("", repr(row)) for row in rows if row[0] != "run.json"]
    if table == "file_report":
        measured = [_PLACE.sub("", row) for row in measured]
    return sorted(measured if table != "score_history" else set(measured))


@dataclass(frozen=True, slots=True)
class Finished:
    """What a killed run had finished, as far as the store knows."""

    pages: frozenset[str]
    links: frozenset[str]
    files: frozenset[str]
    """Keys of URLs."""
    stage: str
    """How far it had come."""

    @classmethod
    def of(cls, folder: Path) -> "Finished":
        """What the store of a working folder says."""
        database = folder / "datenernte.db"
        if (folder / "site").exists():
            return cls(*_keys(database), "published")
        try:
            pages, links, files = _keys(database)
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
                reached = [
                    name
                    for name, table in (
                        ("harvest", "record"),
                        ("links", "link"),
                        ("tables", "file_state"),
                        ("shapes", "shape_report"),
                        ("score", "score"),
                    )
                    if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608
                ]
        except sqlite3.OperationalError:  # not made yet
            return cls(frozenset(), frozenset(), frozenset(), "start")
        stage = "publish" if any((folder / ".site").glob("*/*")) else (reached or ["start"])[-1]
        return cls(pages, links, files, stage)

    def repeated(self, servers: Mapping[str, Server]) -> list[str]:
        """What the servers were asked for again although it was finished."""
        found = []
        for server in servers.values():
            found += [
                f"page {target}"
                for target, status in server.answered
                # links are checked by another client, which asks for robots.txt itself
                if status == 200 and target != "/robots.txt"
                if url_key(server.url + target) in self.pages
            ]
            for request in server.requests:
                if not request.path.startswith("/dateien/"):
                    continue
                key = url_key(f"{server.url}{request.path}")
                if request.method == "HEAD" and key in self.links:
                    found.append(f"link {request.path}")
                if request.method == "GET" and key in self.files and key in self.links:
                    found.append(f"file {request.path}")
        return found


def _keys(database: Path) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        pages, links, files = (
            frozenset(key for (key,) in connection.execute(f"SELECT key FROM {table}"))  # noqa: S608
            for table in ("response", "link", "file_state")
        )
    return pages, links, files


def demo_portals(datasets: int) -> tuple[SimulatedPortal, ...]:
    """The demo's portals without those faults that depend on what was asked before."""
    return simulated_portals(1, 6, datasets, own_faults=False)


def lay_out(
    folder: Path,
    portals: Sequence[SimulatedPortal],
    servers: Mapping[str, Server],
    extra: str = "",
) -> None:
    """A working folder for the running portals."""
    folder.mkdir(parents=True, exist_ok=True)
    write_portal_files(folder, portals, dict(servers))
    allow = ", ".join(f'"127.0.0.1:{server.port}"' for server in servers.values())
    (folder / "datenernte.toml").write_text(
        '[catalog]\ntitle = "Probe"\ndescription = "Probe"\npublisher = "Amt"\n'
        'base_url = "https://daten.example.org"\n'
        f"[network]\nallow = [{allow}]\n{extra}",
        encoding="utf-8",
    )


def forget_requests(servers: Mapping[str, Server]) -> None:
    """Begin to count anew."""
    for server in servers.values():
        server.requests.clear()
        server.answered.clear()


def resumed(
    folder: Path, servers: Mapping[str, Server], expected: State, exit_code: int
) -> tuple[Finished, list[str]]:
    """Finish the work of a run that was killed in `folder`; how far it was, and what is wrong."""
    finished = Finished.of(folder)
    visible = _files(folder / "site")
    wrong = [] if visible in ({}, expected.files) else ["half a site was visible"]
    forget_requests(servers)
    code = Run(folder).finish()
    if code != exit_code:
        wrong.append(f"exit {code} and not {exit_code}")
    wrong += finished.repeated(servers)
    return finished, wrong + State.of(folder).differences(expected)


def main() -> int:
    """Kill, resume, compare; 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--datasets", type=int, default=60)
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    print(f"seed {seed}, {arguments.kills} kills, {arguments.datasets} datasets", flush=True)
    portals = demo_portals(arguments.datasets)
    stages: Counter[str] = Counter()
    work = []
    failures = 0
    with running(portals) as servers, tempfile.TemporaryDirectory() as scratch:
        calm = Path(scratch) / "calm"
        lay_out(calm, portals, servers)
        began = time.monotonic()
        exit_code = Run(calm).finish()
        whole = time.monotonic() - began
        expected = State.of(calm)
        asked = sum(len(server.requests) for server in servers.values())
        if exit_code not in (0, 3) or not expected.files:
            print(f"the undisturbed run failed with {exit_code}")
            return 1
        print(f"undisturbed: {whole:.1f} s, {asked} requests, {len(expected.files)} files")
        for number in range(arguments.kills):
            folder = Path(scratch) / f"kill-{number}"
            lay_out(folder, portals, servers)
            forget_requests(servers)
            run = Run(folder)
            moment = chance.uniform(0, whole)
            began = time.monotonic()
            try:
                run.process.wait(moment)
            except subprocess.TimeoutExpired:
                run.kill()
            before = sum(len(server.requests) for server in servers.values())
            finished, wrong = resumed(folder, servers, expected, exit_code)
            work.append(before + sum(len(server.requests) for server in servers.values()) - asked)
            stages[finished.stage] += 1
            failures += bool(wrong)
            if wrong:
                print(
                    f"kill {number} after {moment:.2f} s in »{finished.stage}«: "
                    f"{len(wrong)} differences: {'; '.join(wrong[:5])}",
                    flush=True,
                )
    print(f"stages: {dict(stages)}")
    print(f"requests more than undisturbed, per kill: {max(work)} at most, {sum(work)} in all")
    print(f"seed {seed}: {failures} of {arguments.kills} kills left a difference")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
