"""What the storage testbench is to Google's retry conformance tests: a proxy that breaks what it is told to break.

Those tests start the testbench from an image and call it without credentials. Here it stands in front of the local
cloud, adds the owner's credentials, and goes through the instructions of a `retry_test` resource one by one.
Source: the README of github:googleapis/storage-testbench, "Retry Test API".
"""
# ruff: noqa: N815

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import stat
import struct
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import google.auth
import pytest
import requests
from google.auth.transport.requests import Request

BEHIND = os.environ["API_ENDPOINT_OVERRIDE"]
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
KIB = 1024
BEFORE_BREAK = 10
INSTRUCTION = re.compile(r"return-(?:(\d+)|(reset-connection)|(broken-stream))(?:-after-(\d+)K)?")
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\S+)")
ACLS = {"acl": "bucket_acl", "defaultObjectAcl": "default_object_acl"}
VERBS = {"GET": "get", "POST": "insert", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
HOP = ("connection", "content-encoding", "content-length", "date", "server", "transfer-encoding")

tests: dict[str, dict[str, list[str]]] = {}


def method_of(verb: str, target: str) -> str:
    """The method of the JSON API, as the instructions name it."""
    path = urlsplit(target).path
    if path.startswith("/upload/"):
        return "storage.objects.insert"
    words = path.removeprefix("/download").removeprefix("/storage/v1").strip("/").split("/")
    if words[0] == "projects":
        kind = "serviceaccount" if words[2] == "serviceAccount" else "hmacKey"
        name = "list" if len(words) == 3 and verb == "GET" else VERBS[verb]
        return f"storage.{kind}.{'get' if kind == 'serviceaccount' else name.replace('insert', 'create')}"
    if len(words) <= 2:
        return f"storage.buckets.{'list' if len(words) == 1 and verb == 'GET' else VERBS[verb]}"
    return f"storage.{_below_bucket(verb, words[2:])}"


def _below_bucket(verb: str, words: list[str]) -> str:
    kind, rest = words[0], words[1:]
    if kind == "iam":
        return "buckets." + ("testIamPermissions" if rest else {"GET": "getIamPolicy"}.get(verb, "setIamPolicy"))
    if kind == "lockRetentionPolicy":
        return "buckets.lockRetentionPolicy"
    names = {**ACLS, "notificationConfigs": "notifications", "o": "objects"}
    kind = names.get(kind, kind)
    if kind == "objects" and len(rest) > 1:
        if rest[1] != "acl":
            return "objects." + rest[1].removesuffix("To")
        kind, rest = "object_acl", rest[2:]
    return f"{kind}.{'list' if not rest and verb == 'GET' else VERBS[verb]}"


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    credentials: Any

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/retry_test"):
            self.told(body)
            return
        instruction = self.due(len(body))
        if instruction is None:
            self.forward(body)
            return
        status, reset, broken, after = instruction
        if broken:
            self.forward(body, cut=int(after) * KIB if after else BEFORE_BREAK)
        elif reset:
            self.reset()
        else:
            if after:
                self.persist(body, int(after) * KIB)
            self.send(int(status), {"content-type": "application/json"}, b'{"error": {"message": "told to fail"}}')

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def told(self, body: bytes) -> None:
        """The testbench's own API."""
        name = self.path.removeprefix("/retry_test").strip("/")
        if self.command == "POST":
            name = secrets.token_hex(8)
            tests[name] = json.loads(body)["instructions"]
        left = tests.pop(name, {}) if self.command == "DELETE" else tests.get(name, {})
        said = {"id": name, "instructions": left, "completed": not any(left.values())}
        self.send(200, {"content-type": "application/json"}, json.dumps(said).encode())

    def due(self, length: int) -> tuple[str, ...] | None:
        """The next instruction for this request, which is done with it; None if there is none, or it is for later."""
        waiting = tests.get(self.headers.get("x-retry-test-id", ""), {}).get(method_of(self.command, self.path))
        found = INSTRUCTION.fullmatch(waiting[0]) if waiting else None
        if waiting is None or found is None:
            return None
        broken, after = found[3], int(found[4] or 0) * KIB
        media = parse_qs(urlsplit(self.path).query).get("alt") == ["media"]
        range_ = RANGE.fullmatch(self.headers.get("content-range", ""))
        sent = int(range_[2]) + 1 if range_ else length
        if (broken and not media) or (not broken and after and sent <= after):
            return None
        waiting.pop(0)
        return found.groups(default="")

    def persist(self, body: bytes, size: int) -> None:
        """Let the part of a piece through that comes before so many bytes of its upload."""
        range_ = RANGE.fullmatch(self.headers.get("content-range", ""))
        if range_ and (kept := body[: size - int(range_[1])]):
            headers = {"content-range": f"bytes {range_[1]}-{int(range_[1]) + len(kept) - 1}/*"}
            self.behind(kept, headers).close()

    def behind(self, body: bytes, more: dict[str, str]) -> requests.Response:
        """What the local cloud answers. Its links lead to this proxy, for it is asked with this one's name."""
        if not self.credentials.valid:
            self.credentials.refresh(Request())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP} | more
        headers["Authorization"] = f"Bearer {self.credentials.token}"
        return requests.request(
            self.command, BEHIND + self.path, data=body, headers=headers, stream=True, timeout=60, allow_redirects=False
        )

    def forward(self, body: bytes, cut: int | None = None) -> None:
        answer = self.behind(body, {})
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP[:1] + HOP[2:]}
        data = answer.raw.read(decode_content=False)
        self.send(answer.status_code, headers, data, cut)

    def send(self, status: int, headers: dict[str, str], data: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:cut])
        if cut is not None and cut < len(data):
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
        raise ConnectionResetError

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before the suite's own conftest asks where the testbench is."""
    Proxy.credentials, _ = google.auth.default(scopes=SCOPES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    early_config.add_cleanup(server.shutdown)
    os.environ["STORAGE_EMULATOR_HOST"] = f"http://127.0.0.1:{server.server_port}"
    folder = tempfile.TemporaryDirectory()
    early_config.add_cleanup(folder.cleanup)
    image = Path(folder.name) / "docker"  # which the tests call to start the testbench, and need not here
    image.write_text("#!/bin/sh\n")
    image.chmod(image.stat().st_mode | stat.S_IXUSR)
    os.environ["PATH"] = f"{folder.name}{os.pathsep}{os.environ['PATH']}"


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test asks for an HMAC key, and few use it: those fail where they do, the others are none the worse."""
    outcome: Any = yield
    if fixturedef.argname == "hmac_key" and outcome.excinfo is not None:
        fixturedef.cached_result = (None, fixturedef.cache_key(request), None)
        outcome.force_result(None)
