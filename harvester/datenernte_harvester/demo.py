"""The demo: simulated portals, two runs against them like any other, and what they showed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.progress import Progress
from datenernte_harvester.run import RunOptions, RunOutcome, run
from datenernte_harvester.simulator.faults import FAULTS
from datenernte_harvester.simulator.portals import (
    DEFAULT_FAULT_PORTAL,
    SimulatedPortal,
    running,
    simulated_portals,
    write_portal_files,
)

_CONFIGURATION = """[catalog]
title = "Offene Daten im Musterland"
description = "Vorführung von datenernte: erfundene Kommunen, simulierte Portale."
publisher = "Musterland, Stabsstelle Digitales"
base_url = "https://daten.musterland.example"
contributor_id = "http://dcat-ap.de/def/contributors/openDataBayern"

[network]
allow = [{allow}]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoOptions:
    """What the command line asked for."""

    portals: int = 6
    datasets: int = 100
    seed: int = 1
    faults: tuple[str, ...] = ()
    """Fault ids, each with `@portal` behind it or shown by the default portal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Demo:
    """A demo whose portals are still up."""

    outcomes: tuple[RunOutcome, ...]
    """First and second run."""
    site: Path
    portals: dict[str, str]
    """Name → URL of the running portals."""


def parse_faults(
    faults: Sequence[str], portals: Sequence[SimulatedPortal]
) -> list[tuple[str, str]]:
    """`F24` or `F24@musterstadt` as (id, portal).

    Without a portal the default portal shows the fault, or the first one that can.

    Raises:
        ConfigError: an unknown fault or portal, or a portal that cannot show the fault.
    """
    parsed = []
    for entry in faults:
        fault, _, named = entry.partition("@")
        if fault not in FAULTS:
            raise ConfigError(
                f"Die Störung »{fault}« gibt es nicht. Vorhanden sind: {', '.join(FAULTS)}."
            )
        if named and named not in [portal.name for portal in portals]:
            raise ConfigError(
                f"Das Portal »{named}« gibt es in der Vorführung nicht. "
                f"Vorhanden sind: {', '.join(portal.name for portal in portals)}."
            )
        able = [portal.name for portal in portals if portal.can_show(FAULTS[fault])]
        preferred = DEFAULT_FAULT_PORTAL if DEFAULT_FAULT_PORTAL in able else "".join(able[:1])
        if (named or preferred) not in able:
            raise ConfigError(
                f"Die Störung »{fault}« kann "
                + (f"das Portal »{named}«" if named else "kein Portal dieser Vorführung")
                + " nicht zeigen."
                + (f" Zeigen können sie: {', '.join(able)}." if able else "")
            )
        parsed.append((fault, named or preferred))
    return parsed


@contextmanager
def demo(
    folder: Path, options: DemoOptions, *, clock: Callable[[], datetime], progress: Progress
) -> Iterator[Demo]:
    """Serve the portals, run everything against them twice, and keep them up.

    The second run shows what a day without changes looks like, and that a portal which suddenly
    answers with nothing loses nothing.

    Raises:
        ConfigError: unknown faults, or a folder that holds something else than a demo.
    """
    if (folder / "datenernte.toml").exists() and not (folder / _MARK).exists():
        raise ConfigError(
            f"»{folder}« ist ein Arbeitsordner und keine Vorführung. Wählen Sie einen anderen."
        )
    sound = simulated_portals(options.seed, options.portals, options.datasets)
    portals = simulated_portals(
        options.seed, options.portals, options.datasets, parse_faults(options.faults, sound)
    )
    with running(portals) as servers:
        _lay_out(folder, [server.port for server in servers.values()])
        write_portal_files(folder, portals, servers)
        configuration = read_configuration(folder, variables={})
        outcomes = tuple(
            run(configuration, RunOptions(), clock=clock, progress=progress) for _ in range(2)
        )
        yield Demo(
            outcomes=outcomes,
            site=configuration.site,
            portals={name: server.url for name, server in servers.items()},
        )


_MARK = ".datenernte-demo"


def _lay_out(folder: Path, ports: Sequence[int]) -> None:
    """Write the working folder; what an earlier demo left there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("portals", "site", ".site", "datenernte.db"):
        path = folder / name
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir() and (folder / _MARK).exists():
            shutil.rmtree(path)
    for leftover in folder.glob("datenernte.db-*"):
        leftover.unlink()
    (folder / _MARK).write_text("Diesen Ordner ersetzt »datenernte demo«.\n", encoding="utf-8")
    allow = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    (folder / "datenernte.toml").write_text(_CONFIGURATION.format(allow=allow), encoding="utf-8")
