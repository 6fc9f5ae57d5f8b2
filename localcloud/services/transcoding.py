"""HTTP to messages as google.api.http says: path, query and body of a request fill the method's request message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.services.common import GoogleError, json_object
from localcloud.services.protobuf import AnyMessage, parse, to_json, wire

# Google's system parameters (https://cloud.google.com/apis/docs/system-parameters): they belong to no message.
SYSTEM_PARAMETERS = {"alt", "key", "fields", "prettyPrint", "quotaUser", "access_token", "callback", "oauth_token"}
VARIABLE = re.compile(r"\{([\w.]+)(?:=([^}]+))?\}")


@dataclass(frozen=True)
class Method:
    """A method of an API: `paths` are google.api.http templates, `body` "" (none), "*" (all) or a field's name."""

    verb: str
    paths: tuple[str, ...]
    request: type[AnyMessage]
    handler: Callable[[Any], AnyMessage]
    body: str = ""
    patterns: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "patterns", tuple(_compiled(path) for path in self.paths))

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the path's variables by field path, or None if it is no path of this method."""
        for pattern, names in self.patterns:
            found = pattern.fullmatch(path)
            if found:
                return dict(zip(names, found.groups(), strict=True))
        return None


def _compiled(template: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    names, pattern, end = [], "", 0
    for variable in VARIABLE.finditer(template):
        names.append(variable[1])
        segments = re.escape(variable[2] or "*").replace(r"\*", "[^/:]+")
        pattern += f"{re.escape(template[end : variable.start()])}({segments})"
        end = variable.end()
    return re.compile(pattern + re.escape(template[end:])), tuple(names)


def api_route(methods: Iterable[Method]) -> Route:
    """One route that serves all methods of an API."""
    known = tuple(methods)

    async def answer(request: Request) -> Response:
        path = request.url.path
        for method in known:
            values = method.match(path) if method.verb == request.method else None
            if values is not None:
                message = request_message(method, values, request.query_params.multi_items(), await request.body())
                result = await run_in_threadpool(method.handler, message)
                enums_as_numbers = "enum-encoding=int" in request.query_params.get("$alt", "")
                return JSONResponse(to_json(result, enums_as_numbers))
        raise GoogleError(404, f"{request.method} {path} is not a method of this API", "notFound")

    return Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def request_message(
    method: Method, path_values: dict[str, str], query: list[tuple[str, str]], body: bytes
) -> AnyMessage:
    """The request message of a call; a 400 that names the place for what doesn't fit it."""
    message = method.request()
    if method.body == "*":
        parse(json_object(body), message)
    elif method.body:
        field_name = next(one.json_name for one in wire(message).DESCRIPTOR.fields if one.name == method.body)
        parse({field_name: json_object(body)}, message)
    record: dict[str, Any] = {}
    descriptor: Any = wire(message).DESCRIPTOR
    for name, value in query:
        if not name.startswith("$") and name not in SYSTEM_PARAMETERS:
            _put(record, descriptor, name, value)
    for name, value in path_values.items():
        _put(record, descriptor, name, value)
    # Merged, not parsed into `message`: a nested path variable ({template.name=...}) must not wipe the body's field.
    wire(message).MergeFrom(wire(parse(record, method.request())))
    return message


def _put(record: dict[str, Any], descriptor: Any, path: str, value: str) -> None:
    """Put a query or path value into a JSON record at a field path, converted as its field needs."""
    name, _, rest = path.partition(".")
    one = _field(descriptor, name)
    if one is None:
        raise GoogleError(
            400, f'Invalid JSON payload received. Unknown name "{path}": Cannot bind query parameter.', "badRequest"
        )
    if rest:
        _put(record.setdefault(one.json_name, {}), one.message_type, rest, value)
        return
    converted: Any = value
    if one.type == FieldDescriptor.TYPE_BOOL:
        converted = {"true": True, "false": False}.get(value.lower(), value)
    if one.label == FieldDescriptor.LABEL_REPEATED:
        record.setdefault(one.json_name, []).append(converted)
    else:
        record[one.json_name] = converted


def _field(descriptor: Any, name: str) -> Any:
    if descriptor is None:  # of a field that is no message
        return None
    found = descriptor.fields_by_name.get(name)
    return found or next((one for one in descriptor.fields if one.json_name == name), None)
