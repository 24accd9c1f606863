"""Reading is exact: what was read gives the triples of the description again."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)
from pyoxigraph import Dataset as QuadSet

from datenernte_dcat.graph import (
    Description,
    Reading,
    catalog_from_rdf,
    catalog_triples,
    catalogs_in,
    clean_literal,
    dataset_from_rdf,
    dataset_triples,
    datasets_in,
    feed_omissions,
    kept_triples,
    rename_kept,
)
from datenernte_dcat.graph.description import Scope
from datenernte_dcat.mapping import CLASSES, MAPPING, right_property
from datenernte_dcat.records import (
    Agent,
    Catalog,
    Checksum,
    Dataset,
    DatasetSeries,
    Distribution,
    Location,
    Reference,
)
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.terms import DCAT, DCATDE, DCT, FOAF, LOCN, PREFIXES, RDF, RDFS, XSD

ROOT = "https://stadt.example/dataset/1"
UNWRITABLE = "https://stadt.example/ns#"
PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def triples_of(turtle: str) -> list[Triple]:
    """The triples of Turtle text with our prefixes, `:x` for https://stadt.example/x."""
    text = f"{PROLOGUE}@prefix : <https://stadt.example/> .\n{turtle}"
    return [quad.triple for quad in parse(text, format=RdfFormat.TURTLE)]


def canonical(triples: Sequence[Triple]) -> set[str]:
    quads = QuadSet(Quad(t.subject, t.predicate, t.object) for t in triples)
    quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in quads}


def assert_isomorphic(found: Sequence[Triple], wanted: Sequence[Triple]) -> None:
    left, right = canonical(found), canonical(wanted)
    assert left == right, "\n".join(
        ["missing:", *sorted(right - left), "too many:", *sorted(left - right)]
    )


def in_right_names(triples: Sequence[Triple]) -> list[Triple]:
    return [
        Triple(t.subject, NamedNode(right_property(t.predicate.value)), t.object) for t in triples
    ]


def description(triples: Sequence[Triple], node: str = ROOT) -> list[Triple]:
    """The triples that describe the node, taken from the document itself."""
    subjects = Scope(Description(triples), node, Dataset).subjects
    return [t for t in triples if str(t.subject).strip("<>") in subjects]


def read(turtle: str, node: str = ROOT) -> Reading:
    """Reads, and holds that writing gives the same triples again."""
    triples = triples_of(turtle)
    reading = dataset_from_rdf(Description(triples), node)
    assert_isomorphic(
        in_right_names(dataset_triples(reading.dataset, reading.kept)),
        in_right_names(description(triples, node)),
    )
    return reading


# Arbitrary descriptions. Few nodes, so that sharing, cycles and double roles are common.

_iris = [ROOT, *(f"https://stadt.example/{name}" for name in ("a", "b", "c", "dataset/2"))]
_blank = [BlankNode(name) for name in ("w", "x", "y", "z")]
_subjects = st.sampled_from([*(NamedNode(iri) for iri in _iris), *_blank])
_properties = sorted({row.property for row in MAPPING})
_predicates = st.sampled_from(
    [
        *_properties,
        *(old for row in MAPPING for old in row.old_names),
        "https://www.dcat-ap.de/def/dcatde/1.1/maintainer",
        "http://dcat-ap.de/def/dcatde/1_0originator",
        "https://stadt.example/ns#colour",
        UNWRITABLE,
        RDFS + "label",
    ]
)
# Those that nest come often enough to build something deep.
_nesting = st.sampled_from(sorted({row.property for row in MAPPING if row.target is not None}))
_literals = st.one_of(
    st.builds(Literal, st.sampled_from(["", "a", "b", " ä\r\n\t<&\"' "])),
    st.builds(Literal, st.just("a"), language=st.sampled_from(["de", "en-gb"])),
    st.builds(
        Literal,
        st.just("2024"),
        datatype=st.sampled_from([NamedNode(XSD + "date"), NamedNode(XSD + "gYear")]),
    ),
)
_classes = st.sampled_from([NamedNode(iri) for iri in sorted(CLASSES.values())])
_triples = st.one_of(
    st.builds(Triple, _subjects, st.builds(NamedNode, _nesting), _subjects),
    st.builds(Triple, _subjects, st.builds(NamedNode, _predicates), _subjects | _literals),
    st.builds(Triple, _subjects, st.just(NamedNode(RDF + "type")), _classes),
    st.builds(Triple, _subjects, st.just(NamedNode(RDFS + "label")), _literals),
)
_documents = st.lists(_triples, min_size=1, max_size=25, unique_by=str)


