"""pySHACL: the one module that calls it and reads its report."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.profiles import Profile
from datenernte_validators.shapes.results import ShapeResult

if TYPE_CHECKING:
    import rdflib


def run_pyshacl(
    data: "rdflib.Graph", shapes: "rdflib.Graph", profile: Profile
) -> list[ShapeResult]:
    """The top results of one validation.

    Raises:
        ConfigError: pySHACL cannot use the shapes.
    """
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError
    from rdflib import URIRef

    with without_rdflib_warnings():
        try:
            _, report, _ = pyshacl.validate(
                data, shacl_graph=shapes, inference="none", do_owl_imports=False
            )
        except ReportableRuntimeError as error:
            raise ConfigError(
                f"Das Profil »{profile.name}« ist für pySHACL nicht brauchbar: {error}"
            ) from error
    if isinstance(report, ReportableRuntimeError):
        raise ConfigError(f"Das Profil »{profile.name}« ist für pySHACL nicht brauchbar: {report}")
    return [_result(report, node, profile) for node in report.objects(None, URIRef(SH + "result"))]


def _result(report: Any, node: Any, profile: Profile) -> ShapeResult:
    """One result node of pySHACL's report graph."""
    from rdflib import URIRef

    def value(name: str) -> Any:
        return report.value(node, URIRef(SH + name))

    shape, severity = value("sourceShape"), value("resultSeverity")
    rule = profile.rules.get(str(shape))
    return ShapeResult(
        focus=node_text(value("focusNode")) or "",
        path=path_text(report, value("resultPath")),
        component=str(value("sourceConstraintComponent")).rpartition("#")[2],
        severity=str(severity),
        value=node_text(value("value")),
        shape=node_text(shape),
        message=rule.message if rule is not None else own_words(profile, shape),
    )


def own_words(profile: Profile, shape: Any) -> str:
    """The message of a shape from disk, German if it has one; "" where it has none."""
    from rdflib import URIRef

    messages = sorted(profile.shapes.objects(shape, URIRef(SH + "message")), key=str)
    german = [text for text in messages if getattr(text, "language", None) == "de"]
    return str(next(iter(german or messages), ""))


def path_text(graph: Any, path: Any) -> str | None:
    """A path as text, the way SPARQL writes it without prefixes and angle brackets.

    A property is its IRI; alternatives are joined by »|«.
    """
    return None if path is None else _path(graph, path)


def _path(graph: Any, path: Any) -> str:
    from rdflib import BNode, URIRef

    def of(name: str) -> Any:
        return graph.value(path, URIRef(SH + name))

    def part(node: Any) -> str:
        text = _path(graph, node)
        simple = not isinstance(node, BNode) or text[-1] in "*+?" or text[0] == "^"
        return text if simple else f"({text})"

    if not isinstance(path, BNode):
        return str(path)
    alternatives, inverse = of("alternativePath"), of("inversePath")
    if alternatives is not None:
        return "|".join(part(item) for item in graph.items(alternatives))
    if inverse is not None:
        return f"^{part(inverse)}"
    for name, sign in (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?")):
        repeated = of(name)
        if repeated is not None:
            return part(repeated) + sign
    return "/".join(part(item) for item in graph.items(path))


def node_text(term: Any) -> str | None:
    """An rdflib term as `term_text` writes it."""
    from rdflib import BNode
    from rdflib import Literal as RdflibLiteral

    if term is None:
        return None
    if isinstance(term, BNode):
        return f"_:{term}"
    if isinstance(term, RdflibLiteral):
        return _literal(term)
    return str(term)


def _literal(term: Any) -> str:
    if term.language:
        return str(Literal(str(term), language=term.language))
    if term.datatype is None:
        return str(Literal(str(term)))
    return str(Literal(str(term), datatype=NamedNode(str(term.datatype))))


@contextmanager
def without_rdflib_warnings() -> Iterator[None]:
    """Keep rdflib from logging each literal and IRI that it cannot read, some with a traceback.

    The shapes and the reader report such terms where it matters.
    """
    logger = logging.getLogger("rdflib.term")

    def is_other(record: logging.LogRecord) -> bool:
        text = str(record.msg)
        return "Failed to convert Literal" not in text and "look like a valid URI" not in text

    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
