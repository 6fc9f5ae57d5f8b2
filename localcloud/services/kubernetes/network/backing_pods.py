"""Which pods stand behind a Service."""

from __future__ import annotations

from typing import Any

from localcloud.loopback import Address
from localcloud.services.kubernetes.api.addresses import container_ports, is_on_host_network
from localcloud.services.kubernetes.api.conditions import is_active, is_ready
from localcloud.services.kubernetes.api.selectors import service_selects
from localcloud.services.kubernetes.api.store import Object, Store


def port_number(pod: Object, wanted: Any) -> int | None:
    """Where a pod's address has a port, by number, or by its name in the pod's containers; None if it has none."""
    number = int(wanted) if isinstance(wanted, int) or str(wanted).isdigit() else None
    field, value = ("name", wanted) if number is None else ("containerPort", number)
    declared = next((port for port in container_ports(pod) if port.get(field) == value), {})
    if is_on_host_network(pod):
        return declared.get("hostPort")
    return number or declared.get("containerPort")


def selected_pods(store: Store, service: Object) -> list[Object]:
    """Pods with an address that a Service's selector fits, ready or not, none that is on its way out."""
    pods = store.list("pods", service["metadata"]["namespace"])
    selector = service["spec"].get("selector")
    fitting = [pod for pod in pods if service_selects(selector, pod["metadata"].get("labels") or {})]
    return [pod for pod in fitting if pod["status"].get("podIP") and is_active(pod)]


def counts_as_ready(service: Object, pod: Object) -> bool:
    return is_ready(pod) or bool(service["spec"].get("publishNotReadyAddresses"))


def backends(store: Store, service: Object, port: dict[str, Any]) -> list[Address]:
    """Addresses that may get a connection to one of a Service's ports, right now.

    Read from the pods, not from the Endpoints object, so a pod gets no connection from the moment it is to go. A
    Service without a selector has the Endpoints object that somebody else keeps.
    """
    if service["spec"].get("selector"):
        ready = [pod for pod in selected_pods(store, service) if counts_as_ready(service, pod)]
        found = [(pod["status"]["podIP"], port_number(pod, port.get("targetPort", port["port"]))) for pod in ready]
        return [(address, number) for address, number in found if number is not None]
    endpoints = store.get("endpoints", service["metadata"]["namespace"], service["metadata"]["name"]) or {}
    return [
        (address["ip"], entry["port"])
        for subset in endpoints.get("subsets") or []
        for entry in subset.get("ports") or []
        if entry.get("name", "") == port.get("name", "")
        for address in subset.get("addresses") or []
    ]