@settings(deadline=None, max_examples=300)
@given(_documents, st.sampled_from([ROOT, "_:w"]))
def test_any_description_is_read_and_written_without_loss(
    document: list[Triple], node: str
) -> None:
    reading = dataset_from_rdf(Description(document), node)
    written = dataset_triples(reading.dataset, reading.kept)
    wanted = [t for t in description(document, node) if t.predicate.value != UNWRITABLE]
    assert_isomorphic(in_right_names(written), in_right_names(wanted))
    lost = len(description(document, node)) - len(wanted)
    assert [finding.code for finding in reading.findings].count("term-invalid") == lost


@settings(deadline=None, max_examples=200)
@given(_documents, st.sampled_from([ROOT, "_:w"]), st.randoms(use_true_random=False))
def test_order_and_labels_of_the_document_do_not_matter(
    document: list[Triple], node: str, chance: random.Random
) -> None:
    labels = [f"n{number}" for number in range(len(_blank))]
    chance.shuffle(labels)
    names = {f"_:{old.value}": f"_:{new}" for old, new in zip(_blank, labels, strict=True)}

    def renamed(term: object) -> object:
        return BlankNode(names[f"_:{term.value}"][2:]) if isinstance(term, BlankNode) else term

    other = [
        Triple(renamed(t.subject), t.predicate, renamed(t.object))  # type: ignore[arg-type]
        for t in document
    ]
    chance.shuffle(other)
    first = dataset_from_rdf(Description(document), node)
    second = dataset_from_rdf(Description(other), names.get(node, node))
    assert first.dataset == second.dataset
    assert first.kept == second.kept
    assert first.findings == second.findings


@settings(deadline=None, max_examples=200)
@given(_documents)
def test_reading_what_was_written_gives_the_same_record(document: list[Triple]) -> None:
    sound = [t for t in document if t.predicate.value != UNWRITABLE]
    first = dataset_from_rdf(Description(sound), ROOT)
    written = dataset_triples(first.dataset, first.kept)
    second = dataset_from_rdf(Description(written), ROOT)
    assert second.dataset == first.dataset
    assert second.kept == first.kept


def test_a_plain_dataset_needs_no_kept_triples() -> None:
    reading = read("""
        :dataset\\/1 a dcat:Dataset ; dct:title "Bäume"@de ; dcat:theme :umwelt ;
          dct:publisher :stadt ; dct:modified "2024-01-02"^^xsd:date ;
          dcat:distribution :file ; dct:temporal [ a dct:PeriodOfTime ;
            dcat:startDate "2020"^^xsd:gYear ] .
        :stadt a foaf:Agent ; foaf:name "Stadt" .
        :file a dcat:Distribution ; dcat:accessURL :daten.csv .
    """)
    dataset = reading.dataset
    assert reading.kept == ()
    assert reading.findings == ()
    assert dataset.title == (Text(value="Bäume", language="de"),)
    assert dataset.publisher == Agent(
        uri="https://stadt.example/stadt", name=(Text(value="Stadt"),)
    )
    assert dataset.modified == Text(value="2024-01-02", datatype=XSD + "date")
    assert dataset.temporal[0].uri is None
    assert dataset.temporal[0].start_date == Text(value="2020", datatype=XSD + "gYear")
    assert dataset.distribution[0].access_url == (Reference(uri="https://stadt.example/daten.csv"),)


def test_text_in_place_of_an_iri_becomes_a_label() -> None:
    dataset = read(':dataset\\/1 a dcat:Dataset ; dct:accessRights "öffentlich"@de .').dataset
    assert dataset.access_rights == Reference(label=Text(value="öffentlich", language="de"))


def test_a_labelled_blank_node_becomes_a_label_with_its_class() -> None:
    reading = read(
        ':dataset\\/1 a dcat:Dataset ; dct:provenance [ a dct:ProvenanceStatement ; rdfs:label "x" ] .'
    )
    (provenance,) = reading.dataset.provenance
    assert provenance == Reference(label=Text(value="x"), node_class=DCT + "ProvenanceStatement")
    assert reading.kept == ()


def test_a_blank_node_with_more_than_a_label_is_kept() -> None:
    reading = read(
        ":dataset\\/1 a dcat:Dataset ; dct:provenance [ a dct:ProvenanceStatement ; "
        'rdfs:label "x" ; dct:date "2024" ] .'
    )
    assert reading.dataset.provenance == ()
    assert len(reading.kept) == 4


