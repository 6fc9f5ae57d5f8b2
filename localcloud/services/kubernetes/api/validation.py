"""Reads objects as an API server does: what its schema doesn't have is dropped or refused, the rest has to fit.

Source: k8s.io/apiserver, pkg/endpoints/handlers/create.go, patch.go and fieldmanager.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing import Resource as Document

from localcloud.services.kubernetes.api import rules
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import bad_request, invalid, invalid_of
from localcloud.services.kubernetes.api.quantities import is_quantity
from localcloud.services.kubernetes.api.schema import Type, definitions, schema_of, type_of, walk

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
FORMATS = FormatChecker(formats=())


def _is_whole(bits: int) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or RFC_3339.fullmatch(value) is not None


def _is_base64(value: object) -> bool:
    return not isinstance(value, str) or base64.b64decode(re.sub(r"[\r\n]", "", value), validate=True) is not None


for _name, _check in (
    ("int32", _is_whole(32)),
    ("int64", _is_whole(64)),
    ("date-time", _is_time),
    ("byte", _is_base64),
):
    FORMATS.checks(_name, raises=binascii.Error)(_check)


def drop_unknown(resource: Resource, obj: dict[str, Any]) -> list[str]:
    """Drop the fields that a kind doesn't have, in place; their paths."""
    return list(_unknown(type_of(resource), obj))


def _unknown(kind: Type, obj: Any) -> Iterator[str]:
    for path, below, value in walk(kind, obj):
        if isinstance(value, dict) and below.fields:
            for field in [field for field in value if field not in below.fields]:
                del value[field]
                yield f"{path}.{field}".lstrip(".")


def refuse_strictly(resource: Resource, problems: list[str], *, patched: bool) -> None:
    """400 for unknown and repeated fields where they are not to be passed over."""
    if problems:
        raise _unreadable(resource, f"strict decoding error: {', '.join(problems)}", patched)


def check_schema(resource: Resource, obj: dict[str, Any], *, patched: bool = False) -> None:
    """400 for values of the wrong type (422 if a patch brought them), 422 for fields that are missing."""
    errors = list(_validator(resource).iter_errors(obj))
    missing = [_missing(error) for error in errors if error.validator == "required"]
    wrong = [f"{_dotted(error.absolute_path)}: {error.message[:200]}" for error in errors if not _is_missing(error)]
    wrong += [
        f"{path}: {value!r}: quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        for path, kind, value in walk(type_of(resource), obj)
        if kind.name == "Quantity" and not is_quantity(value)
    ]
    if wrong:
        raise _unreadable(resource, "; ".join(sorted(wrong)), patched)
    _refuse(resource, obj, sorted(missing))


def check_rules(resource: Resource, obj: dict[str, Any], previous: dict[str, Any] | None = None) -> None:
    """422 for broken rules between fields; `previous` is the object before an update."""
    _refuse(resource, obj, rules.broken(resource, obj, previous))


def _refuse(resource: Resource, obj: dict[str, Any], causes: list[tuple[str, str]]) -> None:
    if causes:
        raise invalid(resource, str(obj["metadata"].get("name", "")), causes)


def _unreadable(resource: Resource, why: str, patched: bool) -> Exception:
    if patched:
        return invalid_of("", "", "", [("patch", f"Invalid value: {why}")])
    return bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {why}')


@functools.cache
def _validator(resource: Resource) -> Draft202012Validator:
    schema = schema_of(resource.kind, resource.group, resource.version)
    documents = Document.from_contents(definitions()) @ Registry()
    registry: Registry[Any] = Document.from_contents(schema) @ documents
    return Draft202012Validator(schema, registry=registry, format_checker=FORMATS)


def _is_missing(error: ValidationError) -> bool:
    return error.validator == "required"


def _missing(error: ValidationError) -> tuple[str, str]:
    field = error.message.split("'")[1]
    return f"{_dotted(error.absolute_path)}.{field}".lstrip("."), "Required value"


def _dotted(parts: Iterable[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
