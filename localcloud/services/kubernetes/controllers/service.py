"""Service -> load balancer address, Endpoints and EndpointSlice, and the listeners of the Service proxy."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from localcloud.services.kubernetes.api.addresses import load_balancer_addresses
from localcloud.services.kubernetes.api.conditions import owner_reference
from localcloud.services.kubernetes.api.selectors import service_selects
from localcloud.services.kubernetes.api.store import Change, Object
from localcloud.services.kubernetes.api.times import now
from localcloud.services.kubernetes.controllers.base import Cluster, Controller, Name, name_of
from localcloud.services.kubernetes.network.backing_pods import counts_as_ready, port_number, selected_pods
from localcloud.services.kubernetes.network.service_proxy import ServiceProxy

SLICES = "endpointslices.discovery.k8s.io"


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
        service = self._balance(service)
        if service["spec"].get("selector"):
            self._publish(service)
        return self.proxy.listen(service, self.cluster.addresses.host)

    def _balance(self, service: Object) -> Object:
        """Give a Service of type LoadBalancer an address of its own, take it back from another type."""
        wants = service["spec"]["type"] == "LoadBalancer"
        if wants == bool(load_balancer_addresses(service)):
            return service
        status: dict[str, Any] = {"loadBalancer": {}}
        if wants:
            address = self.cluster.addresses.for_service()
            status["loadBalancer"]["ingress"] = [{"ip": address, "ipMode": "VIP"}]
            self.cluster.events.normal(service, "EnsuredLoadBalancer", f"Load balancer has address {address}")
        return self.store.modify("services", *name_of(service), lambda obj: obj.update(status=status))

    def _publish(self, service: Object) -> None:
        pods = selected_pods(self.store, service)
        ports = service["spec"].get("ports") or []
        subsets = _subsets(service, pods, ports)
        self._put("endpoints", service, {"kind": "Endpoints", "apiVersion": "v1", "subsets": subsets}, "")
        endpoints = [
            {
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": counts_as_ready(service, pod), "serving": True, "terminating": False},
                "nodeName": pod["spec"].get("nodeName"),
                "targetRef": _reference(pod),
            }
            for pod in pods
        ]
        listed = [
            {
                "name": port.get("name", ""),
                "protocol": port["protocol"],
                "port": port_number(pods[0], port["targetPort"]),
            }
            for port in ports
            if pods
        ]
        body = {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4"}
        self._put(SLICES, service, {**body, "endpoints": endpoints, "ports": listed}, "-local")

    def _put(self, resource: str, service: Object, body: Object, suffix: str) -> None:
        metadata = service["metadata"]
        name = metadata["name"] + suffix
        live = self.store.get(resource, metadata["namespace"], name)
        if live is not None:
            self.store.modify(resource, metadata["namespace"], name, lambda obj: obj.update(body))
            return
        labels = {**(metadata.get("labels") or {}), "kubernetes.io/service-name": metadata["name"]}
        fresh = {"name": name, "namespace": metadata["namespace"], "uid": str(uuid.uuid4()), "creationTimestamp": now()}
        owner = [owner_reference(service)]
        self.store.create(resource, {**body, "metadata": {**fresh, "labels": labels, "ownerReferences": owner}})

    def _forget_endpoints(self, namespace: str, name: str) -> None:
        for resource, full in (("endpoints", name), (SLICES, f"{name}-local")):
            if self.store.get(resource, namespace, full) is not None:
                self.store.remove(resource, namespace, full)


def _reference(pod: Object) -> dict[str, str]:
    metadata = pod["metadata"]
    return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}


def _subsets(service: Object, pods: list[Object], ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not pods:
        return []
    subset: dict[str, Any] = {
        "ports": [
            {"name": port.get("name", ""), "port": number, "protocol": port["protocol"]}
            for port in ports
            if (number := port_number(pods[0], port["targetPort"])) is not None
        ]
    }
    for field, ready in (("addresses", True), ("notReadyAddresses", False)):
        listed = [
            {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName"), "targetRef": _reference(pod)}
            for pod in pods
            if counts_as_ready(service, pod) == ready
        ]
        subset |= {field: listed} if listed else {}
    return [subset]
