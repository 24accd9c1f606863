"""Finding codes and their German texts."""

import re
from pathlib import Path

import pytest

from datenernte_dcat.findings import Severity
from datenernte_dcat.texts import finding, texts

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path for folder in ("harvester", "validators", "dcat") for path in (ROOT / folder).rglob("*.py")
)


def test_every_code_has_whole_sentences() -> None:
    for code, text in texts().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code), code
        assert text.severity in Severity
        for sentence in (text.message, text.advice, text.why):
            assert sentence[-1:] in ".!?:»«}…)", (code, sentence)
        assert not text.title.endswith("."), code


def test_every_code_of_the_texts_is_used_in_the_source() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    source += "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("validators",)
        for path in (ROOT / folder).rglob("*.toml")
    )
    unused = [code for code in texts() if f'"{code}"' not in source]
    assert not unused


def test_a_finding_carries_its_texts_with_the_values_filled_in() -> None:
    made = finding("record-failed", subject="x", detail="kaputt")
    assert made.severity is Severity.ERROR
    assert "»x«" in made.message
    assert "kaputt" in made.message


def test_an_unknown_code_is_a_bug() -> None:
    with pytest.raises(KeyError):
        finding("gibt-es-nicht")
