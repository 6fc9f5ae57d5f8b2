"""Which loopback addresses of a cluster's 127.N.C.0/24 stand for what, and which are free."""

from __future__ import annotations

from localcloud.services.kubernetes.api.conditions import is_finished
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import ApiError, invalid
from localcloud.services.kubernetes.api.store import Object, Store

PODS = range(2, 192)
SERVICES = range(192, 255)
NODE_PORTS = range(30000, 32768)


class Addresses:
    """The addresses of one cluster: .1 its API server and nodes, .2-.191 pods, .192-.254 Services and load balancers.

    What is taken is read from the objects themselves, so nothing of it needs keeping.
    """

    def __init__(self, prefix: str, store: Store) -> None:
        self.prefix = prefix  # such as 127.20.1
        self.store = store
        self._last_pod = PODS.start - 1

    @property
    def host(self) -> str:
        return f"{self.prefix}.1"

    def for_pod(self) -> str:
        """A free pod address; the least recently used comes first, as old connections may still know the last."""
        taken = {pod["status"].get("podIP") for pod in self.store.list("pods") if not is_finished(pod)}
        for step in range(len(PODS)):
            last = PODS.start + (self._last_pod + 1 + step - PODS.start) % len(PODS)
            if f"{self.prefix}.{last}" not in taken:
                self._last_pod = last
                return f"{self.prefix}.{last}"
        raise ApiError(503, "ServiceUnavailable", f"all {len(PODS)} pod addresses of this cluster are taken")

    def for_service(self, wanted: str = "", name: str = "") -> str:
        """A free address for the Service of this name, or the wanted one if it is free and in the range."""
        taken = {address for service in self.store.list("services") for address in service_addresses(service)}
        free = [address for last in SERVICES if (address := f"{self.prefix}.{last}") not in taken]
        if wanted and wanted not in free:
            span = f"{self.prefix}.{SERVICES.start}-{SERVICES.stop - 1}"
            causes = [("spec.clusterIPs[0]", f"Invalid value: {wanted!r}: it is taken or not in {span}")]
            raise invalid(RESOURCES["services"], name, causes)
        if not free:
            raise ApiError(
                503, "ServiceUnavailable", f"all {len(SERVICES)} Service addresses of this cluster are taken"
            )
        return wanted or free[0]

    def node_ports(self, besides: Object) -> set[int]:
        """The node ports that Services have, without those of one of them."""
        own = (besides["metadata"].get("namespace"), besides["metadata"]["name"])
        services = [
            service
            for service in self.store.list("services")
            if (service["metadata"]["namespace"], service["metadata"]["name"]) != own
        ]
        ports = [port for service in services for port in service["spec"].get("ports") or []]
        return {port["nodePort"] for port in ports if port.get("nodePort")}


def service_addresses(service: dict) -> list[str]:
    """The addresses a Service has: its cluster IP and its load balancer's."""
    addresses = [service["spec"].get("clusterIP"), *load_balancer_addresses(service)]
    return [address for address in addresses if address and address != "None"]


def load_balancer_addresses(service: dict) -> list[str]:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]
