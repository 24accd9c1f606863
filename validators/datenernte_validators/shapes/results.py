"""What a validation says: results as SHACL has them, findings as people read them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.graph import Term, node_key
from datenernte_dcat.terms import RDF, SH
from datenernte_validators.shapes.profiles import SEVERITIES, Profile, Rule


class ShapeResult(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One sh:ValidationResult; terms as N-Triples writes them, IRIs without the brackets."""

    focus: str
    """IRI, `_:label` or, for nested shapes, the literal that was judged."""
    path: str | None
    """IRI of the property; the alternatives joined by »|« for such a path; None without one."""
    component: str
    """Local name of the constraint component, e.g. `MinCountConstraintComponent`."""
    severity: str
    """IRI; files from disk may use their own beside the three of SHACL."""
    value: str | None
    shape: str | None
    """IRI of the shape that was violated; None where it has no name."""
    message: str
    """German for our own shapes; what the file says for others."""


class ShapeReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one description."""

    conforms: bool
    """Whether no result under the profile has the weight of an error."""
    base_conforms: bool
    """Whether the base rules of DCAT-AP 3.0.1 are not violated: what MQA-405 asks."""
    results: tuple[ShapeResult, ...]
    findings: tuple[Finding, ...]


_SAID_BY_NODE_KIND = ("ClassConstraint", "NodeConstraint", "PatternConstraint", "OrConstraint",
                      "DatatypeConstraint", "NotConstraint")  # fmt: skip
"""Components that fail anyway where text stands in place of a reference."""


def severity_of(iri: str) -> Severity:
    """The weight of a severity: SHACL's own three, and a warning for all others.

    GovData's dashboard shapes invent a severity for each fault; two of them only count and always
    fire, which is worth no more than a note.
    """
    known = SEVERITIES.get(iri)
    if known is None:
        counts = iri.rpartition("#")[2].startswith("count_")
        return Severity.INFO if counts else Severity.WARNING
    return known


class Neighbourhood:
    """Who points to whom in a description, to name a subject that people can find."""

    def __init__(self, statements: Iterable[tuple[str, str, Term]]) -> None:
        """Take the statements: key of the subject, IRI of the property, value.

        They are read when they are needed first; most faults have a subject with a name.
        """
        self._statements = statements

    @cached_property
    def _read(self) -> tuple[dict[str, list[tuple[str, str]]], dict[str, str]]:
        """Value → subjects and properties; subject → its first class."""
        pointing: dict[str, list[tuple[str, str]]] = {}
        types: dict[str, str] = {}
        for subject, predicate, term in self._statements:
            pointing.setdefault(term_text(term), []).append((subject, predicate))
            if predicate == RDF + "type" and isinstance(term, NamedNode):
                types.setdefault(subject, term.value)
        return pointing, types

    @property
    def _pointing(self) -> dict[str, list[tuple[str, str]]]:
        return self._read[0]

    @property
    def _types(self) -> dict[str, str]:
        return self._read[1]

    def named(self, focus: str) -> str | None:
        """The node itself, or the nearest node with an IRI that points to it."""
        seen = {focus}
        waiting = [focus]
        while waiting:
            node = waiting.pop(0)
            if _is_iri(node):
                return node
            for subject, _ in self._pointing.get(node, ()):
                if subject not in seen:
                    seen.add(subject)
                    waiting.append(subject)
        return None

    def is_described(self, focus: str) -> bool:
        """Whether the node has a class here."""
        return focus in self._types

    def users_of(self, value: str) -> list[str]:
        """Keys of the nodes that have a statement with this value."""
        return [subject for subject, _ in self._pointing.get(value, ())]

    def class_of(self, focus: str) -> str | None:
        """IRI of the node's first class, or None."""
        return self._types.get(focus)

    def pointing(self, value: str, properties: Iterable[str]) -> tuple[str, str] | None:
        """Subject and property of a statement with this value, or None.

        Statements by one of the properties come first.
        """
        statements = self._pointing.get(value, [])
        wanted = set(properties)
        return next((s for s in statements if s[1] in wanted), next(iter(statements), None))


