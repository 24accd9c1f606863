"""Rectangles on the earth, as catalogues of geodata state them: four numbers."""

from collections.abc import Sequence

from datenernte_dcat.records import Literal, Location
from datenernte_dcat.terms import GSP
from datenernte_harvester.sources.json_values import decimal

Box = tuple[str, str, str, str]
"""West, south, east, north in degrees WGS 84, as they were written."""


def box_of(sides: Sequence[object] | None) -> Box | None:
    """The box of four sides in the order of `Box`.

    None where they are no numbers, lie beyond the earth, or are the wrong way round, as servers
    write it that have no data.
    """
    numbers = [decimal(side) for side in sides or ()]
    if len(numbers) != 4 or any(one is None or one.datatype is None for one in numbers):
        return None
    west, south, east, north = (one.value.strip() for one in numbers if one is not None)
    lon_fits = -180 <= float(west) <= float(east) <= 180
    lat_fits = -90 <= float(south) <= float(north) <= 90
    return (west, south, east, north) if lon_fits and lat_fits else None


def box_location(box: Box | None) -> Location | None:
    """The place with the box as WKT, its numbers as they were written."""
    if box is None:
        return None
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    words = ", ".join(f"{lon} {lat}" for lon, lat in corners)
    return Location(bbox=Literal(value=f"POLYGON(({words}))", datatype=f"{GSP}wktLiteral"))
