"""Tables and views that a query names."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import PROJECT, view
from tests.localcloud.services.bigquery.queries import rows


def test_view_with_a_clause_behind_its_table(client: bigquery.Client) -> None:
    inner = "(SELECT drive_id, speed_mps FROM drive_logs.speed)"
    view(client, "drive_logs.pivoted", f"SELECT * FROM {inner} PIVOT(COUNT(*) FOR drive_id IN ('a', 'b'))")
    view(client, "drive_logs.none", "SELECT * FROM drive_logs.speed TABLESAMPLE SYSTEM (0 PERCENT)")
    assert rows(client, "SELECT a, b FROM drive_logs.pivoted WHERE speed_mps = 0") == [(1, 1)]
    assert rows(client, "SELECT COUNT(*) FROM drive_logs.none") == [(0,)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("drive_logs.nothing", f"Not found: Table {PROJECT}:drive_logs.nothing"),
        ("nowhere.speed", f"Not found: Dataset {PROJECT}:nowhere"),
        (f"`{PROJECT}.lake.drive_logs.nothing`", f"Not found: Table {PROJECT}.lake.drive_logs.nothing"),
        (f"`{PROJECT}.lake.nowhere.speed`", f"Not found: Table {PROJECT}.lake.nowhere.speed"),
        (f"`{PROJECT}.nowhere.drive_logs.speed`", "there is no catalog nowhere"),
    ],
)
def test_missing_tables_are_named_in_full(client: bigquery.Client, name: str, said: str) -> None:
    with pytest.raises(NotFound, match=said):
        client.query(f"SELECT * FROM {name}").result()
