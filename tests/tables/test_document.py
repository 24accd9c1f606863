"""The JSON of a table check keeps its contract, whatever the file is."""

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.table import options_hash

Check = Callable[..., TableCheck]
KEYS = [
    *("target", "kind", "format", "encoding", "dialect", "rows", "fields", "schema", "valid"),
    *("report", "findings"),
]
DIALECT_KEYS = [
    *("delimiter", "quote_char", "header_rows", "comment_rows", "footer_rows"),
    *("decimal_char", "group_char"),
]
FINDING_KEYS = [
    *("code", "severity", "subject", "property", "value", "row", "field", "message", "advice"),
    "source",
]


def sheet() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    ["a;b\n1;2;3\n", "a\tb\n1\t2\n", "", "\n\n", "<html>", b"%PDF-1.4", b"\0\1\2\3" * 9, sheet()],
)
def test_the_keys_are_always_the_same(check: Check, data: str | bytes) -> None:
    document: dict[str, Any] = json.loads(json.dumps(check(data).document))
    assert list(document) == KEYS
    assert document["kind"] == "table"
    assert document["schema"] == "inferred"
    assert document["target"] == "tabelle.csv"
    if document["dialect"] is not None:
        assert list(document["dialect"]) == DIALECT_KEYS
    for field in document["fields"]:
        assert list(field) == ["name", "type", "format", "missing_values"]
    for finding in document["findings"]:
        assert list(finding) == FINDING_KEYS
        assert finding["subject"] == "tabelle.csv"


def test_fields_of_a_given_schema_are_those_of_the_schema(check: Check) -> None:
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b"}], "missingValues": ["-"]}
    assert check("a;b\n1;2\n", schema=schema).document["fields"] == [
        {"name": "a", "type": "integer", "format": "default", "missing_values": ["-"]},
        {"name": "b", "type": "string", "format": "default", "missing_values": ["-"]},
    ]


def test_the_same_file_gives_the_same_document(check: Check) -> None:
    def once() -> dict[str, Any]:
        document = check("a;b\n1;2\nx;y\n").document
        document["report"]["stats"].pop("seconds")
        document["report"]["tasks"][0]["stats"].pop("seconds")
        return document

    assert once() == once()


def test_equal_options_have_an_equal_hash() -> None:
    schema = {"fields": [{"name": "a"}]}
    assert options_hash(None) == options_hash(None)
    assert options_hash(schema) == options_hash(dict(schema))
    hashes = {
        options_hash(None),
        options_hash(schema),
        options_hash(schema, "declared"),
        options_hash(schema, limits=Limits(rows=5)),
        options_hash({"fields": []}),
        options_hash({}),
    }
    assert len(hashes) == 6
