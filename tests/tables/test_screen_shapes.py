"""What the screen calls good without asking: Frictionless would call it good too."""

import random
import re
from datetime import datetime, timedelta

import polars as pl
import pytest
from frictionless import Field

from datenernte_validators.tabular.screen import patterns, shapes

SEED = 20261122


def test_integers_of_polars_are_integers_of_python() -> None:
    chance = random.Random(SEED)  # noqa: S311 - a test's dice
    alphabet = "0123456789+-_ .,eE\t\n\u00a0\u0663\uff19x"
    texts = ["".join(chance.choices(alphabet, k=chance.randrange(6))) for _ in range(20_000)]
    texts += ["9" * 18, "-" + "9" * 17, "+" + "9" * 17]
    for text, value in zip(texts, pl.Series(texts).cast(pl.Int64, strict=False), strict=True):
        if value is not None:
            assert int(text) == value


def _random_pattern(chance: random.Random, depth: int = 2) -> str:
    parts = []
    for _ in range(chance.randint(1, 4)):
        atom = chance.choice(
            (
                "a",
                "b",
                "ä",
                ".",
                r"\d",
                r"\w",
                r"\s",
                r"\.",
                "[ab]",
                "[^a]",
                "[a-c0-9]",
                r"[\d.]",
                "1",
                " ",
            )
        )
        if depth and chance.random() < 0.3:
            inner = _random_pattern(chance, depth - 1)
            atom = chance.choice(("({})", "(?:{})", "({}|b)")).format(inner)
        parts.append(
            atom + chance.choice(("", "", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?", "+?"))
        )
    text = "".join(parts)
    forms = ("{}", "{}", "^{}$", "{}|a", "^{}", r"{}\$") if depth == 2 else ("{}", "{}|a")
    return chance.choice(forms).format(text)


def test_a_translated_pattern_matches_nothing_that_python_would_not() -> None:
    chance = random.Random(SEED)  # noqa: S311 - a test's dice
    alphabet = "aabbcä1 .2\n\u0663\u00a0é_$A"
    texts = ["".join(chance.choices(alphabet, k=chance.randrange(6))) for _ in range(400)]
    matched = 0
    for _ in range(400):
        pattern = _random_pattern(chance)
        translation = patterns.translated(pattern)
        assert translation is not None, pattern
        plain = re.compile(f"^{pattern}$")
        found = pl.Series(texts).str.contains(translation)
        for text, yes in zip(texts, found, strict=True):
            assert not yes or plain.match(text), (pattern, text)
        matched += int(found.sum())
    assert matched > 4_000


@pytest.mark.parametrize(
    "pattern",
    ["a++", "a*+", "(?i)a", "(?=a)", r"(a)\1", r"\bx", r"\D", r"[^\d]", "[[a]", "[a&&b]", "a^b", "a$b", r"\Z", "(?P<x>a)", "日"],
)  # fmt: skip
def test_a_pattern_that_could_mean_something_else_is_not_translated(pattern: str) -> None:
    assert patterns.translated(pattern) is None


@pytest.mark.parametrize(
    "form",
    ["%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y", "%Y%m%d", "%d.%m.%Y %H:%M", "%H:%M:%S", "%Y-%m-%dT%H:%M:%S"],
)  # fmt: skip
def test_what_a_moment_format_matches_is_a_moment_that_writes_itself_so(form: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a test's dice
    found = patterns.moment_format(form)
    assert found is not None
    texts = []
    for _ in range(3_000):
        day = datetime(1990, 1, 1) + timedelta(seconds=chance.randrange(2_000_000_000))
        text = list(day.strftime(form))
        if chance.random() < 0.5:
            text[chance.randrange(len(text))] = chance.choice("0123456789 .x\u0663")
        texts.append("".join(text))
    certain = pl.Series(texts).str.contains(found.pattern)
    assert certain.sum() > 1_000
    for text in pl.Series(texts).filter(certain):
        assert datetime.strptime(text, form).strftime(form) == text


@pytest.mark.parametrize("form", ["%d. %B %Y", "%d.%d.%Y", "%Y %y", "%j", "%Y-%m-%d%z", "ä%Y", "%"])
def test_a_format_without_fixed_widths_is_left_to_the_reader(form: str) -> None:
    assert patterns.moment_format(form) is None


def test_ordinary_addresses_and_uuids_are_good_ones_to_frictionless() -> None:
    readers = {
        name: Field.from_descriptor(
            {"name": "a", "type": "string", "format": name}
        ).create_cell_reader()
        for name in shapes._STRING_FORMATS
    }
    chance = random.Random(SEED)  # noqa: S311 - a test's dice
    texts = ["2bc1c94f-0deb-43e9-92a1-4775189ec9f8", "00000000-0000-0000-0000-000000000000"]
    letters = "abz09._-"
    for _ in range(3_000):
        user = "".join(chance.choices(letters, k=chance.randrange(9)))
        host = "".join(chance.choices(letters, k=chance.randrange(9)))
        texts.append(f"{user}@{host}.{chance.choice(('de', 'com', 'org', 'net', 'DE'))}")
    for name, form in shapes._STRING_FORMATS.items():
        certain = pl.Series(texts).filter(pl.Series(texts).str.contains(form))
        assert len(certain) > 1
        for text in certain:
            assert readers[name](text) == (text, None)
