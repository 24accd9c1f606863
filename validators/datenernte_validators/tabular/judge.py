"""Hand a recognised table to Frictionless, the judge, and take its report.

Everything that Frictionless would guess (encoding, delimiter, quotes, header, types) is decided
before and passed on; what is wrong with the table, it alone says. Two parsers of ours are
registered with it, for these files only: one for text tables without `csv.Sniffer`, which is wrong
on ordinary files and slow on hostile ones, and one for sheets, whose cells were read already.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from frictionless import (
    Detector,
    Dialect,
    FrictionlessException,
    Plugin,
    Report,
    Resource,
    Schema,
    system,
)
from frictionless.formats.csv import CsvControl
from frictionless.resources import TableResource
from frictionless.system.parser import Parser

from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.rows import CsvSource, SheetSource

SCHEMA_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    re.error,
)
"""What Frictionless raises for schemas that pass its own checks and still cannot be used."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What a parser needs to know of its file."""

    rows: CsvSource | SheetSource
    path: Path
    last_row: int


class _TextParser(Parser):
    """Rows of a text table in the dialect that was recognised."""

    requires_loader = True
    source: _Source

    def read_cell_stream_create(self) -> Iterator[list[str]]:
        """Rows up to the last one of the body; the rest is read for hash and size only."""
        source = self.source
        assert isinstance(source.rows, CsvSource)  # noqa: S101 - set by our plugin
        lines: Iterable[str] = self.loader.text_stream
        yield from islice(source.rows.dialect.reader(lines), source.last_row)
        for _ in lines:
            pass


class _SheetParser(Parser):
    """Rows of a sheet that was read already."""

    requires_loader = False
    source: _Source

    def read_cell_stream_create(self) -> Iterator[list[Any]]:
        """Rows up to the last one of the body, then hash and size of the file."""
        source = self.source
        assert isinstance(source.rows, SheetSource)  # noqa: S101 - set by our plugin
        yield from map(list, islice(source.rows.cells, source.last_row))
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        with source.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                md5.update(chunk)
                sha256.update(chunk)
        stats = self.resource.stats
        stats.bytes = source.path.stat().st_size
        stats.md5, stats.sha256 = md5.hexdigest(), sha256.hexdigest()


class _OurParsers(Plugin):
    """Gives our files our parsers, and every other file none."""

    def __init__(self) -> None:
        self.sources: dict[str, _Source] = {}

    def create_parser(self, resource: Resource) -> Parser | None:
        """A parser for a file that is being judged by us."""
        source = self.sources.get(str(resource.normpath))
        if source is None:
            return None
        parser = (
            _TextParser(resource) if isinstance(source.rows, CsvSource) else _SheetParser(resource)
        )
        parser.source = source
        return parser


_parsers = _OurParsers()


def judge(
    path: Path,
    rows: CsvSource | SheetSource,
    layout: Layout,
    schema: dict[str, Any],
    *,
    name: str,
    place: str,
    longest_row: int,
    limits: Limits,
) -> dict[str, Any]:
    """The Frictionless report of a table under a Table Schema, as its JSON descriptor.

    Args:
        name: of the resource in the report: lower-case, as Frictionless wants it.
        place: of the file in the report.
        longest_row: in characters; bounds the size of the report.
    """
    system.register("datenernte", _parsers)
    try:
        table_schema = Schema.from_descriptor(schema)
        for field in table_schema.fields:
            field.create_cell_reader()  # compiles patterns and casts bounds
    except FrictionlessException as error:
        return _descriptor(Report.from_validation(time=0, errors=error.to_errors()))
    except SCHEMA_FAULTS as error:
        return schema_report(str(error) or type(error).__name__)
    # A link with a plain name: Frictionless reads meaning into names (archives, patterns, URLs).
    is_text = isinstance(rows, CsvSource)
    with tempfile.TemporaryDirectory(prefix="datenernte-") as directory:
        link = Path(directory) / ("table.csv" if is_text else "table.xlsx")
        link.symlink_to(path.resolve())
        resource = TableResource(
            name=name,
            path=link.name,
            basepath=directory,
            scheme="file",
            format="csv" if is_text else "xlsx",
            dialect=_dialect(rows, layout),
            schema=table_schema,
            detector=Detector(sample_size=max(100, max(layout.header_rows, default=0) + 1)),
        )
        if isinstance(rows, CsvSource):
            resource.encoding = rows.encoding
        _parsers.sources[str(resource.normpath)] = _Source(rows, path, layout.last_row)
        try:
            report = resource.validate(
                limit_rows=limits.rows, limit_errors=limits.error_limit(longest_row)
            )
        except SCHEMA_FAULTS as error:
            return schema_report(str(error) or type(error).__name__)
        finally:
            del _parsers.sources[str(resource.normpath)]
    descriptor = _descriptor(report)
    for task in descriptor["tasks"]:
        task["place"] = place
    return descriptor


def schema_report(note: str) -> dict[str, Any]:
    """The report of a schema that cannot be used at all."""
    from frictionless.errors import SchemaError

    return _descriptor(Report.from_validation(time=0, errors=[SchemaError(note=note)]))


def _dialect(rows: CsvSource | SheetSource, layout: Layout) -> Dialect:
    dialect = Dialect()
    if layout.header_rows:
        dialect.header_rows = list(layout.header_rows)
        comments = [n for n in layout.comment_rows if n > layout.header_rows[-1]]
    else:
        dialect.header = False
        comments = list(layout.comment_rows)
    if comments:
        dialect.comment_rows = comments
    if isinstance(rows, CsvSource):
        control = CsvControl(delimiter=rows.dialect.delimiter, quote_char=rows.dialect.quote_char)
        control.skip_initial_space = rows.dialect.skip_initial_space
        dialect.add_control(control)
    return dialect


def _descriptor(report: Report) -> dict[str, Any]:
    descriptor: dict[str, Any] = report.to_descriptor()
    return descriptor
