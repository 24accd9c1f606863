"""IRIs and text that no strict reader refuses."""

import unicodedata
from xml.parsers import expat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from datenernte_dcat.terms import (
    PREFIXES,
    RDF,
    is_web_iri,
    is_writable_predicate,
    safe_iri,
    safe_language,
    safe_text,
    xml_text,
)


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("https://stadt.example/daten", "https://stadt.example/daten"),
        ("https://münchen.example/straße?q=ä#ö", "https://münchen.example/straße?q=ä#ö"),
        ("urn:uuid:1-2", "urn:uuid:1-2"),
        ("mailto:rathaus@stadt.example", "mailto:rathaus@stadt.example"),
        ("  https://stadt.example/a \n", "https://stadt.example/a"),
        ("https://stadt.example/a b", "https://stadt.example/a%20b"),
        ("https://stadt.example/a|b^c`{d}", "https://stadt.example/a%7Cb%5Ec%60%7Bd%7D"),
        ("https://stadt.example/50%", "https://stadt.example/50%25"),
        ("https://stadt.example/?f[]=1", "https://stadt.example/?f%5B%5D=1"),
        ("https://stadt.example/a#b#c", "https://stadt.example/a#b%23c"),
        ("https://[2001:db8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        (r"https://stadt.example/a\b", "https://stadt.example/a%5Cb"),
        ("https://stadt.example/\u202egpj.exe", "https://stadt.example/%E2%80%AEgpj.exe"),
        ("tel:0 12", "tel:0%2012"),
        ("https://stadt.example/a/../b/./c/..", "https://stadt.example/b/"),
        ("https://stadt.example/.a/..b?c=/../d", "https://stadt.example/.a/..b?c=/../d"),
        (
            "https://a.example/> .\n<urn:x> <urn:y> <urn:z",
            "https://a.example/%3E%20.%0A%3Curn:x%3E%20%3Curn:y%3E%20%3Curn:z",
        ),
    ],
)
def test_what_can_be_an_iri_becomes_one(text: str, iri: str) -> None:
    assert safe_iri(text) == iri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daten.csv",
        "www.stadt.example/daten",
        "//stadt.example/daten",
        "Lizenz: CC BY",
        "http://",
        "http:///daten",
        "https://stadt example/daten",
        "https://stadt.example:abc/",
        "https://[2001:db8::1/",
        "https://stadt.example/\ud800",
        "#",
    ],
)
def test_what_cannot_be_an_iri_is_none(text: str) -> None:
    assert safe_iri(text) is None


def test_a_relative_reference_is_resolved_against_the_document() -> None:
    assert (
        safe_iri("b c.csv", base="https://stadt.example/a/") == "https://stadt.example/a/b%20c.csv"
    )
    assert safe_iri("urn:x", base="https://stadt.example/a/") == "urn:x"
    assert safe_iri("", base="https://stadt.example/a/") is None


hostile_text = st.text(st.characters(codec=None), max_size=30) | st.text(
    st.sampled_from("%[]#?/\\<>\"'{}|^` \n\t\rä\u202e\u0000\ufffe\ue000😀:@"), max_size=20
)


@given(hostile_text, st.sampled_from(["", "https://stadt.example/", "mailto:", "https://", "urn:"]))
@example("\ufdd0", "https://stadt.example/")
def test_every_iri_is_valid_and_stays_as_it_is(text: str, start: str) -> None:
    iri = safe_iri(start + text)
    if iri is not None:
        NamedNode(iri)
        assert safe_iri(iri) == iri
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Zs") for character in iri)


@given(hostile_text)
def test_every_text_fits_into_xml(text: str) -> None:
    safe = safe_text(text)
    parser = expat.ParserCreate("UTF-8")
    parser.Parse(f"<a>{safe.replace('&', '').replace('<', '').replace(']', '')}</a>", True)
    assert safe_text(safe) == safe


def test_text_keeps_everything_that_xml_can_hold() -> None:
    text = " a\r\n\tb\u0085\u2028😀\ufffd "
    assert safe_text(text) == xml_text(text) == text


def test_control_characters_and_lone_surrogates_are_removed() -> None:
    assert xml_text("a\x00b\x0bc\ufffed\ud800e") == "abcde"


def test_umlauts_are_composed_only_where_asked() -> None:
    assert safe_text("Mu\u0308nchen") == "München"
    assert xml_text("Mu\u0308nchen") == "Mu\u0308nchen"


@pytest.mark.parametrize(
    ("tag", "safe"),
    [("de", "de"), ("DE-at", "de-at"), ("de_DE", "de-de"), ("français", None), ("", None)],
)
def test_a_language_tag_is_bcp_47_or_none(tag: str, safe: str | None) -> None:
    assert safe_language(tag) == safe


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("https://stadt.example", True),
        ("HTTP://stadt.example/a", True),
        ("https://stadt.example:8443/a", True),
        ("https:///a", False),
        ("https://stadt.example/a b", False),
        ("ftp://stadt.example/", False),
        ("javascript:alert(1)", False),
        ("daten.csv", False),
    ],
)
def test_a_web_iri_is_http_with_a_host(text: str, answer: bool) -> None:
    assert is_web_iri(text) is answer


@pytest.mark.parametrize(
    ("iri", "answer"),
    [
        ("http://stadt.example/ns#name", True),
        ("http://stadt.example/ns/größe", True),
        ("http://stadt.example/1name", True),
        (RDF + "_1", True),
        (RDF + "li", False),
        (RDF + "about", False),
        (RDF + "a:b", False),
        ("http://stadt.example/ns#", False),
        ("http://stadt.example/2024", False),
        ("http://stadt.example/a%20", False),
        ("http://stadt.example/a b", False),
        ("http://www.w3.org/2000/xmlns/a", False),
        ("http://stadt.example/a/../b", False),
        ("urn:x-datenernte:type", False),
    ],
)
def test_a_predicate_ends_in_an_xml_name(iri: str, answer: bool) -> None:
    assert is_writable_predicate(iri) is answer


def test_prefixes_are_short_names_of_different_namespaces() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert all(namespace[-1] in "#/" for namespace in PREFIXES.values())
