"""The migrations make exactly the tables that the code describes."""

from pathlib import Path
from unittest import mock

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from datenernte_dcat.store import migrations
from datenernte_dcat.store.schema import REVISIONS, VERSION_TABLE, metadata
from datenernte_dcat.store.store import Store


def test_the_migrated_schema_is_the_described_one(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def test_the_code_knows_every_revision_in_order() -> None:
    folder = Path(migrations.__path__[0])
    scripts = list(ScriptDirectory(str(folder)).walk_revisions())
    assert tuple(script.revision for script in reversed(scripts)) == REVISIONS
    assert len(list((folder / "versions").glob("v*.py"))) == len(REVISIONS)


def test_keys_sort_by_code_point_in_postgresql(postgresql_url: str) -> None:
    with Store(postgresql_url) as store, store.reading() as connection:
        tables = inspect(connection)
        for name, column in (("record", "iri"), ("record", "id"), ("finding", "subject_id")):
            [found] = [one for one in tables.get_columns(name) if one["name"] == column]
            assert getattr(found["type"], "collation", None) == "C"


def test_a_migration_that_fails_leaves_an_empty_database(url: str) -> None:
    real = Operations.create_index
    with (
        mock.patch.object(
            Operations,
            "create_index",
            lambda self, name, *rest, **named: (
                1 / 0 if name == "score_by_kind" else real(self, name, *rest, **named)
            ),
        ),
        pytest.raises(ZeroDivisionError),
    ):
        Store(url)
    with Store(url) as store:
        assert store.runs() == []
