from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular.encoding import recognise_encoding

GERMAN = "Straße;Größe;Müll\r\nMünchen;12,5;Grüße\r\nKöln;3,5;Öl\r\n"
Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("a;b\n1;2\n", "ascii", "utf-8"),
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "cp1252", "cp1252"),
        (GERMAN + "Preis;5 €;ab – bis\n", "cp1252", "cp1252"),
        (GERMAN, "latin-1", "cp1252"),  # the same bytes
        (GERMAN + "Preis;5 €;\n", "iso8859-15", "iso8859-15"),
        (GERMAN, "cp850", "cp850"),
        (GERMAN, "mac-roman", "mac-roman"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_the_one_that_the_file_was_written_in(
    write: Write, text: str, written: str, expected: str
) -> None:
    path = write(text, encoding=written)
    found = recognise_encoding(path)
    assert found.name == expected
    assert not found.broken
    assert not found.suspicious
    assert path.read_bytes().decode(found.name) == text


def test_umlauts_far_behind_the_head_are_seen(write: Write) -> None:
    text = "name;wert\n" + "abc;1\n" * 400_000 + "Müller;2\n"
    assert recognise_encoding(write(text, encoding="cp1252")).name == "cp1252"
    assert recognise_encoding(write(text)).name == "utf-8"


def test_a_character_across_two_chunks_is_no_fault(write: Write) -> None:
    text = "x" * ((1 << 20) - 1) + "ü\n"
    assert recognise_encoding(write(text)).name == "utf-8"


def test_damaged_utf8_stays_utf8_and_names_the_line(write: Write) -> None:
    found = recognise_encoding(write(GERMAN.encode() + b"M\xfcll;1;2\n"))
    assert (found.name, found.broken, found.broken_line) == ("utf-8", True, 4)


def test_a_torn_utf16_file_is_broken(write: Write) -> None:
    assert recognise_encoding(write(GERMAN.encode("utf-16")[:-1])).broken


@pytest.mark.parametrize("text", ["MÃ¼nchen", "D\ufffdren", "10\x85 20", "12 Â°C", "CafÃ©", "â€“"])
def test_text_that_was_decoded_wrongly_is_suspicious(write: Write, text: str) -> None:
    assert recognise_encoding(write(f"a;b\n{text};1\n")).suspicious


@pytest.mark.parametrize("text", ["São Paulo", "Ångström", "Âme", "Über", "Pokémon", "½", "€"])
def test_rare_letters_are_not_suspicious(write: Write, text: str) -> None:
    assert not recognise_encoding(write(f"a;b\n{text};1\n")).suspicious


def test_a_second_byte_order_mark_is_seen(write: Write) -> None:
    assert recognise_encoding(write(b"\xef\xbb\xbf" * 2 + b"a;b\n")).bom_twice


def test_zero_bytes_are_seen(write: Write) -> None:
    assert recognise_encoding(write(b"a;b\n1;2\0\n3;4\n5;6\n")).zero_bytes


def test_umlauts_of_two_characters_are_reported(write: Write) -> None:
    assert recognise_encoding(write("Fu\u0308rth;1\n")).decomposed
    assert not recognise_encoding(write("Fürth;1\n")).decomposed
