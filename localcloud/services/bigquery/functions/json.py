"""Functions of JSON.

source: cloud.google.com/bigquery/docs/reference/standard-sql/json_functions
"""

from __future__ import annotations

import json
import re
from typing import Any

from localcloud.services.bigquery.functions.function import Function, python, sql

KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
STEP = re.compile(
    r"""\.([^.\[\]'"\s]+)|\."((?:\\.|[^"])*)"|\[\s*(\d+)\s*\]|\[\s*'((?:\\.|[^'])*)'\s*\]|\[\s*"((?:\\.|[^"])*)"\s*\]"""
)
MISSING: Any = object()


def value_of(text: str) -> Any:
    """A document, of an object's keys of one name the first; MISSING for what is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=_first)
    except ValueError:
        return MISSING


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def at(value: Any, path: str) -> Any:
    """What a JSONPath of GoogleSQL's points at, MISSING if nothing is there. Errors: ValueError for a wrong path."""
    if not path.startswith("$"):
        raise ValueError("JSONPath must start with '$'")
    end = 1
    while end < len(path):
        step = STEP.match(path, end)
        if step is None:
            raise ValueError(f"Invalid token in JSONPath at: {path[end:]}")
        end = step.end()
        if step[3] is not None:
            index = int(step[3])
            value = value[index] if isinstance(value, list) and index < len(value) else MISSING
            continue
        name = next(found for found in (step[1], step[2], step[4], step[5]) if found is not None)
        key = int(name) if step[1] and name.isdigit() and isinstance(value, list) else name
        if isinstance(key, int):
            value = value[key] if key < len(value) else MISSING
        else:
            value = value.get(key, MISSING) if isinstance(value, dict) else MISSING
    return value


def query(text: str, path: str) -> str | None:
    """JSON_QUERY of a STRING: JSON's null is NULL."""
    found = at(value_of(text), path)
    return None if found is MISSING or found is None else text_of(found)


def query_json(text: str, path: str) -> str | None:
    """JSON_QUERY of a JSON: its null stays one."""
    found = at(value_of(text), path)
    return None if found is MISSING else text_of(found)


def scalar(text: str, path: str) -> str | None:
    found = at(value_of(text), path)
    return None if found is MISSING else _scalar(found)


def _scalar(found: Any) -> str | None:
    if found is None or isinstance(found, dict | list):
        return None
    return found if isinstance(found, str) else text_of(found)


def query_array(text: str, path: str) -> list[str] | None:
    found = at(value_of(text), path)
    return [text_of(one) for one in found] if isinstance(found, list) else None


def value_array(text: str, path: str) -> list[str | None] | None:
    found = at(value_of(text), path)
    if not isinstance(found, list) or any(isinstance(one, dict | list) for one in found):
        return None
    return [_scalar(one) for one in found]


def parsed(text: str) -> str:
    found = value_of(text)
    if found is MISSING:
        raise ValueError(f"syntax error while parsing value: {text[:60]}")
    return text_of(found)


def kind(text: str) -> str:
    return KINDS.get(type(value_of(text)), "null")


def _strict(wanted: type | tuple[type, ...], name: str) -> Any:
    def made(text: str) -> Any:
        found = value_of(text)
        if name == "INT64" and isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, wanted) or (isinstance(found, bool) and wanted is not bool):
            raise ValueError(f"The provided JSON input is not {name}: {text[:60]}")
        return found

    return made


def lax(text: str, convert: Any) -> Any:
    found = value_of(text)
    try:
        return None if isinstance(found, dict | list) or found is None or found is MISSING else convert(found)
    except (ValueError, OverflowError):
        return None


def _lax_bool(found: Any) -> bool:
    if isinstance(found, str):
        return {"true": True, "false": False}[found.lower()] if found.lower() in ("true", "false") else _refuse()
    return bool(found)


def _refuse() -> Any:
    raise ValueError


def _lax_string(found: Any) -> str:
    return found if isinstance(found, str) else text_of(found)


def keys(text: str) -> list[str]:
    """JSON_KEYS: the paths of an object's keys, in alphabetical order."""
    found: set[str] = set()
    _add_keys(value_of(text), "", found)
    return sorted(found)


