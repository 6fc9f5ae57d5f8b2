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
    ("target", "quick", "count"),
    [
        ("drives/d1", True, 1),
        ("drives/d1?limit=1", True, 1),
        ("scenarios/s0007?limit=100", True, 1),
        ("scenarios/s0007?limit=101", False, 1),
        ("scenarios/s0007?kind=hard_brake", False, 1),
        ("scenarios?kind=hard_brake", False, 100),
        ("drives/d1/scenarios", False, 100),
        ("drives/d1/scenarios?limit=1000", False, 120),
    ],
)
def test_only_a_few_rows_of_one_key_are_quick(routes: LookupRoutes, target: str, quick: bool, count: int) -> None:
    lookup = understood(routes, target)
    rows = lookup.look_up()
    assert lookup.quick is quick
    assert len(orjson.loads(b"[%b]" % rows.rows)) == count
    assert orjson.loads(rows.body) == {
        lookup.table.name: orjson.loads(b"[%b]" % rows.rows),
        "next_cursor": rows.cursor,
    }
    assert (rows.cursor is None) is (count != 100)


def test_a_quick_page_goes_on_when_there_are_more(tmp_path: Path) -> None:
    logs = [drive("d1", source_sha256=f"{index:064x}") for index in range(5)]
    routes = LookupRoutes(Snapshot("one", None, {"drives": mapped(DRIVES, logs, 1, tmp_path)}))
    first = understood(routes, "drives/d1?limit=3").look_up()
    second = understood(routes, f"drives/d1?limit=3&cursor={first.cursor}").look_up()
    found = [row["source_sha256"] for rows in (first, second) for row in orjson.loads(b"[%b]" % rows.rows)]
    assert found == [log["source_sha256"] for log in logs]
    assert second.cursor is None
    assert understood(routes, "drives/d1?limit=5").look_up().cursor is None


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
