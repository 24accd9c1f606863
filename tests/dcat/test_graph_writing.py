"""Whatever a record holds, all four serialisations of it are valid and say the same."""

import io
import logging
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import msgspec
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
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
    MEDIA_TYPES,
    Description,
    Format,
    blank_node_prefix,
    dataset_from_rdf,
    dataset_triples,
    from_rdflib,
    to_rdflib,
    write_rdf,
)
from datenernte_dcat.graph.safe_terms import iri_term, iri_token, literal_term, literal_token
from datenernte_dcat.mapping import MAPPING, Kind, rows_of
from datenernte_dcat.records import (
    Agent,
    Dataset,
    Distribution,
    Node,
    Reference,
)
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.terms import PREFIXES, RDF, XSD

ROOT = "https://stadt.example/dataset/1"
FORMATS: tuple[Format, ...] = tuple(MEDIA_TYPES)
_PARSERS = {
    "rdf": (RdfFormat.RDF_XML, "xml", "rdfxml"),
    "ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
    "jsonld": (RdfFormat.JSON_LD, "json-ld", None),
    "nt": (RdfFormat.N_TRIPLES, "nt", "ntriples"),
}


def canonical(triples: list[Triple]) -> set[str]:
    quads = QuadSet(Quad(t.subject, t.predicate, t.object) for t in triples)
    quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in quads}


def by_pyoxigraph(document: bytes, serialisation: Format) -> list[Triple]:
    return [quad.triple for quad in parse(document, format=_PARSERS[serialisation][0])]


