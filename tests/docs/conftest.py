"""Every JSON that datenernte writes, made once for all tests of this folder by the command line."""

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import finding
from datenernte_harvester import demo
from datenernte_harvester.cli.main import exit_code
from datenernte_harvester.simulator.faults import with_faults
from datenernte_harvester.simulator.portals import (
    SimulatedPortal,
    running,
    simulated_portals,
    write_portal_files,
)
from datenernte_harvester.simulator.server import Server

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"

PRODUCED = {
    "status before the first run": "status",
    "history before the first run": "history",
    "bounds before the first run": "bounds",
    "run": "run",
    "harvest with a held portal": "run",
    "publish without a site": "run",
    "harvest": "run",
    "publish": "run",
    "run.json": "run",
    "quality.json": "quality",
    "quality.json without scores": "quality",
    "report.json": "report",
    "report.json without scores": "report",
    "manifest.json": "manifest",
    "status": "status",
    "history with an unfinished run": "history",
    "diff": "diff",
    "bounds": "bounds",
    "duplicates": "duplicates",
    "accept": "withdrawal",
    "retire": "withdrawal",
    "history with a retired portal": "history",
    "portals": "portals",
    "portals without municipality": "portals",
    "municipalities import": "municipalities-import",
    "municipalities list": "municipalities",
    "municipalities check": "municipalities-check",
    "score --explain": "score-explanation",
    "explain": "explain",
    "explain all": "explain",
    "doctor": "doctor",
    "doctor with a problem": "doctor",
    "config show": "config",
    "config show --origin": "config",
    "demo": "demo",
    "check of a table": "check",
    "check of a table with its schema": "check",
    "check of a web page": "check",
    "check of an address": "check",
    "check of a catalogue": "check",
    "check of broken RDF": "check",
    "check of several": "check",
}
"""What is produced → name of its schema."""

REPORT = "municipalities/09991002/report.json"
WITHOUT_CHECKS = "[validate]\nlinks = false\ntables = false\nshapes = false\n"
"""Checks take most of a run's time and add nothing to the form of its JSON."""

TABLE = "Baum;Höhe;Tag\nEiche;3,5;01.02.2024\nBuche;4,1;zwei\nLinde;5,0\n"
TABLE_SCHEMA = {
    "fields": [
        {"name": "Baum", "type": "string"},
        {"name": "Höhe", "type": "integer"},
        {"name": "Tag", "type": "date"},
    ]
}
CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://daten.example.org/d> a dcat:Dataset ; dct:title "Bäume"@de ;
  dcat:distribution <https://daten.example.org/d/csv> .
<https://daten.example.org/d/csv> a dcat:Distribution ;
  dcat:accessURL <https://daten.example.org/baeume.csv> .
[] a dcat:Dataset .
"""


def said(*arguments: str, code: int = 0) -> Any:
    """The JSON that a command prints; it must end with `code`."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert exit_code(arguments) == code, err.getvalue()
    return json.loads(out.getvalue())


@dataclass
class Folder:
    """A working folder over simulated portals."""

    path: Path
    portals: tuple[SimulatedPortal, ...]
    servers: dict[str, Server]

    def __post_init__(self) -> None:
        self.path.mkdir()
        write_portal_files(self.path, self.portals, self.servers)
        allow = ", ".join(f'"127.0.0.1:{server.port}"' for server in self.servers.values())
        (self.path / "datenernte.toml").write_text(
            '[catalog]\ntitle = "Probe"\ndescription = "Probe"\npublisher = "Amt"\n'
            'base_url = "https://daten.example.org"\n'
            f"[network]\nallow = [{allow}]\n{WITHOUT_CHECKS}",
            encoding="utf-8",
        )

    def said(self, *arguments: str, code: int = 0) -> Any:
        """The JSON of a command in this folder."""
        return said(*arguments, "-C", str(self.path), "--json", code=code)

    def published(self, path: str) -> Any:
        """A JSON file of its site."""
        return json.loads((self.path / "site" / path).read_bytes())

    def spoil(self, *faults: str) -> None:
        """From now on every portal shows these faults (none: all are sound again)."""
        for portal in self.portals:
            self.servers[portal.name].site = with_faults(portal.site, faults)


