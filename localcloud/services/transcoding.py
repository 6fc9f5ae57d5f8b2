"""HTTP to messages as google.api.http says: path, query and body of a request fill the method's request message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask

from localcloud.services.common import GoogleError
from localcloud.services.dispatch import Call, Route
from localcloud.services.protobuf import AnyMessage, parse, to_json, wire

# Google's system parameters (https://cloud.google.com/apis/docs/system-parameters): they belong to no message.
SYSTEM_PARAMETERS = {"alt", "key", "fields", "prettyPrint", "quotaUser", "access_token", "callback", "oauth_token"}

IN_SNAKE_CASE = re.compile(r"_([a-z0-9])")
"""What a field mask may have in a query: gcloud sends it so, though proto-JSON itself knows camelCase only."""


def transcoded(
    methods: str,
    path: str | tuple[str, ...],
    request: type[AnyMessage],
    handler: Callable[[Any], AnyMessage],
    body: str = "",
) -> Route:
    """The route of a method from message to message; `body` is "" (none), "*" (all) or a field's name."""

    def answer(call: Call) -> dict[str, Any]:
        result = handler(request_message(request, body, call))
        return to_json(result, enums_as_numbers="enum-encoding=int" in call.query.get("$alt", ""))

    return Route(methods, path, answer)


def not_offered(*paths: str) -> Route:
    """What an API has and this cloud has not, after all that it has: a 501, which clients don't repeat."""

    async def refuse(call: Call) -> None:
        request = call.request
        raise GoogleError(501, f"{request.method} {request.url.path} is not offered by localcloud", "notImplemented")

    return Route(ANY_METHOD, paths, refuse, streams=True)


async def _no_method(call: Call) -> None:
    request = call.request
    raise GoogleError(404, f"{request.method} {request.url.path} is not a method of this API", "notFound")


ANY_METHOD = "GET HEAD POST PUT PATCH DELETE"
NO_METHOD = Route(ANY_METHOD, "/{rest=**}", _no_method, streams=True)
"""An API's last route. A verb that a path does not have is a 404 there, as Google answers it, and no 405."""


def request_message(request: type[AnyMessage], body: str, call: Call) -> AnyMessage:
    """The request message of a call; a 400 that names the place for what doesn't fit it."""
    message = request()
    if body == "*":
        parse(call.body, message)
    elif body:
        field_name = next(one.json_name for one in wire(message).DESCRIPTOR.fields if one.name == body)
        parse({field_name: call.body}, message)
    record: dict[str, Any] = {}
    descriptor: Any = wire(message).DESCRIPTOR
    for name, value in call.query.multi_items():
        if not name.startswith("$") and name not in SYSTEM_PARAMETERS:
            _put(record, descriptor, name, value)
    for name, value in call.path.items():
        _put(record, descriptor, name, value)
    # Merged, not parsed into `message`: a nested path variable ({template.name=...}) must not wipe the body's field.
    wire(message).MergeFrom(wire(parse(record, request())))
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
    if one.message_type is not None and one.message_type.full_name == FieldMask.DESCRIPTOR.full_name:
        converted = IN_SNAKE_CASE.sub(lambda letter: letter[1].upper(), value)
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
