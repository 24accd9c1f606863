"""Reading the shapes graph strictly: whatever pySHACL would refuse or choose by chance is refused."""

from collections.abc import Iterable

import pyoxigraph
from rdflib import RDF, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from datenernte_dcat.graph import Term
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled.errors import UnsupportedError
from datenernte_validators.shapes.compiled.paths import list_items


class ShapesReader:
    """The parameters of shapes, by the local names of SHACL's properties.

    Raises:
        UnsupportedError: a value is not what the parameter takes.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def values(self, node: Node, word: str) -> list[Node]:
        """All values, in a fixed order."""
        return sorted(self.graph.objects(node, sh(word)), key=str)

    def one(self, node: Node, word: str) -> Node | None:
        """The only value, or None."""
        values = self.values(node, word)
        if len(values) > 1:
            raise UnsupportedError(f"several values of sh:{word}")
        return values[0] if values else None

    def flag(self, node: Node, word: str) -> bool:
        """A boolean; False without one."""
        value = self.one(node, word)
        if value is None:
            return False
        if not isinstance(value, Literal) or not isinstance(value.value, bool):
            raise UnsupportedError(f"sh:{word} that is no boolean")
        return value.value

    def number(self, node: Node, word: str) -> int | None:
        """A number of things, or None."""
        value = self.one(node, word)
        if value is None:
            return None
        if not isinstance(value, Literal) or value.datatype != XSD.integer:
            raise UnsupportedError(f"sh:{word} that is no integer")
        if value.value is None or value.value < 0:
            raise UnsupportedError(f"sh:{word} that is no number of things")
        return int(value.value)

    def iris(self, node: Node, word: str) -> list[str]:
        """The IRIs."""
        values = self.values(node, word)
        if not all(isinstance(value, URIRef) for value in values):
            raise UnsupportedError(f"sh:{word} that is no IRI")
        return [str(value) for value in values]

    def texts(self, values: Iterable[Node], word: str) -> list[str]:
        """Plain texts as strings."""
        values = list(values)
        if not all(isinstance(v, Literal) and v.datatype in (None, XSD.string) for v in values):
            raise UnsupportedError(f"sh:{word} that is no text")
        return [str(value) for value in values]

    def items(self, node: Node, word: str, *, optional: bool = False) -> list[Node]:
        """The members of a list."""
        value = self.one(node, word)
        if value is None and optional:
            return []
        return [] if value is None or value == RDF.nil else list_items(self.graph, value)

    def iris_of(self, nodes: Iterable[Node]) -> list[str]:
        """Those that are IRIs."""
        return [str(node) for node in nodes if isinstance(node, URIRef)]


def sh(word: str) -> URIRef:
    """SHACL's own term of that local name."""
    return URIRef(SH + word)


def as_term(node: Node) -> Term:
    """The rdflib node as pyoxigraph's term."""
    if isinstance(node, URIRef):
        return pyoxigraph.NamedNode(str(node))
    if isinstance(node, BNode):
        return pyoxigraph.BlankNode(str(node))
    if not isinstance(node, Literal):
        raise UnsupportedError(f"no term: {node}")
    if node.language:
        return pyoxigraph.Literal(str(node), language=node.language)
    datatype = pyoxigraph.NamedNode(str(node.datatype or XSD.string))
    return pyoxigraph.Literal(str(node), datatype=datatype)
