"""What the path of a request names."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.services.kubernetes.api import discovery
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.store import Key


@dataclass(frozen=True)
class Target:
    """A collection (name ""), an object, or a subresource with the path behind it."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    sub: str = ""
    rest: str = ""

    @property
    def key(self) -> Key:
        """The object's key in the store."""
        return self.resource.key, self.namespace, self.name


def parse_target(path: str) -> Target | None:
    """The target of an object path; None if the path is none."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "v1"]:
        group, version, parts = "", "v1", parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, parts = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if parts[:1] == ["namespaces"] and len(parts) > 2 and parts[2] not in {"status", "finalize"}:
        namespace, parts = parts[1], parts[2:]
    resource = discovery.find(group, version, parts[0]) if parts else None
    if resource is None or (namespace and not resource.namespaced):
        return None
    rest = "/".join(parts[3:]) + ("/" if path.endswith("/") and len(parts) > 3 else "")
    name, sub = [*parts[1:3], "", ""][:2]
    return Target(resource, namespace, name, sub, rest)
