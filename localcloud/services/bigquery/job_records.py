"""What a query job's record says: its configuration checked, its statistics, its failure, its place in a list."""

from __future__ import annotations

import math
import time
from typing import Any

from localcloud.services.bigquery.errors import invalid
from localcloud.services.bigquery.planner import Plan
from localcloud.services.common import GoogleError, object_in, whole_number

Resource = dict[str, Any]

MEBIBYTE = 1024 * 1024
LEAST_BILLED = 10 * MEBIBYTE
OTHER_JOBS = {"load": "A load job", "copy": "A copy job", "extract": "An extract job"}
KEPT = (
    "destinationTable", "destinationEncryptionConfiguration", "timePartitioning", "rangePartitioning", "clustering",
    "schemaUpdateOptions",
)  # fmt: skip
SESSION = ("createSession", "connectionProperties", "scriptOptions", "continuous")
NOT_SUPPORTED = {
    **dict.fromkeys(KEPT, "results are read, not kept in a table"),
    **dict.fromkeys(SESSION, "each query is one statement that stands on its own and ends"),
    "tableDefinitions": "make an external table over an Iceberg table's metadata file",
    "userDefinedFunctionResources": "write the function's expression into the query or a view",
}


def checked_configuration(configuration: Resource) -> Resource:
    """A query job's configuration. Errors: 400 for another kind of job and for what is not supported."""
    if "query" not in configuration:
        kind = next((named for kind, named in OTHER_JOBS.items() if kind in configuration), "A job of this kind")
        raise invalid(f"{kind} is not supported: data gets into the lake through Spark and Beam; only queries run")
    query = object_in(configuration, "query")
    if query.get("useLegacySql", True):
        raise invalid("Legacy SQL is not supported; set useLegacySql to false")
    for name, instead in NOT_SUPPORTED.items():
        if query.get(name):
            raise invalid(f"configuration.query.{name} is not supported: {instead}")
    whole_number("maximumBytesBilled", query.get("maximumBytesBilled"))
    whole_number("jobTimeoutMs", configuration.get("jobTimeoutMs"))
    if not isinstance(query.get("query") or "", str):
        raise invalid(f"Invalid value for query: {query['query']!r} is not text")
    object_in(query, "defaultDataset")
    return configuration


def age(record: Resource) -> tuple[int, str]:
    return int(record["statistics"]["creationTime"]), record["jobReference"]["jobId"]


def age_of_token(token: str) -> tuple[int, str]:
    time_text, _, job = token.partition(".")
    if not time_text.isdecimal():
        raise invalid(f"pageToken {token!r} is not one that a list answered")
    return int(time_text), job


def unexpected(error: Exception) -> GoogleError:
    return GoogleError(500, f"The query failed: {error}", "unexpectedError")


def name_of(reference: Resource) -> str:
    return f"{reference['projectId']}:{reference['jobId']}"


def now_ms() -> str:
    return str(int(time.time() * 1000))


def _billed(size: int) -> int:
    """Whole mebibytes, at least ten, as Google bills; nothing for nothing."""
    return max(math.ceil(size / MEBIBYTE) * MEBIBYTE, LEAST_BILLED) if size else 0


def check_limit(limit: str | int | None, size: int) -> None:
    most = whole_number("maximumBytesBilled", limit)
    if most is not None and _billed(size) > most:
        message = f"Query exceeded limit for bytes billed: {limit}. {_billed(size)} or higher required."
        raise GoogleError(400, message, "bytesBilledLimitExceeded")


def statistics_of(record: Resource, made: Plan, size: int) -> Resource:
    """What a query reads and costs."""
    query = {
        "statementType": "SELECT",
        "totalBytesProcessed": str(size),
        "totalBytesBilled": str(_billed(size)),
        "cacheHit": False,
        "referencedTables": [_reference(name) for name in made.referenced],
    }
    return record["statistics"] | {"endTime": now_ms(), "totalBytesProcessed": str(size), "query": query}


def statistics_at_end(record: Resource, made: Plan, size: int, rows_read: int, rows: int) -> Resource:
    """Those of a query that ran: in one stage, on one slot."""
    statistics = statistics_of(record, made, size)
    start, end = statistics["startTime"], statistics["endTime"]
    slot_ms = str(int(end) - int(start))
    stage = {
        "name": "S00: Output",
        "id": "0",
        "status": "COMPLETE",
        "startMs": start,
        "endMs": end,
        "slotMs": slot_ms,
        "recordsRead": str(rows_read),
        "recordsWritten": str(rows),
        "parallelInputs": "1",
        "completedParallelInputs": "1",
        "steps": [{"kind": "READ", "substeps": [f"FROM {name}" for name in made.referenced]}]
        if made.referenced
        else [],
    }
    query = statistics["query"] | {"totalSlotMs": slot_ms, "queryPlan": [stage]}
    return statistics | {"totalSlotMs": slot_ms, "query": query}


def _reference(full_name: str) -> Resource:
    """A table of the lake has its catalog and namespace as dataset, as in BigQuery's own four-part names."""
    project, *dataset, table = full_name.split(".")
    return {"projectId": project, "datasetId": ".".join(dataset), "tableId": table}


def failed(record: Resource, error: GoogleError) -> Resource:
    result = {"reason": error.reason, "message": error.message, "location": "query"}
    status = {"state": "DONE", "errorResult": result, "errors": [result]}
    return record | {
        "status": status,
        "statistics": record["statistics"] | {"endTime": now_ms()},
        "errorCode": error.code,
    }