def _add_keys(value: Any, before: str, found: set[str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            quoted = name if re.fullmatch(r"\w+", name) else f'"{name}"'
            found.add(before + quoted)
            _add_keys(inner, f"{before}{quoted}.", found)


SCALAR = r"""(x) AS gs_json_scalar(x, '$'), (x, path) AS
    CASE WHEN regexp_full_match(path, '\$(\.[a-zA-Z_]\w*|\[\d+\])*')
    THEN CASE WHEN json_valid(x) AND json_type(x, path) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(x, path) END
    ELSE gs_json_scalar(x, path) END"""
"""The engine's own for a plain path; it has no names in brackets, and an error for what is no JSON."""
FUNCTIONS: dict[str, Function] = {
    "json_at": python("STRING", query, "VARCHAR, VARCHAR -> VARCHAR"),
    "json_in": python("JSON", query_json, "VARCHAR, VARCHAR -> VARCHAR"),
    "json_scalar": python("STRING", scalar, "VARCHAR, VARCHAR -> VARCHAR"),
    "json_array": python("ARRAY<STRING>", query_array, "VARCHAR, VARCHAR -> VARCHAR[]"),
    "json_values": python("ARRAY<STRING>", value_array, "VARCHAR, VARCHAR -> VARCHAR[]"),
    "json_parsed": python("JSON", parsed, "VARCHAR -> VARCHAR"),
    "json_kind": python("STRING", kind, "VARCHAR -> VARCHAR"),
    "json_string": python("STRING", _strict(str, "STRING"), "VARCHAR -> VARCHAR"),
    "json_int64": python("INT64", _strict(int, "INT64"), "VARCHAR -> BIGINT"),
    "json_float64": python("FLOAT64", lambda text: float(_strict((int, float), "FLOAT64")(text)), "VARCHAR -> DOUBLE"),
    "json_bool": python("BOOL", _strict(bool, "BOOL"), "VARCHAR -> BOOLEAN"),
    "JSON_KEYS": python("ARRAY<STRING>", keys, "VARCHAR -> VARCHAR[]"),
    "LAX_STRING": python("STRING", lambda text: lax(text, _lax_string), "VARCHAR -> VARCHAR"),
    "LAX_INT64": python("INT64", lambda text: lax(text, lambda found: round(float(found))), "VARCHAR -> BIGINT"),
    "json_float": python("FLOAT64", lambda text: lax(text, float), "VARCHAR -> DOUBLE"),
    "LAX_FLOAT64": sql(
        "FLOAT64", """(x) AS CASE WHEN lower(x) = '"nan"' THEN CAST('nan' AS DOUBLE) ELSE gs_json_float(x) END"""
    ),
    "LAX_BOOL": python("BOOL", lambda text: lax(text, _lax_bool), "VARCHAR -> BOOLEAN"),
    "JSON_QUERY": sql(
        0,
        """(x VARCHAR) AS gs_json_at(x, '$'), (x VARCHAR, path) AS gs_json_at(x, path),
           (x JSON) AS x, (x JSON, path) AS CAST(gs_json_in(x, path) AS JSON)""",
    ),
    "JSON_EXTRACT": sql(
        0,
        """(x VARCHAR) AS gs_json_at(x, '$'), (x VARCHAR, path) AS gs_json_at(x, path),
           (x JSON) AS x, (x JSON, path) AS CAST(gs_json_in(x, path) AS JSON)""",
    ),
    "JSON_VALUE": sql("STRING", SCALAR),
    "JSON_EXTRACT_SCALAR": sql("STRING", SCALAR),
    "JSON_QUERY_ARRAY": sql(
        "ARRAY<0>",
        """(x VARCHAR) AS gs_json_array(x, '$'), (x VARCHAR, path) AS gs_json_array(x, path),
           (x JSON) AS CAST(gs_json_array(x, '$') AS JSON[]), (x JSON, path) AS CAST(gs_json_array(x, path) AS
           JSON[])""",
    ),
    "JSON_EXTRACT_ARRAY": sql(
        "ARRAY<0>",
        """(x VARCHAR) AS gs_json_array(x, '$'), (x VARCHAR, path) AS gs_json_array(x, path),
           (x JSON) AS CAST(gs_json_array(x, '$') AS JSON[]), (x JSON, path) AS CAST(gs_json_array(x, path) AS
           JSON[])""",
    ),
    "JSON_VALUE_ARRAY": sql("ARRAY<STRING>", "(x) AS gs_json_values(x, '$'), (x, path) AS gs_json_values(x, path)"),
    "JSON_EXTRACT_STRING_ARRAY": sql(
        "ARRAY<STRING>", "(x) AS gs_json_values(x, '$'), (x, path) AS gs_json_values(x, path)"
    ),
    "PARSE_JSON": sql("JSON", "(x) AS CAST(gs_json_parsed(x) AS JSON)"),
    "JSON_TYPE": sql("STRING", "(x) AS gs_json_kind(x)"),
    "INT64": sql("INT64", "(x) AS gs_json_int64(x)"),
    "FLOAT64": sql("FLOAT64", "(x) AS gs_json_float64(x)"),
    "BOOL": sql("BOOL", "(x) AS gs_json_bool(x)"),
}
