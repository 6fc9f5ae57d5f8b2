"""Objects against Kubernetes' own JSON schemas, strictly, by the kubernetes-validate package (loaded at first use)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from localcloud.providers.checks import join
from localcloud.providers.errors import Failure

VERSION = "1.33.0"
"""The Kubernetes version whose schemas count."""
MAX_FAILURES = 10


@cache
def _validator(api_version: str, kind: str) -> Any:
    """A validator of one kind; None if this version has no such kind."""
    import jsonschema
    from kubernetes_validate import utils
    from referencing import Resource

    folder = f"kubernetes-json-schema/v{VERSION}-local-strict"
    group, _, version = api_version.rpartition("/")
    suffix = f"{group.split('.')[0]}-{version}" if group else version
    try:
        schema = utils.schema_contents(f"{folder}/{kind.lower()}-{suffix}.json", VERSION)
    except FileNotFoundError:
        return None
    registry = Resource.from_contents(schema) @ _definitions(folder)
    return jsonschema.Draft202012Validator(schema, registry=registry)


@cache
def _definitions(folder: str) -> Any:
    from kubernetes_validate import utils
    from referencing import Registry, Resource

    return Resource.from_contents(utils.schema_contents(f"{folder}/_definitions.json", VERSION)) @ Registry()


def validate(document: dict[str, Any]) -> list[Failure]:
    """What is wrong with an object, all of whose values are known."""
    validator = _validator(document["apiVersion"], document["kind"])
    if validator is None:
        return []
    errors = sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    return [_failure(error) for error in errors[:MAX_FAILURES]]


def _failure(error: Any) -> Failure:
    path = ""
    for step in error.absolute_path:
        path = f"{path}[{step}]" if isinstance(step, int) else join(path, step)
    if error.validator == "required":
        missing = re.match(r"'(.+)' is a required property", error.message)
        return Failure(join(path, missing[1]) if missing else path, "missing required property")
    return Failure(path, error.message)
