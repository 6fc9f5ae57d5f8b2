"""Runs one query through BigQuery's own client and prints the rows as a table."""

from __future__ import annotations

import os
import sys

import google.auth
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery
from rich.console import Console
from rich.table import Table

from localcloud.settings import LocalCloud


def main(query: str) -> int:
    """Print the rows; a refused query is one line and exit code 1."""
    cloud = LocalCloud.from_environment()
    credentials, _ = google.auth.default()
    client = bigquery.Client(cloud.project, credentials, client_options={"api_endpoint": cloud.url("bigquery")})
    try:
        rows = client.query_and_wait(query)
    except GoogleAPICallError as error:
        print(f"sql: {error.message}", file=sys.stderr)
        return 1
    table = Table(*[field.name for field in rows.schema])
    for row in rows:
        table.add_row(*["NULL" if value is None else str(value) for value in row])
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "200"))
    Console(width=width).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
