"""The first look over all rows: the same with and without the screen."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.rows import CsvSource, RowTooLong, Scan, scan
from datenernte_validators.tabular.screen.blocks import Sizes
from datenernte_validators.tabular.screen.overview import screened_scan

SEED = 20261122
SMALL = (
    Sizes(first_bytes=16, largest_bytes=50),
    Sizes(first_bytes=300, largest_bytes=300),
    Sizes(),
)
CELLS = (
    "", "", " ", "1", "ab", "Größe", "a;b", 'a"b', '"', "a\nb", "a\r\nb", "\r", "\0", "\xa0", "\u2003", "\x1f", "-",
    "日本", "€", "\ufeff", ";", "x" * 200, "'", "…",
)  # fmt: skip

Compare = Callable[..., Scan | None]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Look at a file both ways; the outcome is the same wherever the screen has one."""

    def run(
        data: bytes,
        encoding: str = "utf-8",
        *,
        longest_row: int = 5_000_000,
        one_line: bool = False,
        quote: str = '"',
        sizes: tuple[Sizes, ...] = SMALL,
    ) -> Scan | None:
        path = tmp_path / "t.csv"
        path.write_bytes(data)

        def source() -> CsvSource:
            return CsvSource(path, encoding, CsvDialect(quote_char=quote), longest_row, one_line)

        found = None
        for one in sizes:
            ours, plain = source(), source()
            found = screened_scan(ours, smallest=0, sizes=one)
            if found is not None:
                assert found == scan(plain)
                assert ours.open_quotes == plain.open_quotes
        return found

    return run


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a;b",
        "a;b\n1;2\n",
        "a;b\r\n1;2\r\n",
        "a;b\n\n;\n \n1;2;3\n\n",
        'a;b\n"1;2";"3""4"\n"";""\n""""\n',
        'a;b\n1;"zwei\nZeilen"\n2;x\n',
        'a;b;c\n1;"offen;2\n3;4;5\n6";7;8\n9;10;11\n',
        'a;b\n1;"offen bis zum Ende\n2;3\n',
        "a;b\r1;2\r\n3;4\n",
        "Titel\n\na;b;c\n" + "1;2;3\n" * 900 + "Quelle: x\n",
    ],
)
def test_the_look_is_the_same(compare: Compare, text: str) -> None:
    assert compare(text.encode()) is not None


def test_random_tables_look_the_same(compare: Compare) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a test's dice
    looked = 0
    for _ in range(100):
        rows = [
            [chance.choice(CELLS) for _ in range(chance.choice((1, 3, 3, 3, 4)))]
            for _ in range(chance.choice((0, 3, 30, 30, 700)))
        ]
        raw = chance.random() < 0.3

        def written(cell: str, raw: bool = raw) -> str:
            if not raw and any(mark in cell for mark in ';"\n\r'):
                return '"' + cell.replace('"', '""') + '"'
            return cell

        end = chance.choice(("\n", "\n", "\r\n"))
        text = "".join(";".join(map(written, row)) + end for row in rows)
        encoding = chance.choice(("utf-8", "cp1252", "utf-16", "utf-8-sig"))
        data = text.encode(encoding, "replace")
        if chance.random() < 0.1:
            data += b"\xff\x81\n"  # looked at with U+FFFD in its place
        sizes = (chance.choice(SMALL),)
        looked += compare(data, encoding, quote=chance.choice('"""\''), sizes=sizes) is not None
    assert looked > 95


@pytest.mark.parametrize("text", ["a;b\n" + "x" * 100 + ";1\n", 'a;b\n1;"' + "x\n" * 60 + '"\n'])
def test_rows_that_are_too_long_are_left_to_the_plain_look(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    source = CsvSource(path, "utf-8", CsvDialect(), 90)
    assert screened_scan(source, smallest=0, sizes=SMALL[0]) is None
    with pytest.raises(RowTooLong):
        scan(source)


def test_small_files_are_left_to_the_plain_look(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    assert screened_scan(CsvSource(path, "utf-8", CsvDialect(), 1_000)) is None


def test_the_longest_row_is_counted_without_its_quotation_marks(compare: Compare) -> None:
    text = 'a;b\n"' + '""' * 50 + '";"x;y"\n' + "z" * 51 + ";1\n"
    found = compare(text.encode())
    assert found is not None
    assert found.longest_row == 53