def by_rdflib(document: bytes, serialisation: Format) -> list[Triple]:
    graph = rdflib.Graph(bind_namespaces="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own use of rdflib
        graph.parse(io.BytesIO(document), format=_PARSERS[serialisation][1])
    return from_rdflib(graph)


def by_rapper(document: bytes, serialisation: Format) -> list[Triple]:
    rapper = shutil.which("rapper")
    if rapper is None:
        if os.environ.get("CI"):
            pytest.fail("rapper is missing: apt-get install raptor2-utils")
        pytest.skip("rapper is not installed")
    syntax = _PARSERS[serialisation][2]
    assert syntax is not None
    run = subprocess.run(  # noqa: S603 - the path was looked up, the arguments are ours
        [rapper, "-q", "-i", syntax, "-o", "ntriples", "-", "https://base.example/"],
        input=document,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"Error" not in run.stderr, run.stderr.decode()  # it warns of unknown rdf: names
    return [quad.triple for quad in parse(run.stdout, format=RdfFormat.N_TRIPLES)]


@pytest.fixture(autouse=True)
def lexical_forms_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """rdflib would write »1.0« for »01.00«, and it logs each value that fits no datatype."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    monkeypatch.setattr(logging.getLogger("rdflib.term"), "disabled", True)


# Records of every shape, driven by the same table as the writer.


def _records(
    record: type[Node],
    texts: st.SearchStrategy[Text],
    iris: st.SearchStrategy[str],
    classes: st.SearchStrategy[str],
) -> st.SearchStrategy[Any]:
    references = st.one_of(
        st.builds(Reference, uri=iris),
        st.builds(Reference, label=texts),
        st.builds(Reference, label=texts, node_class=classes),
    )
    fields: dict[str, st.SearchStrategy[object]] = {}
    for row in rows_of(record):
        if row.kind is Kind.LITERAL:
            single: st.SearchStrategy[object] = texts
        elif row.kind is Kind.REFERENCE:
            single = references
        else:
            assert row.target is not None
            single = _records(row.target, texts, iris, classes)
        fields[row.field] = (
            st.lists(single, min_size=1, max_size=2, unique=True).map(tuple) if row.many else single
        )

    @st.composite
    def build(draw: st.DrawFn) -> Any:
        chosen = draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True))
        values: dict[str, object] = {field: draw(fields[field]) for field in chosen}
        values["uri"] = draw(st.none() | iris)
        kinds = draw(st.sampled_from(["default", "untyped", "other"]))
        if kinds == "untyped":
            values["untyped"] = True
        elif kinds == "other":
            found = draw(st.lists(classes, min_size=1, max_size=2, unique=True))
            values["classes"] = tuple(sorted(found))
        made: Any = record
        return made(**values)

    return build()


_nasty = st.text(st.characters(codec=None), max_size=12) | st.text(
    st.sampled_from("<>&\"'\\{}[]()|^`%#@:;,. \n\r\t\x00\x0b\x85\u2028\ufffe\ud800\u202eä😀"),
    max_size=15,
)
_injections = st.sampled_from(
    [
        '"> <urn:x:s> <urn:x:p> <urn:x:o> .',
        "urn:x:a> .\n<urn:x:s> <urn:x:p> <urn:x:o",
        ']]></rdf:RDF><rdf:Description rdf:about="urn:x:s"/>',
        '"""@de . <urn:x:s> <urn:x:p> """',
        '\\", "@id": "urn:x:s',
        "&lol;",
        "http://",
        "dct:title",
        "",
    ]
)
_hostile_texts = st.builds(
    Text,
    value=_nasty | _injections,
    language=st.none() | st.sampled_from(["de", "de_DE", "français", "x", "", "a b", "EN-gb"]),
    datatype=st.none()
    | st.sampled_from(
        [
            XSD + "integer",
            XSD + "dateTime",
            XSD + "string",
            RDF + "langString",
            RDF + "XMLLiteral",
            RDF + "HTML",
            RDF + "JSON",
            "date",
            "http://x y",
            "",
        ]
    ),
)
_hostile_iris = st.one_of(
    _nasty.map(lambda text: "https://stadt.example/" + text),
    _nasty,
    _injections,
    st.sampled_from(["_:b1", "_:b 1", "_:", "urn:x:y", "HTTPS://STADT.example/ä?b=c&d#e"]),
)
_hostile_classes = st.sampled_from(
    [
        "https://stadt.example/1",
        "https://stadt.example/",
        "https://stadt.example/a b",
        RDF + "Description",
        RDF + "li",
        "https://stadt.example/Größe",
        "Klasse",
        "urn:x:y",
    ]
)
_hostile = st.builds(
    lambda node: msgspec.structs.replace(node, uri=ROOT),
    _records(Dataset, _hostile_texts, _hostile_iris, _hostile_classes),
)
_thorough = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_thorough
@given(_hostile)
def test_strict_parsers_read_the_same_triples_from_hostile_records(dataset: Dataset) -> None:
    triples = dataset_triples(dataset)
    wanted = canonical(triples)
    for serialisation in FORMATS:
        document = write_rdf(triples, serialisation)
        assert canonical(by_pyoxigraph(document, serialisation)) == wanted, serialisation
        assert canonical(by_rdflib(document, serialisation)) == wanted, serialisation
        if serialisation == "rdf":
            expat.ParserCreate(namespace_separator=" ").Parse(document, True)


@settings(_thorough, max_examples=25)
@given(_hostile)
def test_rapper_reads_the_same_triples_from_hostile_records(dataset: Dataset) -> None:
    triples = dataset_triples(dataset)
    wanted = canonical(triples)
    for serialisation in FORMATS:
        if serialisation != "jsonld":
            document = write_rdf(triples, serialisation)
            assert canonical(by_rapper(document, serialisation)) == wanted, serialisation


_raw_iris = (_nasty | _injections).map(lambda text: re.sub(r"[<>\\\\\s\ud800-\udfff]", "", text))
_raw_subjects = st.sampled_from([f"<{ROOT}>", f"<{ROOT}>", "_:x", "_:y"])
_raw_nodes = _raw_subjects | st.one_of(
    _raw_iris.map(lambda text: f"<https://stadt.example/{text} {text}>"),
    _raw_iris.map(lambda text: f"<urn:x:{text}>"),
)
_raw_predicates = st.sampled_from(sorted({f"<{row.property}>" for row in MAPPING})) | st.one_of(
    _raw_iris.map(lambda text: f"<https://stadt.example/{text}>"),
    _raw_iris.map(lambda text: f"<{RDF}{text}>"),
    st.sampled_from([f"<{RDF}type>", f"<{RDF}li>", f"<{RDF}about>"]),
)
_raw_literals = st.builds(
    lambda text, end: str(Literal(text)) + end,
    _nasty.map(lambda text: text.encode("utf-8", "ignore").decode()),
    st.sampled_from(["", "@de", "@abcdefghijk", "^^<a b>", f"^^<{RDF}HTML>"]),
)


@_thorough
@given(
    st.lists(
        st.tuples(_raw_subjects, _raw_predicates, _raw_nodes | _raw_literals).map(" ".join),
        min_size=3,
        max_size=12,
    )
)
def test_strict_parsers_read_what_was_kept_of_hostile_documents(lines: list[str]) -> None:
    document = "".join(f"{line} .\n" for line in lines)
    found = parse(document, format=RdfFormat.N_TRIPLES, lenient=True)
    reading = dataset_from_rdf(Description(quad.triple for quad in found), ROOT)
    triples = dataset_triples(reading.dataset, reading.kept)
    wanted = canonical(triples)
    for serialisation in FORMATS:
        written = write_rdf(triples, serialisation)
        assert canonical(by_pyoxigraph(written, serialisation)) == wanted, serialisation
        assert canonical(by_rdflib(written, serialisation)) == wanted, serialisation
        if serialisation == "rdf":
            expat.ParserCreate(namespace_separator=" ").Parse(written, True)


@settings(deadline=None)
@given(_hostile_texts, _hostile_iris)
def test_tokens_say_what_terms_say(text: Text, iri: str) -> None:
    line = f"<urn:x:s> <urn:x:p> {literal_token(text)} ."
    (quad,) = parse(line, format=RdfFormat.N_TRIPLES)
    assert quad.object == literal_term(text)
    term = iri_term(iri)
    assert iri_token(iri) == (str(term) if term is not None else None)


# Sound records: everything that a careful portal could have published.

_sound_texts = st.one_of(
    st.builds(
        Text,
        value=st.text("aäß <&\"'\\\n\r\t😀", max_size=5),
        language=st.sampled_from([None, "de", "en-gb"]),
    ),
    st.builds(Text, value=st.just("2024"), datatype=st.sampled_from([XSD + "date", XSD + "gYear"])),
)
_sound_iris = st.sampled_from(["urn:x:y", "https://stadt.example/ä?b=c&d#e", "mailto:a@b.example"])
_sound_classes = st.sampled_from(["https://stadt.example/1", "https://stadt.example/Karte"])


def _numbered(node: Node, numbers: Iterator[int]) -> Node:
    """The record with an IRI of its own for each node that has one: shared IRIs would merge."""
    values: dict[str, object] = {}
    for row in rows_of(type(node)):
        value = getattr(node, row.field)
        if row.kind is Kind.NODE and value:
            nodes = tuple(_numbered(one, numbers) for one in (value if row.many else (value,)))
            values[row.field] = nodes if row.many else nodes[0]
    if node.uri is not None:
        values["uri"] = f"https://stadt.example/node/{next(numbers)}"
    return msgspec.structs.replace(node, **values)


def _sorted(value: object) -> object:
    """JSON of a record with its lists in an order of their own."""
    if isinstance(value, dict):
        return {key: _sorted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_sorted(one) for one in value), key=repr)
    return value


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(_records(Dataset, _sound_texts, _sound_iris, _sound_classes))
def test_reading_what_was_written_gives_the_record(node: Node) -> None:
    dataset = _numbered(msgspec.structs.replace(node, uri=ROOT), iter(range(1000)))
    assert isinstance(dataset, Dataset)
    assert dataset.uri is not None
    reading = dataset_from_rdf(Description(dataset_triples(dataset)), dataset.uri)
    assert reading.kept == ()
    assert reading.findings == ()
    assert _sorted(msgspec.to_builtins(reading.dataset)) == _sorted(msgspec.to_builtins(dataset))


def test_a_carriage_return_survives_xml() -> None:
    triples = dataset_triples(Dataset(uri=ROOT, title=(Text(value="a\r\nb\rc"),)))
    assert by_rdflib(write_rdf(triples, "rdf"), "rdf") == sorted(triples, key=str)


def test_only_what_xml_cannot_hold_is_left_out_of_a_text() -> None:
    (_, triple) = dataset_triples(Dataset(uri=ROOT, title=(Text(value=" u\u0308\x00 "),)))
    assert triple.object == Literal(" u\u0308 ")


def test_an_iri_that_cannot_be_repaired_is_left_out() -> None:
    dataset = Dataset(
        uri=ROOT,
        theme=(Reference(uri="http://"),),
        publisher=Agent(uri="http://", name=(Text(value="Stadt"),)),
    )
    triples = dataset_triples(dataset)
    assert not any("theme" in t.predicate.value for t in triples)
    (publisher,) = (t.object for t in triples if t.predicate.value.endswith("publisher"))
    assert isinstance(publisher, BlankNode)


def test_blank_nodes_of_different_datasets_have_different_labels() -> None:
    dataset = Dataset(publisher=Agent(), distribution=(Distribution(uri="_:b1"),))
    kept = ("_:b1 <urn:x:p> <urn:x:o> .",)

    def labels(iri: str) -> set[str]:
        terms = (
            term for t in dataset_triples(dataset, kept, iri) for term in (t.subject, t.object)
        )
        return {term.value for term in terms if isinstance(term, BlankNode)}

    first, second = labels("https://stadt.example/1"), labels("https://stadt.example/2")
    assert len(first) == len(second) == 2
    assert not first & second
    prefix = blank_node_prefix(dataset, "https://stadt.example/1")
    assert all(label.startswith(prefix) for label in first)


def test_kept_triples_speak_of_the_nodes_of_the_record() -> None:
    dataset = Dataset(uri="_:d", distribution=(Distribution(uri="_:b1"),))
    kept = ("_:b1 <urn:x:p> _:b2 .", "_:d <urn:x:p> _:b1 .")
    triples = dataset_triples(dataset, kept, ROOT)
    (link,) = (t for t in triples if t.predicate.value.endswith("distribution"))
    kept_link, kept_property = sorted(
        (t for t in triples if t.predicate.value == "urn:x:p"), key=lambda t: str(t.subject)
    )
    assert kept_link.subject == NamedNode(ROOT)
    assert kept_link.object == kept_property.subject == link.object


def test_each_triple_comes_once_and_subjects_stay_together() -> None:
    agent = Agent(uri="https://stadt.example/a", name=(Text(value="Stadt"),))
    dataset = Dataset(
        uri=ROOT, publisher=agent, creator=(agent, agent), keyword=(Text(value="x"),) * 2
    )
    triples = dataset_triples(dataset, (f'<{ROOT}> <urn:x:p> "y" .',))
    assert len(triples) == len(set(triples)) == 7
    subjects = [t.subject for t in triples]
    assert subjects == sorted(subjects, key=subjects.index)


def test_the_same_dataset_gives_the_same_bytes() -> None:
    dataset = Dataset(publisher=Agent(name=(Text(value="Stadt"),)), title=(Text(value="T"),))
    for serialisation in FORMATS:
        documents = {write_rdf(dataset_triples(dataset, (), ROOT), serialisation) for _ in range(3)}
        assert len(documents) == 1


@pytest.mark.parametrize("serialisation", FORMATS)
def test_no_triples_are_a_valid_document(serialisation: Format) -> None:
    assert by_rdflib(write_rdf([], serialisation), serialisation) == []


def test_prefixes_are_always_the_same_and_sorted() -> None:
    document = write_rdf(dataset_triples(Dataset(uri=ROOT)), "ttl").decode()
    lines = [line for line in document.splitlines() if line.startswith("@prefix")]
    assert lines == sorted(f"@prefix {prefix}: <{iri}> ." for prefix, iri in PREFIXES.items())


def test_a_predicate_that_is_no_xml_name_is_not_written() -> None:
    kept = (f'<{ROOT}> <https://stadt.example/1> "x" .',)
    assert len(dataset_triples(Dataset(uri=ROOT), kept)) == 1


def test_rdflib_and_back_changes_nothing() -> None:
    triples = [
        Triple(NamedNode(ROOT), NamedNode("urn:x:p"), term)
        for term in (
            Literal("01.0", datatype=NamedNode(XSD + "decimal")),
            Literal("a", language="de"),
            Literal("a"),
            BlankNode("b"),
            NamedNode("urn:x:o"),
        )
    ]
    graph = to_rdflib(triples)
    assert set(from_rdflib(graph)) == set(triples)
    assert dict(graph.namespaces())["dcat"] == rdflib.URIRef(PREFIXES["dcat"])
