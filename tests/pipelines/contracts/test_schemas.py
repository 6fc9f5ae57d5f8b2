"""One table, one schema: every derived form says the same."""

from __future__ import annotations

import jsonschema
import pyarrow as pa
import pytest

from pipelines.contracts import Table, schemas
from tests.pipelines import table_forms
from tests.pipelines.datasets import CONTRACTS


@pytest.mark.parametrize("table", CONTRACTS.tables, ids=lambda table: table.full_name)
def test_all_forms_have_the_same_columns_in_the_same_order(table: Table) -> None:
    names = [column.name for column in table.columns]
    iceberg = table_forms.iceberg_schema(table)
    assert [(field.field_id, field.name) for field in iceberg.fields] == list(enumerate(names, start=1))
    assert [field.required for field in iceberg.fields] == [column.required for column in table.columns]
    arrow = schemas.arrow_schema(table)
    assert arrow.names == names
    assert [field.nullable for field in arrow] == [not column.required for column in table.columns]
    assert [word.split()[0] for word in table_forms.spark_ddl(table).split(", ")] == names
    assert [field["name"] for field in schemas.iceberg_fields(table)] == names


def test_arrow_schema_is_what_pyiceberg_makes_of_the_iceberg_schema() -> None:
    for table in CONTRACTS.tables:
        theirs = table_forms.iceberg_schema(table).as_arrow()
        ours = schemas.arrow_schema(table)
        assert [str(field.type).removeprefix("large_") for field in theirs] == [str(field.type) for field in ours]
        ids = [field.metadata[b"PARQUET:field_id"] for field in theirs]
        assert ids == [(field.metadata or {})[b"PARQUET:field_id"] for field in ours]


def test_times_are_microseconds_utc() -> None:
    speed = CONTRACTS.table("drive_logs.speed")
    assert schemas.arrow_schema(speed).field("timestamp").type == pa.timestamp("us", tz="UTC")
    assert "timestamp TIMESTAMP NOT NULL" in table_forms.spark_ddl(speed)


def test_partition_and_sort_name_fields_by_id() -> None:
    speed = CONTRACTS.table("drive_logs.speed")
    assert schemas.partition_fields(speed) == [
        {"name": "timestamp_day", "transform": "day", "source_id": 2, "field_id": 1000}
    ]
    assert [field["source_id"] for field in schemas.sort_fields(speed)] == [1, 2]
    assert str(table_forms.iceberg_partition_spec(speed).fields[0].transform) == "day"
    assert table_forms.iceberg_sort_order(speed).fields[1].source_id == 2
    quarantine = CONTRACTS.table("operations.quarantine")
    assert schemas.partition_fields(quarantine) == []
    assert table_forms.iceberg_partition_spec(quarantine).is_unpartitioned()


def test_message_schema_has_the_contract_s_rules_and_no_log_or_derived_columns() -> None:
    pose = schemas.json_schema(CONTRACTS.table("drive_logs.ego_pose"))
    assert not {"drive_id", "timestamp", "source_sha256", "h3_cell"} & set(pose["properties"])
    speed = schemas.json_schema(CONTRACTS.table("drive_logs.speed"))
    jsonschema.validate({"speed_mps": 90}, speed)
    for message in ({"speed_mps": 90.5}, {"speed_mps": None}, {}, {"speed_mps": "fast"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(message, speed)
    events = schemas.json_schema(CONTRACTS.table("drive_logs.events"))
    jsonschema.validate({"kind": "disengagement", "detail": None}, events)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": "tea break"}, events)
