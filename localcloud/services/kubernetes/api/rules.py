"""Rules that a schema can't say; each check yields pairs of a field's path and what is wrong with it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from localcloud.services.kubernetes.api import limits, updates
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.quantities import is_quantity, quantity
from localcloud.services.kubernetes.api.schema import type_of, walk
from localcloud.services.kubernetes.api.selectors import labels_match

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]
PERCENT = re.compile(r"[0-9]+%")
NEEDS_SPEC = {
    "pods",
    "deployments.apps",
    "replicasets.apps",
    "services",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "persistentvolumeclaims",
}
VALUELESS = {"Exists", "DoesNotExist"}


def broken(resource: Resource, obj: Object, previous: Object | None) -> list[tuple[str, str]]:
    """Every broken rule of one object."""
    causes = [*_name(resource, obj["metadata"]), *updates.broken(resource, obj, previous)]
    declared = {key: value for key, value in obj.items() if key != "status"}
    for path, kind, value in walk(type_of(resource), declared):
        if isinstance(value, dict) and kind.fields:
            causes += _fields(kind.name, value, path)
            if kind.name in STRUCTS:
                causes += STRUCTS[kind.name](value, path)
    if resource.key in NEEDS_SPEC and not obj.get("spec"):
        return [*causes, ("spec", "Required value")]
    check = KINDS.get(resource.key)
    return [*causes, *(check(obj) if check else [])]


def _name(resource: Resource, metadata: Object) -> Causes:
    if resource.group.startswith("rbac."):
        pattern = limits.PATH_SEGMENT  # such as system:masters
    else:
        pattern = {"services": limits.SERVICE_NAME, "namespaces": limits.LABEL}.get(resource.key, limits.SUBDOMAIN)
    if not pattern.fits(metadata["name"]):
        yield "metadata.name", _unfit(metadata["name"], pattern)


def _unfit(text: str, pattern: limits.Pattern) -> str:
    return f"Invalid value: {text!r}: must be {pattern.wanted}"


def _fields(kind: str, value: Object, path: str) -> Causes:
    """What the tables of limits say of a struct's own fields."""
    for field, entry in value.items():
        name, where = f"{kind}.{field}", f"{path}.{field}".lstrip(".")
        for text in entry if isinstance(entry, list) else [entry]:
            if name in limits.VALUES and text not in limits.VALUES[name]:
                yield where, f"Unsupported value: {text!r}: supported values: {', '.join(limits.VALUES[name])}"
        if entry and name in limits.PATTERNS and not limits.PATTERNS[name].fits(entry):
            yield where, _unfit(entry, limits.PATTERNS[name])
        least, most = limits.RANGES.get(name, (0, 0))
        if name in limits.RANGES and isinstance(entry, int) and not least <= entry <= most:
            yield where, f"Invalid value: {entry}: must be between {least} and {most}"
    for field in limits.NOT_EMPTY.get(kind, ()):
        if not value.get(field):
            yield f"{path}.{field}".lstrip("."), "Required value"
    choices = limits.ONE_OF.get(kind)
    chosen = [field for field in choices or () if value.get(field) is not None]
    if choices and len(chosen) != 1:
        problem = "Required value: must specify" if not chosen else "Forbidden: may not specify more than"
        yield path, f"{problem} exactly one of {', '.join(choices)}"


