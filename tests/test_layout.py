"""The folder tree is the architecture: what keeps it so."""

import importlib
import re
from pathlib import Path

import pytest
from frictionless import Resource, Schema

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / folder / f"datenernte_{package}"
    for folder, package in (("harvester",) * 2, ("validators",) * 2, ("dcat",) * 2)
]


@pytest.mark.parametrize("folder", ["harvester", "validators", "dcat"])
def test_source_roots_are_no_packages(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_email_field_is_checked_by_the_real_validators_library() -> None:
    schema = Schema.from_descriptor(
        {"fields": [{"name": "mail", "type": "string", "format": "email"}]}
    )
    resource = Resource(data=[["mail"], ["keine-adresse"]], schema=schema)
    assert [error.type for error in resource.validate().tasks[0].errors] == ["type-error"]


def test_no_module_is_called_utils_or_common() -> None:
    names = {path.stem for source in SOURCES for path in source.rglob("*.py")}
    assert not names & {"utils", "util", "common", "helpers", "misc"}


def test_every_module_can_be_imported_and_has_a_docstring() -> None:
    for source in SOURCES:
        for path in source.rglob("*.py"):
            if path.name == "__main__.py" or "migrations" in path.parts:
                continue
            name = ".".join(path.relative_to(source.parent).with_suffix("").parts)
            module = importlib.import_module(name.removesuffix(".__init__"))
            assert module.__doc__, name


def test_modules_have_one_topic_and_stay_short() -> None:
    long = {
        path.name: lines
        for source in SOURCES
        for path in source.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long


def test_broad_except_stands_at_exactly_three_places() -> None:
    places = [
        path.name
        for source in SOURCES
        for path in source.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*except (Base)?Exception\b", line) or re.match(r"\s*except:", line)
    ]
    assert len(places) == 3, places


def test_only_settings_reads_the_environment() -> None:
    readers = {
        path.name
        for source in SOURCES
        for path in source.rglob("*.py")
        # how many threads a library takes can only be said there, before it is loaded
        if re.search(r"os\.(environ(?!\.setdefault)|getenv)", path.read_text(encoding="utf-8"))
    }
    assert readers == {"settings.py"}


def test_start_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    script = (
        "import sys, datenernte_harvester.cli.main;"
        "heavy={'scrapy','frictionless','rdflib','pyshacl','aiohttp','sqlalchemy','jinja2','lxml'};"
        "print(*sorted(heavy & sys.modules.keys()))"
    )
    answer = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "", answer.stderr
