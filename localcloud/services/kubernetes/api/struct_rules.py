"""Rules of single structs that a schema can't say, wherever these occur; each check yields pairs of a field's path and
what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from localcloud.services.kubernetes.api import limits
from localcloud.services.kubernetes.api.quantities import is_quantity, quantity

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]
PERCENT = re.compile(r"[0-9]+%")
VALUELESS = {"Exists", "DoesNotExist"}


def _metadata(metadata: Object, path: str) -> Causes:
    yield from labels(metadata.get("labels") or {}, f"{path}.labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not limits.QUALIFIED_NAME.fits(key.lower()):
            yield f"{path}.annotations", limits.QUALIFIED_NAME.problem(key)
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > limits.MOST_ANNOTATIONS:
        yield f"{path}.annotations", f"Too long: may not be more than {limits.MOST_ANNOTATIONS} bytes"
    for index, finalizer in enumerate(metadata.get("finalizers") or []):
        if not limits.QUALIFIED_NAME.fits(finalizer):
            yield f"{path}.finalizers[{index}]", limits.QUALIFIED_NAME.problem(finalizer)
        elif "/" not in finalizer and finalizer not in {"foregroundDeletion", "kubernetes", "orphan"}:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield f"{path}.finalizers[{index}]", f"Invalid value: {finalizer!r}: {why}"
    controllers = [owner["name"] for owner in metadata.get("ownerReferences") or [] if owner.get("controller")]
    if len(controllers) > 1:
        why = f'Only one reference can have Controller set to true. Found "true" in references for {controllers}'
        yield f"{path}.ownerReferences", f"Invalid value: {why}"


def labels(values: dict[str, str], path: str) -> Causes:
    for key, value in values.items():
        if not limits.QUALIFIED_NAME.fits(key):
            yield path, limits.QUALIFIED_NAME.problem(key)
        if not limits.LABEL_VALUE.fits(value):
            yield path, limits.LABEL_VALUE.problem(value)


def _selector(selector: Object, path: str) -> Causes:
    yield from labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")


def _requirement(requirement: Object, path: str) -> Causes:
    if not limits.QUALIFIED_NAME.fits(requirement["key"]):
        yield f"{path}.key", limits.QUALIFIED_NAME.problem(requirement["key"])
    operator, values = requirement["operator"], requirement.get("values") or []
    if operator in VALUELESS and values:
        yield f"{path}.values", "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    elif operator in {"In", "NotIn"} and not values:
        yield f"{path}.values", "Required value: must be specified when `operator` is 'In' or 'NotIn'"
    elif operator in {"Gt", "Lt"} and not (len(values) == 1 and re.fullmatch(r"[+-]?\d+", values[0])):
        yield f"{path}.values", "Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"


def _pod_spec(spec: Object, path: str) -> Causes:
    volumes = [volume["name"] for volume in spec.get("volumes") or []]
    yield from _repeated(volumes, f"{path}.volumes", "name")
    if not spec.get("containers"):
        yield f"{path}.containers", "Required value"
    names = [entry["name"] for field in ("initContainers", "containers") for entry in spec.get(field) or []]
    yield from _repeated(names, f"{path}.containers", "name")
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or []):
            where = f"{path}.{field}[{index}]"
            mounts = container.get("volumeMounts") or []
            yield from _repeated([mount["mountPath"] for mount in mounts], f"{where}.volumeMounts", "mountPath")
            for place, mount in enumerate(mounts):
                if mount["name"] not in volumes:
                    yield f"{where}.volumeMounts[{place}].name", f"Not found: {mount['name']!r}"


def _repeated(names: list[str], path: str, field: str) -> Causes:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"{path}[{index}].{field}", f"Duplicate value: {name!r}"


def _volume(volume: Object, path: str) -> Causes:
    sources = sorted(volume.keys() - {"name"})
    if len(sources) > 1:
        yield f"{path}.{sources[1]}", "Forbidden: may not specify more than 1 volume type"


def _env(variable: Object, path: str) -> Causes:
    if variable.get("value") and variable.get("valueFrom"):
        yield f"{path}.valueFrom", "Invalid value: may not be specified when `value` is not empty"


def _resources(resources: Object, path: str) -> Causes:
    for field in ("requests", "limits"):
        for name, amount in (resources.get(field) or {}).items():
            if quantity(amount) < 0:
                yield f"{path}.{field}[{name}]", f"Invalid value: {amount!r}: must be greater than or equal to 0"
    for name, amount in (resources.get("requests") or {}).items():
        limit = (resources.get("limits") or {}).get(name)
        if limit is not None and is_quantity(limit) and quantity(amount) > quantity(limit):
            yield (
                f"{path}.requests",
                f"Invalid value: {amount!r}: must be less than or equal to {name} limit of {limit}",
            )


def shares(fields: tuple[str, ...]) -> Callable[[Object, str], Causes]:
    """Fields that are a number of pods or a percentage."""

    def check(values: Object, path: str) -> Causes:
        for field in fields:
            value = values.get(field)
            if isinstance(value, str) and not PERCENT.fullmatch(value):
                why = "a valid percent string must be a numeric string followed by an ending '%', such as 25%"
                yield f"{path}.{field}", f"Invalid value: {value!r}: {why}"
            elif isinstance(value, int) and value < 0:
                yield f"{path}.{field}", f"Invalid value: {value}: must be greater than or equal to 0"
        if len(fields) == 2 and all(str(values.get(field)) in {"0", "0%"} for field in fields):
            yield f"{path}.maxUnavailable", "Invalid value: 0: may not be 0 when `maxSurge` is 0"

    return check


STRUCTS: dict[str, Callable[[Object, str], Causes]] = {
    "ObjectMeta": _metadata,
    "LabelSelector": _selector,
    "LabelSelectorRequirement": _requirement,
    "NodeSelectorRequirement": _requirement,
    "PodSpec": _pod_spec,
    "Volume": _volume,
    "EnvVar": _env,
    "ResourceRequirements": _resources,
    "RollingUpdateDeployment": shares(("maxSurge", "maxUnavailable")),
}
