"""The contracts of the repository, and what is refused in one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.contracts import LOG_COLUMNS, ContractError, Contracts, Derived, load_contracts
from tests.paths import DATASETS


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A copy of the repository's contracts, to be changed."""
    return Path(shutil.copytree(DATASETS, tmp_path / "datasets"))


def change(datasets: Path, old: str, new: str, file: str = "drive_logs") -> None:
    path = datasets / f"{file}.odcs.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_platform_fields_and_tables() -> None:
    contracts = load_contracts(DATASETS)
    drive_logs = contracts.contract("drive_logs")
    assert (drive_logs.owner, drive_logs.cost_center, drive_logs.retention_days) == ("driving-data", "fleet-data", 400)
    assert drive_logs.readers == ("group:driving-ml@roadbed.example", "group:fleet-analytics@roadbed.example")
    assert [contract.namespace for contract in contracts] == ["drive_logs", "operations", "scenarios"]
    assert sorted(contracts.topics) == [
        "/gnss/fix",
        "/imu/accelerometer",
        "/imu/gyroscope",
        "/localization/pose",
        "/radar/tracks",
        "/vehicle/events",
        "/vehicle/speed",
        "/vehicle/steering",
        "/vehicle/wheel_speed",
    ]


def test_columns_know_where_their_values_come_from() -> None:
    pose = load_contracts(DATASETS).table("drive_logs.ego_pose")
    assert tuple(column.name for column in pose.columns[:3]) == LOG_COLUMNS
    assert [column.source for column in pose.columns[:3]] == [None, None, None]
    columns = {column.name: column for column in pose.columns}
    assert columns["qw"].source == "qw"
    assert columns["h3_cell"].source is None
    assert columns["h3_cell"].derived == Derived("h3_cell", ("latitude_deg", "longitude_deg"), (9,))
    assert str(columns["h3_cell"].derived) == "h3_cell(latitude_deg, longitude_deg, 9)"


def test_json_keeps_everything() -> None:
    contracts = load_contracts(DATASETS)
    assert Contracts.from_json(contracts.to_json()) == contracts
    assert Contracts.from_json(contracts.to_json().encode()).to_json() == contracts.to_json()


def test_other_json_is_refused() -> None:
    for text in ("", "{}", "[]", '{"contracts": [{"name": "x"}]}'):
        with pytest.raises(ValueError, match="deploy the stack again"):
            Contracts.from_json(text)


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
    ("old", "new", "message"),
    [
        ("status: active", "status: active\ncolour: red", "colour"),
        (
            "        required: true\n        logicalTypeOptions: {minimum: 0, maximum: 90}",
            "        requird: true",
            "requird",
        ),
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
            "value: /vehicle/speed}",
            "value: /vehicle/steering}",
            "topic /vehicle/steering feeds drive_logs.speed and drive_logs.steering",
        ),
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
        ("value: 400\n    unit: d", "value: 400\n    unit: y", "retention is 400 'y'; give whole days"),
        ("name: driving-data", "name: Driving Data", "team.name is 'Driving Data'; it becomes a label"),
        ("group:driving-ml@roadbed.example", "driving-ml", "principal 'driving-ml'; write it as group:name@domain"),
        ("access: read", "access: write", "the platform grants only read"),
        ("name: drive_logs\n", "name: drives\n", "name 'drives' differs from the file's"),
        ("schema:\n", "schema: [\n", "not YAML"),
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


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="add a data contract"):
        load_contracts(tmp_path)
