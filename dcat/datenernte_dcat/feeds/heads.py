"""What stands before the datasets of a feed page: the catalogue and the paging node.

Source: DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/ (Catalog) and the Hydra core
vocabulary, https://www.hydra-cg.com/spec/latest/core/; readers know two generations of its paging
terms, so both are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pyoxigraph import Literal, NamedNode, Triple

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.graph.writer import catalog_triples
from datenernte_dcat.publication import Profile
from datenernte_dcat.records import Agent, Catalog, Location, Reference
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.terms import DCAT, GSP, HYDRA, RDF, XSD
from datenernte_dcat.vocabulary import eu_license, is_area_key, municipality_iri, vocabulary

_GERMAN = "http://publications.europa.eu/resource/authority/language/DEU"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme"
_TYPE = NamedNode(RDF + "type")
_INTEGER = NamedNode(XSD + "integer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed: a catalogue of its own, in pages."""

    name: str
    """Under which its page places are stored: »catalog« or `municipalities/<key>`."""
    path: str
    """Path of the first page without ending, e.g. `municipalities/09162000/catalog`."""
    iri: str
    """IRI of the catalogue."""
    title: str
    description: str
    profile: Profile = Profile.NATIONAL

    def page_path(self, number: int, format: Format) -> str:  # noqa: A002 - the usual word
        """Path of a page, relative to the site."""
        return f"{self.path}.{format}" if number == 1 else f"{self.path}/page-{number}.{format}"


def national_feed(settings: CatalogSettings) -> Feed:
    """The feed of all datasets."""
    return Feed(
        name="catalog",
        path="catalog",
        iri=settings.catalog_iri,
        title=settings.title,
        description=settings.description,
    )


def eu_feed(settings: CatalogSettings) -> Feed:
    """The same datasets with the licence IRIs of the EU table."""
    return Feed(
        name="catalog",
        path="eu/catalog",
        iri=settings.eu_catalog_iri,
        title=f"{settings.title} (Lizenzen der EU-Liste)",
        description=settings.description,
        profile=Profile.EU,
    )


def municipality_feed(settings: CatalogSettings, key: str, title: str) -> Feed:
    """The datasets of one municipality.

    Args:
        title: name of the municipality.
    """
    return Feed(
        name=f"municipalities/{key}",
        path=f"municipalities/{key}/catalog",
        iri=settings.municipality_catalog_iri(key),
        title=f"{settings.title}: {title}",
        description=f"Datensätze von {title} aus dem Katalog »{settings.title}«.",
    )


def catalog_head(
    feed: Feed,
    settings: CatalogSettings,
    datasets: Sequence[str],
    *,
    modified: datetime | None,
    issued: date | None,
) -> list[Triple]:
    """The catalogue node with links to the given datasets, and what it points to.

    Args:
        datasets: IRIs of the datasets of this document.
        modified: when the content of this document last changed, UTC.
        issued: when the catalogue was first published.
    """
    licence = settings.license
    if feed.profile is Profile.EU:
        licence = eu_license(licence) or licence
    return catalog_triples(
        Catalog(
            uri=feed.iri,
            title=(Text(value=feed.title, language="de"),),
            description=(Text(value=feed.description or feed.title, language="de"),),
            publisher=Agent(
                uri=f"{settings.base_url}/#publisher",
                name=(Text(value=settings.publisher),),
            ),
            issued=None
            if issued is None
            else Text(value=issued.isoformat(), datatype=XSD + "date"),
            modified=None
            if modified is None
            else Text(value=timestamp(modified), datatype=XSD + "dateTime"),
            language=(Reference(uri=_GERMAN),),
            homepage=Reference(uri=settings.homepage or f"{settings.base_url}/"),
            license=Reference(uri=licence),
            theme_taxonomy=(Reference(uri=_THEMES),),
            spatial=_place(settings.state_key) if feed.name == "catalog" else (),
            dataset=tuple(Reference(uri=iri) for iri in datasets),
        )
    )


def membership(feed: Feed, datasets: Sequence[str]) -> list[Triple]:
    """Only the links from the catalogue to the datasets, for a later part of a document."""
    catalog, prop = NamedNode(feed.iri), NamedNode(DCAT + "dataset")
    return [Triple(catalog, prop, NamedNode(iri)) for iri in datasets]


def paging_head(
    feed: Feed,
    settings: CatalogSettings,
    format: Format,  # noqa: A002 - the usual word
    *,
    number: int,
    pages: int,
    total: int,
    page_size: int,
) -> list[Triple]:
    """The hydra node of a page: the URL of the page's file, in the terms of both generations.

    Args:
        total: datasets in all pages.
        page_size: highest number of datasets on a page.
    """
    if format not in FORMATS:
        raise ValueError(format)

    def url(page: int) -> NamedNode:
        return NamedNode(f"{settings.base_url}/{feed.page_path(page, format)}")

    node = url(number)
    neighbours = {"first": 1, "last": pages}
    if number > 1:
        neighbours["previous"] = number - 1
    if number < pages:
        neighbours["next"] = number + 1
    return [
        Triple(node, _TYPE, NamedNode(HYDRA + "PagedCollection")),
        Triple(node, NamedNode(HYDRA + "totalItems"), Literal(str(total), datatype=_INTEGER)),
        Triple(node, NamedNode(HYDRA + "itemsPerPage"), Literal(str(page_size), datatype=_INTEGER)),
        *(
            Triple(node, NamedNode(HYDRA + term), url(page))
            for name, page in sorted(neighbours.items())
            for term in (name, f"{name}Page")
        ),
    ]


def timestamp(moment: datetime) -> str:
    """A time as xsd:dateTime in UTC, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(state_key: str | None) -> tuple[Location, ...]:
    """The Land as a node with its bounding box: the form that no official shape complains about."""
    if state_key is None or not is_area_key(state_key):
        return ()
    states, iri = vocabulary("states"), municipality_iri(state_key)
    box = states.bbox(iri)
    if box is None:
        return ()
    return (
        Location(
            pref_label=(Text(value=states.label(iri), language="de"),),
            bbox=Text(value=box, datatype=GSP + "wktLiteral"),
        ),
    )
