"""The examples of the pages for operators are what the program reads."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from datenernte_dcat.errors import PortalConfigError
from datenernte_dcat.site.words import STATES
from datenernte_harvester.credentials import credentials
from datenernte_harvester.portal import PortalFile, read_portal, source_types
from datenernte_harvester.toml_table import to_dataclass

DOCS = Path(__file__).parents[2] / "docs"
PORTAL_PAGES = ("adding-a-portal.md", "another-land.md")


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PORTAL_PAGES)
def test_a_whole_example_is_a_portal_file(page: str, tmp_path: Path) -> None:
    (tmp_path / "portals").mkdir()
    path = tmp_path / "portals" / "beispiel.toml"
    path.write_text(blocks(page, "toml")[0], encoding="utf-8")
    assert read_portal(path).known.software


def test_a_part_of_an_example_fits_a_portal_file() -> None:
    for page in PORTAL_PAGES:
        for block in blocks(page, "toml"):
            whole = {"name": "x", "title": "X", "source_type": "ckan", "url": "https://x.example"}
            to_dataclass({**whole, **tomllib.loads(block)}, PortalFile, page, PortalConfigError)


def test_the_states_are_called_as_on_the_site() -> None:
    page = (DOCS / "adding-a-portal.md").read_text(encoding="utf-8")
    for state, mark in STATES.items():
        assert state is None or f"| {mark.words} |" in page


def test_the_forms_of_credentials_are_read() -> None:
    shown = re.findall(
        r'^DATENERNTE_(AUTH_STADT)="(.+)"$',
        (DOCS / "operating.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(shown) == 3
    for name, value in shown:
        assert credentials("stadt", {name: value.replace("…", "")}) is not None


def test_prometheus_reads_the_rules_and_they_ask_for_figures_that_exist(tmp_path: Path) -> None:
    (rules,) = blocks("operating.md", "yaml")
    expressions = " ".join(
        rule["expr"] for group in yaml.safe_load(rules)["groups"] for rule in group["rules"]
    )
    asked = set(re.findall(r"datenernte_\w+", expressions))
    assert asked <= {
        "datenernte_run_finished_timestamp_seconds",
        "datenernte_portal_last_success_timestamp_seconds",
        "datenernte_portal_state",
    }
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing (Debian: prometheus)")
        pytest.skip("promtool is not installed")
    path = tmp_path / "datenernte.rules.yml"
    path.write_text(rules, encoding="utf-8")
    subprocess.run([promtool, "check", "rules", str(path)], check=True)  # noqa: S603


def test_every_source_type_is_in_the_table() -> None:
    page = (DOCS / "adding-a-portal.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert rows == ["source_type", *source_types()]
