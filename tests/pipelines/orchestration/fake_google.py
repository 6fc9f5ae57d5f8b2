"""A small server that speaks Dataflow's and Dataproc's REST, with one job whose states a test sets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

JOB = "2026-11-25_00_00_00-1"
OPERATION = "projects/p/regions/us-central1/operations/o1"
METADATA = "type.googleapis.com/google.cloud.dataproc.v1.WorkflowMetadata"


class FakeGoogle:
    """What the server answers, and what it was asked.

    states: of the Dataflow job, one a request, the last for ever.  operations: the Dataproc operation likewise.
    messages: the job's error messages.  refused: (status, message) by the end of a path.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.states: list[str] = ["JOB_STATE_DONE"]
        self.operations: list[dict[str, Any]] = [operation(done=True)]
        self.messages: list[str] = []
        self.refused: dict[str, tuple[int, str]] = {}
        self.asked: list[tuple[str, str, Any]] = []

    def answer(self, verb: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON of one request."""
        self.asked.append((verb, path, body))
        for end, (status, message) in self.refused.items():
            if path.endswith(end):
                return status, {"error": {"code": status, "message": message, "status": "INVALID_ARGUMENT"}}
        if path == "/token":
            return 200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
        if path.endswith("flexTemplates:launch"):
            return 200, {"job": {"id": JOB, "name": body["launchParameter"]["jobName"]}}
        if path.endswith("/messages"):
            return 200, {"jobMessages": [{"messageText": text} for text in self.messages]}
        if path.endswith(f"/jobs/{JOB}"):
            return 200, {"id": JOB, "currentState": self.states[0] if verb == "PUT" else following(self.states)}
        if path.endswith(":instantiate"):
            return 200, operation(done=False)
        if path.endswith(":cancel"):
            return 200, {}
        if path == f"/v1/{OPERATION}":
            return 200, following(self.operations)
        return 404, {"error": {"code": 404, "message": f"{verb} {path} is unknown", "status": "NOT_FOUND"}}

    def sent(self, verb: str, end: str) -> list[Any]:
        """The bodies of the requests to paths with an end."""
        return [body for asked, path, body in self.asked if asked == verb and path.endswith(end)]


def following(answers: list[Any]) -> Any:
    """The next answer; the last one stays."""
    return answers.pop(0) if len(answers) > 1 else answers[0]


def operation(done: bool, error: dict[str, Any] | None = None, **steps: str) -> dict[str, Any]:
    """Dataproc's operation of a workflow with its steps' states."""
    nodes = [{"stepId": step, "state": state} for step, state in steps.items()]
    made: dict[str, Any] = {"name": OPERATION, "done": done, "metadata": {"@type": METADATA, "graph": {"nodes": nodes}}}
    if error:
        return made | {"error": error}
    return made | ({"response": {"@type": "type.googleapis.com/google.protobuf.Empty"}} if done else {})


@contextmanager
def serve() -> Iterator[FakeGoogle]:
    """The server, for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
            body = json.loads(content) if content and not form else None
            status, answer = fake.answer(self.command, urlsplit(self.path).path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_GET  # noqa: N815 (the names that http.server looks for)

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at `asked` instead."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake = FakeGoogle(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
