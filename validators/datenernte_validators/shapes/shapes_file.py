"""A shapes file from disk, made fit for pySHACL."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.graph import node_key
from datenernte_dcat.terms import RDF, SH

_FORMATS = {
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
}
_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_TYPE = NamedNode(RDF + "type")
_NODE = NamedNode(SH + "node")
_PROPERTY = NamedNode(SH + "property")
_NODE_SHAPE = NamedNode(SH + "NodeShape")


def read_shapes_file(path: Path, profiles: Sequence[str]) -> tuple[bytes, list[Triple]]:
    """The bytes and the triples of the file; nothing that it imports is fetched.

    Args:
        profiles: names of our own profiles, for the message.

    Raises:
        ConfigError: there is no such file, it is no Turtle, RDF/XML or N-Triples, holds no shape,
            or holds queries to other servers.
    """
    if not path.is_file():
        raise ConfigError(
            f"Das Profil »{path}« gibt es nicht. Möglich sind {', '.join(profiles)} "
            "oder der Pfad einer Datei mit SHACL-Regeln (.ttl)."
        )
    try:
        content = path.read_bytes()
        form = _FORMATS.get(path.suffix.lower(), RdfFormat.TURTLE)
        quads = parse(content, format=form, base_iri=path.resolve().as_uri())
        triples = [quad.triple for quad in quads]
    except (OSError, SyntaxError, ValueError) as error:
        raise ConfigError(f"Das Profil »{path}« ist nicht lesbar: {error}") from error
    if not any(_speaks_of_a_shape(triple) for triple in triples):
        raise ConfigError(f"Die Datei »{path}« enthält keine SHACL-Regeln (sh:NodeShape).")
    if any(_asks_elsewhere(triple) for triple in triples):
        raise ConfigError(
            f"Die Datei »{path}« enthält SPARQL-Abfragen an andere Server (SERVICE oder FROM). "
            "Entfernen Sie diese Regeln: Geprüft wird ohne Netz."
        )
    return content, well_formed(triples)


def well_formed(triples: Iterable[Triple]) -> list[Triple]:
    """The shapes with two slips mended that other engines let pass and pySHACL refuses.

    Both stand in the DCAT-AP.de 2.0 shapes: a property shape used as node shape (`sh:node` of
    something with a path) is wrapped into a node shape; a shape without a path that `sh:property`
    names gets the targets of the shape that names it, and so keeps its own severity and message.

    Source: https://github.com/GovDataOfficial/DCAT-AP.de-SHACL-Validation, v2.0, state 2025.
    """
    triples = list(triples)
    with_path = {node_key(t.subject) for t in triples if t.predicate.value == SH + "path"}
    targets: dict[str, list[Triple]] = {}
    for triple in triples:
        if triple.predicate.value.removeprefix(SH) in _TARGETS:
            targets.setdefault(node_key(triple.subject), []).append(triple)
    mended = []
    for number, triple in enumerate(triples):
        used = triple.object
        if isinstance(used, NamedNode | BlankNode):
            has_path = node_key(used) in with_path
            if triple.predicate == _NODE and has_path:
                wrapper = BlankNode(f"wrapped{number}")
                mended += [
                    Triple(triple.subject, _NODE, wrapper),
                    Triple(wrapper, _TYPE, _NODE_SHAPE),
                    Triple(wrapper, _PROPERTY, used),
                ]
                continue
            outer = targets.get(node_key(triple.subject))
            if triple.predicate == _PROPERTY and not has_path and outer:
                mended.append(Triple(used, _TYPE, _NODE_SHAPE))
                mended += [Triple(used, target.predicate, target.object) for target in outer]
                continue
        mended.append(triple)
    return list(dict.fromkeys(mended))


def _asks_elsewhere(triple: Triple) -> bool:
    return (
        triple.predicate.value in (SH + "select", SH + "ask", SH + "construct", SH + "update")
        and re.search(r"\b(SERVICE|FROM)\b", str(triple.object), re.IGNORECASE) is not None
    )


def _speaks_of_a_shape(triple: Triple) -> bool:
    shapes = (NamedNode(SH + "NodeShape"), NamedNode(SH + "PropertyShape"))
    if triple.predicate == _TYPE:
        return triple.object in shapes
    return triple.predicate.value.startswith(SH + "target")
