"""Reading a request: its body, and the parameters of its query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from starlette.requests import Request

from localcloud.services import common
from localcloud.services.common import GoogleError
from localcloud.services.kubernetes.api.errors import bad_request
from localcloud.services.kubernetes.api.selectors import Predicate, field_predicate, label_predicate
from localcloud.services.kubernetes.api.store import Object


async def body_of(request: Request) -> Any:
    """The JSON or YAML in the body; 400 if it is neither."""
    data = await request.body()
    try:
        if "yaml" in request.headers.get("content-type", ""):
            return json.loads(json.dumps(yaml.safe_load(data)))  # YAML has dates and more that JSON can't say
        return json.loads(data)
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise bad_request(f"the body can't be read: {error}") from error


def whole_number(query: Mapping[str, str], name: str) -> int | None:
    """A parameter's number; None if it is not given, 400 if it is none."""
    try:
        return common.whole_number(name, query.get(name))
    except GoogleError as error:
        raise bad_request(error.message) from error


def is_dry_run(request: Request) -> bool:
    """Whether the answer is all that is wanted: nothing is to be stored."""
    asked = request.query_params.get("dryRun", "")
    if asked not in {"", "All"}:
        raise bad_request(f"dryRun: Unsupported value: {asked!r}: supported values: All")
    return asked == "All"


def predicate(query: Mapping[str, str]) -> Predicate:
    """What labelSelector and fieldSelector choose."""
    labels, fields = label_predicate(query.get("labelSelector", "")), field_predicate(query.get("fieldSelector", ""))
    return lambda obj: labels(obj) and fields(obj)


async def delete_options(request: Request) -> Object:
    """The DeleteOptions of a request: those in its body, those of its query instead where both are there."""
    body = await body_of(request) if await request.body() else {}
    options: Object = dict(body) if isinstance(body, dict) else {}
    query = request.query_params
    if is_dry_run(request):
        options["dryRun"] = ["All"]
    if "propagationPolicy" in query:
        options["propagationPolicy"] = query["propagationPolicy"]
    grace = whole_number(query, "gracePeriodSeconds")
    return options if grace is None else {**options, "gracePeriodSeconds": grace}
