"""Municipalities by official key: what the working folder knows of them, whose a dataset is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from datenernte_dcat.records import Dataset
from datenernte_dcat.vocabulary import key_from_iri, reduce_key

CAN_BE_UNVERIFIED = (
    "name", "type", "population", "area_km2", "postcode", "lon", "lat"
)  # fmt: skip
"""Fields of a municipality that may be marked as not taken from an official source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Municipality:
    """A municipality, a district or a Land. None: not known."""

    key: str
    """AGS (8 digits), district key (5) or key of the Land (2); names the folder in the site."""
    name: str
    """Without its kind: »Pullach im Isartal«, »Kelheim«."""
    type: str
    """What it is, in German: »Markt«, »Landkreis«, »Kreisfreie Stadt«."""
    population: int | None = None
    population_date: date | None = None
    """The day that the population was counted for; known wherever the population is."""
    area_km2: float | None = None
    """Square kilometres."""
    postcode: str | None = None
    """That of its administration."""
    lon: float | None = None
    """Of its centre, degrees WGS 84."""
    lat: float | None = None
    unverified: tuple[str, ...] = ()
    """Names of the fields (`CAN_BE_UNVERIFIED`) whose values come from no official source."""

    @property
    def title(self) -> str:
        """Its name as people say it: a district is told from the town of the same name."""
        if len(self.key) != 5 or self.type in self.name:
            return self.name
        return f"{self.type} {self.name}"

    @property
    def position(self) -> tuple[float, float] | None:
        """Lon, lat in degrees WGS 84; None where one of them is not known."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


def municipality_of_dataset(dataset: Dataset, publishers: Mapping[str, str]) -> str | None:
    """The municipality that a dataset of a portal of many counts for; None: it does not say.

    The publisher decides where the portal file names it, by name or IRI; else the political
    geocoding, else the place (dct:spatial). Areas that contain another named one do not count; of
    several that remain none is chosen: nothing is guessed.

    Args:
        publishers: name or IRI of a publisher → key, as the portal file has it; in names case and
            blanks do not count.

    Returns:
        A key in the form of the site's folders: 8, 5 or 2 digits.
    """
    if dataset.publisher is not None and publishers:
        keys = {_word(name): key for name, key in publishers.items()}
        names = [name.value for name in dataset.publisher.name]
        for name in (*names, dataset.publisher.uri):
            key = None if name is None else keys.get(_word(name))
            if key is not None:
                return reduce_key(key)
    for iris in (
        [reference.uri for reference in dataset.political_geocoding_uri],
        [place.uri for place in dataset.spatial],
    ):
        found = _smallest(key for iri in iris if iri and (key := key_from_iri(iri)))
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _smallest(keys: Iterable[str]) -> set[str]:
    """The keys that have a folder in the site and contain none of the others."""
    reduced = {
        key for one in keys if (key := reduce_key(one)) is not None and len(key) in (2, 5, 8)
    }
    return {
        key for key in reduced if not any(one != key and one.startswith(key) for one in reduced)
    }


def _word(text: str) -> str:
    return " ".join(text.split()).casefold()
