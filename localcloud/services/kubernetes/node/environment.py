"""What a container sees in its environment."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from localcloud.services.kubernetes.api.conditions import is_terminating
from localcloud.services.kubernetes.api.quantities import quantity
from localcloud.services.kubernetes.api.store import Object, Store
from localcloud.settings import LocalCloud

IDENTITY = "iam.gke.io/gcp-service-account"
REFERENCE = re.compile(r"\$\$|\$\((?P<name>[A-Za-z_][\w.-]*)\)")
FIELDS = {
    "metadata.name": ("metadata", "name"),
    "metadata.namespace": ("metadata", "namespace"),
    "metadata.uid": ("metadata", "uid"),
    "spec.nodeName": ("spec", "nodeName"),
    "spec.serviceAccountName": ("spec", "serviceAccountName"),
    "status.podIP": ("status", "podIP"),
    "status.podIPs": ("status", "podIP"),
    "status.hostIP": ("status", "hostIP"),
}
ADDRESSES = [path for path, (section, _) in FIELDS.items() if section == "status"]


class ConfigurationError(Exception):
    """A container refers to what isn't there or can't be had; `reason` is Kubernetes' word for it."""

    def __init__(self, message: str, reason: str = "CreateContainerConfigError") -> None:
        super().__init__(message)
        self.reason = reason


def expand(text: str, variables: dict[str, str]) -> str:
    """Fill in $(NAME); an unknown one stays as it is, $$ is a dollar sign."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match["name"], match[0])

    return REFERENCE.sub(value, text)


def identity(store: Store, pod: Object) -> str | None:
    """E-mail of the Google service account that the pod's own service account stands for (Workload Identity)."""
    account = store.get("serviceaccounts", pod["metadata"]["namespace"], pod["spec"]["serviceAccountName"])
    return ((account or {}).get("metadata", {}).get("annotations") or {}).get(IDENTITY)


def environment(
    store: Store, cloud: LocalCloud, pod: Object, container: Object, tell: Callable[[str], str] = str
) -> dict[str, str]:
    """The variables of one container: Services, Workload Identity, envFrom, env; a later one replaces an earlier.

    `tell` puts what this machine has into the values that are the container's own.
    """
    namespace = pod["metadata"]["namespace"]
    variables = _service_links(store, namespace) if pod["spec"].get("enableServiceLinks", True) else {}
    variables |= of_machine(store, cloud, pod)
    for source in container.get("envFrom") or []:
        for kind, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            if kind in source:
                values = values_of(store, resource, namespace, source[kind]) or {}
                prefix = source.get("prefix", "")
                variables |= {prefix + key: tell(_text(value, resource, key)) for key, value in values.items()}
    for entry in container.get("env") or []:
        found = _value(store, pod, container, entry["valueFrom"]) if entry.get("valueFrom") else entry.get("value", "")
        if found is not None:
            variables[entry["name"]] = tell(found) if entry.get("valueFrom") else expand(tell(found), variables)
    return variables


def of_machine(store: Store, cloud: LocalCloud, pod: Object) -> dict[str, str]:
    """The variables that Workload Identity gives a pod; paths in them are this machine's."""
    email = identity(store, pod)
    return cloud.job_environment(email) if email else {}


def values_of(store: Store, resource: str, namespace: str, reference: Object) -> dict[str, bytes] | None:
    """All values of a ConfigMap or Secret; None if it isn't there but optional."""
    name = reference.get("name") or reference.get("secretName") or ""
    found = store.get(resource, namespace, name)
    if found is None:
        if reference.get("optional"):
            return None
        raise ConfigurationError(f'{resource.removesuffix("s")} "{name}" not found')
    if resource == "secrets":
        return _decoded(found, "data")
    return _decoded(found, "binaryData") | {key: value.encode() for key, value in (found.get("data") or {}).items()}


def _decoded(obj: Object, field: str) -> dict[str, bytes]:
    try:
        return {key: base64.b64decode(value) for key, value in (obj.get(field) or {}).items()}
    except ValueError as error:
        raise ConfigurationError(f"{obj['metadata']['name']}: {field} is not base64: {error}") from error


def _text(value: bytes, resource: str, key: str) -> str:
    """A value as a variable's: UTF-8 without a zero byte."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{resource} key {key} is no text, it can't be a variable: {error}") from error
    if "\0" in text:
        raise ConfigurationError(f"{resource} key {key} has a zero byte, it can't be a variable")
    return text


def _value(store: Store, pod: Object, container: Object, source: Object) -> str | None:
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return _amount(container, source["resourceFieldRef"])
    for kind, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if kind in source:
            reference = source[kind]
            values = values_of(store, resource, pod["metadata"]["namespace"], reference)
            if values is not None and reference["key"] in values:
                return _text(values[reference["key"]], resource, reference["key"])
            if reference.get("optional"):
                return None
            raise ConfigurationError(f"couldn't find key {reference['key']} in {resource} {reference.get('name')}")
    raise ConfigurationError(f"env valueFrom {', '.join(source)} is not supported")


def _field(pod: Object, path: str) -> str:
    found = re.fullmatch(r"metadata\.(?P<map>labels|annotations)\['(?P<key>[^']+)'\]", path)
    if found:
        return (pod["metadata"].get(found["map"]) or {}).get(found["key"], "")
    if path not in FIELDS:
        raise ConfigurationError(f"fieldPath {path} is not supported: {', '.join(FIELDS)}")
    section, key = FIELDS[path]
    return str(pod[section].get(key, ""))


def _amount(container: Object, reference: Object) -> str:
    kind, _, name = reference["resource"].partition(".")
    amount = (container["resources"].get(kind) or {}).get(name, 0)
    divisor: Any = reference.get("divisor", "1")
    value = quantity(amount) / (quantity(divisor) or 1)
    return str(int(value) if value == int(value) else int(value) + 1)  # rounded up, as Kubernetes does


def _service_links(store: Store, namespace: str) -> dict[str, str]:
    """Kubernetes' variables of each Service; there is no DNS here, so they are how pods find Services."""
    variables: dict[str, str] = {}
    for service in store.list("services", namespace):
        address, ports = service["spec"].get("clusterIP"), service["spec"].get("ports") or []
        if not ports or address in {None, "None"} or is_terminating(service):
            continue
        prefix = service["metadata"]["name"].upper().replace("-", "_")
        variables |= {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(ports[0]["port"])}
        for port in ports:
            if port.get("name"):
                variables[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    return variables
