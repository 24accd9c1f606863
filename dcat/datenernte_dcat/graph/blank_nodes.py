"""Names for blank nodes that follow from content, whatever the document called them.

Colour refinement: a node's colour is a hash of its triples and its neighbours' colours, repeated
until no further nodes can be told apart. Nodes that are then still equal are interchangeable in
all but constructed cases; one of them is singled out and the refinement goes on, so equal
documents get equal names. Bounded instead of complete (RDFC-1.0 takes exponential time on hostile
input): past the bounds names stay unique, but may depend on the order of the document.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from pyoxigraph import BlankNode

from datenernte_dcat.graph.description import Term, node_key
from datenernte_dcat.mapping import right_property

_WORK = 200_000
"""How many colours are computed for one description, about half a second."""

_Edge = tuple[str, str, str]
"""Direction and property, ground text of the other end or "", key of the other end or ""."""


def blank_node_names(triples: Iterable[tuple[str, str, Term]]) -> dict[str, str]:
    """A name for each blank node of a description: key »_:label« → name.

    Names are letters and digits only and unique within the description. A property counts as the
    one that it means (`right_property`), so that reading what we wrote gives the same names.

    Args:
        triples: key of the subject, predicate IRI, object.
    """
    edges: dict[str, list[_Edge]] = {}
    for subject, predicate, term in triples:
        prop = right_property(predicate)
        value = node_key(term) if isinstance(term, BlankNode) else ""
        if subject.startswith("_:"):
            ground = "" if value else str(term)
            edges.setdefault(subject, []).append((f">{prop}", ground, value))
        if value:
            blank = subject if subject.startswith("_:") else ""
            edges.setdefault(value, []).append((f"<{prop}", "" if blank else subject, blank))
    refinement = _Refinement(edges)
    refinement.refine()
    while refinement.tied and refinement.work < _WORK:
        refinement.single_out()
        refinement.refine()
    return _unique(refinement.colours)


class _Refinement:
    """The colours of the nodes, and which of them several nodes share."""

    def __init__(self, edges: dict[str, list[_Edge]]) -> None:
        self._edges = edges
        self.colours = dict.fromkeys(edges, "")
        self.tied = set(edges)
        """Nodes whose colour is not theirs alone."""
        self.work = 0

    def refine(self) -> None:
        """Tell apart what neighbours tell apart; a colour that is one node's alone stays."""
        while self.tied and self.work < _WORK:
            before = len(set(self.colours.values()))
            self.colours |= {key: self._colour(key) for key in self.tied}
            self.work += len(self.tied)
            counts = Counter(self.colours.values())
            self.tied = {key for key in self.tied if counts[self.colours[key]] > 1}
            if len(counts) == before:
                break

    def single_out(self) -> None:
        """Give one node of the smallest shared colour a colour of its own."""
        shared = min(self.colours[key] for key in self.tied)
        key = next(key for key, colour in self.colours.items() if colour == shared)
        self.colours[key] = _hash(shared, "singled out")
        self.tied.discard(key)

    def _colour(self, key: str) -> str:
        around = (
            f"{way}\x00{ground}\x00{self.colours[other] if other else ''}"
            for way, ground, other in self._edges[key]
        )
        return _hash(self.colours[key], *sorted(around))


def _unique(colours: dict[str, str]) -> dict[str, str]:
    """The colours as names; equal colours beyond the bounds get a number."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for key, colour in colours.items():
        counts[colour] += 1
        names[key] = colour if counts[colour] == 1 else f"{colour}n{counts[colour]}"
    return names


def _hash(*parts: str) -> str:
    return blake2b("\x01".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()
