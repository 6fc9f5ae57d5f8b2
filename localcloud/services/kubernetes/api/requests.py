"""Reading a request: its body, and the parameters of its query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from starlette.requests import Request

from localcloud.services import common
from localcloud.services.common import GoogleError
from localcloud.services.kubernetes.api.errors import ApiError, bad_request, invalid_of, unsupported_media
from localcloud.services.kubernetes.api.selectors import Predicate, field_predicate, label_predicate
from localcloud.services.kubernetes.api.store import Object

MOST_BYTES = 3 * 2**20  # of a request's body, as k8s.io/apiserver limits it
MEDIA = ("application/json", "application/yaml")
OPTIONS = {
    "dryRun": list,
    "gracePeriodSeconds": int,
    "orphanDependents": bool,
    "preconditions": dict,
    "propagationPolicy": str,
}  # of a deletion


class _Repeating(dict[str, Any]):
    """A JSON object that says which keys it was given more than once; the last value counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.repeated = sorted({key for key in keys if keys.count(key) > 1}) if len(keys) > len(self) else []


class _YamlLoader(yaml.SafeLoader):
    """YAML as JSON has it: no dates, and keys that are repeated are noticed."""


def _yaml_map(loader: _YamlLoader, node: yaml.MappingNode) -> Any:
    pairs = loader.construct_pairs(node, deep=True)
    return _Repeating([(key if isinstance(key, str) else json.dumps(key), value) for key, value in pairs])


_YamlLoader.add_constructor("tag:yaml.org,2002:map", _yaml_map)
_YamlLoader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)


async def read_body(request: Request, media: tuple[str, ...] = MEDIA) -> tuple[Any, list[str]]:
    """The JSON or YAML in the body, and what is wrong with it though it can be read.

    400 if it is neither, 413 if it is too long, 415 if it is said to be something else.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip()
    if given and given not in media:
        raise unsupported_media(media)
    data = await _bytes(request)
    try:
        if given.endswith("yaml"):
            body = yaml.load(data, _YamlLoader)
        else:
            body = json.loads(data, object_pairs_hook=_Repeating)
        json.dumps(body, allow_nan=False)
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise bad_request(f"the body can't be read: {error}") from error
    return body, list(_repeated(body))


async def body_of(request: Request) -> Any:
    """The JSON or YAML in the body."""
    return (await read_body(request))[0]


async def _bytes(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BYTES:
            raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {MOST_BYTES}")
    return bytes(data)


def _repeated(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, _Repeating):
        yield from (f'duplicate field "{path}{key}"' for key in value.repeated)
        for key, entry in value.items():
            yield from _repeated(entry, f"{path}{key}.")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _repeated(entry, f"{path.rstrip('.')}[{index}].")


def whole_number(query: Mapping[str, str], name: str) -> int | None:
    """A parameter's number; None if it is not given, 400 if it is none."""
    try:
        return common.whole_number(name, query.get(name))
    except GoogleError as error:
        raise bad_request(error.message) from error


def is_dry_run(request: Request) -> bool:
    """Whether the answer is all that is wanted: nothing is to be stored."""
    asked = request.query_params.get("dryRun", "")
    return _dry_run([asked] if asked else [])


def _dry_run(asked: list[str]) -> bool:
    wrong = [value for value in asked if value != "All"]
    if wrong:
        why = f"Unsupported value: {wrong[0]!r}: supported values: All"
        raise invalid_of("DeleteOptions", "meta.k8s.io", "", [("dryRun", why)])
    return bool(asked)


def predicate(query: Mapping[str, str], resource_key: str) -> Predicate:
    """What labelSelector and fieldSelector choose."""
    labels = label_predicate(query.get("labelSelector", ""))
    fields = field_predicate(query.get("fieldSelector", ""), resource_key)
    return lambda obj: labels(obj) and fields(obj)


async def delete_options(request: Request) -> Object:
    """The DeleteOptions of a request: those in its body, those of its query instead where both are there."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    options = _options(await body_of(request)) if has_body else {}
    query = request.query_params
    if is_dry_run(request) or _dry_run(options.get("dryRun") or []):
        options["dryRun"] = ["All"]
    if "propagationPolicy" in query:
        options["propagationPolicy"] = query["propagationPolicy"]
    if "orphanDependents" in query:
        options["orphanDependents"] = query["orphanDependents"] in {"true", "1"}
    grace = whole_number(query, "gracePeriodSeconds")
    return options if grace is None else {**options, "gracePeriodSeconds": grace}


def _options(body: Any) -> Object:
    """A DeleteOptions; 400 if it is something else."""
    if body is None:
        return {}
    if not isinstance(body, dict) or body.get("kind", "DeleteOptions") != "DeleteOptions":
        raise bad_request("the body of a deletion is a DeleteOptions")
    options: Object = {key: value for key, value in body.items() if value is not None}
    for field, kind in OPTIONS.items():
        if not isinstance(options.get(field, kind()), kind):
            raise bad_request(f"{field} of DeleteOptions is {options[field]!r}")
    return options
