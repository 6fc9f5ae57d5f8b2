"""What the paths of one snapshot ask for."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipelines.serving.lookup_routes import Lookup, LookupRoutes, RefusedError, related
from pipelines.serving.snapshot import Snapshot
from tests.pipelines.serving.published import DRIVES, READINGS, SCENARIOS, drive, mapped, scenario


@pytest.fixture
def routes(tmp_path: Path) -> LookupRoutes:
    rows = [(DRIVES, [drive("d1")]), (SCENARIOS, [scenario(index) for index in range(120)]), (READINGS, [])]
    tables = {table.name: mapped(table, found, 2, tmp_path) for table, found in rows}
    return LookupRoutes(Snapshot("one", None, tables))


def understood(routes: LookupRoutes, target: str) -> Lookup:
    path, _, query = target.encode().partition(b"?")
    return routes.understand(b"GET", path.split(b"/"), query, b"")


@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("drives/d1", 1),
        ("scenarios/s0007?limit=101", 1),
        ("scenarios/s0007?kind=other", 0),
        ("scenarios?kind=hard_brake", 100),
        ("drives/d1/scenarios", 100),
        ("drives/d1/scenarios?limit=1000", 120),
    ],
)
def test_rows_are_under_the_table_s_name(routes: LookupRoutes, target: str, count: int) -> None:
    lookup = understood(routes, target)
    rows = lookup.look_up()
    found = orjson.loads(b"[%b]" % rows.rows)
    assert len(found) == count
    assert orjson.loads(rows.body) == {lookup.table.name: found, "next_cursor": rows.cursor}
    assert (rows.cursor is None) is (count != 100)


@pytest.mark.parametrize(
    ("target", "status", "why"),
    [
        ("nothing", 404, "there is no table 'nothing' here"),
        ("drives/d1/nothing", 404, "there is no table 'nothing' here"),
        ("drives/d1/readings", 404, "readings are not found by drive_id"),
        ("drives/d1/drives", 404, "drives are not found by drive_id"),
        ("drives/d1/scenarios/s1", 404, "there is nothing at this path"),
        ("readings/x", 422, "sensor: 'x' is not a whole number of 64 bits"),
        ("drives/%FF", 422, "is no UTF-8"),
        ("drives:batchGet", 405, "GET is not offered here"),
    ],
)
def test_what_asks_for_nothing_is_refused(routes: LookupRoutes, target: str, status: int, why: str) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        understood(routes, target)
    assert refused.value.status == status


@pytest.mark.parametrize(
    "target", ["drives/none", "drives/none/scenarios", "scenarios/none?kind=hard_brake", "readings/1"]
)
def test_a_key_that_is_not_there_is_404(routes: LookupRoutes, target: str) -> None:
    with pytest.raises(RefusedError, match=r"^there are no (drives|scenarios|readings) with the ") as refused:
        understood(routes, target).look_up()
    assert refused.value.status == 404


def test_an_answer_depends_on_both_tables(routes: LookupRoutes) -> None:
    assert understood(routes, "drives/d1/scenarios").version == b"0" * 32 + b"-" + b"0" * 32


def test_tables_are_related_by_the_key_of_one() -> None:
    assert related(DRIVES, SCENARIOS)
    assert not related(SCENARIOS, DRIVES)
    assert not related(DRIVES, DRIVES)
