"""Runs one query through BigQuery's own client and prints the rows as a table."""

from __future__ import annotations

import argparse
import os
import sys

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from requests.exceptions import RequestException
from rich.console import Console
from rich.table import Table

from stacks.stack_file import StackFileError, place_of


def main(arguments: list[str] | None = None) -> int:
    """Print the rows; a refused query is one line and exit code 1."""
    parser = argparse.ArgumentParser(description="Ask the tables of a stack.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("query")
    options = parser.parse_args(arguments)
    try:
        client = bigquery.Client(place_of(options.stack).project)
        rows = client.query_and_wait(options.query)
    except GoogleAPICallError as error:
        print(f"sql: {error.errors[0]['message'] if error.errors else error.message}", file=sys.stderr)
        return 1
    except (StackFileError, GoogleAuthError, RequestException) as error:
        print(f"sql: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    table = Table(*[field.name for field in rows.schema])
    for row in rows:
        table.add_row(*["NULL" if value is None else str(value) for value in row])
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "200"))
    Console(width=width).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
