"""Predicates that the scan takes over change no result."""

from __future__ import annotations

import datetime

from google.cloud import bigquery

from tests.localcloud.services.bigquery.conftest import START, speed_rows
from tests.localcloud.services.bigquery.queries import rows


def test_outer_join_keeps_rows_that_a_pushed_predicate_must_not_drop(client: bigquery.Client) -> None:
    query = """SELECT d.name, s.speed_mps FROM UNNEST([STRUCT('a' AS name), STRUCT('c' AS name)]) AS d
               LEFT JOIN drive_logs.speed AS s ON s.drive_id = d.name AND s.speed_mps = 10 WHERE {} ORDER BY name"""
    assert rows(client, query.format("TRUE")) == [("a", 10.0), ("c", None)]
    assert rows(client, query.format("s.speed_mps IS NULL")) == [("c", None)]
    assert rows(client, query.format("s.speed_mps > 1")) == [("a", 10.0)]


def test_predicates_in_every_form_give_the_rows_of_a_full_read(client: bigquery.Client) -> None:
    predicates = [
        "speed_mps BETWEEN 1 AND 2.5",
        "3 > speed_mps",
        "drive_id IN ('a', 'x') AND speed_mps <= 1",
        "drive_id = 'a' OR speed_mps = 4",
        "NOT (drive_id = 'a')",
        "speed_mps IS NOT NULL AND drive_id != 'b'",
        "timestamp >= TIMESTAMP_ADD(TIMESTAMP '2026-01-01', INTERVAL 95 SECOND)",
        "DATE(timestamp) = DATE '2026-01-01' AND speed_mps < 1",
        "drive_id LIKE 'a%' AND speed_mps > 48",
        "(drive_id, speed_mps) = ('a', 2.0)",
    ]
    whole = [(row["drive_id"], row["timestamp"], row["speed_mps"]) for d in "ab" for row in speed_rows(d).to_pylist()]
    second = datetime.timedelta(seconds=1)
    tests = [
        lambda d, t, s: 1 <= s <= 2.5,
        lambda d, t, s: s < 3,
        lambda d, t, s: d == "a" and s <= 1,
        lambda d, t, s: d == "a" or s == 4,
        lambda d, t, s: d != "a",
        lambda d, t, s: d != "b",
        lambda d, t, s: t >= START + 95 * second,
        lambda d, t, s: s < 1,
        lambda d, t, s: d == "a" and s > 48,
        lambda d, t, s: d == "a" and s == 2,
    ]
    for predicate, test in zip(predicates, tests, strict=True):
        expected = [row for row in whole if test(*row)]
        query = f"SELECT * FROM drive_logs.speed WHERE {predicate} ORDER BY drive_id, timestamp"
        assert rows(client, query) == expected, predicate
