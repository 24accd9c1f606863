"""Descriptions for the score tests, written as Turtle."""

from collections.abc import Callable

import pyoxigraph
import pytest

from datenernte_dcat.graph.description import Description

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix ft: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix eul: <http://publications.europa.eu/resource/authority/licence/> .
@prefix del: <http://dcat-ap.de/def/licenses/> .
@prefix right: <http://publications.europa.eu/resource/authority/access-right/> .
@prefix iana: <https://www.iana.org/assignments/media-types/> .
@prefix ex: <https://daten.example/> .
"""


@pytest.fixture
def description() -> Callable[[str], Description]:
    """A function from Turtle (prefixes given) to the index of its triples."""

    def read(turtle: str) -> Description:
        quads = pyoxigraph.parse(PREFIXES + turtle, format=pyoxigraph.RdfFormat.TURTLE)
        return Description(quad.triple for quad in quads)

    return read
