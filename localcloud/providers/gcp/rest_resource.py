"""A resource type behind which one of the services is, over Google's REST APIs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from localcloud.providers.gcp.resource_type import Call, Outputs, ResourceType


class RestResource(ResourceType):
    """Made by a POST to the collection it is in, changed by a PATCH, read and deleted at its address."""

    service: ClassVar[str]
    root: ClassVar[str] = "/v1"
    """What comes before the id in its address."""

    def path(self, call: Call) -> str:
        """Its address at the service."""
        return f"{self.root}/{call.identifier}"

    def collection(self, call: Call) -> str:
        """The address where it is made."""
        return self.path(call).rpartition("/")[0]

    def parameters(self, inputs: dict[str, Any]) -> dict[str, str]:
        """The query of a creation."""
        return {}

    def body(self, inputs: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
        """The resource as the API wants it."""
        return inputs

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        """The outputs that the service's word of it gives."""
        return {}

    def made(self, call: Call, body: dict[str, Any]) -> Outputs:
        """The outputs that the answer to a creation or an update gives: what a read sees, unless that says more."""
        return self.seen(call, body)

    def create(self, call: Call) -> Outputs:
        body, parameters = self.body(call.inputs, call.labels), self.parameters(call.inputs)
        return self.made(call, call.services.post(self.service, self.collection(call), body, params=parameters))

    def read(self, call: Call) -> Outputs | None:
        body = call.services.find(self.service, self.path(call))
        return None if body is None else self.seen(call, body)

    def update(self, call: Call) -> Outputs:
        """Send what changed; where that is nothing of the service's, look."""
        old = self.body(call.old_inputs, call.state.get("effectiveLabels", {}))
        changes, path = patch_of(old, self.body(call.inputs, call.labels)), self.path(call)
        services = call.services
        return self.made(
            call, services.patch(self.service, path, changes) if changes else services.get(self.service, path)
        )

    def delete(self, call: Call) -> None:
        call.services.delete(self.service, self.path(call))


def given(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Those of the values that are set."""
    return {key: values[key] for key in keys if values.get(key) is not None}


def filled(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Those of the values that are set, and not empty."""
    return {key: values[key] for key in keys if values.get(key)}


def renamed(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Those of the values that are set and have another name, under it."""
    return {names[key]: value for key, value in values.items() if key in names and value is not None}


def patch_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The changed fields; null for those that are gone, labels included."""
    body = {key: new.get(key) for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    labels = body.get("labels")
    if isinstance(labels, dict):
        body["labels"] = {**dict.fromkeys(old.get("labels") or {}, None), **labels}
    return body
