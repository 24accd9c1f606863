"""Whose a dataset is, in a portal that carries many municipalities."""

import pytest

from datenernte_dcat.municipalities import municipality_of_dataset
from datenernte_dcat.records import Agent, Dataset, Literal, Location, Reference
from datenernte_dcat.vocabulary import municipality_iri

NAMES = {"Stadt Augsburg": "097610000000", "https://meitingen.example/": "09772177"}


def dataset(
    publisher: str | None = None, geocoding: tuple[str, ...] = (), spatial: tuple[str, ...] = ()
) -> Dataset:
    return Dataset(
        publisher=None if publisher is None else Agent(name=(Literal(value=publisher),)),
        political_geocoding_uri=tuple(Reference(uri=municipality_iri(key)) for key in geocoding),
        spatial=tuple(Location(uri=municipality_iri(key)) for key in spatial),
    )


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (dataset("Stadt Augsburg"), "09761000"),
        (dataset("  stadt\tAUGSBURG "), "09761000"),
        (dataset("Stadt Augsburg", ("09375",), ("09375",)), "09761000"),
        (dataset("Augsburg"), None),
        (dataset("Stadt B", ("09375",)), "09375"),
        (dataset(None, ("091840139139",)), "09184139"),
        (dataset(None, (), ("09184139",)), "09184139"),
        (dataset(None, ("09375",), ("09184139",)), "09375"),
        (dataset(None, ("09", "09184", "09184139")), "09184139"),
        (dataset(None, ("09",)), "09"),
        (dataset(None, ("09184139", "09184123")), None),
        (dataset(None, ("09184139", "09184123"), ("09184139",)), None),
        (dataset(None, ("091", "091840139")), None),
        (dataset(None, ("091",), ("09184139",)), "09184139"),
        (Dataset(spatial=(Location(uri="https://sws.geonames.org/2867714/"),)), None),
        (Dataset(publisher=Agent(uri="https://meitingen.example/")), "09772177"),
        (Dataset(), None),
    ],
)
def test_publisher_then_geocoding_then_place_decide_and_nothing_is_guessed(
    given: Dataset, key: str | None
) -> None:
    assert municipality_of_dataset(given, NAMES) == key


def test_without_names_the_geocoding_decides() -> None:
    assert municipality_of_dataset(dataset("Stadt Augsburg", ("09761000",)), {}) == "09761000"
