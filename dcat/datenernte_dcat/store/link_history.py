"""What the history of links forgets with time."""

from datetime import datetime

from sqlalchemy import and_, delete, exists, select

from datenernte_dcat.store import schema
from datenernte_dcat.store.store import Store


def forget_link_history(store: Store, before: datetime) -> int:
    """Forget how links answered before a moment, but for the answer that stood at that moment.

    Returns:
        How many lines were deleted.
    """
    line = schema.link_history
    later = line.alias("later")
    is_over = and_(
        line.c.checked_at < before,
        exists(
            select(later.c.key).where(
                later.c.key == line.c.key,
                later.c.checked_at > line.c.checked_at,
                later.c.checked_at <= before,
            )
        ),
    )
    with store.reading() as connection:  # a run without news writes nothing
        if connection.execute(select(line.c.key).where(is_over).limit(1)).first() is None:
            return 0
    with store.writing() as connection:
        return int(connection.execute(delete(line).where(is_over)).rowcount)
