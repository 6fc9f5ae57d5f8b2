"""Reads the body of a write: what the URL says is filled in, what the kind doesn't have is dropped or refused."""

from __future__ import annotations

from typing import Any

from localcloud.services.kubernetes.api import defaults, validation
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import bad_request
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.targets import Target
from localcloud.services.kubernetes.api.writes import Write


def prepared(resource: Resource, namespace: str, body: Any, name: str = "") -> Object:
    """A copy of a body with what the URL says filled in; 400 where the two disagree."""
    if not isinstance(body, dict):
        raise bad_request(f"the body is not an object of kind {resource.kind}")
    obj: Object = defaults.without_nulls(body)
    for field, expected in (("apiVersion", resource.api_version), ("kind", resource.kind)):
        if obj.setdefault(field, expected) != expected:
            raise bad_request(f"{field} is {obj[field]!r}, the URL is for {expected!r}")
    metadata = obj.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        raise bad_request(f"metadata is {metadata!r}, and no map")
    if resource.namespaced and metadata.setdefault("namespace", namespace) != namespace:
        given = metadata["namespace"]
        raise bad_request(
            f"the namespace of the object ({given}) does not match the namespace on the request ({namespace})"
        )
    if not resource.namespaced:
        metadata.pop("namespace", None)
    if name and metadata.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")
    return obj


def configuration(target: Target, body: Any) -> Object:
    """What is to be applied; 400 unless it is all of the kind that it says it is."""
    resource = target.resource
    version = body.get("apiVersion", "") if isinstance(body, dict) else resource.api_version
    if version != resource.api_version:
        said = f"Specified patch version: {version}, expected: {resource.api_version}"
        raise bad_request(f"Incorrect version specified in apply patch. {said}")
    config = prepared(resource, target.namespace, body, target.name)
    if "managedFields" in config["metadata"]:
        raise bad_request("metadata.managedFields must be nil")
    unknown = [f".{path}: field not declared in schema" for path in validation.drop_unknown(resource, config)]
    if unknown:
        what = f"{target.namespace}/{target.name}; {resource.api_version}, Kind={resource.kind}"
        said = unknown[0] if len(unknown) == 1 else "\n  ".join(("errors:", *unknown))
        raise bad_request(f"failed to create typed patch object ({what}): {said}")
    return config


def read_strictly(resource: Resource, obj: Object, write: Write, *, patched: bool = False) -> None:
    """Drop what the kind doesn't have, and do about it what the request asks for."""
    unknown = [f'unknown field "{path}"' for path in validation.drop_unknown(resource, obj)]
    heed(resource, [*write.problems, *unknown], write, patched=patched)
    validation.check_schema(resource, obj, patched=patched)


def heed(resource: Resource, problems: list[str], write: Write, *, patched: bool) -> None:
    """Refuse, tell or pass over what is wrong with a body that can be read."""
    if write.validation == "Strict":
        validation.refuse_strictly(resource, problems, patched=patched)
    elif write.validation == "Warn":
        write.warnings.extend(problems)
