"""The catalogue as a linked dataset: where its documents are, in which forms, under which licence.

Source: VoID, https://www.w3.org/TR/void/
"""

from pyoxigraph import Literal, NamedNode, Triple

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.feeds.fragments import DUMPS, dump_path
from datenernte_dcat.publication import Profile
from datenernte_dcat.terms import DCAT, DCATDE, DCT, FOAF, RDF, VOID, XSD

PATH = "void.ttl"
_FORMAT_IRIS = {
    "rdf": "http://www.w3.org/ns/formats/RDF_XML",
    "ttl": "http://www.w3.org/ns/formats/Turtle",
    "jsonld": "http://www.w3.org/ns/formats/JSON-LD",
    "nt": "http://www.w3.org/ns/formats/N-Triples",
}
"""Source: https://www.w3.org/ns/formats/"""


def void_triples(settings: CatalogSettings, datasets: int) -> list[Triple]:
    """The description of the catalogue and of its European edition.

    Args:
        datasets: number of datasets in it.
    """
    base = settings.base_url
    document = NamedNode(f"{base}/{PATH}")
    triples = [
        Triple(document, NamedNode(RDF + "type"), NamedNode(VOID + "DatasetDescription")),
        *(
            Triple(document, NamedNode(FOAF + "topic"), NamedNode(f"{base}/{PATH}#{profile.value}"))
            for profile in Profile
        ),
    ]
    publisher = NamedNode(f"{base}/#publisher")
    triples += [
        Triple(publisher, NamedNode(RDF + "type"), NamedNode(FOAF + "Agent")),
        Triple(publisher, NamedNode(FOAF + "name"), Literal(settings.publisher)),
    ]
    catalogs = {Profile.NATIONAL: settings.catalog_iri, Profile.EU: settings.eu_catalog_iri}
    number = NamedNode(XSD + "integer")
    for profile, iri in catalogs.items():
        node = NamedNode(f"{base}/{PATH}#{profile.value}")
        part = NamedNode(f"{base}/{PATH}#{profile.value}-datasets")
        said: list[tuple[str, NamedNode | Literal]] = [
            (RDF + "type", NamedNode(VOID + "Dataset")),
            (DCT + "title", Literal(settings.title, language="de")),
            (DCT + "description", Literal(settings.description or settings.title, language="de")),
            (DCT + "publisher", publisher),
            (DCT + "license", NamedNode(settings.license)),
            (FOAF + "homepage", NamedNode(f"{base}/")),
            (VOID + "rootResource", NamedNode(iri)),
            (VOID + "uriSpace", Literal(f"{base}/")),
            (VOID + "vocabulary", NamedNode(DCAT)),
            (VOID + "vocabulary", NamedNode(DCT)),
            (VOID + "vocabulary", NamedNode(DCATDE)),
            (VOID + "classPartition", part),
            *((VOID + "feature", NamedNode(_FORMAT_IRIS[form])) for form in FORMATS),
            *(
                (VOID + "dataDump", NamedNode(f"{base}/{dump_path(*dump)}.gz"))
                for dump in DUMPS
                if dump[0] is profile
            ),
        ]
        triples += [Triple(node, NamedNode(name), value) for name, value in said]
        triples += [
            Triple(part, NamedNode(VOID + "class"), NamedNode(DCAT + "Dataset")),
            Triple(part, NamedNode(VOID + "entities"), Literal(str(datasets), datatype=number)),
        ]
    return triples
