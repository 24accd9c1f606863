"""Kept triples: what a record does not model, as sorted N-Triples lines beside it."""

from collections.abc import Iterable, Mapping

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from datenernte_dcat.graph.description import node_key


def kept_lines(triples: Iterable[Triple]) -> tuple[str, ...]:
    """The triples as N-Triples lines without line ends, sorted, each once."""
    document = serialize(triples, format=RdfFormat.N_TRIPLES)
    assert document is not None  # noqa: S101 - bytes, since no output was given
    return tuple(sorted({line.decode() for line in document.split(b"\n") if line}))


def kept_triples(kept: Iterable[str]) -> list[Triple]:
    """The triples of such lines; blank nodes have the names of the lines."""
    document = "\n".join(kept).encode()
    return [quad.triple for quad in parse(document, format=RdfFormat.N_TRIPLES)]


def rename_kept(kept: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """The kept lines after nodes of the record got other keys.

    Needed wherever a node's `uri` is replaced, e.g. when a blank distribution gets its IRI.

    Args:
        names: old key (IRI or »_:name«) → new key (a valid IRI or »_:name«).
    """
    return kept_lines(
        Triple(
            _renamed(triple.subject, names),
            triple.predicate,
            triple.object if isinstance(triple.object, Literal) else _renamed(triple.object, names),
        )
        for triple in kept_triples(kept)
    )


def _renamed(
    term: NamedNode | BlankNode | Triple, names: Mapping[str, str]
) -> NamedNode | BlankNode | Triple:
    key = names.get(node_key(term))
    if key is None:
        return term
    return BlankNode(key[2:]) if key.startswith("_:") else NamedNode(key)
