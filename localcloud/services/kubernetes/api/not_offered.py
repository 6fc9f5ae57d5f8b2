"""What Kubernetes has and the local cloud has not: refused by name, so that nobody looks for it elsewhere."""

from __future__ import annotations

import functools
from typing import NamedTuple

from localcloud.services.kubernetes.api.discovery import RESOURCES, find
from localcloud.services.kubernetes.api.errors import ApiError
from localcloud.services.kubernetes.api.schema import definitions

ENDINGS = {"s": "es", "x": "es", "y": "ies"}  # of a kind's plural, by its last letter


class Place(NamedTuple):
    """Where objects of a kind are; an empty version or plural stands for any."""

    group: str
    version: str
    plural: str

    def fits(self, other: Place) -> bool:
        return self.group == other.group and self.version in {"", other.version} and self.plural in {"", other.plural}

    @property
    def text(self) -> str:
        api = "/".join(filter(None, (self.group, self.version)))
        return f"{self.plural} of {api}" if self.plural else f"the API {api}"


def refusal(path: str) -> ApiError:
    """501 for an address of Kubernetes' own API that is not served here, 404 for any other."""
    asked = _place(path)
    if asked is None or find(*asked[:2], asked.plural) or not any(map(asked.fits, _places())):
        return ApiError(404, "NotFound", f"the server could not find the requested resource: {path}")
    message = f"the local cloud does not offer {asked.text}"
    other = RESOURCES.get(".".join(filter(None, (asked.plural, asked.group))))
    if other:
        message += f"; it offers {other.plural} of {other.api_version}"
    group = {"group": asked.group} if asked.group else {}
    return ApiError(501, "NotImplemented", message, {**group, "kind": asked.plural} if asked.plural else group)


def subresource(resource: str, name: str) -> ApiError:
    """501 for something of an object, such as `exec` of pods."""
    return ApiError(501, "NotImplemented", f"the local cloud does not offer {resource}/{name}")


def _place(path: str) -> Place | None:
    """What a path asks for; None if it is none of Kubernetes' API."""
    root, *parts = path.strip("/").split("/")
    if root == "apis" and parts:
        group, *parts = parts
    elif root == "api" and parts:
        group = ""
    else:
        return None
    version, *parts = parts or [""]
    if parts[:1] == ["namespaces"] and len(parts) > 2:
        parts = parts[2:]
    return Place(group, version, "".join(parts[:1]))


@functools.cache
def _places() -> frozenset[Place]:
    """Those of all kinds of objects that Kubernetes has."""
    return frozenset(
        Place(kind["group"], kind["version"], plural_of(kind["kind"]))
        for definition in definitions()["$defs"].values()
        for kind in definition.get("x-kubernetes-group-version-kind") or []
        if "metadata" in definition.get("properties", {}) and not kind["kind"].endswith("List")
    )


def plural_of(kind: str) -> str:
    """A kind as addresses have it: `NetworkPolicy` is networkpolicies."""
    name = kind.lower()
    return name if name == "endpoints" else f"{name.removesuffix('y')}{ENDINGS.get(name[-1], 's')}"
