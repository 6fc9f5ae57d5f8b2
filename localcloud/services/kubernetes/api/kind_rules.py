"""Rules of kinds that a schema can't say; each check yields pairs of a field's path and what is wrong with it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from localcloud.services.kubernetes.api import custom_resources, limits
from localcloud.services.kubernetes.api.quantities import quantity
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.struct_rules import labels, shares

Object = dict[str, Any]
Causes = Iterator[tuple[str, str]]


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
        yield "spec.externalName", limits.SUBDOMAIN.problem(spec.get("externalName", ""))
    yield from labels(spec.get("selector") or {}, "spec.selector")
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
        elif source == "pods" and quantity(metric[source]["target"].get("averageValue") or 0) <= 0:
            yield f"spec.metrics[{index}].pods.target.averageValue", "Required value: must specify a positive target"


def _budget(obj: Object) -> Causes:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield "spec", "Invalid value: minAvailable and maxUnavailable cannot be both set"
    for field in ("minAvailable", "maxUnavailable"):
        yield from shares((field,))(spec, "spec")


def _data(obj: Object) -> Causes:
    """Of ConfigMaps and Secrets: keys and size."""
    plain, encoded = obj.get("data") or {}, obj.get("binaryData") or {}
    for field, values in (("data", plain), ("binaryData", encoded)):
        for key in values:
            if not limits.DATA_KEY.fits(key):
                yield f"{field}[{key}]", limits.DATA_KEY.problem(key)
    for key in plain.keys() & encoded.keys():
        yield f"data[{key}]", f"Invalid value: {key!r}: duplicate of key present in binaryData"
    is_secret = obj["kind"] == "Secret"
    decoded = [base64.b64decode(value) for value in (plain if is_secret else encoded).values()]
    texts = [] if is_secret else [value.encode() for value in plain.values()]
    if sum(map(len, [*decoded, *texts])) > limits.MOST_DATA:
        yield "data" if is_secret else "[]", f"Too long: may not be more than {limits.MOST_DATA} bytes"


def _secret(obj: Object) -> Causes:
    """As its type wants it; of a user and a password one is enough."""
    yield from _data(obj)
    data, annotations = obj.get("data") or {}, obj["metadata"].get("annotations") or {}
    wanted = limits.SECRET_KEYS.get(obj["type"], ())
    missing = [key for key in wanted if key not in data]
    if obj["type"] != "kubernetes.io/basic-auth" or missing == list(wanted):
        yield from ((f"data[{key}]", "Required value") for key in missing)
    for key in data.keys() & limits.JSON_KEYS & set(wanted):
        try:
            json.loads(base64.b64decode(data[key]))
        except ValueError:
            yield f"data[{key}]", "Invalid value: '<secret contents redacted>': it is no JSON"
    if obj["type"] == limits.TOKEN_SECRET and not annotations.get(limits.ACCOUNT):
        yield f"metadata.annotations[{limits.ACCOUNT}]", "Required value"


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


KINDS: dict[str, Callable[[Object], Causes]] = {
    "configmaps": _data,
    "secrets": _secret,
    "deployments.apps": _workload,
    "replicasets.apps": _workload,
    "services": _service,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "autoscalingmetrics.autoscaling.gke.io": custom_resources.autoscaling_metric,
    "poddisruptionbudgets.policy": _budget,
    "roles.rbac.authorization.k8s.io": _role,
    "clusterroles.rbac.authorization.k8s.io": _role,
}
