"""Feed writing: records to RDF through our writer, against one `rdflib.Graph` of the same records.

Exits with 1 if the two documents are not isomorphic.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Literal

import pyoxigraph
import rdflib

from datenernte_dcat.graph import dataset_triples, to_rdflib, write_rdf
from datenernte_dcat.records import Dataset
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import package
from datenernte_harvester.spiders.ckan import dataset_from_ckan

FORMATS: dict[Literal["ttl", "rdf"], str] = {"ttl": "turtle", "rdf": "xml"}


def records(count: int) -> list[Dataset]:
    """`count` different records as a CKAN portal gives them."""
    base = "https://opendata.musterstadt.example"
    made = datasets("musterstadt", count, 1)
    return [
        dataset_from_ckan(package(item, "Stadt Musterstadt", "09991001", base), base).dataset
        for item in made
    ]


def canonical(document: bytes, name: Literal["ttl", "rdf"]) -> pyoxigraph.Dataset:
    """The document's triples with canonical labels of blank nodes (RDFC-1.0)."""
    formats = {"ttl": pyoxigraph.RdfFormat.TURTLE, "rdf": pyoxigraph.RdfFormat.RDF_XML}
    triples = pyoxigraph.Dataset(pyoxigraph.parse(document, format=formats[name]))
    triples.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return triples


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Print one row a format; 1 if results differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=1000)
    arguments = parser.parse_args()
    made = records(arguments.datasets)
    iris = [f"https://daten.example.org/datasets/{number}" for number in range(len(made))]
    print(f"{len(made)} datasets, {os.cpu_count()} cores")
    print(f"{'format':8}{'rdflib s':>10}{'ours s':>10}{'ratio':>8}  equal")
    differs = False
    for name, plain_name in FORMATS.items():
        results: dict[str, bytes] = {}

        def ours(name: Literal["ttl", "rdf"] = name, results: dict[str, bytes] = results) -> None:
            triples = (
                triple
                for dataset, iri in zip(made, iris, strict=True)
                for triple in dataset_triples(dataset, (), iri)
            )
            results["ours"] = write_rdf(triples, name)

        def plain(plain_name: str = plain_name, results: dict[str, bytes] = results) -> None:
            graph = rdflib.Graph()
            for dataset, iri in zip(made, iris, strict=True):
                for triple in to_rdflib(dataset_triples(dataset, (), iri)):
                    graph.add(triple)
            results["plain"] = graph.serialize(format=plain_name, encoding="utf-8")

        ours_seconds, plain_seconds = seconds(ours), seconds(plain)
        equal = canonical(results["ours"], name) == canonical(results["plain"], name)
        differs = differs or not equal
        print(
            f"{name:8}{plain_seconds:10.2f}{ours_seconds:10.2f}"
            f"{plain_seconds / ours_seconds:8.1f}  {'yes' if equal else 'NO'}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
