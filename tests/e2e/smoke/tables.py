"""Reads the lake through BigQuery's client: what the checks compare, and a fingerprint of everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.contracts import Contracts
from tests.e2e.smoke.clients import Clients


def query(clients: Clients, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of one query; parameters are strings or lists of strings, named @name in the SQL."""
    from google.cloud import bigquery

    typed = [
        bigquery.ArrayQueryParameter(name, "STRING", value)
        if isinstance(value, list)
        else bigquery.ScalarQueryParameter(name, "STRING", value)
        for name, value in parameters.items()
    ]
    config = bigquery.QueryJobConfig(query_parameters=typed)
    return [dict(row) for row in clients.bigquery.query_and_wait(sql, job_config=config)]


def message_counts(clients: Clients, contracts: Contracts, drives: Sequence[str]) -> dict[str, int]:
    """Rows by topic of these drives."""
    parts = [
        f"SELECT '{topic}' AS topic, COUNT(*) AS messages FROM {table.full_name} WHERE drive_id IN UNNEST(@drives)"
        for topic, table in contracts.topics.items()
    ]
    rows = query(clients, " UNION ALL ".join(parts), drives=list(drives))
    return {row["topic"]: row["messages"] for row in rows if row["messages"]}


def scenarios(clients: Clients, drives: Sequence[str]) -> list[dict[str, Any]]:
    """Scenario rows of these drives, by start time."""
    return query(
        clients,
        "SELECT * FROM scenarios.scenarios WHERE drive_id IN UNNEST(@drives) ORDER BY start_time, scenario_id",
        drives=list(drives),
    )


def fingerprint(clients: Clients, contracts: Contracts, drives: Sequence[str], prefix: str) -> dict[str, str]:
    """By table a digest of these drives' rows; of the operations tables, of the rows of files below prefix."""
    digests = {}
    for table in contracts.tables:
        columns = {column.name for column in table.columns}
        scope = "drive_id IN UNNEST(@drives)" if "drive_id" in columns else "STARTS_WITH(file_uri, @prefix)"
        text = ", '|', ".join(f"IFNULL(CAST({name} AS STRING), '')" for name in sorted(columns))
        rows = query(
            clients,
            "SELECT COUNT(*) AS row_count, TO_HEX(MD5(STRING_AGG(digest, '' ORDER BY digest))) AS digest FROM "
            f"(SELECT TO_HEX(MD5(CONCAT({text}))) AS digest FROM {table.full_name} WHERE {scope})",
            drives=list(drives),
            prefix=prefix,
        )
        digests[table.full_name] = f"{rows[0]['row_count']} rows, {rows[0]['digest']}"
    return digests
