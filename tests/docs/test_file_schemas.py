"""The schemas of the working folder's files accept what the program accepts, and no more."""

import json
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from datenernte_harvester.reference.file_schemas import file_schemas

BLUEPRINTS = Path(str(resources.files("datenernte_harvester"))) / "blueprints"
SCHEMAS = {name: json.loads(text) for name, text in file_schemas().items()}


def plain(value: Any) -> Any:
    """A document of TOML as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def complaints(name: str, text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(SCHEMAS[name], format_checker=checker)
    return [error.message for error in validator.iter_errors(plain(tomllib.loads(text)))]


def schema_of(path: Path) -> str:
    return "portal" if path.parent.name == "portals" else path.stem


@pytest.mark.parametrize("name", SCHEMAS)
def test_they_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(
    "path", sorted(BLUEPRINTS.rglob("*.toml")), ids=lambda path: str(path.relative_to(BLUEPRINTS))
)
def test_every_file_of_the_blueprints_fits(path: Path) -> None:
    assert complaints(schema_of(path), path.read_text(encoding="utf-8")) == []


CATALOG = '[catalog]\ntitle="K"\ndescription="D"\npublisher="P"\nbase_url="https://k.example"\n'
PORTAL = 'title="T"\nsource_type="ckan"\nurl="https://t.example"\n'


@pytest.mark.parametrize(
    ("name", "text", "is_right"),
    [
        ("datenernte", CATALOG, True),
        ("datenernte", "", False),
        ("datenernte", CATALOG.replace('title="K"\n', ""), False),
        ("datenernte", CATALOG + "[harvest]\nworkers = 4\n", True),
        ("datenernte", CATALOG + "[harvest]\nworker = 4\n", False),
        ("datenernte", CATALOG + '[network]\nallow = ["a:1"]\n', True),
        ("datenernte", CATALOG + "[network]\nallow = [1]\n", False),
        ("datenernte", CATALOG + '[score.mqa_rules]\nhttp_ok = "200"\n', True),
        ("datenernte", CATALOG + '[log]\nformat = "xml"\n', False),
        ("portal", PORTAL, True),
        ("portal", PORTAL.replace("ckan", "ckann"), False),
        ("portal", PORTAL + '[lookups.license]\n"a" = "b"\n', True),
        ("portal", PORTAL + "[lookups]\nlicense = 3\n", False),
        ("portal", PORTAL + '[municipalities]\n"A" = "09162000"\n', True),
        ("portal", PORTAL + '[publisher]\nemail = "a@b.example"\n', False),
        ("portal", PORTAL + "[known]\nas_of = 2026-10-07\n", True),
        ("portal", PORTAL + '[known]\nas_of = "gestern"\n', False),
        ("municipalities", '[[municipality]]\nkey="09"\nname="B"\ntype="Land"\n', True),
        ("municipalities", '[[municipality]]\nkey="9"\nname="B"\ntype="Land"\n', False),
        ("municipalities", '[[municipality]]\nkey="09"\nname="B"\n', False),
    ],
)
def test_right_and_wrong_files(name: str, text: str, is_right: bool) -> None:
    assert (complaints(name, text) == []) is is_right
