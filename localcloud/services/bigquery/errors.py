"""BigQuery's errors in its own words, with the position in the query where there is one."""

from __future__ import annotations

import re

import duckdb
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, SqlglotError, TokenError

from localcloud.services.common import GoogleError

UNRESOLVED = re.compile(
    r"Column '(?P<name>[^']+)' could not be resolved.*?Line: (?P<line>\d+), Col: (?P<end>\d+)", re.S
)

WRITTEN = "tables of the lake are written by Spark and Beam through the Iceberg catalogue"
"""Why nothing is written here."""
OF_FUNCTION = "Python exception occurred while executing the UDF: ValueError: "
"""What the engine puts before the words of a function of the table."""


def invalid_query(message: str) -> GoogleError:
    return GoogleError(400, message, "invalidQuery")


def at(message: str, place: exp.Expr) -> GoogleError:
    """What is wrong with a name of the query, and where it begins."""
    line, end = place.meta.get("line"), place.meta.get("col")
    return invalid_query(f"{message} at [{line}:{end - len(place.name) + 1}]" if line and end else message)


def invalid(message: str) -> GoogleError:
    return GoogleError(400, message, "invalid")


def stopped() -> GoogleError:
    return GoogleError(499, "Job execution was cancelled: User requested cancellation", "stopped")


def timed_out(milliseconds: int) -> GoogleError:
    return GoogleError(499, f"Job execution was cancelled: Job timed out after {milliseconds / 1000:g}s", "stopped")


def not_found(kind: str, name: str) -> GoogleError:
    return GoogleError(404, f"Not found: {kind} {name}", "notFound")


def of_sqlglot(error: SqlglotError) -> GoogleError:
    """What the parser or the name resolution says, as BigQuery words it: `... at [line:column]`."""
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        start = max(first["col"] - len(first["highlight"] or "") + 1, 1)
        return invalid_query(f"Syntax error: {first['description']} at [{first['line']}:{start}]")
    unresolved = UNRESOLVED.search(str(error))
    if unresolved:
        name, line = unresolved["name"], unresolved["line"]
        return invalid_query(f"Unrecognized name: {name} at [{line}:{int(unresolved['end']) - len(name) + 1}]")
    kind = "Syntax error" if isinstance(error, (TokenError, ParseError)) else "Invalid query"
    return invalid_query(
        f"{kind}: {_first_line(error)}" if isinstance(error, (OptimizeError, TokenError)) else str(error)
    )


def of_duckdb(error: duckdb.Error) -> GoogleError:
    """What the engine says, its first line; a function it doesn't know in BigQuery's words."""
    line = re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", _first_line(error)).removeprefix(OF_FUNCTION)
    unknown = re.search(r"(?:Scalar|Aggregate|Table|Macro)? ?Function with name ([\w.]+) does not exist", line)
    if unknown:
        return invalid_query(f"Function not found: {unknown[1].upper()}")
    zone = re.match(r"Unknown TimeZone '([^']*)'", line)
    if zone:
        return invalid_query(f"Invalid time zone: {zone[1]}")
    beyond = re.match(r"Type INT128 with value (-?\d+) can't be cast", line)
    if beyond:
        return invalid_query(f"integer overflow: {beyond[1]} does not fit INT64")
    if line.startswith("Division by zero"):
        return invalid_query(
            "division by zero: " + line.removeprefix("Division by zero in expression ").split(". Use")[0]
        )
    return invalid_query(line)


def _first_line(error: Exception) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().split("\n")[0]
