"""The description has every route that is served, with the columns that the contracts declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.serving.client import Client, json
from tests.pipelines.serving.published import READINGS, START, MemoryStore, publish, serving

NAMED = {"drive_id": "d1", "scenario_id": "s0001", "vehicle_id": "v1"}


@pytest.fixture
def document(client: Client) -> Any:
    return json(client.get("/openapi.json"))


def schemas(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from ([node["schema"]] if "schema" in node else [])
        for value in node.values():
            yield from schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas(value)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [value] if key == "$ref" else references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_whole(document: Any) -> None:
    """Its schemas are schemas, its references lead somewhere, and paths name their parameters."""
    for schema in [*schemas(document["paths"]), *document["components"]["schemas"].values()]:
        Draft202012Validator.check_schema(schema)
    assert {name.removeprefix("#/components/schemas/") for name in references(document)} <= set(
        document["components"]["schemas"]
    )
    names = [operation["operationId"] for _, _, operation in operations(document) if "operationId" in operation]
    assert len(names) == len(set(names))
    for _, path, operation in operations(document):
        in_path = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"]
        assert in_path == re.findall(r"\{(\w+)\}", path)
        assert operation["responses"]


def test_every_path_is_served_and_its_answers_are_as_described(client: Client, document: Any) -> None:
    components = {"components": document["components"]}
    for method, path, operation in operations(document):
        target = re.sub(r"\{(\w+)\}", lambda found: NAMED[found[1]], path)
        answer = client.get(target) if method == "get" else client.post(target, {"keys": ["d1", "s0001"]})
        assert answer.status == 200, path
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, **components}).validate(json(answer))


def test_every_table_has_its_paths(document: Any) -> None:
    expected = {f"/v1/{name}{rest}" for name, rest in (("drives", "/{drive_id}"), ("scenarios", "/{scenario_id}"))}
    expected |= {f"/v1/{name}{rest}" for name in ("drives", "scenarios") for rest in ("", ":batchGet")}
    expected.add("/v1/drives/{drive_id}/scenarios")
    assert set(document["paths"]) == {*expected, "/healthz", "/readyz", "/v1/snapshot"}


def test_the_parameters_are_those_that_are_taken(client: Client, document: Any) -> None:
    described = {one["name"] for one in document["paths"]["/v1/scenarios"]["get"]["parameters"]}
    assert described == {"scenario_id", "drive_id", "kind", "h3_cell", "start", "end", "limit", "cursor"}
    refusal = json(client.get("/v1/scenarios?bogus=1"))["detail"]
    assert all(name in refusal for name in described)


@pytest.mark.parametrize(("name", "table"), [("drives", "drive_logs.drives"), ("scenarios", "scenarios.scenarios")])
def test_a_row_has_the_columns_of_its_contract(document: Any, name: str, table: str) -> None:
    schema = document["components"]["schemas"][name]
    columns = {column.name: (column.required, column.doc) for column in CONTRACTS.table(table).columns}
    found = {
        column: ("null" not in described["type"], described["description"])
        for column, described in schema["properties"].items()
    }
    assert found == columns
    # A row is sent as it is stored, so all of its columns are there.
    assert schema["required"] == list(columns)


def test_a_table_without_time_or_cell_has_no_parameters_for_them(tmp_path: Path) -> None:
    store = MemoryStore()
    row = {"sensor": 1, "day": None, "taken": START, "good": True, "place": 1, "value": None}
    publish(store, "one", [(READINGS, [row])])
    client = Client(serving(store, tmp_path))
    document = json(client.get("/openapi.json"))
    described = [one["name"] for one in document["paths"]["/v1/readings"]["get"]["parameters"]]
    assert described == ["sensor", "day", "taken", "good", "place", "limit", "cursor"]
    schema = {"$ref": "#/components/schemas/readings", "components": document["components"]}
    Draft202012Validator(schema).validate(json(client.get("/v1/readings/1"))["readings"][0])
