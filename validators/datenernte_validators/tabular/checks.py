"""Our own checks as Frictionless checks, for every user of Frictionless.

    from frictionless import validate
    from datenernte_validators.tabular import checks
    report = validate("a.csv", checks=[checks.Mojibake(), checks.PersonalData()])

Rows and columns are those of Frictionless. The rules are the same as in our own reports.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import attrs
from frictionless import Check, Error, Row, errors

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular import rules
from datenernte_validators.tabular.counting import ColumnStatistics
from datenernte_validators.tabular.encoding import is_suspicious
from datenernte_validators.tabular.inference import Column, infer_columns
from datenernte_validators.tabular.totals import totals_label

_ErrorTypes = list[type[Error]]
_LEAST_ROWS = 10
"""A column of fewer rows may hold the same everywhere."""


class MojibakeError(errors.CellError):
    """Text that was decoded wrongly."""

    type = "mojibake"
    title = "Mojibake"
    description = "The text of a cell was decoded wrongly before it was saved"
    template = 'The cell "{cell}" in row at position "{rowNumber}" and field "{fieldName}" at position "{fieldNumber}" is garbled: {note}'


class SpreadsheetError(errors.CellError):
    """A formula, or the error value of one, in place of a result."""

    type = "spreadsheet-value"
    title = "Spreadsheet Value"
    description = "The cell holds a formula or an error value of a spreadsheet"
    template = 'The cell "{cell}" in row at position "{rowNumber}" and field "{fieldName}" at position "{fieldNumber}" is no value: {note}'


class PersonalDataError(errors.CellError):
    """A mail address, a phone number or an IBAN where the column does not say so."""

    type = "personal-data"
    title = "Personal Data"
    description = "The cell holds what looks like personal data"
    template = 'The cell in row at position "{rowNumber}" and field "{fieldName}" at position "{fieldNumber}" looks like personal data: {note}'


class CoordinateError(errors.RowError):
    """Coordinates that are swapped, no degrees, or not in Germany."""

    type = "coordinate"
    title = "Coordinate"
    description = "The coordinates of a row cannot be right"
    template = "Row at position {rowNumber} has doubtful coordinates: {note}"


class TotalsRowError(errors.RowError):
    """A row that sums up others."""

    type = "totals-row"
    title = "Totals Row"
    description = "The row is a sum of other rows"
    template = "Row at position {rowNumber} is a sum of others: {note}"


class ColumnError(errors.TableError):
    """A column that is doubtful as a whole."""

    type = "doubtful-column"
    title = "Doubtful Column"
    description = "A column is empty, constant, of mixed dates, or lost its leading zeros"
    template = "A column is doubtful: {note}"


def _texts(row: Row) -> Iterator[tuple[str, str]]:
    """Name and text of each cell as it stands in the file."""
    for name, cell in zip(row.field_names, row.cells, strict=False):
        if isinstance(cell, str):
            yield name, cell


@attrs.define(kw_only=True, repr=False)
class Mojibake(Check):
    """Report cells with garbled umlauts: U+FFFD, C1 controls, `Ã¼` for `ü`."""

    type = "mojibake"
    Errors: ClassVar[_ErrorTypes] = [MojibakeError]

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Yield an error for each garbled cell."""
        for name, text in _texts(row):
            if not text.isascii() and is_suspicious(text):
                yield MojibakeError.from_row(row, note="decoded wrongly", field_name=name)


@attrs.define(kw_only=True, repr=False)
class SpreadsheetValues(Check):
    """Report formulas and error values of spreadsheets."""

    type = "spreadsheet-values"
    Errors: ClassVar[_ErrorTypes] = [SpreadsheetError]

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Yield an error for each such cell."""
        for name, text in _texts(row):
            if rules.is_error_value(text):
                yield SpreadsheetError.from_row(row, note="an error value", field_name=name)
            elif rules.is_formula(text):
                yield SpreadsheetError.from_row(row, note="a formula", field_name=name)


@attrs.define(kw_only=True, repr=False)
class PersonalData(Check):
    """Report mail addresses, phone numbers and IBANs in columns that are not named so."""

    type = "personal-data"
    Errors: ClassVar[_ErrorTypes] = [PersonalDataError]

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Yield an error for each such cell."""
        for name, text in _texts(row):
            if rules.is_contact_column(name):
                continue
            kind = rules.personal_data(text)
            if kind is not None:
                yield PersonalDataError.from_row(row, note=kind, field_name=name)


@attrs.define(kw_only=True, repr=False)
class Coordinates(Check):
    """Report coordinates that are swapped, no degrees, or outside of Germany."""

    type = "coordinates"
    Errors: ClassVar[_ErrorTypes] = [CoordinateError]

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Yield an error for a row whose pair cannot be right."""
        columns = rules.coordinate_columns(row.field_names)
        if columns is None or max(columns) >= len(row.cells):
            return
        latitude, longitude = (rules.number_of(row.cells[k]) for k in columns)
        if latitude is None or longitude is None:
            return
        places = rules.Places()
        places.add(row.row_number, latitude, longitude)
        for kind, (_, shown) in places.first.items():
            yield CoordinateError.from_row(row, note=f"{kind}: {shown}")


@attrs.define(kw_only=True, repr=False)
class TotalsRows(Check):
    """Report rows whose label says that they sum up others."""

    type = "totals-rows"
    Errors: ClassVar[_ErrorTypes] = [TotalsRowError]

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Yield an error for a row called »Insgesamt« or the like."""
        label = totals_label(row.cells)
        if label is not None:
            yield TotalsRowError.from_row(row, note=label)


@attrs.define(kw_only=True, repr=False)
class DoubtfulColumns(Check):
    """Report columns that are empty, constant, of mixed dates, or whose keys lost their zeros."""

    type = "doubtful-columns"
    Errors: ClassVar[_ErrorTypes] = [ColumnError]
    _names: list[str] = attrs.field(factory=list, init=False)
    _counts: list[ColumnStatistics] = attrs.field(factory=list, init=False)

    def validate_row(self, row: Row) -> Iterator[Error]:
        """Look at the cells; the verdict falls at the end."""
        if not self._counts:
            self._names = list(row.field_names)
            self._counts = [ColumnStatistics() for _ in self._names]
        for counts, cell in zip(self._counts, row.cells, strict=False):
            counts.add([cell])
        yield from ()

    def validate_end(self) -> Iterator[Error]:
        """Yield an error for each doubtful column."""
        columns = infer_columns(self._names, self._counts, None)
        for column, counts in zip(columns, self._counts, strict=True):
            for note in doubts(column, counts):
                yield ColumnError(note=f'"{column.name}" {note}')


def doubts(column: Column, counts: ColumnStatistics) -> Iterator[str]:
    """What is wrong with a column as a whole, in the words of a Frictionless note."""
    if counts.classes.total() and counts.classes.total() == counts.classes[c.EMPTY]:
        yield "is empty"
    if counts.constant is not None and counts.values >= _LEAST_ROWS:
        yield f'is always "{counts.constant}"'
    if column.mixed_dates:
        yield "mixes several ways to write dates"
    if column.lost_zeros:
        yield "lost leading zeros"


def all_checks() -> list[Any]:
    """One of each."""
    return [
        Mojibake(),
        SpreadsheetValues(),
        PersonalData(),
        Coordinates(),
        TotalsRows(),
        DoubtfulColumns(),
    ]
