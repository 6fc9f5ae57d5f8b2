"""scripts/sql.py against a small BigQuery: rows as a table, a refusal as one line."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import google.auth
import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError

from tests.paths import REPOSITORY

ROWS = {
    "kind": "bigquery#queryResponse",
    "jobComplete": True,
    "jobReference": {"projectId": "roadbed-local", "jobId": "one"},
    "schema": {"fields": [{"name": "kind", "type": "STRING"}, {"name": "found", "type": "INTEGER"}]},
    "totalRows": "2",
    "rows": [{"f": [{"v": "stop"}, {"v": "4"}]}, {"f": [{"v": None}, {"v": "0"}]}],
}
PROBLEM = "Syntax error: Expected end of input at [1:1]"
ERRORS = [{"message": PROBLEM, "domain": "global", "reason": "invalidQuery"}]
REFUSAL = {"error": {"code": 400, "message": PROBLEM, "errors": ERRORS, "status": "INVALID_ARGUMENT"}}


@contextmanager
def bigquery(status: int, answer: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A BigQuery that answers every request so; yields its address and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(self.path)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def run(query: str) -> int:
    return runpy.run_path(str(REPOSITORY / "scripts" / "sql.py"))["main"](["--stack", "local", query])


@pytest.fixture(autouse=True)
def _anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google.auth, "default", lambda *_, **__: (AnonymousCredentials(), None))


def test_rows_are_a_table_in_the_stacks_project(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with bigquery(200, ROWS) as (address, asked):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        assert run("select kind, found from t") == 0
    assert asked[0].split("?")[0].endswith("/bigquery/v2/projects/roadbed-local/queries")
    printed = capsys.readouterr().out
    assert "stop" in printed
    assert "NULL" in printed


def test_a_refused_query_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with bigquery(400, REFUSAL) as (address, _):
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        assert run("selct 1") == 1
    assert capsys.readouterr().err == f"sql: {PROBLEM}\n"


def test_nobody_to_ask_as_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DefaultCredentialsError("Your default credentials were not found.")

    monkeypatch.setattr(google.auth, "default", refuse)
    assert run("select 1") == 1
    assert capsys.readouterr().err == "sql: Your default credentials were not found.\n"
