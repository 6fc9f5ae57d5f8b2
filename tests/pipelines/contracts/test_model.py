"""The contracts as plain data: found by name, and the same after a way through JSON."""

from __future__ import annotations

import pytest

from pipelines.contracts import Contracts
from tests.pipelines.datasets import CONTRACTS


def test_json_keeps_everything() -> None:
    assert Contracts.from_json(CONTRACTS.to_json()) == CONTRACTS
    assert Contracts.from_json(CONTRACTS.to_json().encode()).to_json() == CONTRACTS.to_json()


def test_other_json_is_refused() -> None:
    for text in ("", "{}", "[]", '{"contracts": [{"name": "x"}]}'):
        with pytest.raises(ValueError, match="deploy the stack again"):
            Contracts.from_json(text)


def test_tables_and_contracts_are_found_by_name() -> None:
    speed = CONTRACTS.table("drive_logs.speed")
    assert (speed.full_name, speed.topic) == ("drive_logs.speed", "/vehicle/speed")
    assert CONTRACTS.topics["/vehicle/speed"] is speed
    assert [column.name for column in speed.message_columns] == ["speed_mps"]
    assert [column.name for column in CONTRACTS.table("drive_logs.ego_pose").derived_columns] == ["h3_cell"]
    for name in ("drive_logs.horn", "horns.horn", "speed"):
        with pytest.raises(KeyError, match=r"no (table|contract)"):
            CONTRACTS.table(name)


def test_how_a_table_is_served_is_kept() -> None:
    whole = Contracts.from_json(CONTRACTS.to_json())
    serve = whole.table("scenarios.scenarios").serve
    assert serve == CONTRACTS.table("scenarios.scenarios").serve
    assert serve is not None
    assert serve.time == ("start_time", "end_time")
    assert whole.table("drive_logs.speed").serve is None