def findings_of(
    results: Sequence[ShapeResult], profile: Profile, around: Neighbourhood
) -> tuple[Finding, ...]:
    """The results as findings, the worst first.

    One fault is said once: where text stands in place of a reference, that alone is reported and
    not also that the text is in no list and has no class.
    """
    of_wrong_kind = {
        (result.focus, result.path, result.value)
        for result in results
        if result.component == "NodeKindConstraintComponent"
    }
    order = list(Severity)
    findings: dict[tuple[str, str | None, str | None, str | None, str], Finding] = {}
    for result in results:
        if (
            result.component.startswith(_SAID_BY_NODE_KIND)
            and (result.focus, result.path, result.value) in of_wrong_kind
        ):
            continue
        rule = profile.rules.get(result.shape or "")
        finding = (
            _own_finding(result, rule, around)
            if rule is not None
            else _foreign_finding(result, profile, around)
        )
        key = (finding.code, finding.subject, finding.property, finding.value, finding.message)
        findings.setdefault(key, finding)
    return tuple(
        sorted(
            findings.values(),
            key=lambda found: (
                order.index(found.severity),
                found.subject or "",
                found.code,
                found.value or "",
            ),
        )
    )


def _own_finding(result: ShapeResult, rule: Rule, around: Neighbourhood) -> Finding:
    return Finding(
        code=rule.code,
        severity=rule.severity,
        subject=around.named(result.focus),
        property=rule.property,
        value=lexical(result.value) if result.value != result.focus else None,
        message=rule.message,
        advice=rule.advice,
        source=rule.source,
    )


def _foreign_finding(result: ShapeResult, profile: Profile, around: Neighbourhood) -> Finding:
    """A finding from a file on disk: its words where it has some, else ours."""
    subject, prop, value = result.focus, result.path, result.value
    if not around.is_described(subject):
        # A nested shape judged a value; the fault stands where the value is used.
        statement = around.pointing(subject, outer_paths(result.shape, profile))
        if statement is not None:
            value, (subject, prop) = subject, statement
    component = result.component.removesuffix("ConstraintComponent")
    words = {"class": around.class_of(subject) or "node", "property": prop or "node"}
    code = "-".join(
        ("shacl", *(kebab(_local_name(word)) for word in words.values()), kebab(component))
    )
    return Finding(
        code=code,
        severity=severity_of(result.severity),
        subject=around.named(subject),
        property=prop,
        value=lexical(value) if value != subject else None,
        message=result.message
        or f"Die Regel »{component}« des Profils ist für das Feld »{prop or subject}« verletzt.",
        advice="Schlagen Sie in der Beschreibung des Profils nach, was dort verlangt ist.",
        source=result.shape,
    )


def outer_paths(shape: str | None, profile: Profile) -> list[str]:
    """The property paths of the shapes that use a shape, nearest first."""
    from rdflib import BNode, URIRef
    from rdflib.term import Node

    if shape is None:
        return []
    path = URIRef(SH + "path")
    start: Node = BNode(shape[2:]) if shape.startswith("_:") else URIRef(shape)
    waiting = [start]
    seen = {start}
    paths: list[str] = []
    while waiting:
        node = waiting.pop(0)
        for outer in profile.shapes.subjects(None, node):
            if outer not in seen:
                seen.add(outer)
                waiting.append(outer)
                paths.extend(
                    str(found)
                    for found in profile.shapes.objects(outer, path)
                    if isinstance(found, URIRef)
                )
    return paths


def statements_of(triples: Iterable[Triple]) -> Iterator[tuple[str, str, Term]]:
    """The triples as key of the subject, IRI of the property, value."""
    for triple in triples:
        yield node_key(triple.subject), triple.predicate.value, triple.object


def term_text(term: Term) -> str:
    """The term as in a `ShapeResult`: IRI, `_:label`, or a literal as N-Triples writes it."""
    return term.value if isinstance(term, NamedNode) else str(term)


def lexical(text: str | None) -> str | None:
    """The value as a person reads it: a literal without quotes, language and datatype.

    None for a node without a name.
    """
    if text is None or text.startswith("_:"):
        return None
    if not text.startswith('"'):
        return text
    statement = f"<urn:x> <urn:x> {text} ."
    literal = next(iter(parse(statement, format=RdfFormat.N_TRIPLES))).object
    return str(literal.value)


def kebab(name: str) -> str:
    """`politicalGeocodingLevelURI` → `political-geocoding-level-uri`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-") or "node"


def _local_name(iri: str) -> str:
    return re.split(r"[#/:]", iri.rstrip("#/:"))[-1]


def _is_iri(text: str) -> bool:
    return not text.startswith(("_:", '"'))
