"""Rules between fields that a schema can't say; each check yields pairs of a field's path and what is wrong."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.quantities import is_quantity, quantity
from localcloud.services.kubernetes.api.selectors import labels_match

Cause = tuple[str, str]
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
PATH_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]+")
LABEL_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)  # with a domain before it, or without
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
PERCENT = re.compile(r"[0-9]+%")
BASE64_FIELDS = {"secrets": "data", "configmaps": "binaryData"}
HANDLERS = ("httpGet", "tcpSocket", "exec", "grpc")
VALUES = {
    "protocol": {"TCP", "UDP", "SCTP"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "sessionAffinity": {"None", "ClientIP"},
    "externalTrafficPolicy": {"Cluster", "Local"},
    "selectPolicy": {"Max", "Min", "Disabled"},
    "effect": {"NoSchedule", "PreferNoSchedule", "NoExecute"},
    "whenUnsatisfiable": {"DoNotSchedule", "ScheduleAnyway"},
}


def broken(resource: Resource, obj: dict[str, Any], previous: dict[str, Any] | None) -> list[Cause]:
    """Every broken rule of one object."""
    encoded = BASE64_FIELDS.get(resource.key, "")
    causes = [
        *_metadata(resource, obj),
        *_listed_values(obj.get("spec"), "spec"),
        *_base64(obj.get(encoded) or {}, encoded),
    ]
    check = CHECKS.get(resource.key)
    if check and not obj.get("spec"):
        return [*causes, ("spec", "Required value")]
    return [*causes, *(check(obj, previous) if check else [])]


def _metadata(resource: Resource, obj: dict[str, Any]) -> Iterator[Cause]:
    metadata = obj["metadata"]
    if resource.group.startswith("rbac."):
        pattern = PATH_SEGMENT  # such as system:masters
    elif resource.key in {"services", "namespaces"}:
        pattern = LABEL
    else:
        pattern = SUBDOMAIN
    if not pattern.fullmatch(metadata["name"]):
        yield "metadata.name", f"Invalid value: {metadata['name']!r}: lower case letters, digits and - only"
    yield from _labels(metadata, "metadata")


def _labels(metadata: dict[str, Any], path: str) -> Iterator[Cause]:
    for key, value in (metadata.get("labels") or {}).items():
        if not LABEL_KEY.fullmatch(key):
            yield f"{path}.labels", f"Invalid value: {key!r} is no label key (63 of A-Z a-z 0-9 - _ ., or domain/these)"
        if not LABEL_VALUE.fullmatch(value):
            yield f"{path}.labels.{key}", f"Invalid value: {value!r} is no label value (63 of A-Z a-z 0-9 - _ .)"


def _base64(values: dict[str, str], path: str) -> Iterator[Cause]:
    for key, value in values.items():
        try:
            base64.b64decode("".join(value.split()), validate=True)
        except ValueError as error:
            yield f"{path}.{key}", f"Invalid value: it is not base64: {error}"


def _listed_values(value: Any, path: str) -> Iterator[Cause]:
    if isinstance(value, dict):
        for key, entry in value.items():
            if isinstance(entry, str) and key in VALUES and entry not in VALUES[key]:
                allowed = ", ".join(sorted(VALUES[key]))
                yield f"{path}.{key}", f"Unsupported value: {entry!r}: supported values: {allowed}"
            elif key not in {"labels", "annotations", "matchLabels", "nodeSelector"}:
                yield from _listed_values(entry, f"{path}.{key}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _listed_values(entry, f"{path}[{index}]")


def _pod_spec(spec: dict[str, Any], path: str) -> Iterator[Cause]:
    volumes = {volume["name"] for volume in spec.get("volumes") or []}
    for index, volume in enumerate(spec.get("volumes") or []):
        if not LABEL.fullmatch(volume["name"]):
            name = f"{path}.volumes[{index}].name"
            yield name, f"Invalid value: {volume['name']!r}: lower case letters, digits and - only"
    seen: set[str] = set()
    if not spec.get("containers"):
        yield f"{path}.containers", "Required value"
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or []):
            where = f"{path}.{field}[{index}]"
            name = container["name"]
            if not LABEL.fullmatch(name):
                yield f"{where}.name", f"Invalid value: {name!r}: lower case letters, digits and - only"
            if name in seen:
                yield f"{where}.name", f"Duplicate value: {name!r}"
            seen.add(name)
            yield from _container(container, where, volumes)


def _container(container: dict[str, Any], where: str, volumes: set[str]) -> Iterator[Cause]:
    if not container.get("image"):
        yield f"{where}.image", "Required value"
    for index, mount in enumerate(container.get("volumeMounts") or []):
        if mount["name"] not in volumes:
            yield f"{where}.volumeMounts[{index}].name", f"Not found: {mount['name']!r} is not one of spec.volumes"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        handlers = [handler for handler in HANDLERS if (container.get(probe) or {}).get(handler) is not None]
        if container.get(probe) is not None and len(handlers) != 1:
            yield f"{where}.{probe}", f"Required value: exactly one of {', '.join(HANDLERS)}"
    yield from _resources(container.get("resources") or {}, f"{where}.resources")


def _resources(resources: dict[str, Any], where: str) -> Iterator[Cause]:
    for field in ("requests", "limits"):
        for name, amount in (resources.get(field) or {}).items():
            if not is_quantity(amount):
                yield f"{where}.{field}.{name}", f"Invalid value: {amount!r} is not a quantity"
                return
    for name, amount in (resources.get("requests") or {}).items():
        limit = (resources.get("limits") or {}).get(name)
        if limit is not None and quantity(amount) > quantity(limit):
            yield f"{where}.requests.{name}", f"Invalid value: {amount!r} is above its limit {limit!r}"


def _pod(obj: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Cause]:
    yield from _pod_spec(obj["spec"], "spec")
    if previous is not None and _without_images(obj["spec"]) != _without_images(previous["spec"]):
        yield "spec", "Forbidden: of a pod only container images, tolerations and activeDeadlineSeconds can change"


def _without_images(spec: dict[str, Any]) -> dict[str, Any]:
    changeable = {"containers", "initContainers", "tolerations", "activeDeadlineSeconds"}
    kept: dict[str, Any] = {key: value for key, value in spec.items() if key not in changeable}
    for field in ("containers", "initContainers"):
        entries = spec.get(field) or []
        kept[field] = [{key: value for key, value in entry.items() if key != "image"} for entry in entries]
    return kept


def _workload(obj: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Cause]:
    spec = obj["spec"]
    template = spec.get("template") or {}
    metadata = template.get("metadata") or {}
    labels = metadata.get("labels") or {}
    yield from _labels(metadata, "spec.template.metadata")
    if not spec["selector"].get("matchLabels") and not spec["selector"].get("matchExpressions"):
        yield "spec.selector", "Invalid value: an empty selector is not allowed"
    elif not labels_match(spec["selector"], labels):
        yield "spec.template.metadata.labels", f"Invalid value: {labels}: selector does not match template labels"
    if previous is not None and previous["spec"]["selector"] != spec["selector"]:
        yield "spec.selector", "Invalid value: field is immutable"
    if spec.get("replicas", 1) < 0:
        yield "spec.replicas", "Invalid value: must be 0 or more"
    pod = template.get("spec") or {}
    if pod.get("restartPolicy", "Always") != "Always":
        yield "spec.template.spec.restartPolicy", f"Unsupported value: {pod['restartPolicy']!r}: only Always"
    yield from _pod_spec(pod, "spec.template.spec")
    strategy = (spec.get("strategy") or {}).get("type", "RollingUpdate")
    if strategy not in {"RollingUpdate", "Recreate"}:
        yield "spec.strategy.type", f"Unsupported value: {strategy!r}: supported values: RollingUpdate, Recreate"
    rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    yield from _shares(rolling, "spec.strategy.rollingUpdate", ("maxSurge", "maxUnavailable"))


def _shares(values: dict[str, Any], path: str, fields: tuple[str, ...]) -> Iterator[Cause]:
    """Fields that are a number of pods or a percentage."""
    for field in fields:
        value = values.get(field)
        if isinstance(value, str) and not PERCENT.fullmatch(value):
            yield f"{path}.{field}", f"Invalid value: {value!r}: neither a number of pods nor a percentage such as 25%"
        elif isinstance(value, int) and value < 0:
            yield f"{path}.{field}", f"Invalid value: {value}: must be 0 or more"


def _service(obj: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Cause]:
    spec = obj["spec"]
    kind = spec.get("type", "ClusterIP")
    if kind not in {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"}:
        yield "spec.type", f"Unsupported value: {kind!r}: ClusterIP, NodePort, LoadBalancer or ExternalName"
    ports = spec.get("ports") or []
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield "spec.ports", "Required value"
    names = [port.get("name", "") for port in ports]
    for index, port in enumerate(ports):
        if len(ports) > 1 and (not names[index] or names.count(names[index]) > 1):
            yield f"spec.ports[{index}].name", "Required value: each of several ports needs a name of its own"
        if not 0 < port["port"] < 65536:
            yield f"spec.ports[{index}].port", f"Invalid value: {port['port']}: must be between 1 and 65535"
    before = ((previous or {}).get("spec") or {}).get("clusterIP")
    if before and spec.get("clusterIP") != before and kind != "ExternalName":
        yield "spec.clusterIP", "Invalid value: field is immutable"


def _autoscaler(obj: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Cause]:
    spec = obj["spec"]
    if spec["maxReplicas"] < 1:
        yield "spec.maxReplicas", f"Invalid value: {spec['maxReplicas']}: must be greater than 0"
    if not 1 <= spec.get("minReplicas", 1) <= spec["maxReplicas"]:
        yield "spec.minReplicas", f"Invalid value: {spec.get('minReplicas')}: must be between 1 and maxReplicas"


def _budget(obj: dict[str, Any], previous: dict[str, Any] | None) -> Iterator[Cause]:
    spec = obj["spec"]
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield "spec", "Invalid value: minAvailable and maxUnavailable cannot both be set"
    yield from _shares(spec, "spec", ("minAvailable", "maxUnavailable"))


CHECKS: dict[str, Callable[[dict[str, Any], dict[str, Any] | None], Iterator[Cause]]] = {
    "pods": _pod,
    "deployments.apps": _workload,
    "replicasets.apps": _workload,
    "services": _service,
    "horizontalpodautoscalers.autoscaling": _autoscaler,
    "poddisruptionbudgets.policy": _budget,
}
