from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular.dialect import recognise_dialect

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Name;Wert\nA;1,5\nB;2,5\n", ";"),
        ("Name, Vorname(n);Stimmen;Anteil\nMüller, H.;12;1,5\nMeier, E., Dr.;3;2,5\n", ";"),
        ("a,b,c\n1,2,3\n4,5,6\n", ","),
        ('a,b,c\n1,"2,5",3\n4,"5,5",6\n', ","),
        ('a,b\n"x;y;z",1\n"u;v;w",2\n', ","),
        ("a\tb\n1,5\t2,5\n3,5\t4\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("Titel, Stand 2023, Quelle: Amt\n\nA;B;C\n1,2;2,3;3,4\n1,5;2,6;3,7\n", ";"),
        ("Datum;Text\n01.01.2024;Dies ist, wie immer, ein Text\n02.01.2024;Noch, ein, Text\n", ";"),
        ("x;y\n1,5;2,5\n", ";"),
        ("Ort;Lage\nA;48,1\nB;48,2\nC;48,3\n", ";"),
        ('a;"b;c";d\n1;"2;3";4\n', ";"),
        ("nur eine Spalte\n1\n2\n", ","),
        ("Zeit;Wert\n12:30;1\n12:45;2\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_gives_all_rows_one_width(
    write: Write, text: str, delimiter: str
) -> None:
    assert recognise_dialect(write(text), "utf-8", 5_000_000).delimiter == delimiter


def test_single_quotes_quote_where_double_ones_never_do(write: Write) -> None:
    path = write("a;b\n'x;y';1\n'u;v';2\n'p;q';3\n'r;s';4\n")
    assert recognise_dialect(path, "utf-8", 5_000_000).quote_char == "'"


def test_an_apostrophe_is_no_quote(write: Write) -> None:
    path = write("a;b\n't Hoff;1\nO'Neill;2\nHans' Laden;3\n")
    assert recognise_dialect(path, "utf-8", 5_000_000).quote_char == '"'


def test_a_blank_before_the_quote_belongs_to_the_delimiter(write: Write) -> None:
    dialect = recognise_dialect(write('a, "b", "c"\n1, "x,y", "z"\n'), "utf-8", 5_000_000)
    assert dialect.skip_initial_space
    assert next(dialect.reader(['1, "x,y", "z"'])) == ["1", "x,y", "z"]