def _metadata(metadata: Object, path: str) -> Causes:
    yield from _labels(metadata.get("labels") or {}, f"{path}.labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not limits.QUALIFIED_NAME.fits(key.lower()):
            yield f"{path}.annotations", _unfit(key, limits.QUALIFIED_NAME)
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > limits.MOST_ANNOTATIONS:
        yield f"{path}.annotations", f"Too long: may not be more than {limits.MOST_ANNOTATIONS} bytes"
    for index, finalizer in enumerate(metadata.get("finalizers") or []):
        if not limits.QUALIFIED_NAME.fits(finalizer):
            yield f"{path}.finalizers[{index}]", _unfit(finalizer, limits.QUALIFIED_NAME)
        elif "/" not in finalizer and finalizer not in {"foregroundDeletion", "kubernetes", "orphan"}:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield f"{path}.finalizers[{index}]", f"Invalid value: {finalizer!r}: {why}"
    controllers = [owner["name"] for owner in metadata.get("ownerReferences") or [] if owner.get("controller")]
    if len(controllers) > 1:
        why = f'Only one reference can have Controller set to true. Found "true" in references for {controllers}'
        yield f"{path}.ownerReferences", f"Invalid value: {why}"


def _labels(labels: dict[str, str], path: str) -> Causes:
    for key, value in labels.items():
        if not limits.QUALIFIED_NAME.fits(key):
            yield path, _unfit(key, limits.QUALIFIED_NAME)
        if not limits.LABEL_VALUE.fits(value):
            yield path, _unfit(value, limits.LABEL_VALUE)


def _selector(selector: Object, path: str) -> Causes:
    yield from _labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")


def _requirement(requirement: Object, path: str) -> Causes:
    if not limits.QUALIFIED_NAME.fits(requirement["key"]):
        yield f"{path}.key", _unfit(requirement["key"], limits.QUALIFIED_NAME)
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


def _shares(fields: tuple[str, ...]) -> Callable[[Object, str], Causes]:
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


def _workload(obj: Object) -> Causes:
    spec = obj["spec"]
    pod = spec["template"].get("spec") or {}
    labels = spec["template"].get("metadata", {}).get("labels") or {}
    if not spec["selector"].get("matchLabels") and not spec["selector"].get("matchExpressions"):
        yield "spec.selector", "Invalid value: {}: an empty selector is not allowed for deployment"
    elif not labels_match(spec["selector"], labels):
        why = "`selector` does not match template `labels`"
        yield "spec.template.metadata.labels", f"Invalid value: {json.dumps(labels)}: {why}"
    if pod.get("restartPolicy", "Always") != "Always":
        why = f"Unsupported value: {pod['restartPolicy']!r}: supported values: Always"
        yield "spec.template.spec.restartPolicy", why
    if pod.get("activeDeadlineSeconds") is not None:
        yield (
            "spec.template.spec.activeDeadlineSeconds",
            "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported",
        )
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate"):
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield "spec.strategy.rollingUpdate", f"Forbidden: {why}"
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        yield "spec.progressDeadlineSeconds", f"Invalid value: {deadline}: must be greater than minReadySeconds"


def _service(obj: Object) -> Causes:
    spec = obj["spec"]
    ports = spec.get("ports") or []
    if not ports and spec["type"] != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.ports", "Required value"
    if spec["type"] == "ExternalName" and not limits.SUBDOMAIN.fits(spec.get("externalName", "").rstrip(".")):
        yield "spec.externalName", _unfit(spec.get("externalName", ""), limits.SUBDOMAIN)
    yield from _labels(spec.get("selector") or {}, "spec.selector")
    names = [port.get("name", "") for port in ports]
    for index, name in enumerate(names):
        if len(ports) > 1 and not name:
            yield f"spec.ports[{index}].name", "Required value"
        elif name and name in names[:index]:
            yield f"spec.ports[{index}].name", f"Duplicate value: {name!r}"
    pairs = [f"{port['port']}/{port['protocol']}" for port in ports]
    yield from (
        (f"spec.ports[{index}]", f"Duplicate value: {pair!r}")
        for index, pair in enumerate(pairs)
        if pair in pairs[:index]
    )


def _autoscaler(obj: Object) -> Causes:
    spec = obj["spec"]
    if spec["maxReplicas"] < spec["minReplicas"]:
        why = "must be greater than or equal to `minReplicas`"
        yield "spec.maxReplicas", f"Invalid value: {spec['maxReplicas']}: {why}"
    for index, metric in enumerate(spec.get("metrics") or []):
        source = metric["type"][:1].lower() + metric["type"][1:]
        if source not in metric:
            yield (
                f"spec.metrics[{index}].{source}",
                "Required value: must populate information for the given metric source",
            )


def _budget(obj: Object) -> Causes:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield "spec", "Invalid value: minAvailable and maxUnavailable cannot be both set"
    for field in ("minAvailable", "maxUnavailable"):
        yield from _shares((field,))(spec, "spec")


def _data(obj: Object) -> Causes:
    """Of ConfigMaps and Secrets: keys and size; of a Secret of a known type also which keys it has."""
    plain, encoded = obj.get("data") or {}, obj.get("binaryData") or {}
    for field, values in (("data", plain), ("binaryData", encoded)):
        for key in values:
            if not limits.DATA_KEY.fits(key):
                yield f"{field}[{key}]", _unfit(key, limits.DATA_KEY)
    for key in plain.keys() & encoded.keys():
        yield f"data[{key}]", f"Invalid value: {key!r}: duplicate of key present in binaryData"
    is_secret = obj["kind"] == "Secret"
    decoded = [base64.b64decode(value) for value in (plain if is_secret else encoded).values()]
    texts = [] if is_secret else [value.encode() for value in plain.values()]
    if sum(map(len, [*decoded, *texts])) > limits.MOST_DATA:
        yield "data" if is_secret else "[]", f"Too long: may not be more than {limits.MOST_DATA} bytes"
    wanted = limits.SECRET_KEYS.get(obj.get("type", ""), ())
    missing = [key for key in wanted if key not in plain]
    if obj.get("type") != "kubernetes.io/basic-auth" or missing == list(wanted):
        yield from ((f"data[{key}]", "Required value") for key in missing)


def _role(obj: Object) -> Causes:
    for index, rule in enumerate(obj.get("rules") or []):
        path, urls = f"rules[{index}]", rule.get("nonResourceURLs")
        if urls and obj["kind"] == "Role":
            yield (
                f"{path}.nonResourceURLs",
                f"Invalid value: {urls}: namespaced rules cannot apply to non-resource URLs",
            )
        for field in () if urls else ("apiGroups", "resources"):
            if not rule.get(field):
                yield f"{path}.{field}", f"Required value: resource rules must supply at least one {field}"


STRUCTS: dict[str, Callable[[Object, str], Causes]] = {
    "ObjectMeta": _metadata,
    "LabelSelector": _selector,
    "LabelSelectorRequirement": _requirement,
    "NodeSelectorRequirement": _requirement,
    "PodSpec": _pod_spec,
    "Volume": _volume,
    "EnvVar": _env,
    "ResourceRequirements": _resources,
    "RollingUpdateDeployment": _shares(("maxSurge", "maxUnavailable")),
}
KINDS: dict[str, Callable[[Object], Causes]] = {
    "configmaps": _data,
    "secrets": _data,
    "deployments.apps": _workload,
    "replicasets.apps": _workload,
    "services": _service,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "poddisruptionbudgets.policy": _budget,
    "roles.rbac.authorization.k8s.io": _role,
    "clusterroles.rbac.authorization.k8s.io": _role,
}
