"""A small Google: one HTTP server per service port, which keeps what it is given and remembers what it was asked.

The other files of this folder have what is special about a service.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localcloud.registry import services
from localcloud.settings import LocalCloud
from tests.waiting import PATIENCE_S

NOW = "2026-01-01T00:00:00.000Z"

Route = tuple[str, Callable[..., Any]]
"""A pattern over method and path, and what answers: given the Google, the request, and the pattern's groups."""


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class FakeGoogle:
    """Resources by path. `conflicts`: how many policy writes fail first, as if someone else had been quicker."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    conflicts: int = 0
    token: str = "owner-token"
    operation_error: str = ""
    refusing: set[str] = field(default_factory=set)
    """Paths to which POST is refused."""
    routes: list[Route] = field(default_factory=list)
    """Beside those of the files in this folder."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_again: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, request: Asked) -> Any:
        with self.lock:
            if request.path == "/token":
                return {"access_token": self.token, "expires_in": 3600, "token_type": "Bearer"}
            if request.token != f"Bearer {self.token}":
                raise RefusedError(401, "no token")
            self.asked.append(request)
            with self.asked_again:
                self.asked_again.notify_all()
            if request.method == "POST" and request.path in self.refusing:
                raise RefusedError(403, f"{request.path} is not for you")
            for pattern, handler in (*self.routes, *routes()):
                match = re.fullmatch(pattern, f"{request.method} {request.path}")
                if match:
                    return handler(self, request, *map(unquote, match.groups()))
            return self._generic(request)

    def calls(self, method: str, part: str) -> list[Asked]:
        return [request for request in self.asked if request.method == method and part in request.path]

    def wait_for(self, method: str, part: str, times: int) -> None:
        """Return once there have been so many such calls."""
        with self.asked_again:
            arrived = self.asked_again.wait_for(lambda: len(self.calls(method, part)) >= times, timeout=PATIENCE_S)
        assert arrived, f"{method} {part} was not called {times} times"

    def put_new(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path in self.resources:
            raise RefusedError(409, f"{path} already exists")
        self.resources[path] = body
        return body

    def need(self, path: str) -> dict[str, Any]:
        if path not in self.resources:
            raise RefusedError(404, f"{path} was not found")
        return self.resources[path]

    def _generic(self, request: Asked) -> Any:
        """GET, PUT, PATCH and DELETE of what a create made."""
        found = self.need(request.path)
        if request.method == "PATCH":
            changes = request.body.get("serviceAccount", request.body)
            found |= {key: value for key, value in changes.items() if value is not None}
        elif request.method == "PUT":
            found |= request.body
        elif request.method == "DELETE":
            del self.resources[request.path]
            return {}
        return found


@cache
def routes() -> list[Route]:
    """What the files in this folder answer."""
    names = [name for _, name, _ in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}.")]
    return [route for name in names for route in getattr(importlib.import_module(name), "ROUTES", ())]


class Handler(BaseHTTPRequestHandler):
    """HTTP to FakeGoogle.answer and back."""

    google: FakeGoogle
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # else head and body go out separately, and each answer waits 40 ms for an ACK

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        address = urlsplit(self.path)
        body = _parse(self.headers.get("content-type", ""), data)
        token = self.headers.get("authorization", "")
        request = Asked(self.command, unquote(address.path), dict(parse_qsl(address.query)), body, token)
        try:
            status, answer = 200, self.google.answer(request)
        except RefusedError as error:
            status, answer = error.status, {"error": {"code": error.status, "message": error.message}}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _parse(kind: str, data: bytes) -> Any:
    if kind.startswith("multipart/related"):
        boundary = kind.split("boundary=")[1].encode()
        _, metadata, media, _ = data.split(b"--" + boundary)
        head, _, content = (
            media.strip(b"\r\n").partition(b"\r\n\r\n") if b"\r\n\r\n" in media.strip(b"\r\n") else (media, b"", b"")
        )
        media_type = re.search(rb"Content-Type: ([^\r]+)", head)
        assert media_type
        return media_type[1].decode(), json.loads(metadata.split(b"\r\n\r\n")[1]), content
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(data.decode()))
    return json.loads(data) if data else None


def serve(cloud: LocalCloud) -> tuple[type[Handler], list[ThreadingHTTPServer]]:
    """A server on every service port of a cloud; they answer by the `google` of the handler."""
    handler = type("BoundHandler", (Handler,), {"google": FakeGoogle()})
    servers = [ThreadingHTTPServer(("127.0.0.1", cloud.port_of(service)), handler) for service in services()]
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return handler, servers
