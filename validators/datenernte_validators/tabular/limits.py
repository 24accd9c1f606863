"""Limits for foreign tables: each one ends in a finding, never in a hang or a traceback."""

from dataclasses import dataclass

METHOD = "2"
"""Version of recognition and texts: a stored report of another version is to be made anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much of a foreign file is read, and for how long."""

    file_bytes: int = 200_000_000
    """Larger files are not opened (`table-too-large`)."""
    rows: int | None = None
    """Rows that Frictionless judges; None means all (`table-rows-limit`)."""
    columns: int = 10_000
    """Wider tables are not judged (`table-too-wide`)."""
    row_characters: int = 5_000_000
    """Longer rows are not judged (`table-row-too-long`, `table-quote-open`)."""
    cells: int = 30_000_000
    """Cells of a sheet, blank ones included; sheets are held in memory (`table-too-large`)."""
    errors: int = 1_000
    """Errors in the Frictionless report: its own default, after which it stops reading."""
    report_characters: int = 50_000_000
    """Upper bound of the report: with very long rows fewer errors are collected, as Frictionless
    repeats the whole row in each."""
    findings_per_code: int = 100
    """Findings of one code and cause; the rest is counted in `table-more-findings`."""
    archive_ratio: int = 100
    """Unpacked bytes for each packed byte of an XLSX part (`table-archive-bomb`)."""
    archive_entries: int = 10_000
    archive_bytes: int = 1_000_000_000
    """Unpacked bytes of an XLSX file in all."""
    seconds: float = 300.0
    """Time for one file in the child process (`table-deadline`); Frictionless needs about 100 s
    for a million rows of twelve columns."""
    memory_bytes: int = 2_000_000_000
    """Address space of the child process (`table-memory`)."""

    def error_limit(self, longest_row: int) -> int:
        """Number of errors to collect where the longest row has so many characters."""
        return max(1, min(self.errors, self.report_characters // max(longest_row, 1)))
