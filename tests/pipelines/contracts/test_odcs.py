"""Contracts are read from a folder: what a dataset is, and what is refused in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import ContractError, load_contracts
from tests.paths import DATASETS
from tests.pipelines.contracts.changes import change


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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("status: active", "status: active\ncolour: red", "colour"),
        (
            "        required: true\n        logicalTypeOptions: {minimum: 0, maximum: 90}",
            "        requird: true",
            "requird",
        ),
        (
            "value: /vehicle/speed}",
            "value: /vehicle/steering}",
            "topic /vehicle/steering feeds drive_logs.speed and drive_logs.steering",
        ),
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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("slaProperties:\n  - property: retention\n    value: 400\n    unit: d\n", "", "needs `retention` once"),
        ("  - property: costCenter\n    value: fleet-data\n", "  []\n", "costCenter is None; it becomes a label"),
    ],
)
def test_what_the_platform_needs_beside_the_standard_must_be_there(
    datasets: Path, old: str, new: str, message: str
) -> None:
    change(datasets, old, new)
    with pytest.raises(ContractError, match=message):
        load_contracts(datasets)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="add a data contract"):
        load_contracts(tmp_path)
