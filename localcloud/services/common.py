"""What every service shares: Google's error shape, atomic writes, records on disk, and the HTTP server."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GoogleError(Exception):
    """An error answered as Google's APIs do: an HTTP status, a machine-readable reason and a message."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or STATUS_NAMES.get(code, "UNKNOWN").lower()


def error_response(code: int, message: str, reason: str) -> JSONResponse:
    """Google's JSON error body, readable by both the JSON-API and the gapic clients."""
    body = {
        "error": {
            "code": code,
            "message": message,
            "status": STATUS_NAMES.get(code, "UNKNOWN"),
            "errors": [{"domain": "global", "reason": reason, "message": message}],
        }
    }
    return JSONResponse(body, status_code=code)


async def handle_google_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoogleError)
    return error_response(error.code, error.message, error.reason)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, f"{request.method} {request.url.path}: {error.detail}", "notFound")


EXCEPTION_HANDLERS: dict[Any, Any] = {GoogleError: handle_google_error, HTTPException: handle_http_exception}


async def healthz(request: Request) -> Response:
    """Readiness of a service: it answers, so it is up."""
    return JSONResponse({"status": "ok"})


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, or a kill in the middle, sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


class RecordStore:
    """JSON records on disk, one file a record, keyed by resource name (slashes allowed)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{quote(name, safe='')}.json"

    def get(self, name: str) -> dict[str, Any] | None:
        try:
            return json.loads(self._path(name).read_bytes())
        except FileNotFoundError:
            return None

    def require(self, name: str) -> dict[str, Any]:
        """The record, or a 404 in Google's shape."""
        record = self.get(name)
        if record is None:
            raise GoogleError(404, f"{name} was not found", "notFound")
        return record

    def put(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        write_atomic(self._path(name), json.dumps(record).encode())
        return record

    def create(self, name: str, record: dict[str, Any]) -> dict[str, Any]:
        """Put a new record; a 409 in Google's shape if there is one of that name."""
        if self.get(name) is not None:
            raise GoogleError(409, f"{name} already exists", "conflict")
        return self.put(name, record)

    def delete(self, name: str) -> dict[str, Any]:
        record = self.require(name)
        self._path(name).unlink()
        return record

    def items(self, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        for path in sorted(self.folder.glob("*.json")):
            name = unquote(path.name.removesuffix(".json"))
            if name.startswith(prefix):
                yield name, json.loads(path.read_bytes())


def serve(app: Starlette | ASGIApp, port: int, host: str = "127.0.0.1") -> None:
    """Run an app on a loopback port until SIGTERM or SIGINT."""
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
