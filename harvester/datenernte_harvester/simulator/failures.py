"""What becomes of ten datasets when their portal fails: the page `docs/failures.md`, measured.

`python -m datenernte_harvester.simulator.failures` harvests simulated portals and rewrites the
page; run it where `docs` is. The columns of other harvesters are facts that were measured once,
with the versions that stand in the heading; ours is what this very program does.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.rows import Portal, PortalRun, RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts
from datenernte_harvester.crawl.portals import CrawlJob, harvest_portals
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.reference.markdown import code, page, table, words
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.faces import FACES
from datenernte_harvester.simulator.faults import with_faults
from datenernte_harvester.simulator.portals import SimulatedPortal, running
from datenernte_harvester.simulator.server import Server
from datenernte_validators.network.settings import NetworkSettings

DATASETS = 10
PAGE_SIZE = 5
_NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
_CATALOG = CatalogSettings(
    title="Probe",
    description="Probe",
    publisher="Probe",
    base_url="https://daten.musterland.example",
)
_NOT_TRIED = "nicht versucht"
_NO_PAGES = "kennt keine Seiten"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One way in which a portal fails."""

    words: str
    """German: what the portal does."""
    faults: Mapping[str, str]
    """Source type → id of the fault that does it."""
    ckanext_dcat: str = _NOT_TRIED
    udata: str = _NOT_TRIED
    datagov: str = _NOT_TRIED


def _both(fault: str) -> dict[str, str]:
    return {"ckan": fault, "dcat_rdf": fault}


ROWS = (
    Row(
        words="liefert einen gültigen, aber leeren Katalog",
        faults=_both("F23"),
        ckanext_dcat="10 → **0** in einem Lauf, ohne Fehler",
        udata="Auftrag erledigt, 0 Einträge, keine Warnung; nach 7 Tagen archiviert",
        datagov="10 → **0**, Status »complete«",
    ),
    Row(
        words="schickt als Seite 2 noch einmal Seite 1",
        faults=_both("F11"),
        ckanext_dcat="10 → **5**, nur eine Warnung im Protokoll",
        udata="**endlos**",
        datagov=_NO_PAGES,
    ),
    Row(
        words="nennt auf Seite 2 wieder Seite 2 als nächste",
        faults={"ckan": "F11-endless", "dcat_rdf": "F11-self"},
        ckanext_dcat="**endlos**: 329 Abrufe in 20 s, der Speicher wächst",
        udata="**endlos**: 31 Abrufe in 20 s",
        datagov=_NO_PAGES,
    ),
    Row(
        words="antwortet auf Seite 2 mit Status 500",
        faults=_both("F24"),
        ckanext_dcat="nichts übernommen, Bestand bleibt",
        udata="5 übernommen, Auftrag gescheitert, Bestand bleibt",
        datagov=_NO_PAGES,
    ),
    Row(
        words="schickt Seite 2 in kaputter Form",
        faults=_both("F24-broken"),
        ckanext_dcat="nichts übernommen, Bestand bleibt",
        udata="5 übernommen, Auftrag gescheitert",
        datagov=_NO_PAGES,
    ),
    Row(
        words="zeigt eine Wartungsseite mit Status 200",
        faults=_both("F13"),
        ckanext_dcat="Fehler, Bestand bleibt",
        udata="Auftrag gescheitert",
        datagov="Fehler, Bestand bleibt",
    ),
    Row(
        words="hat bei einem von zehn Datensätzen keinen Titel",
        faults=_both("F24-untitled"),
        ckanext_dcat="**nichts übernommen** (KeyError)",
        udata="9 übernommen, 1 mit Grund übersprungen",
        datagov="9 behalten, 1 mit Fehler",
    ),
    Row(
        words="vergibt eine Kennung zweimal",
        faults=_both("F25-reused"),
        udata="der zweite scheitert",
        datagov="der doppelte scheitert",
    ),
    Row(
        words="lässt bei einem Datensatz die Kennung weg",
        faults=_both("F25-missing"),
        datagov="der Datensatz wird **gelöscht**",
    ),
    Row(
        words="nennt den ersten Datensatz immer wieder als nächsten (nextRecord)",
        faults={"csw": "F11-next"},
    ),
    Row(words="zeigt nur noch ein Zehntel seiner Datensätze", faults=_both("F23-10")),
    Row(words="gibt allen Datensätzen neue Kennungen", faults=_both("F25-churn")),
    Row(
        words="löscht einen Datensatz, während geblättert wird",
        faults=_both("F11-shift"),
    ),
)
"""The rows of the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What became of one portal."""

    first: int
    """Datasets after a first harvest that met the fault."""
    kept: int
    """Datasets of a sound harvest that are still published after two harvests with the fault."""
    withdrawn: int
    state: str
    reason: str | None
    ended: bool
    """Every harvest came to its end by itself, before any deadline."""

    def __str__(self) -> str:
        """The table's cell."""
        why = f": {words(texts()[self.reason].title)}" if self.reason else ""
        return (
            f"erster Abruf {self.first} von {DATASETS}; danach {DATASETS} → **{self.kept}**; "
            f"{code(self.state)}{why}"
        )


_DEADLINES = {"portal-deadline", "run-deadline", "portal-timeout", "worker-died"}


