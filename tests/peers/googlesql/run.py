"""Runs cases through the local BigQuery's planner and engine, in this process, and judges what comes back."""

from __future__ import annotations

import base64
import datetime
import json
import math
import re
import signal
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlglot
from sqlglot import exp

from localcloud.services.bigquery.errors import not_found
from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.planner import engine, plan, result_of
from localcloud.services.bigquery.sources import View
from localcloud.services.bigquery.types import Field, rows_of
from localcloud.services.common import GoogleError
from tests.peers.googlesql.cases import Case
from tests.peers.googlesql.values import Bag, Kind, UnreadableError, read

SECONDS = 10
RIGHT, WRONG, ANSWERED, REFUSED, BROKEN = "right", "wrong", "answered", "refused", "broken"
NUMBERS = ("INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC")
WRITTEN = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
READ = {"INT32": "INT64", "FLOAT": "FLOAT64", "DOUBLE": "FLOAT64"}


@dataclass(frozen=True)
class Outcome:
    verdict: str
    said: str = ""


@dataclass(frozen=True)
class Tables:
    """A case's tables, as views."""

    queries: dict[str, str]

    def lookup(self, parts: tuple[str, ...], project: str, dataset: str | None) -> tuple[str, View]:
        name = parts[-1].lower()
        if len(parts) > 1 or name not in self.queries:
            raise not_found("Table", ".".join(parts))
        return name, View(self.queries[name], project)


def outcome_of(case: Case) -> Outcome:
    """The verdict on a case, within SECONDS."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS)
    try:
        return _outcome(case)
    except TimeoutError:
        return Outcome(BROKEN, f"no answer after {SECONDS} s")
    finally:
        signal.alarm(0)


def _out_of_time(*_: object) -> None:
    raise TimeoutError


def _outcome(case: Case) -> Outcome:
    must_fail = case.expected.startswith("ERROR")
    kind, expected = Kind(""), None
    try:
        if not must_fail:
            kind, expected = read(case.expected)
            if kind.name != "ARRAY" or not kind.inner:
                raise UnreadableError(f"a result of type {kind.name}")
            must_fail = _not_in_a_result(kind, expected)
    except UnreadableError as error:
        return Outcome("unread", str(error))
    try:
        fields, rows = _answer(case)
    except GoogleError as error:
        return Outcome(RIGHT if must_fail else REFUSED, error.message)
    except Exception as error:  # noqa: BLE001 - what is to be seen is what the service would call an internal error
        return Outcome(BROKEN, f"{type(error).__name__}: {error}")
    if must_fail:
        return Outcome(ANSWERED, f"{str(rows)[:200]}, must be {case.expected[:200]}")
    wanted = [(row,) if kind.inner[0].name != "STRUCT" else row for row in expected or []]
    wanted = Bag(wanted) if isinstance(expected, Bag) else wanted
    types = kind.inner[0].inner if kind.inner[0].name == "STRUCT" else [kind.inner[0]]
    if [_type_name(one) for one in types] != [_field_name(field) for field in fields] and rows:
        return Outcome(WRONG, f"types {[_field_name(field) for field in fields]}, must be {case.expected[:160]}")
    if same(wanted, rows):
        return Outcome(RIGHT)
    return Outcome(WRONG, f"{str(rows)[:300]}, must be {str(wanted)[:300]}")


def _not_in_a_result(kind: Kind, value: Any) -> bool:
    """What GoogleSQL can hold and BigQuery can't return: columns of one name, a NULL in an array, arrays of arrays."""
    columns = [name.strip("`").lower() for name in kind.inner[0].names if name]
    return len(set(columns)) < len(columns) or any(_null_in_array(row) for row in value or [])


def _null_in_array(value: Any) -> bool:
    if isinstance(value, tuple) and value and value[0] == "JSON":
        return False
    if isinstance(value, list):
        return any(one is None or _null_in_array(one) for one in value)
    return isinstance(value, tuple) and any(_null_in_array(part) for part in value)


