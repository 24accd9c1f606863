"""Reference pages: up to date, whole and linked."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from datenernte_dcat.texts import texts
from datenernte_harvester.cli.main import EXIT_CODES
from datenernte_harvester.configuration import Tables, setting_names
from datenernte_harvester.reference.__main__ import main
from datenernte_harvester.reference.commands_page import commands
from datenernte_harvester.reference.markdown import code, link, page, table, words
from datenernte_harvester.reference.pages import pages
from datenernte_harvester.reference.settings_list import (
    folder_settings,
    meanings,
    portal_settings,
)
from datenernte_harvester.simulator.faults import FAULTS
from datenernte_validators.scores.mqa import RuleSet
from datenernte_validators.shapes.profiles import rule_codes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINKING = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("path", pages())
def test_no_page_is_stale(path: str) -> None:
    shown = (DOCS / path).read_text(encoding="utf-8")
    assert shown == pages()[path], "rewrite it: python -m datenernte_harvester.reference"


def test_the_pages_are_written_where_docs_is(tmp_path: Path) -> None:
    assert main(tmp_path / "nirgends") == 1
    assert main(tmp_path) == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(pages())


def test_every_finding_code_has_its_row() -> None:
    rows = re.findall(r"^\| `([^`]+)` ", pages()["reference/befunde.md"], re.MULTILINE)
    assert sorted(rows) == sorted({*texts(), *rule_codes()})


def test_every_setting_has_a_german_meaning_and_nothing_else_has() -> None:
    told = meanings()
    folder, portal = folder_settings(), portal_settings()
    assert [setting.name for setting in folder] == list(setting_names())
    assert set(told["settings"]) == {setting.name for setting in folder}
    assert set(told["portal"]) == {setting.name for setting in portal}
    assert set(told["tables"]) == {field.name for field in fields(Tables)}
    assert set(told["portal_tables"]) - {""} == {
        setting.table or setting.key
        for setting in portal
        if setting.table or setting.type_words == "Tabelle"
    }
    assert set(told["mqa_rules"]) == {field.name for field in fields(RuleSet)}
    for meaning in (text for group in told.values() for text in group.values()):
        assert re.search(r"[.?…]$", meaning), meaning


def test_units_of_settings_are_told() -> None:
    for setting in (*folder_settings(), *portal_settings()):
        for ending, unit in (("_seconds", "Sekunden"), ("_bytes", "Byte"), ("_days", "Tag")):
            if setting.key.endswith(ending):
                assert unit in setting.meaning, setting.name


def test_every_setting_has_its_row_and_its_variable() -> None:
    shown = pages()["reference/einstellungen.md"]
    for setting in (*folder_settings(), *portal_settings()):
        heading = f"[{setting.key}" if setting.type_words == "Tabelle" else f"| `{setting.key}` |"
        assert heading in shown or f"| `{setting.key}` |" in shown, setting.name
        assert setting.variable is None or f"`{setting.variable}`" in shown


def test_every_command_fault_and_exit_code_has_its_place() -> None:
    shown = pages()["reference/befehle.md"]
    for name, _ in commands():
        assert f"## datenernte {name}".rstrip() in shown.splitlines()
    for value, _ in EXIT_CODES:
        assert f"| {value} |" in shown
    assert all(f"| `{fault}` |" in pages()["reference/stoerungen.md"] for fault in FAULTS)


@pytest.mark.parametrize("path", LINKING, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_readme_and_architecture_name_every_page() -> None:
    for entry in ("README.md", "docs/architecture.md"):
        shown = (ROOT / entry).read_text(encoding="utf-8")
        assert all(path in shown for path in pages() if path.startswith("reference/")), entry


def test_text_in_a_cell_is_no_markup() -> None:
    assert words("a | b\nc {value} <b> & `x` *y* [z]") == (
        "a \\| b c … &lt;b> &amp; \\`x\\` \\*y\\* \\[z\\]"
    )
    assert code("a|b") == "`a\\|b`"
    assert link(None) == ""
    assert link("https://x.example/a_(b)") == "[Quelle](https://x.example/a_%28b%29)"


def test_a_page_ends_with_one_line_end() -> None:
    assert page("# A\n", table(("B",), [("c",)])) == "# A\n\n| B |\n|---|\n| c |\n"
