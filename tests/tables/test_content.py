from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular.content import (
    Content,
    clean_extract,
    is_declared_table,
    recognise_content,
)

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("data", "name", "content"),
    [
        (b"a;b\n1;2\n", "x.csv", Content.CSV),
        (b"a;b\n1;2\n", "x", Content.CSV),
        (b"a\tb\n1\t2\n", "x", Content.TSV),
        ("ä;ö\n1;2\n".encode("utf-16"), "x.csv", Content.CSV),
        ("ä;ö\n1;2\n".encode("utf-16-le"), "x.csv", Content.CSV),
        ("ä;ö\n1;2\n".encode("cp1252"), "x.csv", Content.CSV),
        (b"one\ntwo\n", "x.csv", Content.CSV),
        (b"one line of prose", "readme.txt", Content.TEXT),
        (b"", "x.csv", Content.EMPTY),
        (b"", "x", Content.EMPTY),
        (b"<!DOCTYPE html><html></html>", "x.csv", Content.HTML),
        (b"\n  <HTML>", "index.html", Content.HTML),
        (b"<?xml version='1.0'?><html xmlns='x'>", "x", Content.HTML),
        (b"<?xml version='1.0'?><rdf:RDF>", "x.csv", Content.RDF),
        (b"<?xml version='1.0'?><gml>", "x.xml", Content.GML),
        (b"<?xml version='1.0'?><a>", "x.xml", Content.XML),
        (b"@prefix a: <b> .\na:b a:c ; a:d 1 .\n", "x", Content.RDF),
        (b"<http://a> <http://b> <http://c> .\n", "x", Content.RDF),
        (b"a;b\n1;2\n", "x.ttl", Content.RDF),
        (b'{"@context": {}, "@id": "x"}', "x.json", Content.RDF),
        (b'[{"a": 1}]', "x.json", Content.JSON),
        (b'{"type": "FeatureCollection", "features": []}', "x", Content.GEOJSON),
        (b"%PDF-1.7\n", "x.pdf", Content.PDF),
        (b"%PDF-1.7\n", "x.csv", Content.PDF),
        (b"PAR1abc", "x", Content.PARQUET),
        (b"\x1f\x8b\x08abc", "x.csv.gz", Content.GZIP),
        (b"PK\x03\x04broken", "x.zip", Content.ZIP),
        (b"PK\x03\x04broken", "x.xlsx", Content.XLSX),
        (bytes(range(256)) * 4, "x", Content.BINARY),
    ],
)
def test_content_comes_before_name(write: Write, data: bytes, name: str, content: Content) -> None:
    assert recognise_content(write(data, name)) is content


def test_a_media_type_decides_where_the_content_cannot(write: Write) -> None:
    path = write(b"one\ntwo\n", "download")
    assert recognise_content(path) is Content.TEXT
    assert recognise_content(path, "text/csv; charset=utf-8") is Content.CSV
    assert recognise_content(path, None, "zahlen.csv") is Content.CSV


@pytest.mark.parametrize(
    ("file_type", "media_type", "name", "declared"),
    [
        ("http://publications.europa.eu/resource/authority/file-type/CSV", None, None, True),
        ("http://publications.europa.eu/resource/authority/file-type/PDF", None, None, False),
        ("CSV", None, None, True),
        (".xlsx", None, None, True),
        (None, "text/csv", None, True),
        (None, "https://www.iana.org/assignments/media-types/text/csv", None, True),
        (None, "application/json", None, False),
        (None, None, "a.TSV", True),
        (None, None, "a.zip", False),
        (None, None, None, False),
    ],
)
def test_metadata_say_what_is_worth_a_download(
    file_type: str | None, media_type: str | None, name: str | None, declared: bool
) -> None:
    assert is_declared_table(file_type=file_type, media_type=media_type, name=name) is declared


def test_an_extract_is_one_printable_line(write: Write) -> None:
    path = write(b"<html>\n\x1b[31m<title>Anmeldung</title>\n" + b"x" * 500, "x.html")
    extract = clean_extract(path)
    assert extract.startswith("<html> [31m<title>Anmeldung</title>")
    assert len(extract) == 200
    assert extract.isprintable()
