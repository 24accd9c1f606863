"""The page `docs/reference/stoerungen.md`: what the simulated portals can do wrong."""

from datenernte_dcat.texts import texts
from datenernte_harvester.reference.markdown import code, page, table, words
from datenernte_harvester.simulator.faces import FACES
from datenernte_harvester.simulator.faults import FAULTS, Fault
from datenernte_harvester.simulator.portals import (
    DEFAULT_FAULT_PORTAL,
    OWN_FAULTS,
    simulated_portals,
)

_INTRODUCTION = f"""\
# Störungen der simulierten Portale

Erzeugt mit `python -m datenernte_harvester.reference`; bitte nicht von Hand ändern.

`datenernte demo --fault F24,F13@musterstadt` lässt ein simuliertes Portal auf bestimmte Weise versagen: erst die
Kennung, nach dem `@` das Portal. Ohne Portal zeigt die Störung `{DEFAULT_FAULT_PORTAL}`, oder das erste Portal, das
sie zeigen kann. Gestört werden die Antworten des Katalogs, nur wo es dasteht die Dateien. Keine Störung darf einen
Datensatz kosten, der schon veröffentlicht ist. »Zustand« ist der des Portals nach einem Lauf, in dem die Störung neu
ist, »genannt« der Grund oder Befund, der sie nennt; ein Strich heißt, dass sie nichts anrichtet.
"""


def _source_types(fault: Fault) -> str:
    able = [name for name in FACES if fault.concerns(name)]
    return "alle" if len(able) == len(FACES) else ", ".join(code(name) for name in able)


def faults_page() -> str:
    """The Markdown page."""
    portals = simulated_portals(1, 6, 6)
    return page(
        _INTRODUCTION,
        table(
            ("Kennung", "Störung", "Quelltypen", "Zustand", "genannt"),
            (
                (
                    code(fault.id),
                    words(fault.title),
                    _source_types(fault),
                    ", ".join(code(state) for state in fault.states),
                    ", ".join(code(name) for name in fault.codes if name in texts()) or "–",
                )
                for fault in FAULTS.values()
            ),
        ),
        "## Die Portale der Vorführung",
        table(
            ("Portal", "Titel", "Quelltyp", "von sich aus gestört"),
            (
                (
                    code(portal.name),
                    words(portal.title),
                    code(portal.source_type),
                    ", ".join(code(fault) for fault in OWN_FAULTS.get(portal.name, ())),
                )
                for portal in portals
            ),
        ),
        "Mit `--portals N` über sechs wiederholen sie sich als `musterstadt-2` und so weiter.",
    )
