"""A dataset as its portal described it to the dataset as our catalogue publishes it.

`normalise` translates, repairs and adds; every step is a finding with »before → after«. Two rules
hold throughout: nothing is guessed (what no list and no portal file explains stays as written),
and normalising what is already normalised changes nothing.

`published_view` is the other direction of the same knowledge: what a municipality is credited
with when its source cannot speak RDF.
"""

from typing import TypeVar

import msgspec

from datenernte_dcat.graph.safe_terms import clean_literal
from datenernte_dcat.normalise.concepts import (
    RULES,
    Rule,
    concepts_for,
    legislation_iri,
    normalise_concept,
)
from datenernte_dcat.normalise.context import (
    REMOVED,
    Changes,
    Context,
    Normalised,
    subject_of,
)
from datenernte_dcat.normalise.enrichment import enriched_dataset, enriched_distribution
from datenernte_dcat.normalise.links import (
    EMAIL_FIELDS,
    PHONE_FIELDS,
    WEB_FIELDS,
    normalise_email,
    normalise_phone,
    normalise_reference,
    normalise_web_address,
    repaired_iri,
)
from datenernte_dcat.normalise.literals import normalise_literal, with_type
from datenernte_dcat.normalise.media_types import normalise_media_type
from datenernte_dcat.normalise.moves import move_dataset, move_distribution, move_period
from datenernte_dcat.normalise.places import normalise_location
from datenernte_dcat.normalise.published_view import published_view
from datenernte_dcat.normalise.second_values import normalised_kept
from datenernte_dcat.normalise.walk import rewritten
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    DataService,
    Dataset,
    Distribution,
    Literal,
    Location,
    Node,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.terms import RDF

__all__ = ["Context", "Normalised", "normalise", "published_view"]

_N = TypeVar("_N", bound=Node)
_MEDIA_TYPE_FIELDS = ("media_type", "compress_format", "package_format")


def normalise(dataset: Dataset, kept: tuple[str, ...], context: Context) -> Normalised:
    """The dataset as our catalogue publishes it, with a finding for every change.

    Pure: same input, same output; no clock, no network.

    Args:
        kept: triples beside the record (N-Triples lines), valid as the reader gives them; blank
            nodes by the record's `uri`s. They come back as they are, but for second values of
            properties that hold one (`second_values.py`).
    """
    changes = Changes(context, dataset)
    visitor = _Normaliser(changes, kept)
    dataset = rewritten(dataset, visitor)
    kept = normalised_kept(kept, visitor.nodes, visitor.second_value)
    return Normalised(dataset=dataset, kept=kept, findings=changes.findings)


