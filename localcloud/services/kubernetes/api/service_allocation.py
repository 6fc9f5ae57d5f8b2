"""Gives a Service its cluster IP and node ports; they are in the answer to its creator already, as clients expect."""

from __future__ import annotations

from typing import Any

from localcloud.services.kubernetes.api.addresses import NODE_PORTS, Addresses
from localcloud.services.kubernetes.api.discovery import RESOURCES
from localcloud.services.kubernetes.api.errors import invalid
from localcloud.services.kubernetes.api.store import Object


def allocate(addresses: Addresses, service: Object, live: Object | None = None) -> None:
    """Fill in what a Service leaves open, in place; `live` is the Service before an update. 422 for what is taken."""
    if service["spec"]["type"] == "ExternalName":
        return
    spec, before = service["spec"], (live or {}).get("spec", {})
    address = spec.get("clusterIP") or before.get("clusterIP")
    if address != "None" and (live is None or not before.get("clusterIP")):
        address = addresses.for_service(address or "", service["metadata"]["name"])
    spec["clusterIP"], spec["clusterIPs"] = address, [address]
    spec |= {"ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}
    if spec["type"] == "ClusterIP":
        for port in spec.get("ports") or []:
            port.pop("nodePort", None)
    else:
        _give_node_ports(addresses, service, before)
    if address != "None":
        _refuse_shared(service, addresses.service_ports(besides=service))


def _refuse_shared(service: Object, taken: set[int]) -> None:
    """Refuse what would be another Service's at the same address."""
    causes = [
        (f"spec.ports[{index}].port", f"Invalid value: {port['port']}: another Service has it at the one address here")
        for index, port in enumerate(service["spec"].get("ports") or [])
        if port["port"] in taken
    ]
    if causes:
        raise invalid(RESOURCES["services"], service["metadata"]["name"], causes)


def _give_node_ports(addresses: Addresses, service: Object, before: Object) -> None:
    ports = service["spec"].get("ports") or []
    known = {_key(port): port.get("nodePort") for port in before.get("ports") or []}
    for port in ports:
        if not port.get("nodePort") and known.get(_key(port)):
            port["nodePort"] = known[_key(port)]
    taken = addresses.node_ports(besides=service)
    _refuse_taken(service, ports, taken)
    taken |= {port["nodePort"] for port in ports if port.get("nodePort")}
    for port in ports:
        if not port.get("nodePort"):
            port["nodePort"] = addresses.free_node_port(taken)
            taken.add(port["nodePort"])


def _key(port: dict[str, Any]) -> tuple[int, str]:
    return port["port"], port["protocol"]


def _refuse_taken(service: Object, ports: list[dict[str, Any]], taken: set[int]) -> None:
    causes: list[tuple[str, str]] = []
    own: set[tuple[int, str]] = set()
    for index, port in enumerate(ports):
        number = port.get("nodePort")
        if not number:
            continue
        where = f"spec.ports[{index}].nodePort"
        if number not in NODE_PORTS:
            span = f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            causes.append((where, f"Invalid value: {number}: the range of node ports is {span}"))
        elif number in taken or (number, port["protocol"]) in own:
            causes.append((where, f"Invalid value: {number}: provided port is already allocated"))
        own.add((number, port["protocol"]))
    if causes:
        raise invalid(RESOURCES["services"], service["metadata"]["name"], causes)
