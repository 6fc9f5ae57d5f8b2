"""Tables and columns of a contract: what they become, and what is refused in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import LOG_COLUMNS, ContractError, Derived, Partition, load_contracts
from tests.pipelines.contracts.changes import change
from tests.pipelines.datasets import CONTRACTS

SPEED = "        logicalTypeOptions: {minimum: 0, maximum: 90}\n"
TIME = 'minimum: "2010-01-01T00:00:00Z"'


def test_columns_know_where_their_values_come_from() -> None:
    pose = CONTRACTS.table("drive_logs.ego_pose")
    assert tuple(column.name for column in pose.columns[:3]) == LOG_COLUMNS
    assert [column.source for column in pose.columns[:3]] == [None, None, None]
    columns = {column.name: column for column in pose.columns}
    assert columns["qw"].source == "qw"
    assert columns["h3_cell"].source is None
    assert columns["h3_cell"].derived == Derived("h3_cell", ("latitude_deg", "longitude_deg"), (9,))
    assert str(columns["h3_cell"].derived) == "h3_cell(latitude_deg, longitude_deg, 9)"


def test_a_table_knows_its_partition_and_order() -> None:
    speed = CONTRACTS.table("drive_logs.speed")
    assert speed.partition == Partition("day", "timestamp")
    assert speed.sort == ("drive_id", "timestamp")


def test_an_appended_column_is_in_the_table(datasets: Path) -> None:
    change(
        datasets,
        "        description: Speed along the road, m/s.\n",
        "        description: Speed along the road, m/s.\n"
        "      - name: slip_ratio\n        logicalType: number\n        logicalTypeOptions: {maximum: 1}\n"
        "        customProperties:\n          - {property: source, value: slip}\n",
    )
    column = load_contracts(datasets).table("drive_logs.speed").columns[-1]
    assert (column.name, column.type, column.required, column.source, column.maximum) == (
        "slip_ratio",
        "double",
        False,
        "slip",
        1,
    )


@pytest.mark.parametrize(
    ("logical", "physical", "kind"),
    [("integer", "", "long"), ("integer", "int", "int"), ("number", "", "double"), ("number", "float", "float")],
)
def test_a_physical_type_is_one_of_the_logical_type(datasets: Path, logical: str, physical: str, kind: str) -> None:
    given = f"{logical}\n        physicalType: {physical}" if physical else logical
    change(datasets, "logicalType: number\n        required: true\n" + SPEED, f"logicalType: {given}\n")
    assert load_contracts(datasets).table("drive_logs.speed").columns[-1].type == kind


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("logicalTypeOptions: {minimum: 0, maximum: 90}", "logicalTypeOptions: {minimun: 0}", "speed_mps.*minimun"),
        ("{minimum: 0, maximum: 90}", "{minimum: 100, maximum: 90}", "column speed_mps: minimum is above maximum"),
        (
            "{minimum: 0, maximum: 90}",
            "{multipleOf: 2}",
            "column speed_mps: logicalTypeOptions 'multipleOf' is unknown",
        ),
        (
            "property: topic, value: /vehicle/speed",
            "property: topik, value: /vehicle/speed",
            "table speed: unknown customProperty 'topik'; use",
        ),
        ("value: /vehicle/speed}", "value: vehicle/speed}", "table speed: topic 'vehicle/speed' must begin with /"),
        (
            "value: day(start_time)",
            "value: day(stat_time)",
            "table drives: partition: there is no column 'stat_time'; use one of",
        ),
        ("value: day(start_time)", "value: week(start_time)", "table drives: partition .*: use one of identity"),
        ("value: day(start_time)", "value: day(drive_id)", "table drives: partition .* is a string, not a time"),
        ('value: "drive_id"', 'value: "drive"', "table drives: sort: there is no column 'drive'"),
        (
            "h3_cell(latitude_deg, longitude_deg, 9)",
            "h3_cell(latitude_deg, 9)",
            "column h3_cell: derived .* takes 2 columns",
        ),
        (
            "h3_cell(latitude_deg, longitude_deg, 9)",
            "s2_cell(latitude_deg, 9)",
            "column h3_cell: derived .*: use one of h3_cell",
        ),
        (
            "h3_cell(latitude_deg, longitude_deg, 9)",
            "h3_cell(latitude, longitude_deg, 9)",
            "derived: there is no column 'latitude'",
        ),
        (
            "{name: duration_s, logicalType: number",
            "{name: duration_s, logicalType: array",
            "column duration_s: logicalType 'array'",
        ),
        (
            "{name: duration_s, logicalType: number",
            "{name: duration_s, unique: true, logicalType: number",
            "does nothing with 'unique'; remove it",
        ),
        ("{name: vehicle_id,", "{name: drive_id,", "table drives: column drive_id is there twice"),
        ("- name: steering\n", "- name: speed\n", "table speed is there twice"),
        (
            SPEED,
            SPEED + "        physicalType: string\n",
            "physicalType 'string' of a number: use one of double, float",
        ),
        (SPEED, SPEED + "        enum: [{value: fast}]\n", "enum on a double; only a string can have one"),
        (TIME, 'minimum: "2010-01-01"', "minimum '2010-01-01' of a timestamptz; give a number, or for a time text"),
        (TIME, 'minimum: "2010-13-01T00:00:00Z"', "minimum '2010-13-01T00:00:00Z' of a timestamptz"),
    ],
)
def test_a_wrong_contract_is_refused_in_one_line(datasets: Path, old: str, new: str, message: str) -> None:
    change(datasets, old, new)
    with pytest.raises(ContractError, match=message) as refusal:
        load_contracts(datasets)
    assert "\n" not in str(refusal.value)
    assert "drive_logs" in str(refusal.value)


def test_a_topic_table_begins_with_the_log_columns(datasets: Path) -> None:
    change(datasets, "      - *drive_id\n", "")
    with pytest.raises(ContractError, match=r"table steering: .* begins with the columns drive_id, timestamp"):
        load_contracts(datasets)
