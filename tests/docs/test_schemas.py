"""JSON Schemas: what we write keeps them, and they refuse everything else."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import attrs
import jsonschema  # type: ignore[import-untyped]
import pytest
from frictionless import Error, errors
from referencing import Registry, Resource
from tests.docs.conftest import PRODUCED, SCHEMAS

from datenernte_dcat.findings import Severity
from datenernte_dcat.site.words import DIMENSIONS
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.cli.german import GermanGroup
from datenernte_harvester.configuration import setting_names
from datenernte_harvester.reference.commands_page import FILES, FURTHER, commands
from datenernte_harvester.reference.commands_page import SCHEMAS as OF_COMMANDS
from datenernte_validators.scores.mqa_method import method, metric_points
from datenernte_validators.tabular.content import Content
from datenernte_validators.tabular.german import FRICTIONLESS_CODES

NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))

MAPS = {"findings_by_code", "files", "score.mqa_rules", "municipalities"}
"""Keys whose values are maps with free keys; a whole document of `bounds` is one too."""
OPTIONAL = {
    ("check", "frictionless_error"),
    ("check", "frictionless_task.stats"),
}
"""Objects of Frictionless' report that leave out what they do not know."""
WORDS = {"state", "severity", "status", "rating", "kind", "schema", "origin", "reason"}
"""Keys whose texts follow a list or a pattern."""


@cache
def schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return document


