"""What sources without RDF are credited with: the documented mapping, exactly."""

from pathlib import Path

from datenernte_dcat.normalise import published_view
from datenernte_dcat.normalise.published_view import published_view_page
from datenernte_dcat.records import Agent, Dataset, Distribution, Literal, Location, Reference
from datenernte_dcat.terms import GSP, XSD

PAGE = Path(__file__).parents[2] / "docs" / "published-view.md"
AUTHORITY = "http://publications.europa.eu/resource/authority/"


def label(value: str) -> Reference:
    return Reference(label=Literal(value=value))


def uri(value: str) -> Reference:
    return Reference(uri=value)


def view_of(**fields: object) -> Distribution:
    distribution = Distribution(**fields)  # type: ignore[arg-type]
    return published_view(Dataset(distribution=(distribution,)), "ckan").distribution[0]


def test_words_of_the_mapping_count_as_their_iri() -> None:
    found = view_of(
        license=label("cc-by"),
        format=label("csv"),
        media_type=label("text/csv"),
        access_url=(label("https://a.example/b.csv"),),
        byte_size=Literal(value="12"),
        modified=Literal(value="2014-12-10T09:56:43+01:00"),
    )
    assert found == Distribution(
        license=uri("http://dcat-ap.de/def/licenses/cc-by"),
        format=uri(AUTHORITY + "file-type/CSV"),
        media_type=uri("https://www.iana.org/assignments/media-types/text/csv"),
        access_url=(uri("https://a.example/b.csv"),),
        byte_size=Literal(value="12", datatype=XSD + "nonNegativeInteger"),
        modified=Literal(value="2014-12-10T09:56:43+01:00", datatype=XSD + "dateTime"),
    )


def test_group_names_count_as_themes_and_mail_addresses_as_iris() -> None:
    dataset = Dataset(
        theme=(label("umwelt_klima"), label("bildung_wissenschaft"), label("geo")),
        creator=(Agent(mbox=(label("amt@stadt.example"),)),),
    )
    view = published_view(dataset, "ckan")
    assert view.theme == (
        uri(AUTHORITY + "data-theme/ENVI"),
        uri(AUTHORITY + "data-theme/EDUC"),
        uri(AUTHORITY + "data-theme/TECH"),
        label("geo"),
    )
    assert view.creator[0].mbox == (uri("mailto:amt@stadt.example"),)


def test_what_needs_repair_does_not_count() -> None:
    fields = {
        "license": label("Nutzungsbedingungen"),
        "media_type": label("json"),
        "access_url": (label("www.a.example"),),
        "byte_size": Literal(value="3.07 KB"),
        "modified": Literal(value="28.1.2021"),
        "status": uri("http://purl.org/adms/status/Completed"),
        "compress_format": label("application/x-gzip"),
    }
    assert view_of(**fields) == Distribution(**fields)  # type: ignore[arg-type]


def test_rdf_sources_are_judged_as_they_are() -> None:
    dataset = Dataset(theme=(label("Umwelt"),))
    assert published_view(dataset, "dcat_rdf") is dataset


def test_the_page_is_up_to_date() -> None:
    """Write it again with `python -c "…published_view_page()"` after a change of the mapping."""
    assert PAGE.read_text(encoding="utf-8") == published_view_page()


def place_of(geometry: str) -> Location:
    place = Location(geometry=(Literal(value=geometry, datatype=f"{GSP}geoJSONLiteral"),))
    return published_view(Dataset(spatial=(place,)), "ckan").spatial[0]


def test_a_point_counts_as_centroid_and_a_rectangle_as_bounding_box() -> None:
    point = place_of('{"type": "Point", "coordinates": [11.5, 48.9]}')
    assert point.geometry == ()
    assert point.centroid == Literal(value="POINT(11.5 48.9)", datatype=f"{GSP}wktLiteral")
    box = place_of('{"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 4], [1, 4], [1, 2]]]}')
    assert box.geometry == ()
    assert box.bbox is not None
    assert box.bbox.value == "POLYGON((1 2, 3 2, 3 4, 1 4, 1 2))"


def test_any_other_outline_stays_as_it_was_published() -> None:
    for geometry in (
        '{"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [2, 4], [1, 4], [1, 2]]]}',
        '{"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}',
        "POINT(1 2)",
        "{kaputt",
    ):
        place = place_of(geometry)
        assert [literal.value for literal in place.geometry] == [geometry]
        assert place.bbox is None
        assert place.centroid is None
