"""What Google's APIs have in common: the shape of errors, JSON bodies, numbers, merge patches, pages."""

from __future__ import annotations

import copy
import json
import math
import re
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from localcloud.files import DISK_FULL

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
REASONS = {404: "notFound", 405: "httpMethodNotAllowed"}
CLIENT_CLOSED_REQUEST = 499
SQLITE_FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
"""SQLite knows the first of DISK_FULL by its name; the others are writes that failed."""
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
PAGE_TOKEN = re.compile(r"[0-9]{1,18}")
PAGE_SIZE = 1000
DEEPEST = 100
"""Levels of a JSON body, as in protobuf's JSON: google/protobuf/json_format.py, max_recursion_depth."""
Item = TypeVar("Item")


class GoogleError(Exception):
    """An error answered as Google's APIs do: an HTTP status, a machine-readable reason and a message."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or STATUS_NAMES.get(code, "UNKNOWN").lower()


def disk_full(error: Exception) -> GoogleError | None:
    """What to answer if an error says that there is no space left; None for any other error.

    The status is one that clients hold permanent: they repeat a 5xx for up to 15 minutes.
    """
    full = isinstance(error, OSError) and error.errno in DISK_FULL
    if full or (isinstance(error, sqlite3.OperationalError) and getattr(error, "sqlite_errorname", "") in SQLITE_FULL):
        message = "No space left on the disk of the local cloud: nothing was stored. Free some space and try again"
        return GoogleError(413, message, "insufficientStorage")
    return None


def as_google_error(request: Request, error: Exception) -> GoogleError:
    """What an exception means to a caller; the reason of an unexpected one is none that clients repeat a request on."""
    if isinstance(error, GoogleError):
        return error
    if isinstance(error, HTTPException):
        message = f"{request.method} {request.url.path}: {error.detail}"
        return GoogleError(error.status_code, message, REASONS.get(error.status_code, ""))
    return disk_full(error) or GoogleError(500, f"Internal error of localcloud: {error!r}", "unexpectedError")


def google_response(request: Request, error: GoogleError) -> Response:
    """Google's JSON error body, readable by both the JSON-API and the gapic clients."""
    body = {
        "code": error.code,
        "message": error.message,
        "status": STATUS_NAMES.get(error.code, "UNKNOWN"),
        "errors": [{"domain": "global", "reason": error.reason, "message": error.message}],
    }
    return JSONResponse({"error": body}, status_code=error.code)


def exception_handlers(respond: Callable[[Request, GoogleError], Response]) -> dict[Any, Any]:
    """Handlers for whatever an endpoint may raise; `respond` gives the answer the form that its clients read."""

    async def known(request: Request, error: Exception) -> Response:
        return respond(request, as_google_error(request, error))

    async def of_disk(request: Request, error: Exception) -> Response:
        if disk_full(error) is None:
            raise error  # unexpected: logged with its traceback
        return await known(request, error)

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=CLIENT_CLOSED_REQUEST)  # nobody reads this answer

    return {
        GoogleError: known,
        HTTPException: known,
        ClientDisconnect: gone,
        OSError: of_disk,
        sqlite3.OperationalError: of_disk,
        Exception: known,
    }


def json_object(data: bytes) -> dict[str, Any]:
    """The JSON object in a request's body, {} for an empty one; a 400 in Google's wording for anything else."""
    document = json_value(data) if data else {}
    if not isinstance(document, dict):
        raise GoogleError(400, "Invalid JSON payload received. The body must be an object", "parseError")
    return document


def json_value(data: bytes) -> Any:
    """What a JSON text says, which can be written as JSON again.

    Errors: 400 for what is no JSON (RFC 8259 knows no NaN), for a number that no float holds, for a text that is no
    Unicode (half a surrogate pair), and for more than DEEPEST levels.
    """
    try:
        document = json.loads(data.decode(), parse_constant=_no_number, parse_float=_finite)
        if b"\\u" in data:
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise GoogleError(400, f"Invalid JSON payload received. {error}", "parseError") from error
    if data.count(b"{") + data.count(b"[") > DEEPEST and _depth(document) > DEEPEST:
        raise GoogleError(400, f"Invalid JSON payload received. It is more than {DEEPEST} levels deep", "parseError")
    return document


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _depth(document: Any) -> int:
    """How many levels of objects and lists there are; counted level by level, for recursion has an end of its own."""
    depth, level = 0, [document]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def object_in(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The JSON object in a field, {} if there is none; a 400 for anything else."""
    value = fields.get(name)
    if value is not None and not isinstance(value, dict):
        raise GoogleError(400, f"Invalid value for {name}: {value!r}: it must be an object", "invalid")
    return value or {}


def whole_number(name: str, value: object, least: int = 0) -> int | None:
    """A number of 64 bits as a query or JSON (there also as text) has it, None for none. Errors: 400 if it is none."""
    if value is None or value == "":
        return None
    number = int(str(value)) if WHOLE_NUMBER.fullmatch(str(value)) else None
    if number is None or not least <= number < 2**63:
        raise GoogleError(400, f"Invalid value for {name}: {value!r} is not a whole number", "invalid")
    return number


def merged(current: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7396), which is what PATCH means in Google's APIs."""
    result = dict(current)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            base = result.get(key)
            result[key] = merged(base if isinstance(base, dict) else {}, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def page(items: list[Item], size: int, token: str) -> tuple[list[Item], str]:
    """One page of a list and the next page's token, "" for the last; the token is the number of items already given.

    A size of 0 is none of the client's: PAGE_SIZE.
    """
    if token and not PAGE_TOKEN.fullmatch(token):
        raise GoogleError(400, f"pageToken {token!r} is not one that a list answered", "badRequest")
    if size < 0:
        raise GoogleError(400, f"pageSize {size} must not be negative", "badRequest")
    start = int(token or 0)
    end = start + (size or PAGE_SIZE)
    return items[start:end], str(end) if end < len(items) else ""
