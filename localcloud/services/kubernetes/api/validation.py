"""Refuses objects that Kubernetes' published schemas or its rules between fields don't allow, naming the field."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from localcloud.services.kubernetes.api import discovery, rules
from localcloud.services.kubernetes.api.errors import invalid

MOST_CAUSES = 10


def check_schema(resource: discovery.Resource, obj: dict[str, Any]) -> None:
    """422 with the paths of everything that Kubernetes' schema of this kind doesn't have."""
    errors = _validator(resource.kind, resource.group).iter_errors(obj)
    ordered = sorted(errors, key=lambda error: list(map(str, error.absolute_path)))
    _refuse(resource, obj, [cause for error in ordered for cause in _causes(error)])


def check_rules(resource: discovery.Resource, obj: dict[str, Any], previous: dict[str, Any] | None = None) -> None:
    """422 for broken rules between fields; `previous` is the object before an update."""
    _refuse(resource, obj, rules.broken(resource, obj, previous))


def _refuse(resource: discovery.Resource, obj: dict[str, Any], causes: list[tuple[str, str]]) -> None:
    if causes:
        raise invalid(resource.display_kind, str(obj["metadata"].get("name", "")), causes[:MOST_CAUSES])


@functools.cache
def _definitions() -> Resource[Any]:
    # kubernetes_validate.validate reads these 1.4 MB at every call; here once
    return Resource.from_contents(schema_contents(f"{_folder()}/_definitions.json", discovery.SCHEMA_VERSION))


def _folder() -> str:
    return f"kubernetes-json-schema/v{discovery.SCHEMA_VERSION}.0-local-strict"


@functools.cache
def _validator(kind: str, group: str) -> Draft202012Validator:
    version = discovery.GROUP_VERSIONS[group] if group else "v1"
    prefix = f"{group.partition('.')[0]}-" if group else ""
    schema = schema_contents(f"{_folder()}/{kind.lower()}-{prefix}{version}.json", discovery.SCHEMA_VERSION)
    registry: Registry[Any] = Resource.from_contents(schema) @ (_definitions() @ Registry())
    return Draft202012Validator(schema, registry=registry)


def _causes(error: ValidationError) -> Iterable[tuple[str, str]]:
    path = _dotted(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {})) if isinstance(error.schema, dict) else []
        for field in error.instance:
            if field not in known:
                near = difflib.get_close_matches(field, known, 1)
                hint = f", did you mean {near[0]}?" if near else ""
                yield f"{path}.{field}".lstrip("."), f"unknown field{hint}"
    elif error.validator == "required":
        yield path or "<root>", f"Required value: {error.message}"
    else:
        yield path or "<root>", f"Invalid value: {error.message[:200]}"


def _dotted(parts: Iterable[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
