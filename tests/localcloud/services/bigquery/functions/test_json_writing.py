"""Changes of a JSON that leave it as it is, and those that don't."""

from __future__ import annotations

import pytest

from localcloud.services.bigquery.functions.json_writing import changed, removed, steps


def test_steps_of_a_path() -> None:
    assert steps("$.a[2].\"b c\"['d']") == ["a", 2, "b c", "d"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("$[0]", '[1,"v"]'.replace('1,"v"', '"v"')), ("$.a", "[1]"), ("$[2]", '[1,null,"v"]')],
)
def test_set_where_there_is_room(path: str, expected: str) -> None:
    assert changed("[1]", path, '"v"', missing=True) == expected


def test_what_is_not_there_is_not_removed() -> None:
    assert removed('{"a":[1]}', "$.a[3]") == removed('{"a":[1]}', "$.b.c") == '{"a":[1]}'
