"""Every RDF file of a published site, read by three parsers that know nothing of each other."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
import rdflib

from datenernte_harvester.simulator.portals import simulated_portals

OXIGRAPH = {
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
    ".jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
RDFLIB = {".ttl": "turtle", ".rdf": "xml", ".nt": "nt", ".jsonld": "json-ld"}
RAPPER = {".ttl": "turtle", ".rdf": "rdfxml", ".nt": "ntriples"}
BASE = "http://base.example/"


def canonical(body: bytes, kind: pyoxigraph.RdfFormat) -> set[str]:
    """The triples with canonical labels of blank nodes (RDFC-1.0), as N-Triples lines."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(body, format=kind, base_iri=BASE))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad.triple) for quad in dataset}


def without_hydra(triples: set[str]) -> set[str]:
    """The triples without the paging node, which is each file's own."""
    return {triple for triple in triples if "http://www.w3.org/ns/hydra/core#" not in triple}


@pytest.fixture(autouse=True)
def _literals_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep rdflib from rewriting »…Z« as »…+00:00«: the same value, but another literal."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def by_rdflib(path: Path) -> set[str]:
    """The same through rdflib."""
    graph = rdflib.Graph()
    graph.parse(path, format=RDFLIB[path.suffix], publicID=BASE)
    return canonical(graph.serialize(format="nt", encoding="utf-8"), OXIGRAPH[".nt"])


def by_rapper(path: Path) -> set[str]:
    """The same through Raptor, which must not even warn."""
    answer = subprocess.run(  # noqa: S603 - a fixed command on our own file
        ["rapper", "-q", "-i", RAPPER[path.suffix], "-o", "ntriples", str(path), BASE],  # noqa: S607
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr.decode()[:500]
    assert answer.stderr == b""
    return canonical(answer.stdout, OXIGRAPH[".nt"])


def needs_rapper() -> None:
    if shutil.which("rapper") is None:
        assert "CI" not in os.environ, "rapper is missing; .ci/run installs raptor2-utils"
        pytest.skip("rapper is missing (Debian: raptor2-utils)")


# rdflib's own JSON-LD reader uses a class that rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_three_parsers_read_the_same_triples_from_every_file(land: Any) -> None:
    needs_rapper()
    portals = {portal.name: portal for portal in simulated_portals(1, 6, 60)}
    for name in ("musterstadt", "beispielau", "finsterwald"):
        land.serve(portals[name])
    land.configure("[validate]\nlinks = false\ntables = false\n")
    assert land.run().exit_code == 0
    files = [path for path in sorted(land.site.resolve().rglob("*")) if path.suffix in OXIGRAPH]
    assert {path.suffix for path in files} == set(OXIGRAPH)
    for path in files:
        expected = canonical(path.read_bytes(), OXIGRAPH[path.suffix])
        assert expected, path
        assert by_rdflib(path) == expected, path
        if path.suffix in RAPPER:
            assert by_rapper(path) == expected, path


def test_the_four_serialisations_of_a_page_say_the_same(land: Any) -> None:
    land.serve(simulated_portals(1, 6, 60)[1])
    land.configure("[validate]\nlinks = false\ntables = false\nshapes = false\n")
    assert land.run().exit_code == 0
    site = land.site.resolve()
    for stem in ("catalog-full", "eu/catalog-full", "municipalities/09991002/catalog"):
        found = [
            without_hydra(canonical((site / f"{stem}{ending}").read_bytes(), OXIGRAPH[ending]))
            for ending in OXIGRAPH
        ]
        assert found[0], stem
        assert all(one == found[0] for one in found), stem
