"""The demo's portals: what each one speaks and what is wrong with it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from datenernte_harvester.simulator.catalogue import (
    MUNICIPALITIES,
    SimulatedDataset,
    SimulatedFile,
    datasets,
)
from datenernte_harvester.simulator.ckan import ckan_site
from datenernte_harvester.simulator.dcat import dataset_xml, dcat_site, hostile_xml
from datenernte_harvester.simulator.faults import with_faults
from datenernte_harvester.simulator.files import VICES
from datenernte_harvester.simulator.server import Server, Site

_SHARES = {
    "musterstadt": 0.40,
    "beispielau": 0.20,
    "probstadt": 0.12,
    "langsamfurt": 0.10,
    "leerhausen": 0.08,
    "finsterwald": 0.10,
}
"""Share of all datasets that a portal of this kind has."""

OWN_FAULTS = {"langsamfurt": ("F31",), "leerhausen": ("F23-later",)}
"""What is wrong with a portal without being asked for."""

DEFAULT_FAULT_PORTAL = "beispielau"
"""The portal that shows a fault for which no portal is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedPortal:
    """One portal of the demo."""

    name: str
    title: str
    key: str
    source_type: str
    path: str
    """Of the harvested URL below the server's base."""
    site: Site


def simulated_portals(
    seed: int, portals: int, count: int, faults: Sequence[tuple[str, str]] = ()
) -> tuple[SimulatedPortal, ...]:
    """`portals` portals with about `count` datasets in all; the kinds repeat after the sixth.

    Args:
        faults: (fault id, portal name).

    Raises:
        KeyError: a fault id is unknown.
    """
    made = []
    for number in range(portals):
        kind, title, key = MUNICIPALITIES[number % len(MUNICIPALITIES)]
        turn = number // len(MUNICIPALITIES)
        name = kind if turn == 0 else f"{kind}-{turn + 1}"
        shown = title if turn == 0 else f"{title} {turn + 1}"
        own_key = f"{int(key) + 10 * turn:08}"
        turns = -(-(portals - number % len(MUNICIPALITIES)) // len(MUNICIPALITIES))
        share = max(1, round(count * _SHARES[kind] / turns))
        portal = _portal(kind, name, shown, own_key, datasets(kind, share, seed + turn))
        wanted = tuple(fault for fault, at in faults if at == name)
        site = with_faults(portal.site, (*OWN_FAULTS.get(kind, ()), *wanted))
        made.append(replace(portal, site=site))
    return tuple(made)


def _portal(
    kind: str, name: str, title: str, key: str, made: Sequence[SimulatedDataset]
) -> SimulatedPortal:
    """The portal of one kind, with its own vice."""
    if kind == "beispielau":
        careless = dataset_xml(title, key, with_license=False, german_dates=True)
        site = dcat_site(title, key, made, write=careless)
    elif kind == "leerhausen":
        site = dcat_site(title, key, made)
    elif kind == "finsterwald":
        site = dcat_site(title, key, made, write=hostile_xml(title, key), page_size=5)
    elif kind == "probstadt":
        site = ckan_site(title, key, _bad_tables(made))
    elif kind == "langsamfurt":
        site = ckan_site(title, key, made, rows_max=4)
    else:
        site = ckan_site(title, key, _broken_link(made))
    speaks_dcat = kind in ("beispielau", "leerhausen", "finsterwald")
    return SimulatedPortal(
        name=name,
        title=title,
        key=key,
        source_type="dcat_rdf" if speaks_dcat else "ckan",
        path="/catalog.rdf" if speaks_dcat else "",
        site=site,
    )


def _broken_link(made: Sequence[SimulatedDataset]) -> tuple[SimulatedDataset, ...]:
    first, *others = made
    gone = replace(first.files[0], vice="missing")
    return (replace(first, files=(gone, *first.files[1:])), *others)


def _bad_tables(made: Sequence[SimulatedDataset]) -> tuple[SimulatedDataset, ...]:
    """Each dataset gets a CSV with another vice; the second one also a sheet with a formula."""
    vices = [vice for vice in VICES if vice not in ("clean", "formula")]
    spoiled = []
    for number, dataset in enumerate(made):
        vice = vices[number % len(vices)]
        files = [SimulatedFile(name=f"{vice}-{number}.csv", format="CSV", vice=vice)]
        if number == 1:
            files.append(SimulatedFile(name="formeln.xlsx", format="XLSX", vice="formula"))
        spoiled.append(replace(dataset, files=tuple(files)))
    return tuple(spoiled)


@contextmanager
def running(portals: Sequence[SimulatedPortal]) -> Iterator[dict[str, Server]]:
    """The portals served on loopback, by name, until the context ends."""
    with ExitStack() as stack:
        yield {portal.name: stack.enter_context(Server(portal.site)) for portal in portals}


def write_portal_files(
    folder: Path, portals: Sequence[SimulatedPortal], servers: dict[str, Server]
) -> None:
    """Write `portals/*.toml` for the running servers."""
    (folder / "portals").mkdir(parents=True, exist_ok=True)
    for portal in portals:
        (folder / "portals" / f"{portal.name}.toml").write_text(
            f'title = "{portal.title}"\n'
            f'source_type = "{portal.source_type}"\n'
            f'url = "{servers[portal.name].url}{portal.path}"\n'
            f'municipality = "{portal.key}"\n',
            encoding="utf-8",
        )
