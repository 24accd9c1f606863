"""Parquet files as tables, read by polars; `records` says how rows are numbered."""

import json
from pathlib import Path
from typing import Any

from datenernte_validators.tabular.cells import Cell
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.records import Records, RecordsError


def read_parquet(path: Path, limits: Limits) -> Records:
    """The rows of a Parquet file.

    Raises:
        RecordsError: `table-too-large` or `table-unreadable`.
    """
    import polars

    try:
        frame = polars.scan_parquet(path)
        names = frame.collect_schema().names()
        height = frame.select(polars.len()).collect().item()
        if height * len(names) > limits.cells:
            raise RecordsError("table-too-large", f"mehr als {limits.cells} Zellen")
        rows: list[tuple[Cell, ...]] = [tuple(names)]
        rows.extend(tuple(map(_cell, row)) for row in frame.collect().iter_rows())
    except (polars.exceptions.PolarsError, OSError) as error:
        detail = next(iter(str(error).splitlines()), "")[:200]
        raise RecordsError("table-unreadable", detail) from error
    return Records(rows=rows, named=True)


def _cell(value: Any) -> Cell:
    if isinstance(value, list | dict | bytes):
        return json.dumps(value, ensure_ascii=False, default=str)[:10_000]
    return value  # type: ignore[no-any-return]  # numbers, texts, dates