def test_a_second_value_of_a_single_field_is_kept() -> None:
    reading = read(':dataset\\/1 a dcat:Dataset ; dct:modified "2024-02-01", "2024-01-01" .')
    assert reading.dataset.modified == Text(value="2024-01-01")
    assert reading.kept == (f'<{ROOT}> <{DCT}modified> "2024-02-01" .',)


def test_text_in_place_of_a_described_node_is_kept() -> None:
    reading = read(':dataset\\/1 a dcat:Dataset ; dct:publisher "Stadt" .')
    assert reading.dataset.publisher is None
    assert reading.kept == (f'<{ROOT}> <{DCT}publisher> "Stadt" .',)


def test_unknown_properties_are_kept_with_all_that_hangs_on_them() -> None:
    reading = read("""
        :dataset\\/1 a dcat:Dataset ; :colour [ :of [ :what "x" ] ] ;
          dct:spatial [ a dct:Location ; locn:geometry [ a locn:Geometry ; gsp:asWKT "P" ] ] .
    """)
    (place,) = reading.dataset.spatial
    assert place.uri is not None
    assert place.uri.startswith("_:")  # the kept geometry speaks of it
    assert any(line.startswith(place.uri) for line in reading.kept)
    assert len(reading.kept) == 6


def test_nodes_without_a_class_stay_without_one() -> None:
    dataset = read(":dataset\\/1 a dcat:Dataset ; dct:publisher :stadt .").dataset
    assert dataset.publisher == Agent(uri="https://stadt.example/stadt", untyped=True)


def test_other_classes_are_kept_in_the_record() -> None:
    dataset = read("""
        :dataset\\/1 a dcat:Dataset, :Karte ; dct:publisher [ a foaf:Organization ] .
    """).dataset
    assert dataset.classes == ("http://www.w3.org/ns/dcat#Dataset", "https://stadt.example/Karte")
    assert dataset.publisher == Agent(classes=(FOAF + "Organization",))


def test_two_datasets_with_one_publisher_each_get_it_whole() -> None:
    document = """
        :dataset\\/1 a dcat:Dataset ; dct:publisher :stadt ; dcat:distribution :file .
        :dataset\\/2 a dcat:Dataset ; dct:publisher :stadt ; dcat:distribution :file .
        :stadt a foaf:Agent ; foaf:name "Stadt" ; :colour "red" .
        :file a dcat:Distribution ; dct:title "Datei" .
    """
    first, second = read(document), read(document, "https://stadt.example/dataset/2")
    assert first.dataset.publisher == second.dataset.publisher
    assert first.dataset.distribution == second.dataset.distribution
    assert first.kept == second.kept


def test_a_blank_node_in_two_roles_stays_one_node() -> None:
    dataset = read("""
        :dataset\\/1 a dcat:Dataset ; dct:publisher _:s ; dct:creator _:s .
        _:s a foaf:Agent ; foaf:name "Stadt" .
    """).dataset
    assert dataset.publisher is not None
    assert (dataset.publisher,) == dataset.creator
    assert dataset.publisher.uri is not None


def test_a_blank_node_of_a_node_in_two_roles_stays_one_node() -> None:
    dataset = read("""
        :dataset\\/1 a dcat:Dataset ; dcat:inSeries :dataset\\/1 ;
          dct:publisher [ a foaf:Agent ; foaf:name "Stadt" ] .
    """).dataset
    (series,) = dataset.in_series
    assert dataset.publisher is not None
    assert dataset.publisher.uri is not None
    assert series.publisher == dataset.publisher


def test_equal_blank_nodes_stay_two_nodes() -> None:
    dataset = read("""
        :dataset\\/1 a dcat:Dataset ;
          dcat:distribution [ a dcat:Distribution ], [ a dcat:Distribution ] .
    """).dataset
    assert dataset.distribution == (Distribution(), Distribution())


def test_other_datasets_and_catalogues_are_not_followed() -> None:
    reading = read("""
        :dataset\\/1 a dcat:Dataset ; dct:relation :dataset\\/2 ; dcat:inSeries :dataset\\/2 ;
          dct:isPartOf _:catalog .
        :dataset\\/2 a dcat:Dataset, dcat:DatasetSeries ; dct:title "2" .
        _:catalog a dcat:Catalog ; dcat:dataset :dataset\\/1, :dataset\\/2 .
    """)
    assert reading.dataset.in_series == (
        DatasetSeries(uri="https://stadt.example/dataset/2", untyped=True),
    )
    assert len(reading.kept) == 1


def test_a_dataset_that_is_also_a_series_keeps_everything() -> None:
    dataset = read("""
        :dataset\\/1 a dcat:Dataset, dcat:DatasetSeries ; dct:title "Reihe" ;
          dcat:inSeries :dataset\\/1 .
    """).dataset
    assert dataset.title == (Text(value="Reihe"),)


