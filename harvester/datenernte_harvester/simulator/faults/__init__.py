"""Faults that a simulated portal shows on demand, by the id of the fault catalogue.

A fault stands between a site and its clients and spoils answers of the catalogue (not the files,
unless it says so). It works on HTTP answers or on the datasets behind them, so that a portal of
any protocol can show it. `docs/reference/stoerungen.md` lists them.
"""

from datenernte_harvester.simulator.faults.answers import ANSWERS
from datenernte_harvester.simulator.faults.contents import CANARY, CONTENTS
from datenernte_harvester.simulator.faults.fault import Fault
from datenernte_harvester.simulator.faults.pages import PAGES
from datenernte_harvester.simulator.faults.transport import TRANSPORT
from datenernte_harvester.simulator.server import Site

FAULTS: dict[str, Fault] = {
    fault.id: fault
    for fault in sorted((*TRANSPORT, *ANSWERS, *PAGES, *CONTENTS), key=lambda fault: fault.id)
}
"""All faults by id; the number is the row of the fault catalogue."""


def with_faults(site: Site, ids: tuple[str, ...]) -> Site:
    """The site with these faults, those of its content nearest to it, then as they come.

    Raises:
        KeyError: an id is none of `FAULTS`.
    """
    chosen = [FAULTS[fault_id] for fault_id in ids]
    for fault in sorted(chosen, key=lambda fault: fault not in CONTENTS):
        site = fault.spoil(site)
    return site


__all__ = ["CANARY", "FAULTS", "Fault", "with_faults"]
