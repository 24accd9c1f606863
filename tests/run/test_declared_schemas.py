"""A table is judged by the schema that its dataset declares, fetched through the guarded door."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.simulator.files import HEADER
from datenernte_harvester.simulator.portals import SimulatedPortal, simulated_portals
from datenernte_harvester.simulator.server import Answer, Request

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
Change = Callable[[dict[str, Any], str], None]
WRONG = {"fields": [{"name": name, "type": "boolean"} for name in HEADER]}


def serve(land: Any, change: Change, documents: dict[str, Any]) -> SimulatedPortal:
    """A sound portal whose resources say more, and which serves some documents besides."""
    portal: SimulatedPortal = simulated_portals(1, 6, 20)[0]
    land.serve(portal)

    def site(request: Request) -> Answer:
        if request.path in documents:
            body = json.dumps(documents[request.path]).encode()
            return Answer(content_type="application/json", body=body)
        answer = portal.site(request)
        if not request.path.endswith("package_search"):
            return answer
        found = json.loads(answer.body)
        for package in found["result"]["results"]:
            change(package, request.base)
        return replace(answer, body=json.dumps(found).encode())

    land.answer(portal.name, site)
    land.configure("[validate]\nlinks = false\nshapes = false\n")
    return portal


def origins(land: Any) -> set[str]:
    """Where the schemas of all CSV tables came from."""
    with Store(read_configuration(land.folder, {}).store_url) as store:
        urls = [
            reference.uri
            for record in store.records()
            for distribution in record.normalised.distribution
            for reference in distribution.download_url or distribution.access_url
            if reference.uri and reference.uri.endswith(".csv")
        ]
        states = store.file_states(urls)
        reports = [
            store.file_report(state.content_hash, state.schema_hash)
            for state in states.values()
            if state.content_hash and state.schema_hash
        ]
    assert reports
    return {str(report.report["schema"]) for report in reports if report is not None}


def of_resource(package: dict[str, Any], base: str) -> None:
    for resource in package["resources"]:
        resource["schema"] = f"{base}/schema/tabelle.json"


def of_package(package: dict[str, Any], base: str) -> None:
    package["resources"].append(
        {"id": "dp", "name": "Data Package", "url": f"{base}/datapackage.json", "format": "JSON"}
    )


PACKAGE = {"resources": [{"path": "irgendwo.csv", "schema": "schema/tabelle.json"}]}


@pytest.mark.parametrize(
    ("change", "documents"),
    [
        (of_resource, {"/schema/tabelle.json": WRONG}),
        (of_package, {"/datapackage.json": PACKAGE, "/schema/tabelle.json": WRONG}),
    ],
    ids=["schema of the resource", "data package beside the table"],
)
def test_a_declared_schema_is_the_one_that_counts(
    land: Any, change: Change, documents: dict[str, Any]
) -> None:
    serve(land, change, documents)
    assert land.run(NOW).exit_code == 0
    assert origins(land) == {"declared"}


def test_a_schema_that_is_none_is_passed_over(land: Any) -> None:
    serve(land, of_resource, {"/schema/tabelle.json": {"title": "kein Schema"}})
    assert land.run(NOW).exit_code == 0
    assert "declared" not in origins(land)
