"""What the store forgets with time: observations that nothing published depends on any more."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from sqlalchemy import delete, select

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import chunks
from datenernte_dcat.store.rows import PortalState
from datenernte_dcat.store.store import Store

_ROWS = 5000


class _Checked(msgspec.Struct):
    checked_at: datetime


class _Fetched(msgspec.Struct):
    fetched_at: datetime


_checked = msgspec.json.Decoder(_Checked)
_fetched = msgspec.json.Decoder(_Fetched)


def forget_responses(store: Store, before: datetime) -> int:
    """Forget the kept answers of portals that were not harvested in full since `before`.

    The next harvest of such a portal asks for everything. Answers that are newer stay.

    Returns:
        How many answers were deleted.
    """
    response, portal_run, run = schema.response, schema.portal_run, schema.run
    healthy = (
        select(portal_run.c.portal)
        .join_from(portal_run, run)
        .where(portal_run.c.state == PortalState.OK.value, run.c.started >= before)
    )
    with store.writing() as connection:
        gone = connection.execute(
            delete(response).where(response.c.stored_at < before, response.c.portal.not_in(healthy))
        )
        return int(gone.rowcount)


def forget_links(store: Store, before: datetime, used: Callable[[], Iterable[str]]) -> int:
    """Forget what is known of addresses that nobody looked at since `before` and nobody uses.

    Args:
        used: gives every address that a published record names; called only where there is
            something to forget, since it reads all records.

    Returns:
        How many addresses were forgotten.
    """
    old = _older(store, before)
    if not old:
        return 0
    for url in used():
        old.discard(schema.url_key(url))
    with store.writing() as connection:
        for keys in chunks(sorted(old)):
            for table in (schema.link_history, schema.link, schema.file_state):
                connection.execute(delete(table).where(table.c.key.in_(keys)))
    return len(old)


def _older(store: Store, before: datetime) -> set[str]:
    """Keys of addresses whose newest observation of either kind is older than `before`."""
    old: set[str] = set()
    new: set[str] = set()
    link, file = schema.link, schema.file_state
    with store.reading() as connection:
        rows = connection.execute(
            select(link.c.key, link.c.document).execution_options(yield_per=_ROWS)
        )
        for key, document in rows:
            (old if _checked.decode(document).checked_at < before else new).add(key)
        rows = connection.execute(
            select(file.c.key, file.c.document).execution_options(yield_per=_ROWS)
        )
        for key, document in rows:
            (old if _fetched.decode(document).fetched_at < before else new).add(key)
    return old - new
