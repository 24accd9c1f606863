"""Shapes per dataset: our compiled shapes against `pyshacl.validate`, on the same descriptions.

On both sides the vocabularies belong to the data graph, the shapes are those of the files, and each
description is judged alone. The clock runs for validation only on pySHACL's side (its graphs are
built beforehand), and for index, results and German findings on ours: the median of five rounds
over the same descriptions, where pySHACL gets one. Compiling is shown beside it. Exits with 1 if
the results differ.
"""

import argparse
import gc
import os
import resource
import sys
import time
from collections import Counter
from statistics import median

import pyshacl
import rdflib
from pyoxigraph import Triple

from datenernte_dcat.graph import dataset_triples, to_rdflib
from datenernte_dcat.terms import SH
from datenernte_dcat.vocabulary import NAMES, vocabulary_turtle
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import package
from datenernte_harvester.spiders.ckan import dataset_from_ckan
from datenernte_validators.shapes.engine import validate_dataset
from datenernte_validators.shapes.profiles import (
    PROFILES,
    load_profile,
    shape_files,
    shapes_turtle,
)
from datenernte_validators.shapes.pyshacl_run import node_text, path_text, without_rdflib_warnings
from datenernte_validators.shapes.results import ShapeReport

Result = tuple[str | None, ...]
"""(focus, path, component, severity, value, shape)."""


def descriptions(count: int) -> list[list[Triple]]:
    """`count` different descriptions as a CKAN portal gives them; of every tenth, the rest is cut."""
    base = "https://opendata.musterstadt.example"
    made = []
    for number, item in enumerate(datasets("musterstadt", count, 1)):
        dataset = dataset_from_ckan(package(item, "Stadt Musterstadt", "09991001", base), base)
        triples = dataset_triples(dataset.dataset, (), f"{base}/dataset/{number}")
        made.append(triples if number % 10 else triples[: len(triples) * 2 // 3])
    return made


def background() -> rdflib.Graph:
    """Subclasses and all vocabularies."""
    graph = rdflib.Graph()
    for content in [shapes_turtle("background"), *(vocabulary_turtle(name) for name in NAMES)]:
        graph.parse(data=content, format="turtle")
    return graph


def plain(data: rdflib.Graph, shapes: rdflib.Graph, described: set[str]) -> Counter[Result]:
    """The results of pySHACL about the description itself."""
    with without_rdflib_warnings():
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    assert isinstance(report, rdflib.Graph)
    names = ("focusNode", "resultPath", "sourceConstraintComponent", "resultSeverity", "value",
             "sourceShape")  # fmt: skip

    def text(node: rdflib.term.Node, name: str) -> str | None:
        value = report.value(node, rdflib.URIRef(SH + name))
        return path_text(report, value) if name == "resultPath" else node_text(value)

    found = [
        tuple(text(node, name) for name in names)
        for node in report.objects(None, rdflib.URIRef(SH + "result"))
    ]
    return Counter(result for result in found if result[0] in described)


def compiled(report: ShapeReport) -> Counter[Result]:
    """Our results in the same form."""
    return Counter(
        (r.focus, r.path, SH + r.component, r.severity, r.value, r.shape) for r in report.results
    )


def main() -> int:
    """Print one row a profile; 1 if results differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, default=100, help="judged by both")
    parser.add_argument("--more", type=int, default=2000, help="judged by ours alone, for its rate")
    parser.add_argument("--profile", choices=PROFILES, action="append")
    arguments = parser.parse_args()
    made = descriptions(arguments.datasets)
    many = descriptions(arguments.more)
    print(f"{len(made)} datasets, {sum(map(len, made))} triples, {os.cpu_count()} cores")
    print(
        f"{'profile':16}{'pySHACL s':>11}{'ours s':>9}{'ratio':>8}{'compile s':>11}"
        f"{'results':>9}  equal  ours alone"
    )
    differs = False
    known = background()
    for name in arguments.profile or ("dcat-ap.de-3.0", "dcat-ap.de-2.0"):
        profile = load_profile(name)
        start = time.perf_counter()
        assert profile.program is not None, profile.fallback_reason
        compile_seconds = time.perf_counter() - start

        rounds = []
        for _ in range(5):
            gc.collect()
            start = time.perf_counter()
            reports = [validate_dataset(triples, name, base=False) for triples in made]
            rounds.append(time.perf_counter() - start)
        ours_seconds = median(rounds)

        plain_seconds, expected = 0.0, []
        shapes = rdflib.Graph()
        for file in shape_files(name):
            shapes.parse(data=shapes_turtle(file), format="turtle")
        for triples in made:
            own = to_rdflib(triples)
            data = rdflib.Graph()
            for source in (known, own):
                for triple in source:
                    data.add(triple)
            described = {node_text(subject) or "" for subject in own.subjects()}
            described |= {node_text(term) or "" for term in own.objects()}
            start = time.perf_counter()
            expected.append(plain(data, shapes, described))
            plain_seconds += time.perf_counter() - start

        equal = [compiled(report) for report in reports] == expected
        differs = differs or not equal
        start = time.perf_counter()
        for triples in many:
            validate_dataset(triples, name, base=False)
        rate = len(many) / (time.perf_counter() - start)
        print(
            f"{name:16}{plain_seconds:11.2f}{ours_seconds:9.3f}"
            f"{plain_seconds / ours_seconds:8.0f}{compile_seconds:11.2f}"
            f"{sum(map(Counter.total, expected)):9}  {'yes' if equal else 'NO':5}"
            f"{rate:8.0f} datasets/s"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
