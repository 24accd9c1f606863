"""Hand a recognised table to Frictionless, the judge, and take its report.

Everything that Frictionless would guess (encoding, delimiter, quotes, header, types) is decided
before and passed on; what is wrong with the table, it alone says. Two parsers of ours are
registered with it, for these files only: one for text tables without `csv.Sniffer`, which is wrong
on ordinary files and slow on hostile ones, and one for sheets, whose cells were read already.

Text tables of some size go through the screen first, which leaves Frictionless only the rows that
are not certainly clean; the report is the same (`screen`).
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
from datenernte_validators.tabular.report import remember_property_names, report_descriptor
from datenernte_validators.tabular.rows import CsvSource, SheetSource
from datenernte_validators.tabular.screen.blocks import BlockReader, Sizes
from datenernte_validators.tabular.screen.engine import SCREENED_BYTES, GiveUp, limit_threads

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
    screened_bytes: int | None = SCREENED_BYTES,
    sizes: Sizes | None = None,
) -> dict[str, Any]:
    """The Frictionless report of a table under a Table Schema, as its JSON descriptor.

    Args:
        name: of the resource in the report: lower-case, as Frictionless wants it.
        place: of the file in the report.
        longest_row: in characters; bounds the size of the report.
        screened_bytes: text tables of this size and above are screened; None: none is.
        sizes: of the blocks that the screen reads.
    """
    if system.plugins.get("datenernte") is not _parsers:
        # `register` makes it look for plugins anew only where it has looked for methods before.
        _ = system.methods
        system.register("datenernte", _parsers)  # looks for all plugins anew: 0.1 s
        remember_property_names()
    try:
        table_schema = Schema.from_descriptor(schema)
        for field in table_schema.fields:
            field.create_cell_reader()  # compiles patterns and casts bounds
    except FrictionlessException as error:
        return report_descriptor(Report.from_validation(time=0, errors=error.to_errors()))
    except SCHEMA_FAULTS as error:
        return schema_report(str(error) or type(error).__name__)
    task = _Task(path, rows, layout, table_schema, name, limits, longest_row)
    report: Report | None = None
    try:
        if task.can_be_screened(screened_bytes):
            try:
                report = task.report(sizes or Sizes())
            except GiveUp:
                report = None
        if report is None:
            report = task.report(None)
    except SCHEMA_FAULTS as error:
        return schema_report(str(error) or type(error).__name__)
    descriptor = report_descriptor(report)
    for one in descriptor["tasks"]:
        one["place"] = place
    return descriptor


@dataclass(frozen=True, slots=True)
class _Task:
    """One table under one schema."""

    path: Path
    rows: CsvSource | SheetSource
    layout: Layout
    schema: Schema
    name: str
    limits: Limits
    longest_row: int

    def can_be_screened(self, smallest: int | None) -> bool:
        """Whether the screen is worth its while, and may be right."""
        return (
            smallest is not None
            and isinstance(self.rows, CsvSource)
            and self.limits.rows is None
            and not self.schema.foreign_keys
            and self.path.stat().st_size >= smallest
        )

    def report(self, sizes: Sizes | None) -> Report:
        """The report of Frictionless, with the screen where there are sizes of its blocks.

        Raises:
            GiveUp: the screen does not understand the table.
        """
        path, rows, layout, limits = self.path, self.rows, self.layout, self.limits
        # A link with a plain name: Frictionless reads meaning into names (archives, patterns, URLs).
        is_text = isinstance(rows, CsvSource)
        with tempfile.TemporaryDirectory(prefix="datenernte-") as directory:
            link = Path(directory) / ("table.csv" if is_text else "table.xlsx")
            link.symlink_to(path.resolve())
            dialect: Any = Dialect()
            if sizes is not None:
                limit_threads()
                from datenernte_validators.tabular.screen.stream import Screen, ScreenedDialect

                dialect = ScreenedDialect()
            _describe(dialect, rows, layout)
            resource = TableResource(
                name=self.name,
                path=link.name,
                basepath=directory,
                scheme="file",
                format="csv" if is_text else "xlsx",
                dialect=dialect,
                schema=self.schema,
                detector=Detector(sample_size=max(100, max(layout.header_rows, default=0) + 1)),
            )
            if isinstance(rows, CsvSource):
                resource.encoding = rows.encoding
                if sizes is not None:
                    reader = BlockReader(path, rows.encoding, rows.dialect, sizes=sizes)
                    dialect.screen_with(Screen(resource, reader, layout.last_row))
            _parsers.sources[str(resource.normpath)] = _Source(rows, path, layout.last_row)
            try:
                return resource.validate(
                    limit_rows=limits.rows, limit_errors=limits.error_limit(self.longest_row)
                )
            finally:
                del _parsers.sources[str(resource.normpath)]


def schema_report(note: str) -> dict[str, Any]:
    """The report of a schema that cannot be used at all."""
    from frictionless.errors import SchemaError

    return report_descriptor(Report.from_validation(time=0, errors=[SchemaError(note=note)]))


def _describe(dialect: Dialect, rows: CsvSource | SheetSource, layout: Layout) -> None:
    """Tell a dialect where the table stands and how its text is written."""
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
