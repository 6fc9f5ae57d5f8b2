"""Functions of JSON."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    """JSON_QUERY('{"a": 1, "a": 2}', '$.a')""": "1",
    "JSON_QUERY('{\"a\": [1]}', '$.a')": "[1]",
    'JSON_EXTRACT(\'{"a": {"b": 2}}\', "$[\'a\']")': '{"b":2}',
    "JSON_QUERY(JSON '{\"a\": null}', '$.a')": "null",
    "JSON_VALUE('{\"a\": \"x\"}', '$.a') || JSON_EXTRACT_SCALAR('[1, 2]', '$[1]')": "x2",
    "JSON_VALUE('{bad', '$.a')": None,
    "JSON_VALUE('{\"a\": [1]}', '$.a')": None,
    "JSON_QUERY_ARRAY('[1, {\"a\": 2}]')": ["1", '{"a":2}'],
    "JSON_EXTRACT_ARRAY('{\"a\": [1]}', '$.a')": ["1"],
    "JSON_VALUE_ARRAY('[\"x\", 1]')": ["x", "1"],
    "JSON_EXTRACT_STRING_ARRAY('[\"x\"]')": ["x"],
    "PARSE_JSON('{\"a\":  1}')": '{"a":1}',
    "[JSON_TYPE(JSON '1'), JSON_TYPE(JSON '\"x\"'), JSON_TYPE(JSON 'null'), JSON_TYPE(JSON '[]')]": [
        "number",
        "string",
        "null",
        "array",
    ],
    'JSON_KEYS(JSON \'{"b": 1, "a": {"c": 2}}\')': ["a", "a.c", "b"],
    "STRING(JSON '\"x\"')": "x",
    "INT64(JSON '10') + INT64(JSON '10.0')": 20,
    "FLOAT64(JSON '1')": 1.0,
    "BOOL(JSON 'true')": True,
    "LAX_STRING(JSON '1') || LAX_STRING(JSON 'true')": "1true",
    "LAX_INT64(JSON '\"10\"') + LAX_INT64(JSON '1.6')": 12,
    "LAX_FLOAT64(JSON '\"1.5\"')": 1.5,
    "LAX_BOOL(JSON '\"TRUE\"') AND LAX_BOOL(JSON '1')": True,
    "LAX_INT64(JSON '[1]')": None,
}
ERRORS = {
    "INT64(JSON '10.1')": "not INT64",
    "BOOL(JSON '1')": "not BOOL",
    "FLOAT64(JSON '\"1\"')": "not FLOAT64",
    "STRING(JSON '1')": "not STRING",
    "PARSE_JSON('{a')": "syntax error",
    "JSON_VALUE('{}', 'a')": "JSONPath must start with",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