def _answer(case: Case) -> tuple[list[Field], list[Any]]:
    values: dict[str, exp.Expr] = {}
    if case.parameters:
        made = sqlglot.parse_one(f"SELECT {case.parameters}", read=DIALECT, into=exp.Select)
        values = {one.alias.lower(): one.unalias() for one in made.selects}
    made = plan(case.query, Tables(case.tables), "p", None, values)
    with engine() as connection:
        table, _ = result_of(made, connection, lambda: None)
    rows = rows_of(table, made.fields, timestamps="INT64")
    return made.fields, [_plain_row(row, made.fields) for row in rows]


def _plain_row(row: dict[str, Any], fields: list[Field]) -> tuple[Any, ...]:
    return tuple(_plain(part["v"], field) for part, field in zip(row["f"], fields, strict=True))


def _plain(value: Any, field: Field) -> Any:
    if field["mode"] == "REPEATED":
        return [_plain(one["v"], field | {"mode": "NULLABLE"}) for one in value]
    if value is None:
        return None
    if field["type"] == "RECORD":
        return _plain_row(value, field["fields"])
    name = WRITTEN.get(field["type"]) or str(field["type"])
    if name == "BYTES":
        return (name, base64.b64decode(value))
    return (name, json.loads(value) if name == "JSON" else value)


def _type_name(kind: Kind) -> str:
    return READ.get(kind.name) or kind.name if kind.name != "ARRAY" else "ARRAY"


def _field_name(field: Field) -> str:
    if field["mode"] == "REPEATED":
        return "ARRAY"
    return "STRUCT" if field["type"] == "RECORD" else WRITTEN.get(field["type"]) or str(field["type"])


def same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Bag):
        if len(wanted) != len(found):
            return False
        left = list(found)
        for one in wanted:
            match = next((index for index, other in enumerate(left) if same(one, other)), None)
            if match is None:
                return False
            left.pop(match)
        return True
    if isinstance(wanted, list) or isinstance(found, list):  # a NULL array and an empty one are the same in a result
        wanted, found = wanted or [], found or []
        return len(wanted) == len(found) and all(map(same, wanted, found))
    if wanted is None or found is None:
        return wanted is found
    if not isinstance(wanted[0], str) if wanted else True:  # a struct
        return isinstance(found, tuple) and len(wanted) == len(found) and all(map(same, wanted, found))
    if not found or not isinstance(found[0], str):
        return False
    return _same_scalar(READ.get(wanted[0]) or str(wanted[0]), wanted[1], *found)


def _same_scalar(kind: str, wanted: Any, found_kind: str, found: Any) -> bool:
    if kind != found_kind:
        return False
    if kind == "FLOAT64":
        a, b = float(wanted), float(found)
        return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)
    if kind in NUMBERS:
        return Decimal(wanted) == Decimal(found)
    if kind == "TIMESTAMP":
        return _microseconds(wanted) == int(found)
    if kind in ("DATETIME", "TIME"):
        return _civil(wanted) == _civil(found)
    return wanted == found


def _civil(text: str) -> str:
    text = text.replace("T", " ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _microseconds(text: str) -> int:
    parts = re.fullmatch(r"(\d{1,4}-\d+-\d+) (\d+:\d+:\d+)(?:\.(\d+))?([+-]\d\d)(?::?(\d\d))?", text)
    if parts is None:
        raise UnreadableError(text)
    year, rest = parts[1].split("-", 1)
    clock = datetime.datetime.fromisoformat(f"{int(year):04d}-{rest}T{parts[2]}+00:00")
    whole = (clock - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)
    offset = (abs(int(parts[4])) * 60 + int(parts[5] or 0)) * 60 * (-1 if parts[4][0] == "-" else 1)
    return whole + int((parts[3] or "").ljust(6, "0")[:6]) - offset * 1_000_000