class _Normaliser:
    """Visits every value of one dataset."""

    def __init__(self, changes: Changes, kept: tuple[str, ...]) -> None:
        self._changes = changes
        self._kept = kept
        self._subjects: list[str | None] = []
        self._subject_of: dict[str, str | None] = {}
        self.nodes: dict[str, Node] = {}
        """Normalised nodes by their IRI or »_:name«."""

    def enter(self, node: Node) -> None:
        """Name the distribution or service as subject of the findings that follow."""
        self._subjects.append(self._changes.subject)
        if isinstance(node, Distribution | DataService):
            self._changes.subject = subject_of(node, self._changes.subject)

    def leave(self, node: Node, owner: Node | None, field: str) -> Node:
        """The node after what concerns several of its values."""
        node = self._with_valid_classes(self._with_valid_iri(node, owner, field))
        node = self._finished(node)
        key = node.uri
        if key is not None:
            self._subject_of[key] = self._changes.subject
        self._changes.subject = self._subjects.pop()
        node = self._typed(node, owner, field)
        if key is not None:
            self.nodes[key] = node
        return node

    def second_value(
        self, node: Node, field: str, value: Literal | Reference
    ) -> tuple[Literal | Reference, ...]:
        """What stands in place of a further value of a field that holds one."""
        self._changes.subject = self._subject_of[node.uri or ""]
        if isinstance(value, Literal):
            literal = self.literal(node, field, value)
            return () if literal is None else (literal,)
        if field in _MEDIA_TYPE_FIELDS and isinstance(node, Distribution):
            media_type = normalise_media_type(self._changes, field, value, node)
            return () if media_type is None else (media_type,)
        return self.reference(node, field, value)

    def literal(self, owner: Node, field: str, value: Literal) -> Literal | None:
        """See `literals`."""
        cleaned = self._cleaned(type(owner), field, value)
        return normalise_literal(self._changes, type(owner), field, cleaned)

    def reference(self, owner: Node, field: str, value: Reference) -> tuple[Reference, ...]:
        """See `concepts` and `links`; media types wait for the whole distribution."""
        record = type(owner)
        place = record, field
        if value.label is not None:
            label = self._cleaned(record, field, value.label)
            if label is not value.label:
                value = msgspec.structs.replace(value, label=label)
        rule = RULES.get(place)
        if rule is not None and not (field == "planned_availability" and _is_known(rule, value)):
            return normalise_concept(self._changes, record, field, rule, value)
        if place in WEB_FIELDS:
            return normalise_web_address(self._changes, record, field, value)
        if place in EMAIL_FIELDS:
            return normalise_email(self._changes, record, field, value)
        if place in PHONE_FIELDS:
            return normalise_phone(self._changes, record, field, value)
        if field in _MEDIA_TYPE_FIELDS:
            return (value,)
        if field == "applicable_legislation":
            return self._legislation(record, value)
        if field == "rights" and _is_known(RULES[Distribution, "license"], value):
            return normalise_concept(
                self._changes, record, field, RULES[Distribution, "license"], value
            )
        return normalise_reference(self._changes, record, field, value)

    def _cleaned(self, record: type[Node], field: str, value: Literal) -> Literal:
        """The literal in valid terms: no control characters, composed umlauts, valid tags."""
        cleaned, codes = clean_literal(value)
        for code in codes:
            before, after = (value, cleaned) if "text" in code else map(with_type, (value, cleaned))
            self._changes.changed(code, record, field, before, after)
        return cleaned if cleaned != value else value

    def _legislation(self, record: type[Node], value: Reference) -> tuple[Reference, ...]:
        text = value.uri if value.uri is not None else value.label.value if value.label else ""
        iri = legislation_iri(text)
        if iri is None:
            return normalise_reference(self._changes, record, "applicable_legislation", value)
        if iri != value.uri:
            code = "concept-spelling" if value.uri is not None else "concept-as-text"
            self._changes.changed(code, record, "applicable_legislation", value, iri)
        return (Reference(uri=iri),)

    def _finished(self, node: Node) -> Node:
        changes = self._changes
        match node:
            case Distribution():
                node = move_distribution(changes, self._with_media_types(node))
                node = enriched_distribution(changes, node)
                if node.license is None:
                    changes.note("license-missing", Distribution, "license", None)
                return node
            case Dataset():
                people = self._own_publisher(), self._own_contact()
                return enriched_dataset(changes, move_dataset(changes, node), *people)
            case PeriodOfTime():
                return move_period(changes, node)
            case Location():
                return normalise_location(changes, node, self._kept)
        return node

    def _own_publisher(self) -> Agent | None:
        publisher = self._changes.context.publisher
        if isinstance(publisher, str):
            publisher = Agent(name=(Literal(value=publisher),))
        return _quietly(publisher, self._changes.context)

    def _own_contact(self) -> ContactPoint | None:
        return _quietly(self._changes.context.contact, self._changes.context)

    def _with_media_types(self, distribution: Distribution) -> Distribution:
        for field in _MEDIA_TYPE_FIELDS:
            value = getattr(distribution, field)
            if value is not None:
                after = normalise_media_type(self._changes, field, value, distribution)
                if after != value:
                    distribution = msgspec.structs.replace(distribution, **{field: after})
        return distribution

    def _with_valid_iri(self, node: Node, owner: Node | None, field: str) -> Node:
        """The node under a valid IRI, or as a blank node where its IRI is beyond repair.

        The kept triples need no renaming: the reader repairs IRIs in them by the same rule.
        """
        uri = node.uri
        if uri is None or uri.startswith("_:"):
            return node
        iri = repaired_iri(uri)
        if iri == uri:
            return node
        record = type(owner) if owner is not None else Dataset
        place = field or "identifier"
        if iri is None:
            self._changes.removed("iri-invalid", record, place, uri)
        else:
            self._changes.changed("iri-repaired", record, place, uri, iri)
        return msgspec.structs.replace(node, uri=iri)

    def _with_valid_classes(self, node: Node) -> Node:
        valid = tuple(iri for one in node.classes if (iri := repaired_iri(one)))
        if valid == node.classes:
            return node
        for one in node.classes:
            if one not in valid:
                after = repaired_iri(one)
                code = "iri-repaired" if after else "iri-invalid"
                self._changes.note_property(
                    code,
                    RDF + "type",
                    f"{one} → {after or REMOVED}",
                    before=one,
                    after=after or REMOVED,
                )
        return msgspec.structs.replace(node, classes=tuple(sorted(set(valid))))

    def _typed(self, node: Node, owner: Node | None, field: str) -> Node:
        """The node with the type that its property asks for, where the source gave it none.

        A bare IRI without any statement about it stays bare: it may be described elsewhere.
        """
        if not node.untyped or owner is None:
            return node
        typed = msgspec.structs.replace(node, untyped=False)
        if typed == type(node)(uri=node.uri):
            return node
        self._changes.added("type-added", type(owner), field, type(node).__name__)
        return typed


def _quietly(node: _N | None, context: Context) -> _N | None:
    """A node of the portal file, normalised without findings; None where it says nothing."""
    if node is None:
        return None
    node = rewritten(node, _Normaliser(Changes(context, Dataset()), ()))
    return None if node == type(node)() else node


def _is_known(rule: Rule, value: Reference) -> bool:
    text = value.uri if value.uri is not None else value.label.value if value.label else ""
    return bool(concepts_for(rule, text))
