"""Iceberg catalogs, namespaces and tables: a table takes what no reader of old files trips over."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.resources import biglake
from localcloud.wire.typed import decode
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

LAKE = "/iceberg/v1/restcatalog/v1/projects/test-project/catalogs/lake/namespaces"
TABLE = "gcp:biglake/icebergTable:IcebergTable"
COLUMN = {"id": 1, "name": "drive_id", "required": True, "type": "string"}
ADDED = {"id": 2, "name": "speed_mps", "required": False, "type": "double"}
BAD: list[Refusal] = [
    (
        TABLE,
        {
            "catalog": "c",
            "namespace": "n",
            "schema": {"fields": [{"id": 1, "name": "x", "required": False, "type": "varchar"}]},
        },
        {
            "schema.fields[0].type": "expected a primitive type of Iceberg such as long, double, string "
            'or timestamptz, got string "varchar"'
        },
    ),
]


CASES = {
    "gcp:biglake/icebergCatalog:IcebergCatalog": Case(
        {"name": "lake", "catalogType": "CATALOG_TYPE_GCS_BUCKET"},
        "projects/test-project/catalogs/lake",
        {"defaultLocation": "gs://curated", "createTime": "2026-01-01T00:00:00.000Z", "storageRegions": ["us"]},
        "/iceberg/v1/restcatalog/extensions/projects/test-project/catalogs/lake",
        update={"description": "all"},
        replace={"catalogType": "CATALOG_TYPE_BIGLAKE"},
        replaces=["catalogType"],
    ),
    "gcp:biglake/icebergNamespace:IcebergNamespace": Case(
        {"catalog": "lake", "namespaceId": "drive_logs", "properties": {"a": "1"}},
        "projects/test-project/catalogs/lake/namespaces/drive_logs",
        {},
        f"{LAKE}/drive_logs",
        update={"properties": {"b": "2"}},
        replace={"namespaceId": "other"},
        replaces=["namespaceId"],
        before=False,
    ),
    "gcp:biglake/icebergTable:IcebergTable": Case(
        {"catalog": "lake", "namespace": "drive_logs", "name": "speed", "schema": {"fields": [COLUMN]}},
        "projects/test-project/catalogs/lake/namespaces/drive_logs/tables/speed",
        {"location": "gs://curated/made/up"},
        f"{LAKE}/drive_logs/tables/speed",
        update={"schema": {"fields": [COLUMN, ADDED]}},
        replace={"name": "other"},
        replaces=["name"],
        before=False,
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(biglake)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


def test_table_takes_new_columns_and_refuses_the_rest(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:biglake/icebergTable:IcebergTable"
    case = CASES[token]
    state = gcp.update(gcp.create(token, "speed", case.inputs), {**case.inputs, **(case.update or {})})
    commit = google.calls("POST", "/tables/speed")[0].body
    assert [item["type"] for item in commit["requirements"]] == ["assert-table-uuid", "assert-current-schema-id"]
    assert commit["updates"] == [
        {
            "action": "add-schema",
            "schema": {"type": "struct", "schema-id": 1, "fields": [COLUMN, ADDED]},
            "last-column-id": 2,
        },
        {"action": "set-current-schema", "schema-id": -1},
    ]
    bad: list[tuple[Any, dict[str, str]]] = [
        ([COLUMN], {"schema.fields": "column 'speed_mps' (id 2) is missing: columns can be added, not removed"}),
        (
            [COLUMN, {**ADDED, "type": "string"}],
            {"schema.fields[1].type": "column 'speed_mps' cannot change from double to string"},
        ),
        (
            [COLUMN, ADDED, {"id": 3, "name": "x", "required": True, "type": "int"}],
            {"schema.fields[2].required": "new column 'x' must not be required: old rows have no value for it"},
        ),
        (
            [{**COLUMN, "name": "drive"}, ADDED],
            {"schema.fields[0].name": "column 'drive_id' cannot become 'drive': add a column with a new id instead"},
        ),
    ]
    for fields, expected in bad:
        news = {**case.inputs, "schema": {"fields": fields}}
        assert gcp.check(token, "speed", news, state.inputs)[1] == expected


def test_a_table_is_not_moved(gcp: Engine, google: FakeGoogle) -> None:
    """A replacement would leave an empty table."""
    token = "gcp:biglake/icebergTable:IcebergTable"
    placed = {**CASES[token].inputs, "location": "gs://curated/one"}
    state = gcp.create(token, "speed", placed)
    refused = {"location": "cannot change on an existing table; make a table of another name"}
    assert gcp.check(token, "speed", {**placed, "location": "gs://curated/two"}, state.inputs)[1] == refused
    assert gcp.check(token, "speed", {**placed, "name": "new", "location": "gs://curated/two"}, state.inputs)[1] == {}
    unsaid = gcp.update(state, CASES[token].inputs)
    assert unsaid.outputs is not None
    assert unsaid.outputs["location"] == "gs://curated/one"


def test_import_reads_the_inputs(gcp: Engine, google: FakeGoogle) -> None:
    made = gcp.create(TABLE, "speed", CASES[TABLE].inputs)
    inputs = decode(gcp.read(made, imported=True).inputs)
    assert inputs["schema"]["fields"] == [COLUMN]
    assert (inputs["catalog"], inputs["namespace"], inputs["name"]) == ("lake", "drive_logs", "speed")


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
