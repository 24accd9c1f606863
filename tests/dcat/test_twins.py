"""One dataset through several portals: by what it is recognised, and by what never."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.identity import Candidate, Duplicate
from datenernte_dcat.records import Dataset, Distribution, Literal, Reference
from datenernte_dcat.twins import (
    Keyed,
    identity_keys,
    recognised_by,
    twin_findings,
    with_twins,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
UUID = "0b4a3bbc-5f1d-4f3a-9c53-0b2a5d0e7a11"


def identifiers(*values: str) -> Dataset:
    return Dataset(identifier=tuple(Literal(value=value) for value in values))


@pytest.mark.parametrize(
    ("identifier", "key"),
    [
        (UUID, f"identifier:{UUID}"),
        (UUID.upper(), f"identifier:{UUID}"),
        (f"urn:uuid:{UUID}", f"identifier:{UUID}"),
        (f"{{{UUID}}}", f"identifier:{UUID}"),
        ("10.5281/zenodo.1234", "identifier:doi:10.5281/zenodo.1234"),
        ("https://doi.org/10.5281/ZENODO.1234", "identifier:doi:10.5281/zenodo.1234"),
        ("urn:nbn:de:101:1-2019", "identifier:urn:nbn:de:101:1-2019"),
        ("https://daten.stadt.de/d/1", "identifier:https://daten.stadt.de/d/1"),
        ("baumkataster", "identifier:09162000:baumkataster"),
        # what says nothing
        ("00000000-0000-0000-0000-000000000000", None),
        ("https://daten.stadt.de/", None),
        ("http://localhost:5000/dataset/1", None),
        ("17", None),
        ("", None),
    ],
)
def test_identifiers_are_keys_where_they_are_unique(identifier: str, key: str | None) -> None:
    assert identity_keys(identifiers(identifier), "09162000") == ((key,) if key else ())


def test_a_local_identifier_counts_within_its_municipality_only() -> None:
    dataset = identifiers("baumkataster")

    assert identity_keys(dataset, None) == ()
    assert identity_keys(dataset, "09162000") != identity_keys(dataset, "09564000")


def test_titles_are_no_keys() -> None:
    dataset = Dataset(title=(Literal(value="Baumkataster"),))

    assert identity_keys(dataset, "09162000") == ()


@pytest.mark.parametrize(
    ("pages", "number"),
    [
        (("https://stadt.de/daten/1",), 1),
        (("https://stadt.de/?id=1",), 1),
        (("https://stadt.de/",), 0),
        (("https://stadt.de",), 0),
        (("https://stadt.de/daten/1", "https://stadt.de/daten/2"), 0),
        (("http://10.0.0.1/daten/1",), 0),
    ],
)
def test_a_landing_page_is_a_key_where_it_names_more_than_the_website(
    pages: tuple[str, ...], number: int
) -> None:
    dataset = Dataset(landing_page=tuple(Reference(uri=page) for page in pages))

    assert len(identity_keys(dataset, None)) == number


def files(*urls: str) -> Dataset:
    return Dataset(
        distribution=tuple(Distribution(download_url=(Reference(uri=url),)) for url in urls)
    )


def test_equal_sets_of_files_are_one_key_in_any_order() -> None:
    one, two = "https://stadt.de/1.csv", "https://stadt.de/2.csv"

    assert identity_keys(files(one, two), None) == identity_keys(files(two, one, one), None)
    assert identity_keys(files(one), None) != identity_keys(files(one, two), None)
    assert identity_keys(files(), None) == ()


def keyed(portal: str, key: str, *, name: str = "", days: int = 0, modified: str = "") -> Keyed:
    identifier = f"{portal}-{name or 'x'}"
    return Keyed(
        key=key,
        id=identifier,
        portal=portal,
        iri=f"https://k.de/{identifier}",
        first_seen=NOW + timedelta(days=days),
        modified=modified or None,
    )


PAGE = "landing-page:https://daten.stadt.de/1"
FILES = "files:abc"


def groups(*records: Keyed) -> list[list[str]]:
    found = with_twins([], records, {}, {})
    return [[one.winner.id, *(loser.id for loser in one.losers)] for one in found]


def test_two_portals_with_one_key_have_one_dataset() -> None:
    assert groups(keyed("a", PAGE), keyed("b", PAGE)) == [["a-x", "b-x"]]


def test_a_key_that_one_portal_has_twice_tells_nothing() -> None:
    records = [keyed("a", PAGE, name="1"), keyed("a", PAGE, name="2"), keyed("b", PAGE)]

    assert groups(*records) == []


def test_two_datasets_of_one_portal_are_never_made_one() -> None:
    """a-1 and b-1 share the page, b-1 and a-2 the files: a keeps both of its datasets."""
    records = [
        keyed("a", PAGE, name="1"),
        keyed("b", PAGE, name="1"),
        keyed("a", FILES, name="2"),
        keyed("b", FILES, name="1"),
    ]

    assert groups(*records) == [["a-1", "b-1"]]


def test_the_host_of_the_page_decides_then_the_newest_then_the_name() -> None:
    records = [keyed("a", PAGE, modified="2026-01-01"), keyed("b", PAGE, modified="2026-02-01")]

    [owned] = with_twins([], records, {"daten.stadt.de": "a"}, {})
    [newest] = with_twins([], records, {}, {})
    [named] = with_twins([], [keyed("b", PAGE), keyed("a", PAGE)], {}, {})

    assert (owned.winner.portal, newest.winner.portal, named.winner.portal) == ("a", "b", "a")


def test_the_address_that_was_published_first_stays() -> None:
    records = [keyed("a", PAGE, days=5), keyed("b", PAGE, days=1)]

    [found] = with_twins([], records, {}, {})
    [alone] = with_twins([], records[:1], {}, {PAGE: found.iri})

    assert (found.winner.portal, found.iri) == ("a", "https://k.de/b-x")
    assert (alone.winner.portal, alone.losers, alone.iri) == ("a", (), "https://k.de/b-x")


def test_a_group_of_one_iri_takes_in_who_shares_another_key() -> None:
    iri = "https://daten.stadt.de/d/1"
    a, b = (Candidate(id=f"{portal}-x", portal=portal, source_iri=iri, iri=iri) for portal in "ab")
    shared = Duplicate(source_iri=iri, iri=iri, winner=a, losers=(b,))

    [found] = with_twins([shared], [keyed("b", PAGE), keyed("c", PAGE)], {}, {iri: iri})

    assert (found.source_iri, found.iri, found.winner.id) == (iri, iri, "a-x")
    assert {loser.id for loser in found.losers} == {"b-x", "c-x"}


def test_both_reports_say_by_what_the_dataset_was_recognised() -> None:
    [found] = with_twins([], [keyed("a", PAGE), keyed("b", PAGE)], {}, {})

    assert recognised_by(found) == ("landing-page", "https://daten.stadt.de/1")
    told = twin_findings(found)
    assert set(told) == {("a-x", "a"), ("b-x", "b")}
    for [finding] in told.values():
        assert finding.code == "dataset-recognised"
        assert "Webseite »https://daten.stadt.de/1«" in finding.message


KEYS = st.sampled_from(
    [f"{kind}:{n}" for kind in ("identifier", "landing-page", "files") for n in "12"]
)
RECORDS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("123"), KEYS), max_size=14, unique=True
)


@given(RECORDS)
def test_no_order_and_no_mixture_of_keys_merges_two_datasets_of_one_portal(
    records: list[tuple[str, str, str]],
) -> None:
    made = [keyed(portal, key, name=name) for portal, name, key in records]
    found = with_twins([], made, {}, {})

    everybody = [one.id for group in found for one in (group.winner, *group.losers)]
    assert len(everybody) == len(set(everybody)), "a record is in one group"
    for group in found:
        portals = [one.portal for one in (group.winner, *group.losers)]
        assert len(portals) == len(set(portals)) >= 2
    for order in itertools.islice(itertools.permutations(made), 6):
        assert with_twins([], order, {}, {}) == found
