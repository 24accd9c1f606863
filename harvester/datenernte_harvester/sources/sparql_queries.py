"""The questions that a SPARQL endpoint is asked, and what its answers to them say.

A description is more than the triples of a dataset: its distributions, agents, places and periods
belong to it, with IRIs of their own or as blank nodes. Which properties lead there is what the
mapping table says. Only SPARQL 1.1 without property paths is used: Virtuoso, on which piveau
stands, refuses paths without a fixed beginning.

Source: https://www.w3.org/TR/sparql11-query/
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from pyoxigraph import BlankNode, Literal, NamedNode

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph import Description, Term, node_key
from datenernte_dcat.graph.description import nested_targets
from datenernte_dcat.mapping import rows_of
from datenernte_dcat.records import Dataset, Node
from datenernte_dcat.terms import DCAT, PREFIXES

BLANK_LEVELS = 2
"""Blank nodes inside blank nodes, below what the mapping nests."""


@cache
def levels() -> tuple[tuple[str, ...], ...]:
    """Properties that lead from a node of each level to nodes that belong to the description.

    Level 0 is the dataset, level 1 its distributions, agents and so on; the last ones have none.
    Blank nodes belong to the description by whatever property they are reached.
    """
    found: list[tuple[str, ...]] = []
    records: set[type[Node]] = {Dataset}
    while records:
        properties: set[str] = set()
        for record in records:
            properties.update(nested_targets(record))
            properties.update(
                name for row in rows_of(record) if row.target is not None for name in row.old_names
            )
        found.append(tuple(sorted(properties)))
        records = {target for record in records for target in nested_targets(record).values()}
    while found and not found[-1]:
        found.pop()
    return (*found, *((),) * BLANK_LEVELS)


def list_query(members: str, last: str | None, limit: int) -> str:
    """The IRIs of the next datasets in the order of their text, behind `last`."""
    behind = "" if last is None else f" FILTER(STR(?d) > {_string(last)})"
    return (
        f"SELECT DISTINCT ?d WHERE {{ {members} FILTER(isIRI(?d)){behind} }} "
        f"ORDER BY STR(?d) LIMIT {limit}"
    )


def count_query(members: str, condition: str = "") -> str:
    """How many datasets there are, blank nodes included."""
    return f"SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE {{ {members} {condition}}}"


def members_of(catalogue: str | None) -> str:
    """The pattern that finds all datasets, or those of a catalogue."""
    typed = f"?d a <{DCAT}Dataset> ."
    return typed if catalogue is None else f"<{catalogue}> <{DCAT}dataset> ?d . {typed}"


def description_query(datasets: Iterable[str]) -> str:
    """The descriptions of the datasets, as RDF."""
    template = " ".join(
        f"{_node(level)} ?p{level} {_node(level + 1)} ." for level in range(len(levels()) + 1)
    )
    return f"{_prefixes()}CONSTRUCT {{ {template} }} WHERE {{ {_pattern(datasets)} }}"


def rows_query(datasets: Iterable[str]) -> str:
    """How many rows the descriptions have inside the endpoint: what `rows_in` must find."""
    # the inner query keeps Virtuoso from leaving out the deepest, »unused« parts of the count
    return f"{_prefixes()}SELECT (COUNT(*) AS ?n) WHERE {{ SELECT * WHERE {{ {_pattern(datasets)} }} }}"


def rows_in(index: Description, datasets: Iterable[str]) -> int:
    """How many rows the descriptions that arrived stand for; fewer where they were cut off."""

    def rows(key: str, level: int) -> int:
        return sum(
            1
            if (child := _followed(term, predicate, level)) is None
            else rows(child, level + 1) or 1
            for predicate, objects in index.properties(key).items()
            for term in objects
        )

    return sum(rows(dataset, 0) for dataset in datasets)


def is_too_deep(index: Description, dataset: str) -> bool:
    """Whether blank nodes lie deeper than the questions reach."""
    waiting = [(dataset, 0)]
    for key, level in waiting:  # which grows
        for predicate, objects in index.properties(key).items():
            for term in objects:
                if isinstance(term, BlankNode) and level == len(levels()):
                    return True
                child = _followed(term, predicate, level)
                if child is not None:
                    waiting.append((child, level + 1))
    return False


def _followed(term: Term, predicate: str, level: int) -> str | None:
    """The node that belongs to the description of one at `level`; None for everything else."""
    if level < len(levels()) and (
        isinstance(term, BlankNode)
        or (isinstance(term, NamedNode) and predicate in levels()[level])
    ):
        return node_key(term)
    return None


def values_of(answer: object, variable: str) -> list[str]:
    """The values of one variable in results as JSON; rows without it are left out.

    Raises:
        SourceProtocolError: these are no results.

    Source: https://www.w3.org/TR/sparql11-results-json/
    """
    results = answer.get("results") if isinstance(answer, Mapping) else None
    bindings = results.get("bindings") if isinstance(results, Mapping) else None
    if not isinstance(bindings, Sequence) or isinstance(bindings, str):
        raise SourceProtocolError(
            "portal-unexpected-answer", "Die Antwort hat keine »results« mit »bindings«."
        )
    cells = [row.get(variable) for row in bindings if isinstance(row, Mapping)]
    return [
        cell["value"]
        for cell in cells
        if isinstance(cell, Mapping) and isinstance(cell.get("value"), str)
    ]


def number_of(answer: object) -> int:
    """The one number that a count gives.

    Raises:
        SourceProtocolError: there is none.
    """
    values = values_of(answer, "n")
    if len(values) != 1 or not (values[0].isascii() and values[0].isdigit()):
        raise SourceProtocolError("portal-unexpected-answer", "Die Zählung ergab keine Zahl.")
    return int(values[0])


def _pattern(datasets: Iterable[str]) -> str:
    """Chains from the datasets through all levels; each row of the result is one of them."""
    listed = " ".join(f"<{iri}>" for iri in datasets)
    inner = ""
    for level in reversed(range(len(levels()))):
        node, following = _node(level + 1), _node(level + 2)
        inner = (
            f" OPTIONAL {{ {node} ?p{level + 1} {following} . FILTER({_belongs(level)}){inner} }}"
        )
    return f"VALUES ?d {{ {listed} }} ?d ?p0 ?o1 .{inner}"


def _belongs(level: int) -> str:
    blank = f"isBlank({_node(level + 1)})"
    named = ", ".join(_compact(iri) for iri in levels()[level])
    return f"{blank} || ?p{level} IN ({named})" if named else blank


def _node(level: int) -> str:
    return "?d" if level == 0 else f"?o{level}"


_compacted: Callable[[str], tuple[str, str] | None] = cache(
    lambda iri: next(
        (
            (prefix, iri[len(namespace) :])
            for prefix, namespace in PREFIXES.items()
            if iri.startswith(namespace) and iri[len(namespace) :].isalnum()
        ),
        None,
    )
)


def _compact(iri: str) -> str:
    found = _compacted(iri)
    return f"<{iri}>" if found is None else ":".join(found)


@cache
def _prefixes() -> str:
    used = sorted({found[0] for level in levels() for iri in level if (found := _compacted(iri))})
    return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in used)


def _string(text: str) -> str:
    return str(Literal(text))  # quoted as in N-Triples, which SPARQL shares