def measure(folder: Path) -> dict[tuple[str, str], Measured]:
    """(fault, source type) → what became of the portal, for every row.

    Args:
        folder: an empty one to work in.
    """
    cases = sorted({(fault, kind) for row in ROWS for kind, fault in row.faults.items()})
    sound = [_portal(number, fault, kind) for number, (fault, kind) in enumerate(cases)]
    with running(sound) as servers:

        def spoil(*, faulty: bool) -> None:
            for portal, (fault, _) in zip(sound, cases, strict=True):
                # a wrapped site counts visits of its own
                servers[portal.name].site = with_faults(portal.site, (fault,) if faulty else ())

        fresh, home = (_Home(folder / name, sound, servers) for name in ("fresh", "home"))
        spoil(faulty=True)
        first_runs = fresh.harvest()
        first = {portal.name: len(fresh.published(portal.name)) for portal in sound}
        spoil(faulty=False)
        home.harvest()
        before = {portal.name: home.published(portal.name) for portal in sound}
        spoil(faulty=True)
        later_runs = [home.harvest(), home.harvest()]
        made = {}
        for portal, case in zip(sound, cases, strict=True):
            runs = [all_runs[portal.name] for all_runs in (first_runs, *later_runs)]
            made[case] = Measured(
                first=first[portal.name],
                kept=len(before[portal.name] & home.published(portal.name)),
                withdrawn=sum(one.withdrawn for one in runs),
                state=str(runs[1].state),
                reason=runs[1].reason,
                ended=not any(one.reason in _DEADLINES for one in runs),
            )
        return made


def _portal(number: int, fault: str, kind: str) -> SimulatedPortal:
    face = FACES[kind]
    key = f"0999{number:04}"
    made = sorted(datasets("musterstadt", DATASETS, number), key=lambda dataset: dataset.id)
    return SimulatedPortal(
        name=f"{fault}-{kind}".lower().replace("_", "-"),
        title="Stadt Musterstadt",
        key=key,
        source_type=kind,
        path=face.path,
        site=face.site("Stadt Musterstadt", key, made, PAGE_SIZE),
    )


class _Home:
    """A store of its own, into which the portals are harvested."""

    def __init__(
        self, folder: Path, portals: Sequence[SimulatedPortal], servers: Mapping[str, Server]
    ) -> None:
        folder.mkdir()
        self.url = f"sqlite:///{folder / 'datenernte.db'}"
        self.allow = tuple(server.url.removeprefix("http://") for server in servers.values())
        self.jobs = [
            CrawlJob(
                portal=PortalFile(
                    name=portal.name,
                    title=portal.title,
                    source_type=portal.source_type,
                    url=servers[portal.name].url + portal.path,
                    municipality=portal.key,
                )
            )
            for portal in portals
        ]

    def harvest(self) -> dict[str, PortalRun]:
        """One harvest of all portals."""
        with Store(self.url) as store:
            store.put_portals(
                Portal(name=p.name, title=p.title, source_type=p.source_type, url=p.url)
                for p in (job.portal for job in self.jobs)
            )
            number = store.begin_run("harvest", _NOW.date(), _NOW)
        runs = harvest_portals(
            self.jobs,
            store_url=self.url,
            run=number,
            now=_NOW,
            catalog=_CATALOG,
            network=NetworkSettings(allow=self.allow, timeout_seconds=5.0),
            retry_pause_seconds=0.0,
        )
        return {one.portal: one for one in runs}

    def published(self, portal: str) -> set[str]:
        """The IRIs that are published for a portal."""
        with Store(self.url) as store:
            return {
                record.iri
                for record in store.known(portal).values()
                if record.status is RecordStatus.PRESENT
            }


_HEAD = f"""\
# Was geschieht, wenn ein Portal versagt

Erzeugt mit `python -m datenernte_harvester.simulator.failures`; bitte nicht von Hand ändern. Das Programm startet
simulierte Portale mit je {DATASETS} Datensätzen auf Seiten zu {PAGE_SIZE}, lässt sie versagen und erntet sie: einmal in einen leeren
Katalog (»erster Abruf«), und zweimal hintereinander, nachdem alles schon einmal heil abgerufen war (»danach«). Gezählt
werden die Datensätze, die unter ihrer Adresse veröffentlicht bleiben; dazu der Zustand des Portals und sein Grund.

Die Spalten der anderen sind im November 2026 mit deren echten Programmen auf demselben Rechner gemessen, mit einem
DCAT-Katalog in zwei Seiten oder einer `data.json` zu zehn Datensätzen: ckanext-dcat 2.4.4 auf CKAN 2.11.6, udata
17.18.0, datagov-harvester vom November 2026.
"""


def failures_page(measured: Mapping[tuple[str, str], Measured]) -> str:
    """The Markdown page."""
    results = list(measured.values())
    lost = sum(DATASETS - one.kept for one in results)
    withdrawn = sum(one.withdrawn for one in results)
    endless = sum(not one.ended for one in results)
    return page(
        _HEAD,
        table(
            ("Das Portal …", "ckanext-dcat", "udata", "datagov-harvester", "datenernte"),
            (
                (
                    row.words,
                    row.ckanext_dcat,
                    row.udata,
                    row.datagov,
                    "<br>".join(
                        f"{code(kind)}: {measured[fault, kind]}"
                        for kind, fault in row.faults.items()
                    ),
                )
                for row in ROWS
            ),
        ),
        f"datenernte in allen Zeilen zusammen: **{lost}** verlorene Datensätze, "
        f"**{withdrawn}** falsch zurückgezogene, **{endless}** endlose Abrufe.",
        "Welche Störungen es noch gibt und was dann geschieht, steht in "
        "[Störungen der simulierten Portale](reference/stoerungen.md).",
    )


def is_good(measured: Mapping[tuple[str, str], Measured]) -> bool:
    """Whether no record was lost or withdrawn and every harvest ended."""
    return all(
        one.kept == DATASETS and not one.withdrawn and one.ended for one in measured.values()
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and rewrite the page; 1 where something was lost or there is no such folder."""
    docs = Path(arguments[0] if arguments else "docs")
    if not docs.is_dir():
        return 1
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder))
    (docs / "failures.md").write_text(failures_page(measured), encoding="utf-8")
    return 0 if is_good(measured) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