@pytest.fixture(scope="session")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Each document of `PRODUCED`."""
    base = tmp_path_factory.mktemp("json")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("DATENERNTE_NOW", NOW.isoformat())
        patch.setattr(demo, "_CONFIGURATION", demo._CONFIGURATION + WITHOUT_CHECKS)
        portals = simulated_portals(1, 6, 10)[1:2]  # the one whose feed has faults of its own
        servers = stack.enter_context(running(portals))
        yield {
            **_of_runs(Folder(base / "ernte", portals, servers)),
            **_of_checks(base),
            "demo": said("demo", str(base / "demo"), "--portals", "1", "--datasets", "1", "--json"),
        }


def _of_runs(folder: Folder) -> dict[str, Any]:
    """Stage by stage, then a run, then a harvest in which the portal answers with nothing."""
    made = {
        "status before the first run": folder.said("status"),
        "history before the first run": folder.said("history"),
        "bounds before the first run": folder.said("bounds"),
        "publish without a site": folder.said("publish", code=4),
        "harvest": folder.said("harvest"),
        "publish": folder.said("publish"),
        "quality.json without scores": folder.published("quality.json"),
        "report.json without scores": folder.published(REPORT),
        "run": folder.said("run"),
        "run.json": folder.published("run.json"),
        "quality.json": folder.published("quality.json"),
        "report.json": folder.published(REPORT),
        "manifest.json": folder.published("manifest.json"),
    }
    folder.spoil("F23")
    made["harvest with a held portal"] = folder.said("harvest", code=3)
    with closing(Store(f"sqlite:///{folder.path}/datenernte.db")) as store:
        store.begin_run("harvest", date(2026, 3, 2), NOW)
    made |= {
        "status": folder.said("status"),
        "history with an unfinished run": folder.said("history"),
        "diff": folder.said("diff", "1", "5"),
        "bounds": folder.said("bounds"),
        "portals": folder.said("portals"),
        "score --explain": folder.said("score", "--explain", "09991002"),
        "explain": said("explain", "license-missing", "--json"),
        "explain all": said("explain", "--json"),
        "doctor": folder.said("doctor"),
        "config show": folder.said("config", "show"),
        "config show --origin": folder.said("config", "show", "--origin"),
    }
    return made | _of_municipalities(folder)


MUNICIPALITIES = """[[municipality]]
key = "09184139"
name = "Pullach"
type = "Gemeinde"
population = 9000
population_date = 2022-12-31
area_km2 = 7.4
lon = 11.52
lat = 48.06
unverified = ["population"]
"""
"""An entry of municipalities.toml; the directory below knows it, and one more."""


def _of_municipalities(folder: Folder) -> dict[str, Any]:
    """Places; a publisher of no municipality; what is left of a portal without a file."""
    (folder.path / "municipalities.toml").write_text(MUNICIPALITIES, encoding="utf-8")
    directory = folder.path / "GV100AD_31122024.txt"
    lines = [
        f"6020241231{key}{'':4}{name:<50}{'':50}64{'':4}{31:011d}{9012:011d}{4000:011d}"
        for key, name in (("09184139", "Pullach i.Isartal"), ("09184123", "Haar"))
    ]
    directory.write_text("\n".join(lines), encoding="utf-8")
    made = {
        "municipalities list": folder.said("municipalities", "list"),
        "municipalities import": folder.said("municipalities", "import", str(directory)),
        "municipalities check": folder.said("municipalities", "check", code=2),
    }
    (path,) = (folder.path / "portals").glob("*.toml")
    with closing(Store(f"sqlite:///{folder.path}/datenernte.db")) as store:
        record = next(store.records())
        found = finding("municipality-unresolved", subject=record.iri, value="Zweckverband")
        store.put_findings("harvest", {(record.id, record.portal): [found]})
        copy = msgspec.structs.replace(
            record, id="kopie", portal="zweites", source_identifier="x", iri="https://z.de/x"
        )
        store.put_records(store.runs()[0].id, [copy])
    made["duplicates"] = folder.said("duplicates")
    made["portals without municipality"] = folder.said("portals", "--unresolved")
    held = max(run["run"] for run in folder.said("status")["portals"] if run["state"] == "held")
    made["accept"] = folder.said("accept", path.stem, "--run", str(held))
    path.unlink()
    made["retire"] = folder.said("retire", path.stem)
    return made | {
        "history with a retired portal": folder.said("history"),
        "doctor with a problem": folder.said("doctor", code=2),
    }


def _of_checks(base: Path) -> dict[str, Any]:
    files = {
        "baeume.csv": TABLE,
        "baeume.schema.json": json.dumps(TABLE_SCHEMA),
        "seite.csv": "<!doctype html><title>Wartung</title>",
        "katalog.ttl": CATALOGUE,
        "kaputt.ttl": "@prefix dcat: <http://www.w3.org/ns/dcat#> .\nkaputt",
    }
    for name, content in files.items():
        (base / name).write_text(content, encoding="utf-8")

    def checked(*targets: str) -> Any:
        names = [str(base / name) if name in files else name for name in targets]
        return said("check", *names, "--format", "json", "--no-network", "--fail-on", "never")

    address = "http://127.0.0.1:9/x.csv"  # refused by the guard before any request
    return {
        "check of a table": checked("baeume.csv"),
        "check of a table with its schema": checked(
            "baeume.csv", "--schema", str(base / "baeume.schema.json")
        ),
        "check of a web page": checked("seite.csv"),
        "check of an address": said("check", address, "--format", "json", code=1),
        "check of a catalogue": checked("katalog.ttl"),
        "check of broken RDF": checked("kaputt.ttl"),
        "check of several": checked("katalog.ttl", "kaputt.ttl"),
    }
