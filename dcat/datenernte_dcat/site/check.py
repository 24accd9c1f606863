"""The self-check of a new build: nothing is shown that a strict parser refuses.

Every RDF file that was written (links were checked when they were written) is parsed, its triples
and datasets are counted against what was meant to be written, and each syntax has a judge of its
own besides: expat for RDF/XML, since pyoxigraph lets characters pass that XML does not know, and
the JSON parser for JSON-LD.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import msgspec
from pyoxigraph import NamedNode, RdfFormat, parse

from datenernte_dcat.errors import PublishError
from datenernte_dcat.terms import DCAT, RDF

_FORMATS = {
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".ttl": RdfFormat.TURTLE,
    ".jsonld": RdfFormat.JSON_LD,
    ".trig": RdfFormat.TRIG,
}
_TYPE = NamedNode(RDF + "type")
_DATASET = NamedNode(DCAT + "Dataset")
_ANYTHING = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class RdfCounts:
    """What an RDF file must hold, known when it was written."""

    triples: int
    datasets: int


def check_file(directory: Path, path: str, counts: RdfCounts) -> None:
    """Check a written file of a build.

    Args:
        directory: of the build.
        path: relative to it; its ending tells the syntax.
        counts: what the file must hold.

    Raises:
        PublishError: the file does not parse, or does not hold what it must.
    """
    try:
        found = _counts(directory / path)
    except (SyntaxError, ValueError, expat.ExpatError) as error:
        raise _failed(path, f"Sie ist nicht lesbar ({error})") from error
    if found != counts:
        raise _failed(
            path,
            f"Sie enthält {found.datasets} Datensätze und {found.triples} Aussagen, "
            f"es müssten {counts.datasets} und {counts.triples} sein",
        )


def _failed(path: str, reason: str) -> PublishError:
    return PublishError(
        f"Die neue Website hat ihre Prüfung nicht bestanden: Datei »{path}«. {reason}. "
        "Die bisherige Website bleibt stehen. Bitte melden Sie diesen Fehler."
    )


def _counts(path: Path) -> RdfCounts:
    """What is in the file.

    Raises:
        SyntaxError, ValueError, expat.ExpatError: a parser refuses it.
    """
    if path.suffix == ".rdf":
        with path.open("rb") as stream:
            expat.ParserCreate().ParseFile(stream)
    if path.suffix == ".jsonld":
        return _sum(_count_json_lines(path))
    return _count(parse(path=path, format=_FORMATS[path.suffix]))


def _count(quads: Iterator[object]) -> RdfCounts:
    triples = datasets = 0
    for quad in quads:
        triples += 1
        if quad.predicate == _TYPE and quad.object == _DATASET:  # type: ignore[attr-defined]
            datasets += 1
    return RdfCounts(triples, datasets)


def _count_json_lines(path: Path) -> Iterator[RdfCounts]:
    """The counts of each fragment of a JSON-LD document.

    Our JSON-LD is an array with one fragment on each line. Both parsers would hold all of a dump
    in memory, so they get it line by line; what joins the lines is checked here.

    Raises:
        SyntaxError, ValueError: a line is no JSON-LD, or the lines do not make an array.
    """
    with path.open("rb") as stream:
        if stream.readline() != b"[\n":
            raise ValueError("kein JSON-Feld")
        line = stream.readline()
        while (following := stream.readline()) != b"":
            last = following == b"]\n"
            if not last and not line.endswith(b",\n"):
                raise ValueError("zwischen zwei Einträgen fehlt das Komma")
            body = b"[" + line[: -1 if last else -2] + b"]"
            _ANYTHING.decode(body)
            yield _count(parse(body, format=RdfFormat.JSON_LD))
            line = following
        if line != b"]\n":
            raise ValueError("das JSON-Feld endet nicht")


def _sum(parts: Iterator[RdfCounts]) -> RdfCounts:
    triples = datasets = 0
    for part in parts:
        triples += part.triples
        datasets += part.datasets
    return RdfCounts(triples, datasets)