def test_a_cycle_ends() -> None:
    read("""
        :dataset\\/1 a dcat:Dataset ; dcat:distribution :dataset\\/1, _:d .
        _:d a dcat:Distribution ; dcat:accessService _:d ; :self _:d .
    """)


def test_a_long_chain_of_blank_nodes_ends() -> None:
    chain = "".join(f"_:n{i} :next _:n{i + 1} .\n" for i in range(3000))
    triples = triples_of(f":dataset\\/1 a dcat:Dataset ; :next _:n0 .\n{chain}_:n3000 :end 1 .")
    assert len(dataset_from_rdf(Description(triples), ROOT).kept) == 3002


@pytest.mark.parametrize(
    "name",
    [
        "http://dcat-ap.de/def/dcatde/1_0/originator",
        "http://dcat-ap.de/def/dcatde/1_0originator",
        "https://www.dcat-ap.de/def/dcatde/1.1/originator",
    ],
)
def test_wrong_names_are_read_and_reported_once(name: str) -> None:
    reading = read(f"""
        :dataset\\/1 a dcat:Dataset ; <{name}> [ a foaf:Agent ; foaf:name "a" ],
          [ a foaf:Agent ; foaf:name "b" ] .
    """)
    assert len(reading.dataset.dcatde_originator) == 2
    (finding,) = reading.findings
    assert finding.code == "namespace-wrong"
    assert finding.property == DCATDE + "originator"
    assert finding.value == f"{name} → {DCATDE}originator"


def test_a_value_under_the_old_and_the_right_name_is_one_value() -> None:
    reading = read("""
        :dataset\\/1 a dcat:Dataset ; dcatde:qualityProcessURI :q ;
          <http://dcat-ap.de/def/dcatde/1.0/qualityProcessURI> :q .
    """)
    assert reading.dataset.quality_process_uri == Reference(uri="https://stadt.example/q")
    assert reading.kept == ()


def test_what_no_serialisation_can_write_is_reported_and_not_kept() -> None:
    reading = dataset_from_rdf(
        Description(triples_of(":dataset\\/1 a dcat:Dataset ; <https://stadt.example/2024> 1 .")),
        ROOT,
    )
    assert reading.kept == ()
    (finding,) = reading.findings
    assert finding.code == "term-invalid"
    assert finding.property == "https://stadt.example/2024"


def test_invalid_iris_of_a_lenient_parse_are_reported() -> None:
    colour = "https://stadt.example/ns#colour"
    document = f"""
        <{ROOT}> a <{DCAT}Dataset> ; <{DCAT}distribution> <https://stadt.example/a b> ;
          <{colour}> <https://stadt.example/c d> .
        <https://stadt.example/a b> a <{DCAT}Distribution> ; <{DCAT}accessURL> <http://x y/> .
    """
    quads = parse(document, format=RdfFormat.TURTLE, lenient=True)
    reading = dataset_from_rdf(Description(quad.triple for quad in quads), ROOT)
    assert [(finding.code, finding.value) for finding in reading.findings] == [
        ("iri-invalid", "https://stadt.example/a b → https://stadt.example/a%20b"),
        (
            "term-invalid",
            f"{ROOT} {colour} <https://stadt.example/c d>"
            + f" → <{ROOT}> <{colour}> <https://stadt.example/c%20d>",
        ),
    ]
    (distribution,) = reading.dataset.distribution
    assert distribution.access_url == (Reference(uri="http://x y/"),)  # as published
    values = {str(t.object) for t in dataset_triples(reading.dataset, reading.kept)}
    assert "<https://stadt.example/a%20b>" in values
    assert not any("x y" in value for value in values)


def test_datasets_come_in_document_order_blank_or_not() -> None:
    triples = triples_of(":b a dcat:Dataset . _:x a dcat:Dataset . :a a dcat:Dataset, dcat:X .")
    assert datasets_in(triples) == ["https://stadt.example/b", "_:x", "https://stadt.example/a"]


def test_a_blank_dataset_is_published_under_the_given_iri() -> None:
    triples = triples_of('_:x a dcat:Dataset ; :colour "red" ; dct:title "T" .')
    reading = dataset_from_rdf(Description(triples), "_:x")
    assert reading.dataset.uri is not None
    assert reading.dataset.uri.startswith("_:")
    written = dataset_triples(reading.dataset, reading.kept, ROOT)
    assert {str(t.subject) for t in written} == {f"<{ROOT}>"}
    assert len(written) == 3


