"""Where Germany and its Länder lie, as boxes in degrees WGS 84, rounded outwards.

Source: borders of VG250 (BKG), extents rounded to a tenth of a degree, coastal islands included.
"""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a point lies in it."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


GERMANY = Box(5.8, 47.2, 15.1, 55.1)
LAENDER = {
    "01": Box(7.8, 53.3, 11.4, 55.1),
    "02": Box(8.4, 53.3, 10.4, 54.0),
    "03": Box(6.3, 51.2, 11.7, 54.2),
    "04": Box(8.4, 52.9, 9.1, 53.7),
    "05": Box(5.8, 50.3, 9.5, 52.6),
    "06": Box(7.7, 49.3, 10.3, 51.7),
    "07": Box(6.1, 48.9, 8.6, 51.0),
    "08": Box(7.5, 47.5, 10.6, 49.8),
    "09": Box(8.9, 47.2, 13.9, 50.6),
    "10": Box(6.3, 49.1, 7.5, 49.7),
    "11": Box(13.0, 52.3, 13.8, 52.7),
    "12": Box(11.2, 51.3, 14.8, 53.6),
    "13": Box(10.5, 53.1, 14.5, 54.8),
    "14": Box(11.8, 50.1, 15.1, 51.7),
    "15": Box(10.5, 50.9, 13.2, 53.1),
    "16": Box(9.8, 50.2, 12.7, 51.7),
}
"""Two-digit key of the Land → its box."""


def box_of(municipality_key: str | None) -> Box:
    """The box of the Land that a key begins with; Germany's where there is none."""
    return LAENDER.get((municipality_key or "")[:2], GERMANY)


def system_of(east: float, north: float) -> str | None:
    """The projected system that a pair of metres is in, by the size of its numbers.

    Gauß-Krüger puts the number of its zone in front, UTM as used in Germany sometimes does.
    """
    if not 5_200_000 <= north <= 6_150_000:
        return None
    if 250_000 <= east <= 950_000:
        return "UTM (EPSG:25832 oder 25833)"
    if 32_250_000 <= east <= 33_950_000:
        return "UTM mit vorangestellter Zone (EPSG:4647 oder 5650)"
    if 2_250_000 <= east <= 5_800_000:
        return "Gauß-Krüger (EPSG:31466 bis 31469)"
    return None
