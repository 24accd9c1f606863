"""Values of records as terms that every reader of every serialisation accepts."""

import re
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from datenernte_dcat.records import Literal as Text
from datenernte_dcat.terms import RDF, XSD, safe_iri, safe_language, safe_text, xml_text

_NO_DATATYPES = frozenset({RDF + "langString", RDF + "dirLangString", XSD + "string"})
_NOT_PLAIN = re.compile(r'["\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]')
"""What N-Triples escapes and what is left out."""


@lru_cache(maxsize=16384)
def iri_term(text: str) -> NamedNode | None:
    """The IRI as a term, repaired where needed; None where nothing valid can be made of it."""
    iri = safe_iri(text)
    return NamedNode(iri) if iri is not None else None


@lru_cache(maxsize=16384)
def iri_token(text: str) -> str | None:
    """The same as it stands in N-Triples: »<iri>«."""
    iri = safe_iri(text)
    return f"<{iri}>" if iri is not None else None


def literal_token(text: Text) -> str:
    """`literal_term` as it stands in N-Triples."""
    value = text.value
    if _NOT_PLAIN.search(value):
        return str(literal_term(text))
    if text.language is not None:
        language = _language(text.language)
        return f'"{value}"@{language}' if language else f'"{value}"'
    if text.datatype is not None:
        datatype = _datatype(text.datatype)
        if datatype is not None:
            return f'"{value}"^^<{datatype.value}>'
    return f'"{value}"'


def literal_term(text: Text) -> Literal:
    """The literal as a term that every reader accepts."""
    value = xml_text(text.value)
    if text.language is not None:
        language = _language(text.language)
        return Literal(value, language=language) if language else Literal(value)
    if text.datatype is not None:
        datatype = _datatype(text.datatype)
        if datatype is not None:
            return Literal(value, datatype=datatype)
    return Literal(value)


_language = lru_cache(maxsize=1024)(safe_language)


@lru_cache(maxsize=1024)
def _datatype(text: str) -> NamedNode | None:
    """The datatype as a term; None for plain text and for what only a language tag can give."""
    term = iri_term(text)
    return None if term is None or term.value in _NO_DATATYPES else term


def clean_literal(text: Text) -> tuple[Text, tuple[str, ...]]:
    """The literal as we publish it, and the codes of what was wrong with it.

    What it gives is written without any further change. Unlike `literal_term`, which keeps a
    valid text exactly as it is, it also composes umlauts that stand as two characters (NFC).

    Codes: `text-invalid`, `text-decomposed`, `language-tag-invalid`, `datatype-invalid`.
    """
    codes = []
    value = xml_text(text.value)
    if value != text.value:
        codes.append("text-invalid")
    composed = safe_text(value)
    if composed != value:
        codes.append("text-decomposed")
    language = None
    if text.language is not None:
        language = safe_language(text.language)
        if language != text.language.lower():
            codes.append("language-tag-invalid")
    datatype = None if text.language is not None else text.datatype
    if datatype is not None:
        term = _datatype(datatype)
        if datatype != XSD + "string" and (term is None or term.value != datatype):
            codes.append("datatype-invalid")
        datatype = term.value if term is not None else None
    return Text(value=composed, language=language, datatype=datatype), tuple(codes)
