"""Values as JSON, by their types."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "TO_JSON_STRING(STRUCT(DATE '2026-01-02' AS d, TIMESTAMP '2026-01-02 03:04:05.5+00' AS t, b'Google' AS b))": (
        '{"d":"2026-01-02","t":"2026-01-02T03:04:05.500Z","b":"R29vZ2xl"}'
    ),
    "TO_JSON_STRING([1.0, 2.5, CAST('-inf' AS FLOAT64), NULL])": '[1,2.5,"-Infinity",null]',
    "TO_JSON_STRING(STRUCT(9007199254740993 AS i, NUMERIC '123.56' AS n, NUMERIC '5' AS m))": (
        '{"i":"9007199254740993","n":"123.56","m":5}'
    ),
    "TO_JSON_STRING(TO_JSON(STRUCT(9007199254740993 AS i, NUMERIC '1.56' AS n)))": '{"i":9007199254740993,"n":1.56}',
    "TO_JSON_STRING((SELECT ARRAY_AGG(STRUCT(x AS a, [x] AS b)) FROM UNNEST([1, 2]) AS x))": (
        '[{"a":1,"b":[1]},{"a":2,"b":[2]}]'
    ),
    "(SELECT TO_JSON_STRING(t) FROM (SELECT 1 AS a, 'x' AS b) AS t)": '{"a":1,"b":"x"}',
    r"TO_JSON_STRING('a\x1a\n\"')": r'"a\u001a\n\""',
    "TO_JSON_STRING(STRUCT(1 AS a), TRUE)": '{\n  "a": 1\n}',
    """TO_JSON_STRING(JSON_OBJECT('c', JSON '{"a": [1]}', 'a', 1, 'c', 2))""": '{"c":{"a":[1]},"a":1}',
    "TO_JSON_STRING(JSON_ARRAY(1, 'a', NULL, [TRUE]))": '[1,"a",null,[true]]',
    "TO_JSON_STRING(JSON_SET(JSON '{}', '$.a.b[1]', 'x'))": '{"a":{"b":[null,"x"]}}',
    "TO_JSON_STRING(JSON_SET(JSON '{}', '$.a', 1, create_if_missing => FALSE))": "{}",
    "TO_JSON_STRING(JSON_REMOVE(JSON '[1, {\"a\": 2}]', '$[0]', NULL, '$[0].a', '$.x'))": "[{}]",
}
J = """(JSON '{"a":[1,{"b":"x"}]}')"""
VALUES |= {
    f"TO_JSON_STRING({J}.a[1].b) || TO_JSON_STRING({J}.a[0])": '"x"1',
    f"TO_JSON_STRING({J}['a'][1]['b'])": '"x"',
    f"{J}.a[2] IS NULL AND {J}.a[-1] IS NULL": True,
}
ERRORS = {
    "JSON_OBJECT(['a', 'b'], [1])": "number of keys and values must match",
    "TO_JSON(NUMERIC '12345678901234567890.123456789')": "Failed to convert type NUMERIC to JSON",
    "TO_JSON_STRING(BIGNUMERIC '1.5')": "of a BIGNUMERIC is not supported here",
    "TO_JSON(1, stringify_wide_numbers => TRUE)": "stringify_wide_numbers is not supported here",
    "JSON_REMOVE(JSON '1', '$')": "JSON_REMOVE",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
