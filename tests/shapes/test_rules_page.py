"""Every convention of the handbook is checked somewhere, or the page says why not."""

from pathlib import Path

from datenernte_dcat.texts import texts
from datenernte_validators.shapes.rules_page import (
    CODES,
    CONVENTIONS,
    REASONS,
    conventions,
    rules_page,
)

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_not_stale() -> None:
    """`python -m datenernte_validators.shapes.rules_page > docs/rules.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == rules_page()


def test_each_convention_is_checked_or_has_a_reason() -> None:
    checked = conventions()
    assert set(checked) | set(REASONS) == set(CONVENTIONS)
    assert {number for number in CODES if number not in REASONS} == set()
    assert {rule.message[:5] for rules in checked.values() for rule in rules} == {
        f"K{number:02}: " for number in checked
    }


def test_a_convention_of_our_own_checks_names_real_findings() -> None:
    assert {code for codes in CODES.values() for code in codes} <= set(texts())
