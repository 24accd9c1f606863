"""kill -9 at random moments of a run over simulated portals, then a run that finishes the work.

The finished site must equal that of an undisturbed working folder (`run.json` apart), and nothing
half-built may ever be visible. Prints seed and figures; exits with 1 on a difference.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from datenernte_harvester.simulator.portals import running, simulated_portals, write_portal_files

NOW = "2026-03-01T04:00:00Z"


def lay_out(folder: Path, portals: object, servers: dict[str, object]) -> None:
    """A working folder for the running portals."""
    write_portal_files(folder, portals, servers)  # type: ignore[arg-type]
    allow = ", ".join(f'"127.0.0.1:{server.port}"' for server in servers.values())  # type: ignore[attr-defined]
    (folder / "datenernte.toml").write_text(
        '[catalog]\ntitle = "Probe"\ndescription = "Probe"\npublisher = "Amt"\n'
        'base_url = "https://daten.example.org"\n'
        f"[network]\nallow = [{allow}]\n",
        encoding="utf-8",
    )


def start(folder: Path) -> subprocess.Popen[bytes]:
    """A run in a process group of its own."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "datenernte_harvester", "run", "-q", "-C", str(folder)],
        env={**os.environ, "DATENERNTE_NOW": NOW},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def manifest(folder: Path) -> dict[str, object]:
    """Hashes of all files of the site; empty without a site."""
    path = folder / "site" / "manifest.json"
    return json.loads(path.read_bytes()) if path.exists() else {}


def main() -> int:
    """Kill, resume, compare; 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--datasets", type=int, default=60)
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    print(f"seed {seed}, {arguments.kills} kills, {arguments.datasets} datasets")
    # The two portals whose answers do not depend on what was asked before.
    portals = [
        portal
        for portal in simulated_portals(1, 6, arguments.datasets)
        if portal.name in ("musterstadt", "beispielau")
    ]
    failures = 0
    with running(portals) as servers, tempfile.TemporaryDirectory() as scratch:
        calm = Path(scratch) / "calm"
        calm.mkdir()
        lay_out(calm, portals, servers)  # type: ignore[arg-type]
        began = time.monotonic()
        if start(calm).wait() != 0:
            print("the undisturbed run failed")
            return 1
        whole = time.monotonic() - began
        expected = manifest(calm)
        for number in range(arguments.kills):
            folder = Path(scratch) / f"kill-{number}"
            folder.mkdir()
            lay_out(folder, portals, servers)  # type: ignore[arg-type]
            process = start(folder)
            moment = chance.uniform(0, whole)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stderr is not None:
                process.stderr.close()
            seen = manifest(folder)
            torn = bool(seen) and seen != expected
            code = start(folder).wait()
            if torn or code != 0 or manifest(folder) != expected:
                failures += 1
                print(f"kill {number} after {moment:.2f} s: torn={torn}, exit {code}, differs")
    print(f"undisturbed run {whole:.1f} s, {failures} of {arguments.kills} kills left a difference")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