def test_another_iri_replaces_the_subject_and_no_link() -> None:
    reading = read(
        ":dataset\\/1 a dcat:Dataset ; dcat:landingPage :dataset\\/1 ; :is :dataset\\/1 ."
    )
    written = dataset_triples(reading.dataset, reading.kept, "https://land.example/1")
    assert {str(t.subject) for t in written} == {"<https://land.example/1>"}
    assert [str(t.object) for t in written].count(f"<{ROOT}>") == 2


def test_kept_triples_follow_a_node_that_gets_an_iri() -> None:
    kept = ('_:b1 <https://stadt.example/p> "x" .', "<urn:s> <urn:p:q> _:b1 .")
    renamed = rename_kept(kept, {"_:b1": "https://stadt.example/d"})
    assert renamed == (
        '<https://stadt.example/d> <https://stadt.example/p> "x" .',
        "<urn:s> <urn:p:q> <https://stadt.example/d> .",
    )
    assert len(kept_triples(renamed)) == 2


def test_catalogues_are_read_and_written_by_the_same_table() -> None:
    triples = triples_of("""
        :catalog a dcat:Catalog ; dct:title "Katalog"@de ; dcat:dataset :dataset\\/1 ;
          dct:publisher [ a foaf:Agent ; foaf:name "Stadt" ] .
        :dataset\\/1 a dcat:Dataset ; dct:title "nicht Teil davon" .
    """)
    index = Description(triples)
    (node,) = catalogs_in(index)
    catalog = catalog_from_rdf(index, node)
    assert catalog == Catalog(
        uri="https://stadt.example/catalog",
        title=(Text(value="Katalog", language="de"),),
        dataset=(Reference(uri=ROOT),),
        publisher=Agent(name=(Text(value="Stadt"),)),
    )
    assert len(catalog_triples(catalog)) == 6


def test_the_index_answers_by_subject_and_predicate() -> None:
    index = Description(triples_of(':a a :C ; dct:title "x", "y", "x" . _:b dct:title "z" .'))
    assert len(index) == 4
    assert index.objects("https://stadt.example/a", DCT + "title") == (Literal("x"), Literal("y"))
    assert index.value("https://stadt.example/a", DCT + "title") == Literal("x")
    assert index.value("_:b", DCT + "description") is None
    assert index.objects("urn:unknown", DCT + "title") == ()
    assert index.types("https://stadt.example/a") == ("https://stadt.example/C",)
    assert list(index.subjects()) == ["https://stadt.example/a", "_:b"]
    assert "_:b" in index
    assert set(index.properties("_:b")) == {DCT + "title"}


def test_each_property_that_feeds_omit_is_one_finding() -> None:
    dataset = Dataset(
        uri=ROOT,
        type=(Reference(uri="urn:t"),),
        spatial=(Location(geometry=(Text(value="POINT(1 2)"),)),),
        distribution=(Distribution(checksum=Checksum()), Distribution(checksum=Checksum())),
    )
    kept = (f"<{ROOT}> <{DCT}source> _:b .", f"_:c <{LOCN}geometry> _:b .", "_:c <urn:p:q> _:b .")
    found = feed_omissions(dataset, kept, "https://land.example/1")
    assert {finding.subject for finding in found} == {"https://land.example/1"}
    assert [finding.property for finding in found] == [
        DCT + "source",
        DCT + "type",
        "http://spdx.org/rdf/terms#checksum",
        LOCN + "geometry",
    ]
    assert all(finding.severity == "info" for finding in found)


@pytest.mark.parametrize(
    ("text", "clean", "codes"),
    [
        (Text(value="a", language="de"), Text(value="a", language="de"), ()),
        (Text(value="a", datatype=XSD + "string"), Text(value="a"), ()),
        (Text(value="a\x00"), Text(value="a"), ("text-invalid",)),
        (Text(value="u\u0308"), Text(value="ü"), ("text-decomposed",)),
        (Text(value="a", language="DE"), Text(value="a", language="de"), ()),
        (
            Text(value="a", language="de_DE"),
            Text(value="a", language="de-de"),
            ("language-tag-invalid",),
        ),
        (Text(value="a", language="français"), Text(value="a"), ("language-tag-invalid",)),
        (Text(value="a", datatype="date"), Text(value="a"), ("datatype-invalid",)),
        (Text(value="a", datatype=RDF + "langString"), Text(value="a"), ("datatype-invalid",)),
    ],
)
def test_a_literal_is_cleaned_with_its_reasons(
    text: Text, clean: Text, codes: tuple[str, ...]
) -> None:
    assert clean_literal(text) == (clean, codes)
