"""LIKE ANY and LIKE ALL over lists, queries and arrays."""

from __future__ import annotations

import pytest

from tests.localcloud.services.bigquery.queries import answer

NOTHING = "(SELECT 'x' FROM UNNEST([1]) WHERE FALSE)"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a' LIKE ANY ('b', 'a%')", True),
        ("'a' LIKE ANY ('b', NULL)", None),
        ("'a' LIKE SOME ('b')", False),
        ("'a' LIKE ALL ('a%', '%a')", True),
        ("'a' LIKE ALL ('b', NULL)", False),
        ("'a' NOT LIKE ANY ('a', 'b')", True),
        ("'a' NOT LIKE ALL ('a', 'b')", False),
        ("NULL LIKE ANY ('a', 'b')", None),
        ("'a' LIKE ANY ((SELECT 'a'), 'b')", True),
        ("'a' LIKE ANY (SELECT 'a' UNION ALL SELECT NULL)", True),
        ("'b' LIKE ANY (SELECT 'a' UNION ALL SELECT NULL)", None),
        ("'b' LIKE ALL (SELECT 'a' UNION ALL SELECT NULL)", False),
        ("'a' LIKE ANY UNNEST(['b', 'a_', 'a%'])", True),
        ("'a' NOT LIKE ANY UNNEST(['a'])", False),
        (f"'a' LIKE ANY {NOTHING}", False),
        (f"'a' LIKE ALL {NOTHING}", True),
        (f"'a' NOT LIKE ALL {NOTHING}", False),
        ("'a' NOT LIKE ANY UNNEST(ARRAY<STRING>[])", True),
    ],
)
def test_values(expression: str, value: bool | None) -> None:
    assert answer(f"SELECT {expression}") == [(value,)]
