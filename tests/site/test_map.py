"""The map of the municipalities."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.site.conftest import AS_OF, Site, portal, record

from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.site.builder import publish
from datenernte_dcat.site.map import Point, map_of

SVG = "{http://www.w3.org/2000/svg}"


def point(name: str, lon: float, lat: float) -> Point:
    return Point(name=name, words="gut", sign="2", css="good", lon=lon, lat=lat)


def drawn(points: list[Point]) -> ElementTree.Element:
    made = map_of(points, "Karte")
    assert made is not None
    return ElementTree.fromstring(str(made).replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))  # noqa: S314 - ours


def circles(points: list[Point]) -> dict[str, tuple[float, float]]:
    return {
        (group.findtext(f"{SVG}title") or "").partition(":")[0]: (
            float(circle.get("cx", "")),
            float(circle.get("cy", "")),
        )
        for group in drawn(points).iter(f"{SVG}g")
        for circle in group.iter(f"{SVG}circle")
    }


def test_north_is_up_and_east_is_right() -> None:
    found = circles(
        [point("Hof", 11.9, 50.3), point("Lindau", 9.7, 47.5), point("Passau", 13.5, 48.6)]
    )

    assert found["Hof"][1] < found["Passau"][1] < found["Lindau"][1]
    assert found["Lindau"][0] < found["Hof"][0] < found["Passau"][0]


def test_distances_are_true_in_both_directions() -> None:
    # at 60° north a degree of longitude is half as long as one of latitude
    found = circles(
        [point("a", 10, 60), point("b", 12, 60), point("c", 10, 59.0), point("d", 10, 61.0)]
    )
    east = found["b"][0] - found["a"][0]
    south = found["c"][1] - found["a"][1]

    assert east == pytest.approx(south, rel=0.01)


coordinates = st.tuples(st.floats(5.8, 15.1), st.floats(47.2, 55.1))


@settings(max_examples=60)
@given(st.lists(coordinates, min_size=2, max_size=80))
def test_every_point_lies_on_the_map_and_names_cover_nothing(
    places: list[tuple[float, float]],
) -> None:
    points = [point(f"Ort {number}", *place) for number, place in enumerate(places)]
    made = drawn(points)
    _, _, width, height = (float(one) for one in made.get("viewBox", "").split())
    found = circles(points)

    assert len(found) == len(points)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in found.values())
    boxes = []
    for name in made.iter(f"{SVG}text"):
        if name.get("class") != "name":
            continue
        x, y = float(name.get("x", "")), float(name.get("y", "")) - 4
        length = 6 * len(name.text or "")
        left = x if name.get("text-anchor") == "start" else x - length
        boxes.append((left, y - 6, left + length, y + 6))
        assert left >= 0
        assert left + length <= width
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )


def test_one_point_is_no_map() -> None:
    assert map_of([point("a", 10, 50)], "Karte") is None


def test_a_name_is_text_and_nothing_else() -> None:
    evil = '"><script>alert(1)</script>'
    made = str(map_of([point(evil, 10, 50), point("b", 11, 51)], "Karte"))

    assert "<script" not in made


def test_the_start_page_has_the_map_and_calls_municipalities_by_their_names(site: Site) -> None:
    keys = {"a": "09162000", "b": "09564000"}
    site.portals = {name: portal(name, key) for name, key in keys.items()}
    site.harvest([record(name, portal=name, municipality=key) for name, key in keys.items()])
    places = {
        "09162000": Municipality(
            key="09162000", name="München", type="Kreisfreie Stadt", lon=11.6, lat=48.1
        ),
        "09564000": Municipality(
            key="09564000", name="Nürnberg", type="Kreisfreie Stadt", lon=11.1, lat=49.5
        ),
    }

    def published() -> bool:
        return publish(
            site.store,
            site.catalog,
            site.output,
            as_of=AS_OF,
            run_document={},
            tool_version="0.1.0",
            places=places,
        ).changed

    assert published()
    assert not published()
    start = site.text("index.html")
    assert len(re.findall("<circle ", start)) == 2
    assert "München: 1\u00a0Datensatz" in start
    assert "Offene Daten Musterland: Nürnberg" in site.text("municipalities/09564000/catalog.ttl")
    places["09564000"] = Municipality(key="09564000", name="Nürnberg", type="Stadt", lon=11, lat=49)
    assert published()
