"""Service -> load balancer address, Endpoints and EndpointSlice, and the listeners of the Service proxy."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from localcloud.services.kubernetes.api.addresses import load_balancer_addresses
from localcloud.services.kubernetes.api.conditions import owner_reference, set_condition
from localcloud.services.kubernetes.api.selectors import service_selects
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of
from localcloud.services.kubernetes.network.backing_pods import counts_as_ready, port_number, selected_pods
from localcloud.services.kubernetes.network.service_proxy import ServiceProxy

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
MANAGER = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
PORTS_ERROR = "LoadBalancerPortsError"
"""The condition of a Service whose ports can't be had. Source: k8s.io/api/core/v1, ServiceStatus.Conditions"""
RETRY_SECONDS = 5.0

Group = tuple[list[Object], list[Object]]  # ports, pods


class ServiceController(Controller):
    resource = "services"

    def __init__(self, cluster: Cluster, proxy: ServiceProxy) -> None:
        super().__init__(cluster)
        self.proxy = proxy

    def names(self, change: Change) -> Iterable[Name]:
        if change.resource == self.resource:
            yield name_of(change.object)
        elif change.resource == "pods":
            labels = change.object["metadata"].get("labels") or {}
            for service in self.store.list("services", change.object["metadata"]["namespace"]):
                if service_selects(service["spec"].get("selector"), labels):
                    yield name_of(service)

    def reconcile(self, namespace: str, name: str) -> float | None:
        service = self.store.get("services", namespace, name)
        if service is None:
            self.proxy.remove((namespace, name))
            self._forget_endpoints(namespace, name)
            return None
        if service["spec"].get("selector"):
            self._publish(service)
        problems = self.proxy.listen(service, self.cluster.addresses.host)
        balanced = self._balance(service, problems)
        if load_balancer_addresses(balanced) != load_balancer_addresses(service):
            problems = self.proxy.listen(balanced, self.cluster.addresses.host)
        for problem in problems:
            self.cluster.events.warning(service, "FailedToListen", problem)
        return RETRY_SECONDS if problems else None

    def _balance(self, service: Object, problems: list[str]) -> Object:
        """Give a Service of type LoadBalancer an address once its ports can be had, take it back from another type."""

        def change(obj: Object) -> None:
            status = obj["status"]
            wants = obj["spec"]["type"] == "LoadBalancer"
            if problems:
                set_condition(status, PORTS_ERROR, True, "FailedToListen", "; ".join(problems))
            else:
                status.pop("conditions", None)
            if wants == bool(load_balancer_addresses(obj)) or (wants and problems):
                return
            status["loadBalancer"] = {}
            if wants:
                address = self.cluster.addresses.for_service()
                status["loadBalancer"]["ingress"] = [{"ip": address, "ipMode": "VIP"}]
                self.cluster.events.normal(service, "EnsuredLoadBalancer", f"Load balancer has address {address}")

        return self.store.modify("services", *name_of(service), change)

    def _publish(self, service: Object) -> None:
        """The Service's pods in Endpoints and EndpointSlices, those with the same ports together."""
        groups = _groups(service, selected_pods(self.store, service))
        subsets = [_subset(service, *group) for group in groups]
        self._put("endpoints", service, {"kind": "Endpoints", "apiVersion": "v1", "subsets": subsets}, "", {})
        body = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4"}
        names: list[str] = []
        for index, (ports, pods) in enumerate(groups or [([], [])]):
            suffix = f"-local-{index}" if index else "-local"
            endpoints = [_endpoint(service, pod) for pod in pods]
            names.append(self._put(SLICES, service, {**body, "endpoints": endpoints, "ports": ports}, suffix, MANAGER))
        self._remove_slices(*name_of(service), besides=names)

    def _put(self, resource: str, service: Object, body: Object, suffix: str, more: dict[str, str]) -> str:
        """Make or change one; its name."""
        metadata = service["metadata"]
        name = metadata["name"] + suffix
        live = self.store.get(resource, metadata["namespace"], name)
        if live is not None:
            self.store.modify(resource, metadata["namespace"], name, lambda obj: obj.update(body))
            return name
        labels = {**(metadata.get("labels") or {}), SERVICE_NAME: metadata["name"], **more}
        fresh = {"name": name, "namespace": metadata["namespace"], "uid": str(uuid.uuid4()), "creationTimestamp": now()}
        owner = [owner_reference(service)]
        self.store.create(resource, {**body, "metadata": {**fresh, "labels": labels, "ownerReferences": owner}})
        return name

    def _forget_endpoints(self, namespace: str, name: str) -> None:
        if self.store.get("endpoints", namespace, name) is not None:
            self.store.remove("endpoints", namespace, name)
        self._remove_slices(namespace, name, besides=[])

    def _remove_slices(self, namespace: str, name: str, besides: list[str]) -> None:
        """Remove the EndpointSlices of a Service that this controller made and that are no more."""
        own = {SERVICE_NAME: name, **MANAGER}
        for found in self.store.list(SLICES, namespace):
            metadata = found["metadata"]
            if own.items() <= (metadata.get("labels") or {}).items() and metadata["name"] not in besides:
                self.store.remove(SLICES, namespace, metadata["name"])


def _groups(service: Object, pods: list[Object]) -> list[Group]:
    """A Service's pods by the ports that its own ports are at them; one that a pod does not have is left out."""
    ports = service["spec"].get("ports") or []
    found: dict[tuple[int | None, ...], list[Object]] = {}
    for pod in pods:
        found.setdefault(tuple(port_number(pod, port["targetPort"]) for port in ports), []).append(pod)
    return [
        (
            [
                {"name": port.get("name", ""), "port": number, "protocol": port["protocol"]}
                for port, number in zip(ports, numbers, strict=True)
                if number is not None
            ],
            members,
        )
        for numbers, members in found.items()
    ]


def _endpoint(service: Object, pod: Object) -> Object:
    """A pod in an EndpointSlice."""
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": counts_as_ready(service, pod), "serving": True, "terminating": False},
        "nodeName": pod["spec"].get("nodeName"),
        "targetRef": _reference(pod),
    }


def _subset(service: Object, ports: list[Object], pods: list[Object]) -> Object:
    """Pods in an Endpoints object."""
    subset: Object = {"ports": ports}
    for field, ready in (("addresses", True), ("notReadyAddresses", False)):
        listed = [
            {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName"), "targetRef": _reference(pod)}
            for pod in pods
            if counts_as_ready(service, pod) == ready
        ]
        subset |= {field: listed} if listed else {}
    return subset


def _reference(pod: Object) -> dict[str, str]:
    metadata = pod["metadata"]
    return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}
