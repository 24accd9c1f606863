"""What a portal sends is read, or refused with a code that says why; never fetched, never fatal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph import parse_document, parse_rdf
from datenernte_dcat.texts import texts

BASE = "https://stadt.example/katalog/"
TURTLE = '<https://stadt.example/d> <http://purl.org/dc/terms/title> "Bäume" .'
XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dct="http://purl.org/dc/terms/">'
    '<rdf:Description rdf:about="https://stadt.example/d"><dct:title>Bäume</dct:title>'
    "</rdf:Description></rdf:RDF>"
)
JSON = '{"@id": "https://stadt.example/d", "http://purl.org/dc/terms/title": "Bäume"}'


def values(body: bytes | str, media_type: str | None = None) -> list[str]:
    """The objects of all triples."""
    document = body if isinstance(body, bytes) else body.encode()
    return [
        term.value if isinstance(term, Literal) else str(term)
        for term in (triple.object for triple in parse_rdf(document, media_type, BASE))
    ]


def refusal(body: bytes | str, media_type: str | None = None) -> str:
    """The code of the refusal, which came fast."""
    start = time.perf_counter()
    with pytest.raises(SourceProtocolError) as caught:
        values(body, media_type)
    assert time.perf_counter() - start < 5
    assert caught.value.code in texts()
    return caught.value.code


@pytest.mark.parametrize("media_type", [None, "text/html", "application/octet-stream", "text/xml"])
@pytest.mark.parametrize("text", [TURTLE, XML, JSON, f"[{JSON}]"])
def test_the_content_decides_the_serialisation(text: str, media_type: str | None) -> None:
    assert values(text, media_type) == ["Bäume"]


def test_a_bracket_begins_json_or_turtle_as_the_server_says() -> None:
    turtle = '[ <urn:x:p> "a" ] .'
    assert values(turtle) == values(turtle, "text/turtle; charset=utf-8") == ["a"]
    assert values('[{"urn:x:p": "a"}]') == ["a"]
    assert values("[]") == []


@pytest.mark.parametrize(
    ("text", "encoding", "media_type"),
    [
        (XML, "utf-8", None),
        (XML, "utf-8-sig", None),
        (XML, "utf-16", None),
        (XML, "utf-16-le", None),
        (XML, "utf-16-be", None),
        (XML, "utf-32", None),
        ('<?xml version="1.0" encoding="UTF-16"?>' + XML, "utf-16", None),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + XML, "latin-1", None),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + XML, "utf-8", None),
        ('\n <?xml version="1.0"?>' + XML, "utf-8", None),
        (XML, "utf-8", "application/rdf+xml; charset=iso-8859-1"),
        (TURTLE, "iso-8859-15", "text/turtle; charset=ISO-8859-15"),
        (TURTLE, "cp1252", "text/turtle; charset=nonsense"),
        (TURTLE, "cp1252", None),
        (TURTLE, "utf-16", None),
        (JSON, "utf-16", "application/ld+json"),
        (JSON, "utf-8-sig", None),
    ],
)
def test_every_usual_encoding_is_read(text: str, encoding: str, media_type: str | None) -> None:
    assert values(text.encode(encoding), media_type) == ["Bäume"]


def test_relative_iris_are_resolved_against_the_document() -> None:
    assert values("<a> <p> <../b> .") == ["<https://stadt.example/b>"]
    assert values('{"@id": "a", "urn:x:p": {"@id": "b"}}') == [f"<{BASE}b>"]
    assert values(XML.replace("<dct:title>Bäume</dct:title>", '<dct:title rdf:resource="b"/>')) == [
        f"<{BASE}b>"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<urn:x:a b> <urn:x:p> <https://stadt.example/a b>, <urn:x:c> .",
        XML.replace("https://stadt.example/d", "https://stadt.example/a b"),
        XML.replace("<dct:title>", '<dct:title xml:lang="français">'),
        XML.replace("<dct:title>", '<dct:title rdf:datatype="a date">'),
    ],
)
def test_one_invalid_iri_does_not_lose_the_page(text: str) -> None:
    document = parse_document(text.encode(), None, BASE)
    assert document.triples
    assert [finding.code for finding in document.findings] == ["iri-invalid"]


def test_json_ld_keeps_nodes_with_invalid_iris_and_ignores_words_without_iri() -> None:
    text = '{"@id": "https://stadt.example/a b", "urn:x:p": "a", "title": "b"}'
    assert values(text) == ["a"]


def test_named_graphs_are_read_as_one() -> None:
    assert values('{"@id": "urn:x:g", "@graph": [{"urn:x:p": "a"}]}') == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        XML.replace("Bäume", "B\x00\x0bäu\ufffeme"),
        XML.replace("Bäume", "B&#0;&#x1;äume&#xD800;"),
        TURTLE.replace("Bäume", "B\x00äume"),
        TURTLE.replace("Bäume", "B\\ud83däume"),
        JSON.replace("Bäume", "B\\ud83däume\\udc00"),
    ],
)
def test_characters_that_are_none_are_removed_and_reported(text: str) -> None:
    document = parse_document(text.encode(), None, BASE)
    assert [str(triple.object) for triple in document.triples] == ['"Bäume"']
    assert [finding.code for finding in document.findings] == ["text-invalid"]


def test_escaped_characters_outside_the_first_plane_stay() -> None:
    assert values(JSON.replace("Bäume", "\\ud83c\\udf33 \\\\ud83c")) == ["🌳 \\ud83c"]
    assert values(TURTLE.replace("Bäume", "\\\\ud83c")) == ["\\ud83c"]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><title>Wartung</title>",
        "\n<!-- x --> <HTML><body>Anmeldung</body></HTML>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="z"/>',
        "<html lang='de'><head></head></html>",
    ],
)
def test_a_web_page_is_no_catalogue(text: str) -> None:
    assert refusal(text, "application/rdf+xml") == "portal-html"


@pytest.mark.parametrize(
    "text", ["", "  \n", "Not found", "{", "[1,", '{"urn:x:p": NaN}', "<a> <b>", XML[:-5], "<<<"]
)
def test_what_is_no_rdf_is_refused(text: str) -> None:
    assert refusal(text) in ("rdf-syntax", "rdf-too-complex")


def with_dtd(subset: str, body: str = "&a;") -> str:
    return f"<!DOCTYPE rdf:RDF {subset}>" + XML.replace("Bäume", body)


@pytest.mark.parametrize(
    ("subset", "body", "value"),
    [
        ('[<!ENTITY a "Bäume">]', "&a;", "Bäume"),
        ("[<!ENTITY a 'http://x.example/#'>]", "&a;b", "http://x.example/#b"),
        ('[<!ENTITY a "1"><!ENTITY a "2">]', "&a;", "1"),
        ('[<!ENTITY a "1">]', "<![CDATA[&a;]]>", "&a;"),
        ('[<!ENTITY a "say &#34;x&#34;">]', "&a;", 'say "x"'),
        ('[<!-- <!ENTITY a "2"> --><!ENTITY a "1"> ]  ', "&a; &amp; &#228;", "1 & ä"),
        ("", "x", "x"),
    ],
)
def test_plain_entities_stay_legal(subset: str, body: str, value: str) -> None:
    assert values(with_dtd(subset, body)) == [value]


@pytest.mark.parametrize(
    "subset",
    [
        'SYSTEM "http://x.example/a.dtd"',
        'PUBLIC "a" "http://x.example/a.dtd"',
        '[<!ENTITY a SYSTEM "file:///etc/passwd">]',
        '[<!ENTITY b "x"><!ENTITY a "&b;&b;">]',
        '[<!ENTITY b "x"><!ENTITY a "&#38;b;&#38;b;">]',
        "[<!ENTITY % p \"<!ENTITY a 'x'>\"> %p;]",
        f'[<!ENTITY a "{"x" * 301}">]',
        '[<!ENTITY a "<dct:title>x</dct:title>">]',
    ],
)
def test_dangerous_entities_are_refused(subset: str) -> None:
    assert refusal(with_dtd(subset)) == "rdf-entities"
    document = '<?xml version="1.0" encoding="UTF-16"?>' + with_dtd(subset)
    assert refusal(document.encode("utf-16")) == "rdf-entities"


@pytest.mark.parametrize("count", [20_000, 200_000])
def test_entities_may_not_blow_the_document_up(count: int) -> None:
    text = with_dtd(f'[<!ENTITY a "{"x" * 300}">]', "&a;" * count)
    assert refusal(text) == "rdf-entities"


def test_entities_hidden_in_comments_reach_no_parser() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    text = with_dtd(f'[<!-- <!ENTITY e0 "x">{bomb} -->]', "&e11;")
    assert refusal(text) == "rdf-syntax"


@pytest.mark.parametrize(
    "text",
    [
        '{"urn:x:p":' * 101 + "1" + "}" * 101,
        "[" * 50_000 + "]" * 50_000,
        '{"urn:x:p":' * 100_000,
        XML.replace("Bäume", "<dct:x><dct:y>" * 20_000 + "</dct:y></dct:x>" * 20_000),
        XML.replace("<dct:title>", "<dct:title " + " ".join(f'a{n}=""' for n in range(3000)) + ">"),
        "<urn:x:s> <urn:x:p> " + "<<( <urn:x:s> <urn:x:p> " * 20_000 + "1" + ")>>" * 20_000 + ".",
        "<urn:x:s> <urn:x:p> " + "<< <urn:x:s> <urn:x:p> " * 20_000 + "1" + ">>" * 20_000 + ".",
    ],
)
def test_nesting_that_could_crash_a_parser_is_refused(text: str) -> None:
    assert refusal(text) == "rdf-too-complex"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "x" * 300_000,
        '{"a": ' + "[" * 101 + '"\\' * 300_000,
        "<urn:x:s> <urn:x:p> << " + '"""\\' * 200_000,
        "<urn:x:s> <urn:x:p> << " + "<a" * 200_000,
        "<urn:x:s> <urn:x:p> << " + "'a\n" * 200_000,
        "<?xml " + " " * 300_000,
        "<!-- -->" + " " * 4_000 + "<x",
        "<!--" * 100_000,
        f'<!DOCTYPE a [<!ENTITY a "b">]><a><!-- {"<![CDATA[" * 100_000} --></a',
    ],
)
def test_broken_documents_are_refused_in_linear_time(text: str) -> None:
    assert refusal(text) in ("rdf-syntax", "rdf-too-complex")