@cache
def validator(name: str) -> Any:
    registry: Registry[Any] = Registry().with_resources(
        [(f"{other}.json", Resource.from_contents(schema(other))) for other in NAMES]
    )
    return jsonschema.Draft202012Validator(
        {"$ref": f"{name}.json"},
        registry=registry,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def objects(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that a schema describes, with the names on the way to it."""
    if isinstance(node, dict):
        if "properties" in node:
            yield place, node
        for key, value in node.items():
            inner = key not in ("properties", "$defs", "items", "oneOf")
            yield from objects(value, f"{place}.{key}".lstrip(".") if inner else place)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value, place)


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["title"]
    assert schema(name)["description"]


@pytest.mark.parametrize("name", NAMES)
def test_objects_are_closed_and_complete_and_every_field_is_described(name: str) -> None:
    for place, node in objects(schema(name)):
        assert node["additionalProperties"] is False, place
        missing = set(node["properties"]) - set(node["required"])
        assert not missing or (name, place) in OPTIONAL, (place, missing)
        for key, field in node["properties"].items():
            assert described(field, name)[-1:] in (".", "?"), f"{place}.{key}"


def described(field: dict[str, Any], name: str) -> str:
    """What a field says of itself, or what the definition says that it points to."""
    if "description" not in field and "$ref" in field:
        field = schema(name)["$defs"][field["$ref"].rpartition("/")[2]]
    return str(field.get("description", ""))


def test_every_json_output_has_a_schema_and_every_schema_an_output() -> None:
    speaking = {
        name
        for name, context in commands()
        if not isinstance(context.command, GermanGroup)
        and any({"--json", "--format"} & set(option.opts) for option in context.command.params)
    }
    assert speaking == set(OF_COMMANDS)
    parts = {"finding"}
    assert {*OF_COMMANDS.values(), *FURTHER.values(), *FILES.values(), *parts} == set(NAMES)
    assert set(PRODUCED.values()) == set(NAMES) - parts


def test_everything_is_produced(produced: dict[str, Any]) -> None:
    assert set(produced) == set(PRODUCED)
    check, run = produced["check of a catalogue"], produced["harvest with a held portal"]
    assert check["datasets"][0]["findings"]
    assert {entry["state"] for entry in run["portals"]} == {"held"}
    assert produced["publish without a site"]["error"]
    assert produced["report.json"]["tasks"]
    assert produced["history with an unfinished run"]["runs"][0]["status"] is None
    assert None in produced["bounds before the first run"].values()
    assert produced["history with a retired portal"]["runs"][0]["status"] == "ok"
    assert produced["portals without municipality"]["unresolved"]
    assert produced["municipalities import"]["changed"]
    assert produced["municipalities check"]["problems"]
    assert not produced["doctor with a problem"]["ok"]


@pytest.mark.parametrize("what", PRODUCED)
def test_what_we_write_keeps_its_schema(produced: dict[str, Any], what: str) -> None:
    validator(PRODUCED[what]).validate(produced[what])


@pytest.mark.parametrize("what", PRODUCED)
def test_a_changed_document_is_refused(produced: dict[str, Any], what: str) -> None:
    name = PRODUCED[what]
    accepted = [
        change
        for change, document in changed(produced[what], name)
        if validator(name).is_valid(document)
    ]
    assert not accepted


def changed(document: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The document with one thing wrong, for every kind of place in it, with words for it."""
    seen: set[tuple[str, ...]] = set()
    for path, node in places(document):
        kind = tuple("*" if isinstance(step, int) else step for step in path)
        if kind in seen:
            continue
        seen.add(kind)
        is_map = path[-1] in MAPS if path else name == "bounds"
        wrong: list[tuple[str, Any]] = [("another type", {"falsch": True})]
        if isinstance(node, dict):
            wrong.append(("an unknown key", {**node, "Unbekannt": {"falsch": True}}))
            optional = name == "check" and (
                "errors" in kind or kind[-3:] == ("tasks", "*", "stats")
            )
            if not is_map and not optional:
                wrong += [
                    (f"without {key}", {other: node[other] for other in node if other != key})
                    for key in node
                ]
        elif isinstance(node, list):
            wrong.append(("an unknown item", [*node, {"falsch": True}]))
        elif isinstance(node, int | float) and not isinstance(node, bool):
            if name != "config":
                wrong.append(("a number below zero", -1))
        elif isinstance(node, str) and path[-1] in WORDS:
            wrong.append(("an unknown word", "Falsch!"))
        for words, value in wrong:
            yield f"{'/'.join(kind)}: {words}", replaced(document, path, value)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, node
    steps = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for step in steps:
        yield from places(node[step], (*path, step))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(document)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return made


def test_lists_of_words_are_those_of_the_code() -> None:
    run, check, finding = schema("run"), schema("check"), schema("finding")
    assert run["$defs"]["portal"]["properties"]["state"]["enum"] == [*PortalState]
    assert schema("status")["$defs"]["portal"]["properties"]["state"]["enum"] == [
        *PortalState,
        None,
    ]
    assert finding["properties"]["severity"]["enum"] == [*Severity]
    formats = check["$defs"]["table"]["properties"]["format"]["enum"]
    assert formats == [*Content, None]
    ratings = check["$defs"]["mqa"]["properties"]["rating"]["enum"]
    assert all(list(band) == ratings for band in method().bands.values())
    assert schema("quality")["properties"]["catalog"]["properties"]["rating"]["enum"] == [
        *ratings,
        None,
    ]


def test_points_are_those_of_the_method() -> None:
    mqa = schema("check")["$defs"]["mqa"]["properties"]
    metrics = mqa["metrics"]["properties"]
    assert {key: value["enum"] for key, value in metrics.items()} == {
        key: [0, points] for key, points in metric_points().items()
    }
    dimensions = mqa["dimensions"]["properties"]
    assert {key: value["maximum"] for key, value in dimensions.items()} == {
        one.name: one.maximum for one in DIMENSIONS
    }


def test_the_settings_are_those_of_the_code() -> None:
    plain, origins = schema("config")["oneOf"]
    assert list(plain["properties"]) == list(origins["properties"]) == list(setting_names())


def test_every_field_of_a_frictionless_error_is_known() -> None:
    known = set(schema("check")["$defs"]["frictionless_error"]["properties"])
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, Error) and kind.type in FRICTIONLESS_CODES:
            fields = {_camel(field.name) for field in attrs.fields(kind)}
            assert fields <= known, kind.type


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
