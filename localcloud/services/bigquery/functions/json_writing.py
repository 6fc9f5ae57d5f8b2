"""Values as JSON: `json_text` as TO_JSON_STRING writes them, `json_member` as TO_JSON does; and changes of a JSON.

source: docs/json_functions.md of google/zetasql, JSON encodings.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.services.bigquery.functions.function import Function, python, sql
from localcloud.services.bigquery.functions.json import STEP, at, text_of, value_of

Step = str | int


def steps(path: str) -> list[Step]:
    """The keys and places that a JSONPath goes through. Errors: ValueError for a wrong path."""
    at({}, path)
    found = STEP.findall(path[1:])
    return [int(step[2]) if step[2] else next(name for name in step if name) for step in found]


def _child(holder: Any, step: Step) -> Any:
    if isinstance(holder, list):
        return holder[step] if isinstance(step, int) and step < len(holder) else None
    return holder.get(step) if isinstance(holder, dict) else None


def removed(text: str, path: str) -> str:
    """JSON_REMOVE of one path."""
    document = holder = value_of(text)
    *before, last = steps(path) or _refuse("JSON_REMOVE: The JSONPath cannot be '$'")
    for step in before:
        holder = _child(holder, step)
    if isinstance(holder, dict):
        holder.pop(last, None)
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        del holder[last]
    return text_of(document)


def _refuse(what: str) -> list[Step]:
    raise ValueError(f"Invalid input to {what}")


def changed(text: str, path: str, value: str, missing: bool) -> str:
    """JSON_SET of one path: what is missing is made, unless something of another kind is in its place."""
    return text_of(_with(value_of(text), steps(path), value_of(value), missing))


def _with(document: Any, path: list[Step], value: Any, missing: bool) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(step, str) and isinstance(document, dict | None):
        if (document is not None and step in document) or missing:
            return (document or {}) | {step: _with((document or {}).get(step), rest, value, missing)}
    elif isinstance(step, int) and isinstance(document, list | None):
        items = list(document or [])
        if step < len(items) or missing:
            items += [None] * (step + 1 - len(items))
            items[step] = _with(items[step], rest, value, missing)
            return items
    return document


SAFE = "x BETWEEN -9007199254740992 AND 9007199254740992"
"""Whole numbers that TO_JSON_STRING writes as such, not as text."""
LOST = "CAST(gs_raise('Failed to convert type NUMERIC to JSON: ' || x) AS VARCHAR)"
TEXT = """(x VARCHAR) AS CASE WHEN regexp_matches(x, '[[:cntrl:]]') THEN gs_json_quoted(x)
        ELSE CAST(to_json(x) AS VARCHAR) END, (x BOOLEAN) AS CAST(x AS VARCHAR),
    (x DOUBLE) AS CASE WHEN isnan(x) THEN '"NaN"' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"'
        ELSE '"-Infinity"' END ELSE gs_number_text(x) END,
    (x BLOB) AS '"' || to_base64(x) || '"', (x DATE) AS '"' || gs_clock_text(x) || '"',
    (x TIME) AS '"' || gs_clock_text(x) || '"', (x TIMESTAMP) AS '"' || replace(gs_clock_text(x), ' ', 'T') || '"',
    (x TIMESTAMPTZ) AS '"' || replace(gs_clock_text(timezone('UTC', x)), ' ', 'T') || 'Z"'"""

FUNCTIONS: dict[str, Function] = {
    "json_quoted": python("STRING", text_of, "VARCHAR -> VARCHAR"),
    "json_indented": python(
        "STRING", lambda text: json.dumps(json.loads(text), ensure_ascii=False, indent=2), "VARCHAR -> VARCHAR"
    ),
    "json_text": sql(
        "STRING",
        f"""{TEXT}, (x BIGINT) AS CASE WHEN {SAFE} THEN CAST(x AS VARCHAR) ELSE '"' || x || '"' END,
            (x DECIMAL(38, 9)) AS CASE WHEN {SAFE} AND x = trunc(x) THEN gs_number_text(x)
            ELSE '"' || gs_number_text(x) || '"' END""",
    ),
    "json_member": sql(
        "STRING",
        f"""{TEXT}, (x BIGINT) AS CAST(x AS VARCHAR), (x DECIMAL(38, 9)) AS CASE
            WHEN CAST(CAST(x AS DOUBLE) AS DECIMAL(38, 9)) = x THEN gs_number_text(x) ELSE {LOST} END""",
    ),
    "json_key": sql(
        "STRING",
        """(x VARCHAR) AS CASE WHEN x IS NULL THEN CAST(gs_raise('Invalid input to JSON_OBJECT: A key cannot be NULL')
           AS VARCHAR) ELSE gs_json_text(x) || ':' END""",
    ),
    "json_changed": python("JSON", changed, "VARCHAR, VARCHAR, VARCHAR, BOOLEAN -> VARCHAR"),
    "json_removed": python("JSON", removed, "VARCHAR, VARCHAR -> VARCHAR"),
    "json_without": sql("JSON", "(x, path) AS CASE WHEN path IS NULL THEN x ELSE gs_json_removed(x, path) END"),
}
