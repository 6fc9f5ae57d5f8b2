"""How a table is served, as its contract says it, and what is refused in that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import Column, ContractError, Table, load_contracts
from pipelines.contracts.model import Serve
from pipelines.contracts.odcs_serve import check_names, read_serve
from tests.pipelines.contracts.changes import change
from tests.pipelines.datasets import CONTRACTS

COLUMNS = (
    Column("key", "string", required=True),
    Column("note", "string"),
    Column("count", "long"),
    Column("first", "timestamptz", required=True),
    Column("last", "timestamptz", required=True),
    Column("seen", "timestamptz"),
    Column("speed", "double", required=True),
    Column("limit", "string", required=True),
)


def read(value: Any) -> Serve | None:
    return read_serve(value, "t", COLUMNS, "x")


def test_what_a_contract_says_is_read() -> None:
    whole = {"by": ["key", "count"], "time": ["first", "last"], "cell": "note", "name": "things"}
    assert read(whole) == Serve("things", ("key", "count"), ("first", "last"), "note")
    assert read({"by": ["key"]}) == Serve("t", ("key",))
    assert read({"by": ["key"], "time": "first"}) == read({"by": ["key"], "time": ["first"]})
    assert read(None) is None


def test_drives_and_scenarios_are_served() -> None:
    served = {table.full_name: table.serve for table in CONTRACTS.tables if table.serve}
    assert served == {
        "drive_logs.drives": Serve("drives", ("drive_id", "vehicle_id", "source_sha256"), ("start_time", "end_time")),
        "scenarios.scenarios": Serve(
            "scenarios", ("scenario_id", "drive_id", "kind"), ("start_time", "end_time"), "h3_cell"
        ),
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("key", r"serve: 'key'; write it as \{by: \[column, \.\.\.\]\}, with by, time, cell, name"),
        ({"by": ["key"], "sort": "key"}, "unknown key 'sort'; use by, time, cell, name"),
        ({}, "by: no column; name those that rows are found by, the one of paths first"),
        ({"by": []}, "by: no column"),
        ({"by": "key"}, "by: 'key'; give names of columns"),
        ({"by": [7]}, r"by: \[7\]; give names of columns"),
        ({"by": ["kee"]}, "by: there is no column 'kee'; use one of key, note"),
        ({"by": ["key", "key"]}, "by: column key is there twice; rename or remove one"),
        ({"by": ["key", "speed"]}, "by: speed is a double; use columns of string, long, int, boolean, timestamptz"),
        ({"by": ["note"]}, "by: note is the column of paths, so it must be required"),
        ({"by": ["key", "limit"]}, "by: limit is a parameter of every table's address; rename the column"),
        ({"by": ["key"], "time": "then"}, "time: there is no column 'then'"),
        ({"by": ["key"], "time": "speed"}, "time: speed is a double, not a time"),
        ({"by": ["key"], "time": "seen"}, "time: seen must be required"),
        ({"by": ["key"], "time": ["first", "first"]}, "time: column first is there twice"),
        ({"by": ["key"], "time": ["first", "last", "seen"]}, "time: 3 columns; name one, or those of the first and"),
        ({"by": ["key"], "time": 7}, "time: 7; give names of columns"),
        ({"by": ["key"], "cell": "cell"}, "cell: there is no column 'cell'"),
        ({"by": ["key"], "cell": "count"}, "cell: count is a long; an H3 cell is a string"),
        ({"by": ["key"], "cell": ["note"]}, r"cell: \[\['note'\]\]; give names of columns"),
        ({"by": ["key"], "name": "My table"}, "name 'My table': use a-z, 0-9 and _"),
        ({"by": ["key"], "name": 7}, "name 7: use a-z, 0-9 and _"),
        ({"by": ["key"], "name": "snapshot"}, "name 'snapshot' is that of the snapshot itself; give another name"),
    ],
)
def test_what_can_t_be_served_is_refused_in_one_line(value: Any, message: str) -> None:
    with pytest.raises(ContractError, match=f"^x: serve: {message.removeprefix('serve: ')}") as refusal:
        read(value)
    assert "\n" not in str(refusal.value)


def test_a_refusal_names_file_and_table(datasets: Path) -> None:
    change(datasets, "{by: [drive_id, vehicle_id", "{by: [drive_id, vehicle")
    with pytest.raises(ContractError, match=r"^drive_logs\.odcs\.yaml: table drives: serve: by: there is no column"):
        load_contracts(datasets)


def test_two_tables_of_one_name_are_refused(datasets: Path) -> None:
    serve = "      - {property: serve, value: {by: [drive_id], name: drives}}\n"
    topic = "      - {property: topic, value: /vehicle/speed}\n"
    change(datasets, topic, topic + serve)
    with pytest.raises(
        ContractError, match=r"^drive_logs\.drives and drive_logs\.speed are both served as drives; give"
    ):
        load_contracts(datasets)


def test_names_are_one_table_s_each() -> None:
    a, b = (Table("a", space, COLUMNS, serve=Serve(space, ("key",))) for space in ("m", "n"))
    check_names([a, b, Table("c", "n", COLUMNS)])
    with pytest.raises(ContractError, match=r"^m\.a and m\.b are both served as m"):
        check_names([a, Table("b", "m", COLUMNS, serve=Serve("m", ("key",)))])
