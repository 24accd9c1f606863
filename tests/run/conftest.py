"""A working folder over simulated portals, and runs over it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.run import RunOptions, RunOutcome, run
from datenernte_harvester.simulator.faults import with_faults
from datenernte_harvester.simulator.portals import SimulatedPortal, simulated_portals
from datenernte_harvester.simulator.server import Server, Site

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@dataclass
class Land:
    """A working folder whose portals are simulated; sites may be exchanged between runs."""

    folder: Path
    stack: ExitStack
    servers: dict[str, Server] = field(default_factory=dict)
    portals: dict[str, SimulatedPortal] = field(default_factory=dict)

    def serve(self, portal: SimulatedPortal) -> None:
        """Serve a portal and write its file."""
        server = self.stack.enter_context(Server(portal.site))
        self.servers[portal.name] = server
        self.portals[portal.name] = portal
        (self.folder / "portals").mkdir(exist_ok=True)
        (self.folder / "portals" / f"{portal.name}.toml").write_text(
            f'title = "{portal.title}"\nsource_type = "{portal.source_type}"\n'
            f'url = "{server.url}{portal.path}"\nmunicipality = "{portal.key}"\n'
            "[network]\ndeadline_seconds = 20.0\n",
            encoding="utf-8",
        )
        self.configure()

    def configure(self, extra: str = "") -> None:
        """Write `datenernte.toml`, opening the servers' addresses."""
        allow = ", ".join(f'"127.0.0.1:{server.port}"' for server in self.servers.values())
        (self.folder / "datenernte.toml").write_text(
            '[catalog]\ntitle = "Probe"\ndescription = "Probe"\npublisher = "Amt"\n'
            'base_url = "https://daten.example.org"\n'
            'contributor_id = "http://dcat-ap.de/def/contributors/openDataBayern"\n'
            f"[network]\nallow = [{allow}]\ntimeout_seconds = 3.0\n{extra}",
            encoding="utf-8",
        )

    def spoil(self, name: str, *faults: str) -> None:
        """From now on the portal shows these faults (none: it is sound again)."""
        self.servers[name].site = with_faults(self.portals[name].site, faults)

    def answer(self, name: str, site: Site) -> None:
        """From now on the portal answers as `site` does."""
        self.servers[name].site = site

    def run(self, now: datetime = NOW, **options: object) -> RunOutcome:
        """One run at the given time."""
        configuration = read_configuration(self.folder, {})
        return run(configuration, RunOptions(**options), clock=lambda: now)  # type: ignore[arg-type]

    @property
    def site(self) -> Path:
        """The published site."""
        return self.folder / "site"


@pytest.fixture
def land(tmp_path: Path) -> Iterator[Land]:
    """An empty working folder."""
    with ExitStack() as stack:
        yield Land(tmp_path, stack)


@pytest.fixture
def small_land(land: Land) -> Land:
    """A CKAN portal of 8 datasets and a DCAT portal of 12 on two pages."""
    for portal in simulated_portals(1, 6, 20)[:1]:
        land.serve(portal)
    for portal in simulated_portals(1, 6, 60)[1:2]:
        land.serve(portal)
    return land


Snapshot = Callable[[Path], dict[str, tuple[int, int]]]


@pytest.fixture
def snapshot() -> Snapshot:
    """Inode and mtime of every file below a folder: equal snapshots mean nothing was written."""

    def take(folder: Path) -> dict[str, tuple[int, int]]:
        return (
            {
                str(path.relative_to(folder.resolve())): (status.st_ino, status.st_mtime_ns)
                for path in sorted(folder.resolve().rglob("*"))
                for status in (path.stat(),)
                if path.is_file()
            }
            if folder.exists()
            else {}
        )

    return take