def test_comments_full_of_openings_are_read_in_linear_time() -> None:
    comment = f"<!-- {'<![CDATA[ &a;' * 100_000} -->"
    assert values(with_dtd('[<!ENTITY a "b">]', f"&a;{comment}")) == ["b"]


def test_brackets_and_angles_in_text_are_no_nesting() -> None:
    assert values('{"urn:x:p": "' + "[{<<" * 1000 + '"}') == ["[{<<" * 1000]
    assert values(f'<urn:x:s> <urn:x:p> "{"<<" * 1000}" . # << comment') == ["<<" * 1000]
    assert values('<urn:x:s> <urn:x:p> """ "<<" \\""" """, \'<<\' .') == [' "<<" """ ', "<<"]


def test_deep_blank_nodes_in_turtle_are_read() -> None:
    text = "<urn:x:s> <urn:x:p> " + "[ <urn:x:p> " * 10_000 + "1" + " ]" * 10_000 + " ."
    assert len(values(text)) == 10_001


_events: list[str] = []
_watching = False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event in ("open", "socket.connect", "socket.getaddrinfo", "urllib.Request"):
        _events.append(f"{event} {arguments}")


sys.addaudithook(_watch)


@contextmanager
def nothing_is_opened() -> Iterator[None]:
    global _watching
    _events.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert _events == []


