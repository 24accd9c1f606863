"""Outlines in text become a bounding box or a point, in lon/lat, within the world."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.normalise import Context, normalise
from datenernte_dcat.normalise.places import box_of, box_wkt
from datenernte_dcat.records import Dataset, Literal, Location
from datenernte_dcat.terms import GSP

CRS = "http://www.opengis.net/def/crs/"
SQUARE = "POLYGON((11 53, 12 53, 12 54, 11 54, 11 53))"
GEOJSON = json.dumps(
    {"type": "Polygon", "coordinates": [[[11, 53], [12, 53], [12, 54], [11, 54], [11, 53]]]}
)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        (GEOJSON, (11, 53, 12, 54)),
        ('{"type":"Point","coordinates":[11.5,53.5,20]}', (11.5, 53.5, 11.5, 53.5)),
        ('{"type":"Feature","geometry":' + GEOJSON + "}", (11, 53, 12, 54)),
        (SQUARE, (11, 53, 12, 54)),
        ("polygon ((11 53,12 54))", (11, 53, 12, 54)),
        ("POINT Z (11.5 53.5 4)", (11.5, 53.5, 11.5, 53.5)),
        ("MULTIPOLYGON(((11 53,12 54)),((1 2,3 4)))", (1, 2, 12, 54)),
        ("GEOMETRYCOLLECTION(POINT(11 53),LINESTRING(1 2,3 4))", (1, 2, 11, 53)),
        ("ENVELOPE(11, 12, 54, 53)", (11, 53, 12, 54)),
        (f"<{CRS}OGC/1.3/CRS84> POINT(11 53)", (11, 53, 11, 53)),
        (f"<{CRS}EPSG/0/4326> POINT(53 11)", (11, 53, 11, 53)),
        ("SRID=4326;POINT(11 53)", (11, 53, 11, 53)),
        (f"<{CRS}EPSG/0/25832> POINT(691000 5334000)", None),
        ("POINT(691000 5334000)", None),
        ("POINT(11 NaN)", None),
        ('{"type":"Point","coordinates":[11,NaN]}', None),
        ('{"type":"Point","coordinates":[1e999,53]}', None),
        ('{"coordinates":[true,false]}', None),
        ("{" * 100_000, None),
        ('{"coordinates":' + "[" * 90_000, None),
        ("<gml:Point>11 53</gml:Point>", None),
        ("Rostock", None),
        ("", None),
    ],
)
def test_box_of_reads_geojson_and_wkt_in_degrees(
    text: str, box: tuple[float, float, float, float] | None
) -> None:
    assert box_of(text) == box


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: "{" + data.hex()))
def test_no_text_breaks_the_reader(text: str) -> None:
    box_of(text)
    box_of("POLYGON(" + text + ")")
    box_of('{"coordinates":[' + text + "]}")


longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


@given(longitudes, latitudes, longitudes, latitudes)
def test_a_box_survives_writing_up_to_a_centimetre(
    lon: float, lat: float, other_lon: float, other_lat: float
) -> None:
    box = (min(lon, other_lon), min(lat, other_lat), max(lon, other_lon), max(lat, other_lat))
    read = box_of(box_wkt(box))
    assert read == pytest.approx(box, abs=1e-6)


def normalised(place: Location, *kept: str) -> tuple[Location, list[str]]:
    dataset = Dataset(
        title=(Literal(value="a"),), identifier=(Literal(value="a"),), spatial=(place,)
    )
    context = Context(portal="p", source_type="dcat_rdf", state_key="13")
    result = normalise(dataset, kept, context)
    return result.dataset.spatial[0], [found.code for found in result.findings]


def test_a_geometry_gives_a_box_and_stays_itself() -> None:
    place, codes = normalised(Location(geometry=(Literal(value=GEOJSON),)))
    assert place.geometry == (Literal(value=GEOJSON),)
    assert place.bbox == Literal(value=SQUARE, datatype=GSP + "wktLiteral")
    assert codes == ["bbox-computed"]


def test_a_point_gives_a_centroid() -> None:
    place, codes = normalised(Location(geometry=(Literal(value="POINT(12.1 54.1)"),)))
    assert place.centroid == Literal(value="POINT(12.1 54.1)", datatype=GSP + "wktLiteral")
    assert place.bbox is None
    assert codes == ["bbox-computed"]


def test_a_geometry_node_among_the_kept_triples_counts_too() -> None:
    place, codes = normalised(
        Location(uri="_:ort"),
        "_:ort <http://www.w3.org/ns/locn#geometry> _:g .",
        f'_:g <{GSP}asWKT> "{SQUARE}"^^<{GSP}wktLiteral> .',
        f'_:other <{GSP}asWKT> "POINT(1 1)"^^<{GSP}wktLiteral> .',
    )
    assert place.bbox == Literal(value=SQUARE, datatype=GSP + "wktLiteral")
    assert codes == ["bbox-computed"]


def test_a_given_box_is_not_replaced_but_typed() -> None:
    place, codes = normalised(
        Location(bbox=Literal(value=SQUARE), geometry=(Literal(value="POINT(12.1 54.1)"),))
    )
    assert place.bbox == Literal(value=SQUARE, datatype=GSP + "wktLiteral")
    assert place.centroid is None
    assert codes == ["literal-typed"]


def test_an_unreadable_geometry_stays_with_a_finding() -> None:
    geometry = (Literal(value="Rostock und Umgebung"),)
    place, codes = normalised(Location(geometry=geometry))
    assert place == Location(geometry=geometry)
    assert codes == ["geometry-unreadable"]


def test_lon_and_lat_exchanged_are_noticed_and_not_repaired() -> None:
    geometry = (Literal(value="POINT(54.1 12.1)"),)
    place, codes = normalised(Location(geometry=geometry))
    assert place == Location(geometry=geometry)
    assert codes == ["geometry-swapped"]
