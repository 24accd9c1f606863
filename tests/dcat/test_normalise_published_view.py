"""What sources without RDF are credited with: the documented mapping, exactly."""

from pathlib import Path

from datenernte_dcat.normalise import published_view
from datenernte_dcat.normalise.published_view import published_view_page
from datenernte_dcat.records import Agent, Dataset, Distribution, Literal, Reference
from datenernte_dcat.terms import XSD

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
