"""What feeds leave out of a dataset: one info finding per property."""

from collections.abc import Iterator, Sequence

from datenernte_dcat.findings import Finding
from datenernte_dcat.graph.kept import kept_triples
from datenernte_dcat.mapping import MAPPING, Kind, Row, compact, rows_of
from datenernte_dcat.records import Dataset, Node
from datenernte_dcat.texts import finding

_OF_DATASETS = {row.property: row for row in MAPPING if not row.feed and row.record is Dataset}
_OF_PARTS = {row.property: row for row in MAPPING if not row.feed and row.record is not Dataset}


def feed_omissions(
    dataset: Dataset, kept: Sequence[str] = (), subject: str | None = None
) -> tuple[Finding, ...]:
    """One `feed-omitted` for each property of the closed list that the dataset has.

    Links to other published datasets are left out as well; only publishing knows them.

    Args:
        subject: published IRI of the dataset, where it is not the record's own.
    """
    omitted = {row.property: row for row in _omitted(dataset)}
    for triple in kept_triples(kept) if kept else ():
        of_dataset = dataset.uri is not None and str(triple.subject).strip("<>") == dataset.uri
        row = (_OF_DATASETS if of_dataset else _OF_PARTS).get(triple.predicate.value)
        if row is not None:
            omitted.setdefault(row.property, row)
    return tuple(
        finding(
            "feed-omitted",
            subject=subject or dataset.uri,
            property=row.property,
            term=compact(row.property),
            reason=row.why,
        )
        for _, row in sorted(omitted.items())
    )


def _omitted(node: Node) -> Iterator[Row]:
    """The rows of the fields that are set in the node or the nodes in it and are not for feeds."""
    for row in rows_of(type(node)):
        value = getattr(node, row.field)
        if not value:
            continue
        if not row.feed:
            yield row
        elif row.kind is Kind.NODE:
            for single in value if row.many else (value,):
                yield from _omitted(single)
