"""A log's JSON schemas: whatever a valid one says is taken as long as messages can fit the contract."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from pipelines.contracts.schemas import json_schema
from pipelines.sources.json_schemas import contradiction
from tests.pipelines.datasets import CONTRACTS

SPEED = CONTRACTS.table("drive_logs.speed")
NUMBER = {"type": "number"}
EVENTS = CONTRACTS.table("drive_logs.events")


def problem(schema: Any, table: Any = SPEED) -> str | None:
    return contradiction(orjson.dumps(schema), table)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        json_schema(SPEED),
        {"type": "object"},
        {"type": ["object", "null"]},
        {"properties": {}},
        {"properties": {"speed_mps": {}}},
        {"properties": {"speed_mps": True}},
        {"properties": {"speed_mps": {"type": "integer"}}},
        {"properties": {"speed_mps": {"type": ["null", "string", "number"]}}},
        {"properties": {"speed_mps": {"$ref": "#/$defs/speed"}}, "$defs": {"speed": NUMBER}},
        {
            "$ref": "#/definitions/Speed~1Message",
            "definitions": {"Speed/Message": {"properties": {"speed_mps": NUMBER}}},
        },
        {"properties": {"speed_mps": {"$ref": "#/properties/a%20b/anyOf/1"}, "a b": {"anyOf": [False, NUMBER]}}},
        {"properties": {"speed_mps": {"$ref": "https://example.org/speed.json"}}},
        {"properties": {"speed_mps": {"$ref": "#/nowhere"}}},
        {"properties": {"speed_mps": {"$ref": "#speed"}}, "$defs": {"s": {"$anchor": "speed", **NUMBER}}},
        {"properties": {"speed_mps": {"anyOf": [{"type": "string"}, NUMBER]}}},
        {"oneOf": [{"properties": {"speed_mps": {"type": "string"}}}, {"properties": {"speed_mps": NUMBER}}]},
        {"allOf": [{"type": "object"}, {"properties": {"speed_mps": NUMBER}}]},
        {"properties": {"speed_mps": {"enum": ["none", 0, 1.5]}}},
        {"properties": {"speed_mps": {"const": 0}}},
        {"properties": {"speed_mps": {"not": {"type": "string"}}}},
        {"additionalProperties": False, "patternProperties": {"^speed": NUMBER}},
        {"additionalProperties": NUMBER},
        {"$ref": "#"},
        {
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            "properties": {"speed_mps": {"$ref": "#/$defs/a"}},
        },
        {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"speed_mps": NUMBER}},
        {"$schema": "urn:unknown", "properties": {"speed_mps": NUMBER}},
    ],
)
def test_a_schema_that_messages_can_fit_is_taken(schema: Any) -> None:
    assert problem(schema) is None


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (False, "its schema is not a JSON schema of an object"),
        ({"type": "array"}, "its schema is not a JSON schema of an object"),
        ({"properties": {"speed_mps": {"type": "nonsense"}}}, "its schema is not a JSON schema of an object"),
        ({"anyOf": []}, "its schema is not a JSON schema of an object"),
        (["type", "object"], "its schema is not a JSON schema of an object"),
        ({"properties": {"speed_mps": False}}, "speed_mps is missing"),
        ({"additionalProperties": False, "properties": {"speed": NUMBER}}, "speed_mps is missing"),
        ({"properties": {"speed_mps": {"type": "string"}}}, "speed_mps is string, not number"),
        ({"properties": {"speed_mps": {"enum": ["a", None]}}}, "speed_mps is null or object or string, not number"),
        (
            {"properties": {"speed_mps": {"anyOf": [{"type": "string"}, {"const": True}]}}},
            "speed_mps is boolean or string, not number",
        ),
        (
            {"allOf": [{"properties": {"speed_mps": NUMBER}}, {"properties": {"speed_mps": {"type": "string"}}}]},
            "speed_mps is missing",
        ),
    ],
)
def test_a_schema_that_no_message_can_fit_is_wrong(schema: Any, expected: str) -> None:
    assert problem(schema) == expected


def test_a_column_that_may_be_null_fits_where_only_null_does() -> None:
    assert problem({"properties": {"detail": {"type": "null"}}}, EVENTS) is None
    assert problem({"properties": {"detail": {"type": "number"}}}, EVENTS) == "detail is number, not string"


def test_a_schema_of_any_depth_and_branching_ends() -> None:
    assert contradiction(b'{"not":' * 900 + b"{}" + b"}" * 900, SPEED) is not None
    branching = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 3} for n in range(40)}
    assert problem({"$defs": branching, "properties": {"speed_mps": {"$ref": "#/$defs/d0"}}}) is None
