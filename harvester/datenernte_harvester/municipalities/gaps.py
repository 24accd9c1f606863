"""What is missing or cannot be right in `municipalities.toml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.normalise.places import box_of
from datenernte_dcat.vocabulary import municipality_iri, reduce_key, vocabulary
from datenernte_harvester.portal import PortalFile

_EDGE_DEGREES = 0.3
"""The boxes of the Länder are rough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Something to mend about one key."""

    key: str
    portal: str | None
    """Name of a portal that speaks for the key; None where none does."""
    problem: str
    """German sentence."""


def gaps(known: Mapping[str, Municipality], portals: Sequence[PortalFile]) -> list[Gap]:
    """What to mend, by key. Pure."""
    used: dict[str, str] = {}
    for portal in portals:
        for key in (portal.municipality, *portal.municipalities.values()):
            reduced = None if key is None else reduce_key(key)
            if reduced is not None:
                used.setdefault(reduced, portal.name)
    found = [
        Gap(
            key=key,
            portal=name,
            problem=f"portals/{name}.toml nennt diesen Schlüssel, municipalities.toml kennt ihn "
            "nicht.",
        )
        for key, name in used.items()
        if key not in known
    ]
    for key, one in known.items():
        portal_name = used.get(key)
        if portal_name is not None and one.population is None:
            found.append(Gap(key=key, portal=portal_name, problem="Die Einwohnerzahl fehlt."))
        if portal_name is not None and one.position is None:
            found.append(Gap(key=key, portal=portal_name, problem="Die Lage fehlt."))
        if one.position is not None and not _lies_in_its_land(key, *one.position):
            found.append(
                Gap(
                    key=key,
                    portal=portal_name,
                    problem=f"Die Lage ({one.lat} N, {one.lon} O) ist nicht im eigenen Land; sind "
                    "Länge und Breite vertauscht?",
                )
            )
    return sorted(found, key=lambda gap: (gap.key, gap.problem))


def _lies_in_its_land(key: str, lon: float, lat: float) -> bool:
    outline = vocabulary("states").bbox(municipality_iri(key[:2]))
    box = box_of(outline) if outline else None
    if box is None:
        return True
    west, south, east, north = box
    return (
        west - _EDGE_DEGREES <= lon <= east + _EDGE_DEGREES
        and south - _EDGE_DEGREES <= lat <= north + _EDGE_DEGREES
    )
