"""Places of datasets on feed pages."""

from hypothesis import given, settings
from hypothesis import strategies as st

from datenernte_dcat.feeds.paging import Page, pages_of, places_of


def ids(count: int, prefix: str = "d") -> list[str]:
    return [f"{prefix}{number:04}" for number in range(count)]


def test_pages_hold_100_datasets() -> None:
    assert [len(page.members) for page in pages_of(ids(237), {})] == [100, 100, 37]


def test_an_empty_feed_has_one_empty_page() -> None:
    assert pages_of([], {}) == [Page(1, ())]


def test_new_datasets_go_to_the_end_sorted_by_iri() -> None:
    before = places_of(pages_of(ids(150), {}))
    after = pages_of(["a-new", *ids(150)], before)
    assert after[0].members == tuple(ids(100))
    assert after[1].members[0] == "a-new"


def test_a_dataset_keeps_its_page_while_others_leave() -> None:
    before = places_of(pages_of(ids(300), {}))
    left = [identifier for identifier in ids(300) if int(identifier[1:]) % 3]
    assert places_of(pages_of(left, before)) == {one: before[one] for one in left}


def test_below_half_full_everything_is_packed_anew() -> None:
    before = places_of(pages_of(ids(300), {}))
    left = ids(300)[::3]
    assert [len(page.members) for page in pages_of(left, before)] == [100]


def test_no_page_stands_empty() -> None:
    before = places_of(pages_of(ids(300), {}))
    left = ids(300)[100:]
    assert [len(page.members) for page in pages_of(left, before)] == [100, 100]


def test_a_page_above_the_size_limit_holds_fewer() -> None:
    pages = pages_of(ids(10), {}, size=lambda _: 30, page_bytes=100)
    assert [len(page.members) for page in pages] == [3, 3, 3, 1]


def test_a_dataset_above_the_size_limit_stands_alone() -> None:
    sizes = dict.fromkeys(ids(5), 10) | {"d0002": 500}
    pages = pages_of(ids(5), {}, size=sizes.__getitem__, page_bytes=100)
    assert [page.members for page in pages] == [
        ("d0000", "d0001"),
        ("d0002",),
        ("d0003", "d0004"),
    ]


def test_a_page_that_grew_too_big_sheds_its_last_datasets_to_the_end() -> None:
    before = places_of(pages_of(ids(6), {}, size=lambda _: 30, page_bytes=100))
    pages = pages_of(ids(6), before, size=lambda _: 40, page_bytes=100)
    assert [page.members for page in pages] == [
        ("d0000", "d0001"),
        ("d0003", "d0004"),
        ("d0002", "d0005"),
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=6),
    st.integers(1, 7),
    st.integers(1, 40),
)
def test_every_dataset_has_exactly_one_place_after_any_history(
    history: list[set[int]], page_size: int, weight: int
) -> None:
    places: dict[str, int] = {}
    for present in history:
        members = [f"d{number:02}" for number in sorted(present)]
        pages = pages_of(
            members, places, size=lambda _: weight, page_size=page_size, page_bytes=100
        )
        places = places_of(pages)
        assert sorted(places) == members
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))
        assert all(page.members or len(pages) == 1 for page in pages)
        assert all(len(page.members) <= page_size for page in pages)
        assert all(
            len(page.members) == 1 or len(page.members) * weight <= 100 for page in pages if members
        )
        assert all(list(page.members) == sorted(page.members) for page in pages)
        assert (
            pages_of(members, places, size=lambda _: weight, page_size=page_size, page_bytes=100)
            == pages
        )
