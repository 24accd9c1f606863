"""The schema's revision: read it, and bring an older store up to date."""

import importlib.util
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from datenernte_dcat.errors import ConfigError, StoreVersionError
from datenernte_dcat.store.schema import REVISIONS, VERSION_TABLE, metadata

# Any constant will do; it keeps two processes from creating the same PostgreSQL tables.
_ADVISORY_LOCK = 0x64617465


def upgrade(connection: Connection, address: str) -> None:
    """Creates or migrates the tables inside the transaction of the connection, where needed.

    Raises:
        StoreVersionError: a newer datenernte wrote the store.
        ConfigError: the database belongs to another program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    revision = current_revision(connection, address)
    if revision == REVISIONS[-1]:
        return
    # Imported here: alembic costs more to import than a current store costs to open.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(_migrations()))
    environment = EnvironmentContext(
        Config(), scripts, fn=lambda heads, _context: scripts._upgrade_revs("head", heads)
    )
    with environment:
        environment.configure(
            connection=connection, target_metadata=metadata, version_table=VERSION_TABLE
        )
        environment.run_migrations()


def current_revision(connection: Connection, address: str) -> str | None:
    """The revision of the store; None where it is still empty.

    Raises:
        StoreVersionError: this program does not know the revision, so a newer one wrote it.
        ConfigError: the database belongs to another program.
    """
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        # A PostgreSQL database may be shared with other programs, an SQLite file may not.
        shared = connection.dialect.name == "postgresql"
        foreign = sorted(tables & set(metadata.tables) if shared else tables)
        if foreign:
            raise ConfigError(
                f"Die Datenbank »{address}« gehört einem anderen Programm: Sie hat schon eine "
                f"Tabelle »{foreign[0]}«. Nennen Sie in `[store] url` eine eigene Datenbank."
            )
        return None
    revision: str | None = connection.execute(
        text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - a constant of ours
    ).scalar_one_or_none()
    if revision is not None and revision not in REVISIONS:
        raise StoreVersionError(
            f"Die Datenbank »{address}« wurde von einer neueren Fassung von datenernte geschrieben "
            f"(Schema »{revision}«, diese Fassung kennt »{REVISIONS[-1]}«). Aktualisieren Sie "
            "datenernte; die Datenbank wurde nicht verändert."
        )
    return revision


def _migrations() -> Path:
    """The folder of the migrations beside this module."""
    spec = importlib.util.find_spec("datenernte_dcat.store.migrations")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("datenernte_dcat.store.migrations")
    return Path(next(iter(spec.submodule_search_locations)))
