"""A portal that answers SPARQL, with Oxigraph's engine and Virtuoso's habit of cutting off."""

import json
from collections.abc import Sequence
from functools import lru_cache

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.dcat import dcat_site
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

ROWS_MAX = 10_000
"""Virtuoso's own limit."""


def sparql_site(
    title: str, key: str, datasets: Sequence[SimulatedDataset], *, rows_max: int = ROWS_MAX
) -> Site:
    """An endpoint of the municipality `title`, at `/sparql`, with these datasets and their files.

    Args:
        key: its AGS.
        rows_max: rows of the longest result; what is longer is cut off without a word.
    """
    from pyoxigraph import (
        QueryBoolean,
        QueryResultsFormat,
        QuerySolutions,
        QueryTriples,
        RdfFormat,
        Store,
        serialize,
    )

    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    feed = dcat_site(title, key, datasets, page_size=max(1, len(datasets)))

    @lru_cache(maxsize=2)
    def store(base: str) -> Store:
        made = Store()
        request = Request(method="GET", path="/catalog.rdf", query={}, headers={}, base=base)
        made.load(feed(request).body, format=RdfFormat.RDF_XML)
        return made

    def site(request: Request) -> Answer:
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        if request.path != "/sparql":
            return NOT_FOUND
        try:
            found = store(request.base).query(request.query.get("query", ""))
        except (SyntaxError, ValueError, OSError) as error:
            return _json(400, {"message": str(error)})
        if isinstance(found, QueryTriples):
            triples = list(found)[:rows_max]
            body = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
            return Answer(content_type="application/n-triples; charset=utf-8", body=body)
        assert not isinstance(found, QueryBoolean)  # noqa: S101 - nobody asks yes or no
        return _results(found, rows_max)

    def _results(found: QuerySolutions, most: int) -> Answer:
        document = json.loads(found.serialize(format=QueryResultsFormat.JSON) or b"{}")
        bindings = document["results"]["bindings"]
        document["results"]["bindings"] = bindings[:most]
        return _json(200, document, "application/sparql-results+json")

    return site


def _json(status: int, document: object, media_type: str = "application/json") -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status=status, content_type=media_type, body=body)
