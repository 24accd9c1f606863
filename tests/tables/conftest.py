"""Helpers for the table tests: small files written by the test, checked in one call."""

from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.table import check_table


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_file(data: str | bytes, name: str = "tabelle.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
        return path

    return write_file


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., TableCheck]:
    def run(
        data: str | bytes,
        name: str = "tabelle.csv",
        *,
        encoding: str = "utf-8",
        schema: Mapping[str, Any] | Path | None = None,
        limits: Limits | None = None,
    ) -> TableCheck:
        path = tmp_path / name
        path.write_bytes(data.encode(encoding) if isinstance(data, str) else data)
        return check_table(path, target=name, schema=schema, limits=limits)

    return run


@pytest.fixture(scope="session")
def endurance() -> ModuleType:
    """The long run with fresh seeds, whose cases the tests share."""
    path = Path(__file__).parent.parent / "endurance" / "tables.py"
    spec = spec_from_file_location("endurance_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
