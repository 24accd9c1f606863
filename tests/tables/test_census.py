"""The counts of large tables are those of small ones."""

import random
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from datenernte_validators.tabular.census import screened_collect
from datenernte_validators.tabular.counting import ColumnStatistics, body_rows, collect
from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import CsvSource

Write = Callable[..., Path]
CELLS = [
    *("", "-", "x", "k. A.", "NA", "#REF!", "ja", "Nein", "0", "1", "12", "1234", "007", "01067"),
    *("1,5", "1.5", "1.234", "1,234", "1.234.567", "1.234,5", "1,234.5", "0,123", "01,5", "01.5"),
    *("-3", "+3", "\u22123,5", "1 234", "12 %", "3,5 €", "1e5", ".5", ",5", "12.", "1,2,3"),
    *("01.02.2024", "31.02.2024", "29.02.2024", "1.2.2024", "01.02.24", "01.13.05", "2024-02-30"),
    *("2024-02-01", "0000-01-01", "2024-02-01T10:00:00Z", "2024-02-01 10:00", "25:00", "7:05"),
    *("12:30", "12:30:59", "1/2/2024", "31/1/2024", "Ort", " Ort ", "unbekannt", "Unbekannt"),
    *("eva@example.org", "De02 1203 0000 0000 2020 51", "DE02120300000000202051", "E", "Err:502"),
    *("=SUMME(A1)", "0171 1234567", "ß", "Äpfel", "a;b", 'q"q', "zwei\nZeilen", "Nein ", "None"),
]


def assert_equal(fast: list[ColumnStatistics], slow: list[ColumnStatistics]) -> None:
    for number, (a, b) in enumerate(zip(fast, slow, strict=True)):
        assert a.constant == b.constant
        assert len(a.distinct) == len(b.distinct)
        for one in fields(ColumnStatistics):
            if one.name == "distinct":  # which is the second one says nothing
                continue
            assert getattr(a, one.name) == getattr(b, one.name), (number, one.name)


@pytest.mark.parametrize("seed", range(40))
def test_the_counts_are_those_of_the_slow_way(write: Write, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - invented data
    width = chance.randint(1, 5)
    pools = [chance.sample(CELLS, chance.choice((1, 2, 4, 12))) for _ in range(width)]

    def cell(text: str) -> str:
        if any(mark in text for mark in ';"\n'):
            return '"' + text.replace('"', '""') + '"'
        return text

    lines = []
    for _ in range(chance.choice((5, 60, 700))):
        row = [cell(chance.choice(pool)) for pool in pools]
        if chance.random() < 0.02:
            row = row[: chance.randint(0, width)] + ["zu viel"] * chance.randint(0, 2)
        lines.append(";".join(row))
    path = write(";".join("abcde"[:width]) + "\n" + "\n".join(lines) + "\n")
    source = CsvSource(path, "utf-8", CsvDialect(delimiter=";"), 5_000_000)
    total = sum(1 for _ in source.rows())
    layout = Layout(header_rows=(1,), width=width, last_row=total - 1, comment_rows=(3,))
    fast = screened_collect(source, layout, width, smallest=0)
    assert fast is not None
    assert_equal(fast, collect(body_rows(source.rows(), layout), width, text=True))


@pytest.mark.parametrize("text", CELLS)
def test_every_kind_of_cell_is_counted_alike(write: Write, text: str) -> None:
    path = write("a;b\n" + f'"{text.replace(chr(34), chr(34) * 2)}";1\n' * 50)
    source = CsvSource(path, "utf-8", CsvDialect(delimiter=";"), 5_000_000)
    layout = Layout(header_rows=(1,), width=2, last_row=51)
    fast = screened_collect(source, layout, 2, smallest=0)
    assert fast is not None
    assert_equal(fast, collect(body_rows(source.rows(), layout), 2, text=True))


def test_small_files_and_strange_ones_are_left_to_the_slow_way(write: Write) -> None:
    layout = Layout(header_rows=(1,), width=2, last_row=2)
    plain = CsvSource(write("a;b\n1;2\n"), "utf-8", CsvDialect(delimiter=";"), 5_000_000)
    assert screened_collect(plain, layout, 2) is None
    spaced = CsvDialect(delimiter=";", skip_initial_space=True)
    odd = CsvSource(plain.path, "utf-8", spaced, 5_000_000)
    assert screened_collect(odd, layout, 2, smallest=0) is None
