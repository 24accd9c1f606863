"""Schemas that datasets declare: Table Schema, Data Package, CSVW."""

from typing import Any

import pytest
from frictionless import Schema

from datenernte_validators.tabular.declared import (
    Declared,
    declared_schema,
    is_metadata_file,
    looks_like_schema,
)

FILE = "https://daten.example.org/x/b%C3%A4ume.csv"
BASE = "https://daten.example.org/x/datapackage.json"
SCHEMA = {"fields": [{"name": "a", "type": "integer"}]}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (SCHEMA, Declared(schema=SCHEMA)),
        ({"resources": [{"path": "bäume.csv", "schema": SCHEMA}]}, Declared(schema=SCHEMA)),
        (
            {"resources": [{"path": "b.csv", "schema": {}}, {"path": FILE, "schema": SCHEMA}]},
            Declared(schema=SCHEMA),
        ),
        ({"resources": [{"path": "other.csv", "schema": SCHEMA}]}, Declared(schema=SCHEMA)),
        (
            {"resources": [{"path": "bäume.csv", "schema": "schema.json"}]},
            Declared(url="https://daten.example.org/x/schema.json"),
        ),
        ({"resources": [{"path": "b.csv", "schema": SCHEMA}, {"path": "c.csv"}]}, Declared()),
        ({"resources": "x"}, Declared()),
        ({"tables": [{"url": "bäume.csv"}]}, Declared()),
        ([], Declared()),
        ("x", Declared()),
        ({}, Declared()),
    ],
)
def test_the_schema_of_the_file_is_found(document: Any, found: Declared) -> None:
    assert declared_schema(document, BASE, FILE) == found


def test_csvw_becomes_a_table_schema() -> None:
    document = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": "bäume.csv",
        "tableSchema": {
            "columns": [
                {"name": "id", "titles": "Baumnr", "required": True},
                {
                    "name": "h",
                    "titles": {"de": "Höhe"},
                    "datatype": {
                        "base": "decimal",
                        "minimum": 0,
                        "format": {"decimalChar": ",", "groupChar": "."},
                    },
                    "null": ["-", ""],
                },
                {"name": "tag", "datatype": {"base": "date", "format": "dd.MM.yyyy"}},
                {"name": "at", "datatype": "dateTime"},
                {"name": "unknown", "datatype": "anyURI"},
                {"virtual": True, "name": "v"},
            ],
            "primaryKey": "id",
        },
    }
    schema = declared_schema(document, BASE, FILE).schema
    assert schema == {
        "fields": [
            {"name": "Baumnr", "type": "string", "constraints": {"required": True}},
            {
                "name": "Höhe",
                "type": "number",
                "decimalChar": ",",
                "groupChar": ".",
                "constraints": {"minimum": 0},
                "missingValues": ["-", ""],
            },
            {"name": "tag", "type": "date", "format": "%d.%m.%Y"},
            {"name": "at", "type": "datetime"},
            {"name": "unknown", "type": "string"},
        ],
        "primaryKey": ["Baumnr"],
    }
    Schema.from_descriptor(schema)


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("https://a.example/baum.schema.json", True),
        ("https://a.example/tableschema.json", True),
        ("https://a.example/datapackage.json", True),
        ("https://a.example/bäume.csv-metadata.json", True),
        ("https://a.example/schema/baum", True),
        ("http://www.opengis.net/def/crs/EPSG/0/25832", False),
        ("https://a.example/schema/index.html", False),
        ("https://a.example/schema.xsd", False),
    ],
)
def test_what_may_be_a_schema_is_fetched(url: str, schema: bool) -> None:
    assert looks_like_schema(url) is schema


def test_files_beside_a_table_describe_it_by_their_names() -> None:
    assert is_metadata_file("https://a.example/datapackage.json?v=1")
    assert not is_metadata_file("https://a.example/daten.json")
