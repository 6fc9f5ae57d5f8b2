"""The table of functions as a whole."""

from __future__ import annotations

from collections import Counter

from localcloud.services.bigquery.functions import FUNCTIONS, declare, engine_name
from localcloud.services.bigquery.planner import engine


def test_the_engine_takes_every_function() -> None:
    with engine() as connection:
        for name in FUNCTIONS:
            declare(connection, engine_name(name))
            declare(connection, engine_name(name))  # again


def test_names_differ_by_more_than_case() -> None:
    assert [name for name, count in Counter(map(str.lower, FUNCTIONS)).items() if count > 1] == []
