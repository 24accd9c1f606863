"""The self-check finds what a reader would stumble over."""

from pathlib import Path

import pytest

from datenernte_dcat.errors import PublishError
from datenernte_dcat.site.check import RdfCounts, check_file

NT = b'<https://x.example.org/a> <http://www.w3.org/ns/dcat#keyword> "a" .\n'
RDF = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    b'xmlns:dcat="http://www.w3.org/ns/dcat#">\n'
    b'<dcat:Dataset rdf:about="https://x.example.org/a">%s</dcat:Dataset>\n</rdf:RDF>\n'
)
TYPE = b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#type":[{"@id":"http://www.w3.org/ns/dcat#Dataset"}]'


def check(folder: Path, name: str, data: bytes, triples: int, datasets: int) -> None:
    (folder / name).write_bytes(data)
    check_file(folder, name, RdfCounts(triples, datasets))


def test_sound_files_pass(tmp_path: Path) -> None:
    check(tmp_path, "a.nt", NT, 1, 0)
    check(tmp_path, "a.ttl", NT, 1, 0)
    check(tmp_path, "a.rdf", RDF % b"<dcat:keyword>a</dcat:keyword>", 2, 1)
    node = b'{"@id":"https://x.example.org/%d",' + TYPE + b"}"
    check(tmp_path, "a.jsonld", b"[\n" + node % 1 + b",\n" + node % 2 + b"\n]\n", 2, 2)
    check(tmp_path, "b.jsonld", b"[\n\n]\n", 0, 0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "a.nt",
            NT
            + b"<https://x.example.org/a b> <https://x.example.org/p> <https://x.example.org/> .\n",
        ),
        ("a.nt", NT[:30]),
        ("a.ttl", b"@prefix x: <https://x.example.org/> x:a x:b x:c ."),
        ("a.rdf", RDF % b"<dcat:keyword>\x01</dcat:keyword>"),
        ("a.rdf", RDF % b"<dcat:keyword>\xff</dcat:keyword>"),
        ("a.rdf", (RDF % b"")[:-9]),
        ("a.jsonld", b'[\n{"@id":"https://x.example.org/1"}\n'),
        (
            "a.jsonld",
            b'[\n{"@id":"https://x.example.org/1"}\n{"@id":"https://x.example.org/2"}\n]\n',
        ),
        ("a.jsonld", b'[\n{"@id":"https://x.example.org/1",}\n]\n'),
        ("a.jsonld", b'[\n{"@id":"https://x.example.org/1"}\n]\n[]\n'),
        ("a.jsonld", b'{"@id":"https://x.example.org/1"}'),
        ("a.jsonld", b""),
    ],
)
def test_files_that_a_parser_refuses_fail(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(PublishError, match=f"»{name}«. Sie ist nicht lesbar"):
        check(tmp_path, name, data, 1, 0)


@pytest.mark.parametrize(("triples", "datasets"), [(1, 1), (3, 1), (2, 0), (2, 2)])
def test_files_with_other_counts_fail(tmp_path: Path, triples: int, datasets: int) -> None:
    with pytest.raises(PublishError, match="1 Datensätze und 2 Aussagen, es müssten"):
        check(tmp_path, "a.rdf", RDF % b"<dcat:keyword>a</dcat:keyword>", triples, datasets)
