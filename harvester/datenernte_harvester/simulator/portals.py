"""The demo's portals: what each one speaks and what is wrong with it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from datenernte_harvester.simulator.catalogue import (
    MUNICIPALITIES,
    SimulatedDataset,
    SimulatedFile,
    datasets,
)
from datenernte_harvester.simulator.certificates import (
    AUTHORITY_FILE,
    authority_pem,
    server_context,
)
from datenernte_harvester.simulator.ckan import ckan_site
from datenernte_harvester.simulator.dcat import dataset_xml, dcat_site, hostile_xml
from datenernte_harvester.simulator.faces import CatalogueSite, Show
from datenernte_harvester.simulator.faults import FAULTS, Fault, with_faults
from datenernte_harvester.simulator.files import OTHER_KINDS, VICES
from datenernte_harvester.simulator.files import spoiled as spoiled_file
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
"""Shows a fault for which no portal is named, where it can; else the first that can does."""


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
    certificate: str = ""
    """A certificate of `certificates.KINDS` makes it an https site; empty: plain http."""

    def can_show(self, fault: Fault) -> bool:
        """Whether a portal of this source type can go wrong in this way."""
        return fault.concerns(self.source_type)


def simulated_portals(
    seed: int,
    portals: int,
    count: int,
    faults: Sequence[tuple[str, str]] = (),
    *,
    own_faults: bool = True,
) -> tuple[SimulatedPortal, ...]:
    """`portals` portals with about `count` datasets in all; the kinds repeat after the sixth.

    Args:
        faults: (fault id, portal name).
        own_faults: False leaves out `OWN_FAULTS`.

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
        own = OWN_FAULTS.get(kind, ()) if own_faults else ()
        site = with_faults(portal.site, (*own, *wanted))
        certificate = next((c for fault in wanted if (c := FAULTS[fault].certificate)), "")
        made.append(replace(portal, site=site, certificate=certificate))
    return tuple(made)


def _portal(
    kind: str, name: str, title: str, key: str, made: Sequence[SimulatedDataset]
) -> SimulatedPortal:
    """The portal of one kind, with its own vice."""
    show: Show
    if kind == "beispielau":
        careless = dataset_xml(title, key, with_license=False, german_dates=True)
        show = partial(dcat_site, title, key, write=careless)
    elif kind == "leerhausen":
        show = partial(dcat_site, title, key)
    elif kind == "finsterwald":
        show = partial(dcat_site, title, key, write=hostile_xml(title, key), page_size=5)
    elif kind == "langsamfurt":
        show = partial(ckan_site, title, key, rows_max=4)
    else:
        show = partial(ckan_site, title, key)
        made = _bad_tables(made) if kind == "probstadt" else _broken_link(made)
    speaks_dcat = kind in ("beispielau", "leerhausen", "finsterwald")
    return SimulatedPortal(
        name=name,
        title=title,
        key=key,
        source_type="dcat_rdf" if speaks_dcat else "ckan",
        path="/catalog.rdf" if speaks_dcat else "",
        # CKAN lists in the order of the identifiers when it is asked to, as our spider does
        site=CatalogueSite(
            show, tuple(made if speaks_dcat else sorted(made, key=lambda dataset: dataset.id))
        ),
    )


def _broken_link(made: Sequence[SimulatedDataset]) -> tuple[SimulatedDataset, ...]:
    first, *others = made
    gone = replace(first.files[0], vice="missing")
    return (replace(first, files=(gone, *first.files[1:])), *others)


def _bad_tables(made: Sequence[SimulatedDataset]) -> tuple[SimulatedDataset, ...]:
    """Each dataset gets a table with another vice, some a sheet or a file of another kind too."""
    vices = [vice for vice in VICES if vice not in ("clean", "formula", *OTHER_KINDS)]
    spoiled = []
    for number, dataset in enumerate(made):
        vice = vices[number % len(vices)]
        files = [spoiled_file(vice, number)]
        if number == 1:
            files.append(SimulatedFile(name="formeln.xlsx", format="XLSX", vice="formula"))
        elif 2 <= number < 2 + len(OTHER_KINDS):
            files.append(spoiled_file(OTHER_KINDS[number - 2], number))
        spoiled.append(replace(dataset, files=tuple(files)))
    return tuple(spoiled)


@contextmanager
def running(portals: Sequence[SimulatedPortal]) -> Iterator[dict[str, Server]]:
    """The portals served on loopback, by name, until the context ends."""
    with ExitStack() as stack:
        yield {
            portal.name: stack.enter_context(
                Server(portal.site, tls=server_context(portal.certificate))
            )
            for portal in portals
        }


def write_portal_files(
    folder: Path, portals: Sequence[SimulatedPortal], servers: dict[str, Server]
) -> None:
    """Write `portals/*.toml` for the running servers, and the authority of those with https."""
    (folder / "portals").mkdir(parents=True, exist_ok=True)
    for portal in portals:
        secure = portal.certificate != ""
        if secure:
            (folder / AUTHORITY_FILE).write_bytes(authority_pem())
        (folder / "portals" / f"{portal.name}.toml").write_text(
            f'title = "{portal.title}"\n'
            f'source_type = "{portal.source_type}"\n'
            f'url = "{servers[portal.name].url}{portal.path}"\n'
            f'municipality = "{portal.key}"\n'
            + (f'[network]\nca_file = "{AUTHORITY_FILE}"\n' if secure else ""),
            encoding="utf-8",
        )
