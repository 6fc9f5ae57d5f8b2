"""The services of a local cloud: every folder in localcloud/services is one, and says in its __init__.py what it is."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

PROVIDERS = {"gcp_provider": 7, "kubernetes_provider": 8}
"""The ports of Pulumi's providers, counted from the cloud's first; the services have the others."""
GATEWAY = {"gateway": 9}
"""The port of the gRPC clients' proxy."""

PACKAGE = "localcloud.services"


@dataclass(frozen=True)
class Service:
    """What a service's folder declares as SERVICE; its routes.py has `create_app(cloud)`."""

    port_offset: int
    """Its port, counted from the cloud's first. It never changes, and no two have the same."""
    apis: tuple[str, ...] = ()
    """The Google APIs it answers for, by the names of gcloud's properties api_endpoint_overrides/NAME."""
    client_variables: tuple[str, ...] = ()
    """What tells clients where it is: NAME for those that take HOST:PORT, else NAME=http://{address}."""
    stops_first: bool = False
    """Whether it runs jobs or pods, which end before the services that they use."""


@cache
def services() -> dict[str, Service]:
    """Every service by its folder's name, in the order of the ports. Only the declarations are imported."""
    folders = [one.name for one in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__) if one.ispkg]
    declared = {name: _declaration(name) for name in folders}
    return dict(sorted(declared.items(), key=lambda item: item[1].port_offset))


def _declaration(name: str) -> Service:
    declared = getattr(importlib.import_module(f"{PACKAGE}.{name}"), "SERVICE", None)
    if not isinstance(declared, Service):
        raise TypeError(f"{PACKAGE}.{name} has no SERVICE = Service(port_offset=...)")
    return declared


@cache
def port_offsets() -> dict[str, int]:
    """The port of every service and provider, counted from the cloud's first."""
    offsets = {name: service.port_offset for name, service in services().items()} | PROVIDERS | GATEWAY
    for name, offset in offsets.items():
        others = [other for other, taken in offsets.items() if taken == offset and other != name]
        if others:
            raise ValueError(f"{name} and {others[0]} both have the port offset {offset}")
    return offsets


def port_count() -> int:
    """How many consecutive ports a cloud takes."""
    return max(port_offsets().values()) + 1
