"""Which loopback addresses of a cluster stand for what, and which are free."""

from __future__ import annotations

import random

from localcloud import loopback
from localcloud.services.kubernetes.api.conditions import is_finished
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError, invalid
from localcloud.services.kubernetes.api.store import Object, Store

PODS = range(2, 192)
SERVICES = range(192, 255)
NODE_PORTS = range(30000, 32768)
POD_PORTS = range(20000, 30000)  # below those that Linux and macOS give to outgoing connections


class Addresses:
    """The addresses of one cluster: .1 its API server and nodes, .2-.191 pods, .192-.254 Services and load balancers.

    What is taken is read from the objects themselves, so nothing of it needs keeping.
    """

    def __init__(self, host: str, store: Store) -> None:
        self.host = host  # such as 127.20.1.1
        self.prefix = host.rpartition(".")[0]
        self.store = store
        self._last_pod = PODS.start - 1

    def for_pod(self) -> str:
        """A free pod address; the least recently used comes first, as old connections may still know the last."""
        taken = {pod["status"].get("podIP") for pod in self.store.list("pods") if not is_finished(pod)}
        for step in range(len(PODS)):
            last = PODS.start + (self._last_pod + 1 + step - PODS.start) % len(PODS)
            if f"{self.prefix}.{last}" not in taken:
                self._last_pod = last
                return f"{self.prefix}.{last}"
        raise ApiError(503, "ServiceUnavailable", f"all {len(PODS)} pod addresses of this cluster are taken")

    def give_ports(self, pod: Object) -> None:
        """Give each port of a pod a number at its address, in place; at an address of its own it is the port's own."""

    def for_service(self, wanted: str = "", name: str = "") -> str:
        """A free address for the Service of this name, or the wanted one if it is free and in the range."""
        taken = {address for service in self.store.list("services") for address in service_addresses(service)}
        free = [address for last in SERVICES if (address := f"{self.prefix}.{last}") not in taken]
        if wanted and wanted not in free:
            raise _not_free(name, wanted, f"it is taken or not in {self.prefix}.{SERVICES.start}-{SERVICES.stop - 1}")
        if not free:
            raise ApiError(
                503, "ServiceUnavailable", f"all {len(SERVICES)} Service addresses of this cluster are taken"
            )
        return wanted or free[0]

    def service_ports(self, besides: Object) -> set[int]:
        """The ports that other Services have at a Service's address."""
        return set()

    def node_ports(self, besides: Object) -> set[int]:
        """The node ports that Services have, without those of one of them."""
        ports = [port for service in self._others(besides) for port in service["spec"].get("ports") or []]
        return {port["nodePort"] for port in ports if port.get("nodePort")}

    def free_node_port(self, taken: set[int]) -> int:
        """A node port that no Service of this cluster has, nor a program of this machine."""
        free = (port for port in NODE_PORTS if port not in taken and loopback.is_free((self.host, port)))
        found = next(free, None)
        if found is None:
            raise ApiError(503, "ServiceUnavailable", f"all {len(NODE_PORTS)} node ports of this cluster are taken")
        return found

    def _others(self, service: Object) -> list[Object]:
        own = (service["metadata"].get("namespace"), service["metadata"]["name"])
        return [
            other
            for other in self.store.list("services")
            if (other["metadata"]["namespace"], other["metadata"]["name"]) != own
        ]


class OneAddress(Addresses):
    """On a machine that has no address but 127.0.0.1 all pods and Services are there, with a port each.

    A pod is as one on its host's network: each containerPort has a hostPort. A Service has its own port, which clients
    know from its declaration, so that no two can have the same.
    """

    def for_pod(self) -> str:
        return self.host

    def give_ports(self, pod: Object) -> None:
        others = [other for other in self.store.list("pods") if not is_finished(other)]
        taken = {port.get("hostPort") for other in others for port in container_ports(other)}
        for port in container_ports(pod):
            if not port.get("hostPort"):
                port["hostPort"] = self._free_port(taken)
                taken.add(port["hostPort"])

    def _free_port(self, taken: set[int | None]) -> int:
        # In no order: other clusters look for theirs, and old connections may still know the last.
        for port in random.sample(POD_PORTS, len(POD_PORTS)):
            if port not in taken and loopback.is_free((self.host, port)):
                return port
        raise ApiError(503, "ServiceUnavailable", f"all ports {POD_PORTS.start}-{POD_PORTS.stop - 1} are taken")

    def for_service(self, wanted: str = "", name: str = "") -> str:
        if wanted not in {"", self.host}:
            raise _not_free(name, wanted, f"it is not {self.host}, the one address here")
        return self.host

    def service_ports(self, besides: Object) -> set[int]:
        listening = [other for other in self._others(besides) if service_addresses(other)]
        return {port["port"] for other in listening for port in other["spec"].get("ports") or []}


def _not_free(service: str, wanted: str, why: str) -> ApiError:
    return invalid(RESOURCES["services"], service, [("spec.clusterIPs[0]", f"Invalid value: {wanted!r}: {why}")])


def container_ports(pod: Object) -> list[Object]:
    """The ports that a pod's containers declare."""
    containers = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
    return [port for container in containers for port in container.get("ports") or []]


def is_on_host_network(pod: Object) -> bool:
    """Whether a pod shares its node's address, where its ports are its hostPorts."""
    return pod["status"].get("podIP", "") == pod["status"].get("hostIP")


def service_addresses(service: Object) -> list[str]:
    """The addresses a Service has: its cluster IP and its load balancer's."""
    addresses = [service["spec"].get("clusterIP"), *load_balancer_addresses(service)]
    return [address for address in addresses if address and address != "None"]


def load_balancer_addresses(service: Object) -> list[str]:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]
