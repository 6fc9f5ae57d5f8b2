"""Format version 3 and what it has, through pyiceberg's client and the protocol beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import BadRequestError
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType, StructType, TimestampNanoType

from localcloud.services.iceberg.format_versions import parsed
from tests.localcloud.services.iceberg.speed import SPEED, post, url

V3 = {"format-version": "3"}
DEFAULTS = Schema(
    NestedField(7, "n", LongType(), required=True, initial_default=5, write_default=6),
    NestedField(8, "place", StructType(NestedField(9, "zone", StringType(), initial_default="de"))),
    NestedField(10, "at", TimestampNanoType()),
)


def snapshot(number: int, first_row: int | None, rows: int | None, **changes: Any) -> dict[str, Any]:
    ids = {"snapshot-id": number, "sequence-number": number, "parent-snapshot-id": number - 1 or None}
    rest = {
        "timestamp-ms": 2_000_000_000_000 + number,
        "manifest-list": "file:///m",
        "summary": {"operation": "append"},
    }
    lineage = {"first-row-id": first_row, "added-rows": rows}
    return {"action": "add-snapshot", "snapshot": {**ids, **rest, **lineage, **changes}}


def upgrade(version: int) -> dict[str, Any]:
    return {"action": "upgrade-format-version", "format-version": version}


@pytest.fixture
def v3(catalog: RestCatalog) -> Table:
    return catalog.create_table("drive_logs.v3", SPEED, properties=V3)


def create(catalog: RestCatalog, name: str, schema: Any, **properties: str) -> requests.Response:
    """As Iceberg's Java client does it; pyiceberg's leaves the defaults of columns out."""
    body = {"name": name, "schema": schema, "properties": properties}
    return requests.post(url(catalog, "namespaces/drive_logs/tables"), json=body, timeout=10)


def metadata(catalog: RestCatalog, table: str) -> dict[str, Any]:
    return requests.get(url(catalog, f"namespaces/drive_logs/tables/{table}"), timeout=10).json()["metadata"]


def test_a_table_of_version_3_is_made_loaded_changed_and_dropped(catalog: RestCatalog, v3: Table) -> None:
    assert v3.format_version == 3
    assert metadata(catalog, "v3")["next-row-id"] == 0
    assert "format-version" not in metadata(catalog, "v3")["properties"]
    with v3.transaction() as transaction:
        transaction.set_properties(owner="me")
    with v3.update_schema() as update:
        update.add_column("gear", LongType(), default_value=1)
    loaded = catalog.load_table("drive_logs.v3")
    assert (loaded.format_version, loaded.properties["owner"]) == (3, "me")
    assert loaded.schema().find_field("gear").initial_default == 1
    assert Path(loaded.metadata_location.removeprefix("file://")).read_bytes().startswith(b'{"location"')
    catalog.register_table("drive_logs.again", loaded.metadata_location)
    catalog.drop_table("drive_logs.again")
    catalog.purge_table("drive_logs.v3")


def test_columns_keep_their_defaults(catalog: RestCatalog) -> None:
    assert create(catalog, "v3", DEFAULTS.model_dump(), **V3).status_code == 200
    schema = catalog.load_table("drive_logs.v3").schema()
    n, place, at = schema.fields
    assert [one.field_id for one in (n, place, at)] == [1, 2, 3]
    assert (n.initial_default, n.write_default, n.required) == (5, 6, True)
    assert schema.find_field("place.zone").initial_default == "de"
    assert at.field_type == TimestampNanoType()


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        ("timestamp_ns", "only supported in 3"),
        ("variant", "variant"),
        ("geometry", "only supported in 3"),
        ("x", "'x'"),
    ],
)
def test_a_type_that_the_version_does_not_have_is_refused_by_name(
    catalog: RestCatalog, speed: Table, type_: str, said: str
) -> None:
    schema = {"type": "struct", "fields": [{"id": 4, "name": "c", "required": False, "type": type_}]}
    made = create(catalog, "two", schema)
    changed = post(catalog, "speed", [], [{"action": "add-schema", "schema": schema | {"schema-id": 1}}])
    for answer in (made, changed):
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException")
        assert said in answer.json()["error"]["message"]


def test_a_default_of_old_rows_needs_version_3(catalog: RestCatalog) -> None:
    schema = Schema(NestedField(1, "n", LongType(), initial_default=5))
    refused = create(catalog, "two", schema.model_dump())
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].endswith("n: initial-default is only supported in version 3 or higher")


def test_a_table_is_upgraded_and_not_downgraded(catalog: RestCatalog, speed: Table) -> None:
    assert post(catalog, "speed", [], [upgrade(3)]).status_code == 200
    upgraded = metadata(catalog, "speed")
    assert (upgraded["format-version"], upgraded["next-row-id"]) == (3, 0)
    assert [entry["metadata-file"] for entry in upgraded["metadata-log"]] == [speed.metadata_location]
    assert post(catalog, "speed", [], [upgrade(3)]).json()["metadata"] == upgraded
    for version, said in {2: "Cannot downgrade v3 table to v2", 4: "Unsupported table format version: 4"}.items():
        refused = post(catalog, "speed", [], [upgrade(version)])
        assert (refused.status_code, refused.json()["error"]["message"]) == (400, f"drive_logs.speed: {said}")
    with pytest.raises(BadRequestError, match="Unknown format version: 4"):
        catalog.create_table("drive_logs.four", SPEED, properties={"format-version": "4"})


def test_rows_get_ids_that_no_commit_gives_twice(catalog: RestCatalog, v3: Table) -> None:
    assert post(catalog, "v3", [], [snapshot(1, 0, 10), snapshot(2, 10, 5)]).status_code == 200
    assert metadata(catalog, "v3")["next-row-id"] == 15
    late = post(catalog, "v3", [], [snapshot(3, 14, 5)])
    assert (late.status_code, late.json()["error"]["type"]) == (409, "CommitFailedException")
    for first_row, rows in ((None, 5), (15, None), (15, -1)):
        assert post(catalog, "v3", [], [snapshot(3, first_row, rows)]).status_code == 400
    assert metadata(catalog, "v3")["next-row-id"] == 15


@pytest.mark.parametrize("table", ["speed", "v3"])
def test_a_snapshot_of_a_table_that_moved_on_is_a_conflict(
    catalog: RestCatalog, speed: Table, v3: Table, table: str
) -> None:
    assert post(catalog, table, [], [snapshot(1, 0, 10), snapshot(2, 10, 5)]).status_code == 200
    late = post(catalog, table, [], [snapshot(4, 15, 5, **{"sequence-number": 2, "parent-snapshot-id": 1})])
    assert (late.status_code, late.json()["error"]["type"]) == (409, "CommitFailedException")


def test_a_summary_is_text(catalog: RestCatalog, speed: Table) -> None:
    summary = {"operation": "append", "added-records": 7}
    refused = post(catalog, "speed", [], [snapshot(1, None, None, summary=summary)])
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "snapshot 1: 'added-records' of its summary is no text: 7"


def test_what_is_no_metadata_says_why_on_one_line() -> None:
    with pytest.raises(ValueError, match="format-version") as refused:
        parsed(b'{"format-version": 9}')
    assert "\n" not in str(refused.value)
