"""What a run forgets at its end; nothing that is published depends on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from datenernte_dcat.store.retention import forget_links, forget_responses
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import StoreSettings
from datenernte_harvester.judging import link_urls

_DAY_SETTING = "retention_day"


def apply_retention(store: Store, settings: StoreSettings, now: datetime) -> None:
    """Forget old runs; once a day also answers and observations that nobody needs."""
    store.retention(settings.keep_runs)
    today = now.date().isoformat()
    if store.setting(_DAY_SETTING) == today:
        return
    forget_responses(store, now - timedelta(days=settings.keep_responses_days))
    forget_links(
        store, now - timedelta(days=settings.keep_links_days), used=lambda: _used_urls(store)
    )
    store.put_setting(_DAY_SETTING, today)


def _used_urls(store: Store) -> Iterator[str]:
    """Every address that a record names, as published or as repaired."""
    for record in store.records(status=None, duplicates=True):
        yield from link_urls(record.as_published)
        yield from link_urls(record.normalised)