@pytest.mark.parametrize(
    "context",
    [
        '"http://127.0.0.1:9/context"',
        '"file:///etc/passwd"',
        '["https://schema.org/"]',
        '{"@import": "http://127.0.0.1:9/context"}',
        '{"a": {"@id": "urn:x:a", "@context": "http://127.0.0.1:9/context"}}',
        '"context.jsonld"',
    ],
)
def test_a_remote_context_is_refused_and_never_fetched(context: str) -> None:
    for key in ("@context", "\\u0040context"):
        with nothing_is_opened():
            code = refusal(f'{{"{key}": {context}, "a": {{"urn:x:p": 1}}, "urn:x:p": 1}}')
        assert code == "rdf-remote-context"


def test_an_inline_context_is_used() -> None:
    with nothing_is_opened():
        found = values('{"@context": {"title": "http://purl.org/dc/terms/title"}, "title": "a"}')
    assert found == ["a"]


def test_external_entities_are_never_opened() -> None:
    with nothing_is_opened():
        refusal(with_dtd('[<!ENTITY a SYSTEM "file:///etc/passwd">]'))


_pieces = st.sampled_from(
    [
        *(
            "<",
            ">",
            "<<",
            '"',
            '"""',
            "'",
            "\\",
            "{",
            "}",
            "[",
            "]",
            "&a;",
            "&",
            "<!DOCTYPE a [",
            "]>",
        ),
        *(
            '<!ENTITY a "b">',
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?xml ",
            "?>",
            "@context",
            ":",
            ".",
        ),
        *(
            "@prefix a: <urn:x:> .",
            "a:b",
            " ",
            "\n",
            "#",
            "_:b",
            "\x00",
            "\ufeff",
            "ä",
            "\\ud800",
            "1",
        ),
        *("<urn:x:a>", '"@de', "^^", "rdf:RDF", "</rdf:RDF>", XML[:135], TURTLE, JSON),
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_pieces, max_size=30).map("".join), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_anything_is_read_or_refused_with_a_code(text: str, encoding: str) -> None:
    try:
        parse_document(text.encode(encoding, "replace"), None, BASE)
    except SourceProtocolError as error:
        assert error.code in texts()


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_code(body: bytes) -> None:
    try:
        parse_document(body, None, BASE)
    except SourceProtocolError as error:
        assert error.code in texts()


def test_one_damaged_character_does_not_cost_the_umlauts() -> None:
    words = "Straßenbäume in Öhringen, gezählt im März".encode() + b" \xc3\x28 \xed\xa0\xbd"
    body = b'<https://x.example/a> <http://purl.org/dc/terms/title> "' + words + b'" .'

    document = parse_document(body, "text/turtle", "https://x.example/")

    assert "Straßenbäume in Öhringen" in str(document.triples[0].object)
    assert [found.code for found in document.findings] == ["text-invalid"]


def test_a_wrong_statement_of_the_encoding_is_a_finding() -> None:
    body = '<https://x.example/a> <http://purl.org/dc/terms/title> "Märkte, Straßen" .'.encode(
        "cp1252"
    )

    document = parse_document(body, "text/turtle; charset=utf-8", "https://x.example/")

    assert "Märkte, Straßen" in str(document.triples[0].object)
    assert [found.code for found in document.findings] == ["encoding-wrong"]
