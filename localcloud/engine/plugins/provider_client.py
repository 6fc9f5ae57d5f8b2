"""A resource provider as the engine calls it: Pulumi's ResourceProvider protocol over gRPC."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import provider_pb2

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plugins.builtin import BuiltinConnection
from localcloud.engine.plugins.provider_connection import CallFailedError, Connection
from localcloud.engine.project.project import as_text
from localcloud.wire import property_paths as paths
from localcloud.wire import urns, values
from localcloud.wire.values import Properties

Checked = tuple[Properties, list[tuple[str, str]]]
"""The inputs with defaults filled in, and what is wrong with them: (property, reason)."""


@dataclass
class Diff:
    """What a provider says of a change: `changed` is None if it could not say. Paths are property paths."""

    changed: bool | None
    replaces: list[str] = field(default_factory=list)
    paths: dict[str, bool] = field(default_factory=dict)
    """Changed path -> whether it forces a replacement."""
    delete_before_replace: bool = False
    unavailable: bool = False

    @classmethod
    def of_inputs(cls, old: Properties, new: Properties) -> Diff:
        """What differs between inputs, where nobody says what it means: nothing of it forces a replacement."""
        changes = paths.changed(old, new)
        return cls(changed=bool(changes), paths={paths.join(path): False for path in changes})

    def decided(self, old: Properties, new: Properties) -> Diff:
        """This, where the provider could not say by what differs between the inputs."""
        if self.changed is not None:
            return self
        found = Diff.of_inputs(old, new)
        return dataclasses.replace(self, changed=found.changed, paths=found.paths)

    @property
    def replace(self) -> bool:
        return bool(self.replaces) or any(self.paths.values())


class Provider:
    """One provider resource (default or explicit) and the process behind it."""

    def __init__(self, connection: Connection | BuiltinConnection, urn: str, *, preview: bool) -> None:
        self.connection = connection
        self.urn = urn
        self.preview = preview
        self.configured = False
        self.supports_preview = connection.accepts_secrets is not None
        self.accepts_secrets = bool(connection.accepts_secrets)
        self.accepts_resources = connection.accepts_resources

    def check_config(self, olds: Properties, news: Properties) -> Checked:
        request = provider_pb2.CheckRequest(
            urn=self.urn, olds=self._plain(olds), news=self._plain(news), **_identity(self.urn)
        )
        response = self.connection.call("CheckConfig", request, optional=True)
        if response is None:
            return news, []
        inputs = values.from_struct(response.inputs)
        values.keep_secrets_of(inputs, news)
        return inputs, [(failure.property, failure.reason) for failure in response.failures]

    def diff_config(self, old: ResourceState, new_inputs: Properties) -> Diff:
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=self.urn,
            old_inputs=self._plain(old.inputs),
            olds=self._plain(old.outputs),
            news=self._plain(new_inputs),
            **_identity(self.urn),
        )
        response = self.connection.call("DiffConfig", request, optional=True)
        return Diff(changed=None) if response is None else _diff(response)

    def configure(self, id_: str, inputs: Properties) -> None:
        """Give the provider its configuration. With unknowns in it (in a preview) it stays unconfigured."""
        if values.contains_unknown(inputs):
            return
        package = self.connection.package
        variables = {
            f"{package}:config:{key}": as_text(values.unwrap(value))
            for key, value in inputs.items()
            if key != "version"
        }
        request = provider_pb2.ConfigureRequest(
            urn=self.urn,
            id=id_,
            variables=variables,
            args=values.to_struct(inputs),
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            **_identity(self.urn),
        )
        response = self.connection.call("Configure", request)
        if self.connection.accepts_secrets is None:
            self.supports_preview = response.supportsPreview
            self.accepts_secrets = response.acceptSecrets
            self.accepts_resources = response.acceptResources
        self.configured = True

    def check(self, urn: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        if not self.configured:
            return news, []
        request = provider_pb2.CheckRequest(
            urn=urn, olds=self._send(olds), news=self._send(news), randomSeed=seed, **_identity(urn)
        )
        response = self.connection.call("Check", request)
        inputs = self._receive(response.inputs, news)
        return inputs, [(failure.property, failure.reason) for failure in response.failures]

    def diff(self, old: ResourceState, new: ResourceState) -> Diff:
        """What it means that a resource is to be as `new`, whose name and options count."""
        if not self.configured:
            return Diff(changed=True, unavailable=True)
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=new.urn,
            old_inputs=self._send(old.inputs, contents=False),
            olds=self._send(old.outputs, contents=False),
            news=self._send(new.inputs, contents=False, unknowns=True),
            ignoreChanges=new.ignore_changes,
            **_identity(new.urn),
        )
        diff = _diff(self.connection.call("Diff", request))
        return diff.decided(old.inputs, new.inputs)

    def create(self, new: ResourceState) -> tuple[str, Properties]:
        """Make the resource; its id and outputs. In a preview nothing is made: unknown outputs may be missing."""
        if self.preview and not self.configured:
            return "", {}
        if self.preview and not self.supports_preview:
            return "", new.inputs
        request = provider_pb2.CreateRequest(
            urn=new.urn,
            properties=self._send(new.inputs),
            timeout=new.custom_timeouts.get("create", 0),
            preview=self.preview,
            **_identity(new.urn),
        )
        response = self.connection.call("Create", request)
        if not response.id and not self.preview:
            raise CallFailedError(f"the {self.connection.package} provider gave no id for {new.urn}")
        return response.id, self._receive(response.properties, new.inputs)

    def update(self, old: ResourceState, new: ResourceState) -> Properties:
        """Change the resource; its new outputs."""
        if self.preview and not (self.configured and self.supports_preview):
            return new.inputs if self.configured else {}
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=new.urn,
            old_inputs=self._send(old.inputs, contents=False),
            olds=self._send(old.outputs, contents=False),
            news=self._send(new.inputs),
            timeout=new.custom_timeouts.get("update", 0),
            ignoreChanges=new.ignore_changes,
            preview=self.preview,
            **_identity(new.urn),
        )
        return self._receive(self.connection.call("Update", request).properties, new.inputs)

    def delete(self, old: ResourceState) -> None:
        request = provider_pb2.DeleteRequest(
            id=old.id,
            urn=old.urn,
            old_inputs=self._send(old.inputs, contents=False),
            properties=self._send(old.outputs, contents=False),
            timeout=old.custom_timeouts.get("delete", 0),
            **_identity(old.urn),
        )
        self.connection.call("Delete", request)

    def read(self, state: ResourceState) -> tuple[str, Properties]:
        """The id and properties of an existing resource; an empty id if there is none."""
        if not self.configured:
            return state.id, {}
        inputs = self._send(state.inputs, contents=False)
        request = provider_pb2.ReadRequest(
            id=state.id, urn=state.urn, properties=inputs, inputs=inputs, **_identity(state.urn)
        )
        response = self.connection.call("Read", request)
        return response.id, self._receive(response.properties, state.inputs)

    def invoke(self, token: str, arguments: Properties) -> Checked:
        if not self.configured:
            return {}, []
        request = provider_pb2.InvokeRequest(tok=token, args=self._send(arguments), preview=self.preview)
        response = self.connection.call("Invoke", request)
        result = values.from_struct(getattr(response, "return"))
        if not self.accepts_secrets and values.contains_secret(arguments):
            result = {key: values.secret(value) for key, value in result.items()}
        return result, [(failure.property, failure.reason) for failure in response.failures]

    def _plain(self, properties: Properties) -> Any:
        return values.to_struct(values.for_receiver(properties, secrets=False, resources=False))

    def _send(self, properties: Properties, *, contents: bool = True, unknowns: bool = False) -> Any:
        """What the provider is told; without contents, only the hash of an asset: there is nothing to read of it."""
        if not contents:
            properties = values.without_contents(properties)
        if not (self.preview or unknowns):
            properties = values.drop_unknowns(properties)
        return values.to_struct(
            values.for_receiver(properties, secrets=self.accepts_secrets, resources=self.accepts_resources)
        )

    def _receive(self, struct: Any, source: Properties) -> Properties:
        properties = values.from_struct(struct)
        if not self.accepts_secrets:
            values.keep_secrets_of(properties, source)
        return properties


def _identity(urn: str) -> dict[str, Any]:
    return {"name": urns.name_of(urn), "type": urns.type_of(urn)}


def _diff(response: provider_pb2.DiffResponse) -> Diff:
    changed = {response.DIFF_NONE: False, response.DIFF_SOME: True}.get(response.changes)
    replacing = {
        provider_pb2.PropertyDiff.ADD_REPLACE,
        provider_pb2.PropertyDiff.DELETE_REPLACE,
        provider_pb2.PropertyDiff.UPDATE_REPLACE,
    }
    found = {path: entry.kind in replacing for path, entry in response.detailedDiff.items()}
    if not response.hasDetailedDiff:
        found = {key: key in response.replaces for key in response.diffs}
    return Diff(changed, list(response.replaces), found, response.deleteBeforeReplace)
