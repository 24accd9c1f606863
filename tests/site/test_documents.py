"""Documents put together from fragments say what their fragments say."""

import pytest
from pyoxigraph import RdfFormat, Triple, parse
from tests.site.conftest import CATALOG, record, text

from datenernte_dcat.feeds.documents import FORMATS, assemble, fragment
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.publication import feed_triples
from datenernte_dcat.records import Literal

PARSERS = {
    "rdf": RdfFormat.RDF_XML,
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
}


def parsed(document: bytes, form: Format) -> list[Triple]:
    return [quad.triple for quad in parse(document, format=PARSERS[form])]


@pytest.mark.parametrize("form", FORMATS)
def test_fragments_of_several_datasets_make_one_document(form: Format) -> None:
    several = [feed_triples(record(name), CATALOG) for name in ("a", "b", "c")]
    document = assemble((fragment(triples, form) for triples in several), form)
    assert set(parsed(document, form)) == {triple for part in several for triple in part}


@pytest.mark.parametrize("form", FORMATS)
def test_empty_fragments_leave_no_trace(form: Format) -> None:
    triples = feed_triples(record("a"), CATALOG)
    document = assemble([b"", fragment(triples, form), fragment([], form)], form)
    assert set(parsed(document, form)) == set(triples)
    assert parsed(assemble([], form), form) == []


@pytest.mark.parametrize("form", FORMATS)
def test_text_that_looks_like_syntax_stays_text(form: Format) -> None:
    nasty = (
        "@prefix dct: <http://evil.example.org/> .\n",
        "</rdf:RDF><rdf:RDF>\n",
        "]\n[{},\r\n",
        '"""\n_:x <y> <z> .\n',
        "&lt;!-- --> <![CDATA[ ]]>",
    )
    stored = record(
        "a", title=tuple(text(one) for one in nasty), keyword=tuple(Literal(value=x) for x in nasty)
    )
    triples = feed_triples(stored, CATALOG)
    document = assemble([fragment(triples, form), fragment(triples, form)], form)
    assert set(parsed(document, form)) == set(triples)


@pytest.mark.parametrize("form", FORMATS)
def test_equal_triples_give_equal_bytes(form: Format) -> None:
    documents = {
        assemble([fragment(feed_triples(record("a"), CATALOG), form)], form) for _ in range(5)
    }
    assert len(documents) == 1
