"""The validate stage: metadata, links and tables of what is stored, each part switchable."""

from datetime import datetime

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import ValidateSettings
from datenernte_harvester.link_validation import validate_links
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.shape_validation import validate_shapes
from datenernte_harvester.table_validation import validate_tables
from datenernte_validators.network.settings import NetworkSettings


def validate(
    store: Store,
    settings: ValidateSettings,
    network: NetworkSettings,
    catalog: CatalogSettings,
    *,
    shacl_profile: str,
    now: datetime,
    progress: Progress = silent,
) -> None:
    """Run the parts that `settings` switches on; each repeats nothing whose input is unchanged.

    Args:
        shacl_profile: the rule of the MQA that decides which shapes its verdict follows.
    """
    if settings.shapes:
        validate_shapes(store, catalog, shacl_profile, progress=progress)
    if settings.links:
        validate_links(store, settings, network, now=now, progress=progress)
    if settings.tables:
        validate_tables(store, settings, network, now=now, progress=progress)
