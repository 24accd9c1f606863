"""Which publishers of a portal of many could not be assigned to a municipality."""

from collections import defaultdict

from sqlalchemy import func, select

from datenernte_dcat.store import schema
from datenernte_dcat.store.rows import RecordStatus
from datenernte_dcat.store.store import Store

CODE = "municipality-unresolved"
"""Code of the finding that each such record has; its value is the publisher."""


def unresolved_publishers(store: Store) -> dict[str, dict[str | None, int]]:
    """Portal → publisher → number of published datasets, most first; None: no publisher is named.

    Portals without any are left out.
    """
    found, record = schema.finding, schema.record
    statement = (
        select(found.c.portal, found.c.value, func.count())
        .join_from(found, record, found.c.subject_id == record.c.id)
        .where(found.c.code == CODE, record.c.status == RecordStatus.PRESENT.value)
        .group_by(found.c.portal, found.c.value)
    )
    with store.reading() as connection:
        rows = [tuple(row) for row in connection.execute(statement)]
    publishers: dict[str, dict[str | None, int]] = defaultdict(dict)
    for portal, publisher, count in sorted(rows, key=lambda row: (row[0], -row[2], row[1] or "")):
        publishers[portal][publisher] = count
    return dict(publishers)
