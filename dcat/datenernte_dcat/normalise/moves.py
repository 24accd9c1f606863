"""Values under properties that DCAT-AP.de 3.0 replaced, moved to the property that replaced them.

A value moves only where it means the same there. Where both properties are given and differ,
the old one stays as it is and is a finding.

Source: DCAT-AP.de 3.0, changes since 2.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/
"""

from typing import TypeVar

import msgspec

from datenernte_dcat.mapping import compact, row_of
from datenernte_dcat.normalise.concepts import RULES, concepts_for, legislation_iri
from datenernte_dcat.normalise.context import Changes, shown
from datenernte_dcat.normalise.literals import is_duration
from datenernte_dcat.records import (
    Dataset,
    Distribution,
    Literal,
    Node,
    PeriodOfTime,
    Reference,
    Value,
)
from datenernte_dcat.terms import XSD

_N = TypeVar("_N", bound=Node)


def move_distribution(changes: Changes, distribution: Distribution) -> Distribution:
    """dcatde:plannedAvailability to dcatap:availability, with today's concept."""
    old = distribution.planned_availability
    if old is None:
        return distribution
    text = old.uri if old.uri is not None else old.label.value if old.label else ""
    found = concepts_for(RULES[Distribution, "planned_availability"], text)
    new = Reference(uri=found[0]) if found else old
    return _moved_single(changes, distribution, "planned_availability", "availability", new)


def move_period(changes: Changes, period: PeriodOfTime) -> PeriodOfTime:
    """schema:startDate and endDate of DCAT-AP.de 1.x to dcat:startDate and endDate."""
    for old, new in (("schema_start_date", "start_date"), ("schema_end_date", "end_date")):
        value = getattr(period, old)
        if value is not None:
            period = _moved_single(changes, period, old, new, value)
    return period


def move_dataset(changes: Changes, dataset: Dataset) -> Dataset:
    """The dataset's own properties of DCAT-AP.de before 3.0."""
    if dataset.version_info is not None:
        dataset = _moved_single(changes, dataset, "version_info", "version", dataset.version_info)
    for old, new in (
        ("dct_has_version", "has_version"),
        ("dcatde_originator", "originator"),
        ("dcatde_maintainer", "custodian"),
    ):
        dataset = _moved_many(changes, dataset, old, new)
    if dataset.granularity is not None and is_duration(dataset.granularity.value.strip()):
        duration = Literal(value=dataset.granularity.value.strip(), datatype=XSD + "duration")
        dataset = _moved_single(changes, dataset, "granularity", "temporal_resolution", duration)
    return _moved_legislation(changes, dataset)


def _moved_single(changes: Changes, node: _N, old: str, new: str, value: Value) -> _N:
    """The node with the old field's value, as `value`, in the new field."""
    record = type(node)
    before = getattr(node, old)
    present = getattr(node, new)
    if present is not None and present != value:
        changes.note("property-conflict", record, old, shown(before))
        return node
    _note(changes, record, old, new, before, value)
    return msgspec.structs.replace(node, **{old: None, new: value})


def _moved_many(changes: Changes, dataset: Dataset, old: str, new: str) -> Dataset:
    values = getattr(dataset, old)
    if not values:
        return dataset
    for value in values:
        _note(changes, Dataset, old, new, value, value)
    together = tuple(dict.fromkeys((*getattr(dataset, new), *values)))
    return msgspec.structs.replace(dataset, **{old: (), new: together})


def _moved_legislation(changes: Changes, dataset: Dataset) -> Dataset:
    """Legal bases that are the address of the regulation on high-value datasets."""
    stay: list[Literal] = []
    moved = list(dataset.applicable_legislation)
    for basis in dataset.legal_basis:
        iri = legislation_iri(basis.value)
        if iri is None:
            stay.append(basis)
            continue
        reference = Reference(uri=iri)
        _note(changes, Dataset, "legal_basis", "applicable_legislation", basis, reference)
        if reference not in moved:
            moved.append(reference)
    if len(stay) == len(dataset.legal_basis):
        return dataset
    return msgspec.structs.replace(
        dataset, legal_basis=tuple(stay), applicable_legislation=tuple(moved)
    )


def _note(
    changes: Changes, record: type[Node], old: str, new: str, before: Value, after: Value
) -> None:
    """`property-outdated`: »value → new property«, and the new value where it differs."""
    property_iri = row_of(record, old).property
    target = compact(row_of(record, new).property)
    same = shown(before) == shown(after)
    changes.note_property(
        "property-outdated",
        property_iri,
        f"{shown(before)} → {target}" if same else f"{shown(before)} → {target} {shown(after)}",
        before=shown(before),
        after=target,
    )
