"""The providers of a deployment: which processes are attached, and one `Provider` per provider resource.

A provider resource is managed like any other one; its check, diff and creation are CheckConfig, DiffConfig and
Configure of the process behind it. Each has a connection of its own, as with the real CLI: a call says nothing of the
provider it is for, so a process that serves several can only tell them apart by their connections.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from localcloud.engine.checkpoint.state import ResourceState
from localcloud.engine.plugins.builtin import PACKAGE, BuiltinConnection
from localcloud.engine.plugins.provider_client import Checked, Diff, Provider
from localcloud.engine.plugins.provider_connection import Connection, Host
from localcloud.errors import LocalCloudError
from localcloud.wire import urns, values
from localcloud.wire.values import Properties

INTERNAL = "__internal"
"""Where Pulumi keeps its own notes among a provider's inputs; never sent to the provider."""


def attached_providers() -> dict[str, int]:
    """Package -> port, from PULUMI_DEBUG_PROVIDERS=gcp:4001,kubernetes:4002."""
    ports: dict[str, int] = {}
    for entry in filter(None, os.environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")):
        package, _, port = entry.strip().rpartition(":")
        if not package or not port.isdigit():
            raise LocalCloudError(f"PULUMI_DEBUG_PROVIDERS: {entry!r} must be <package>:<port>")
        ports[package] = int(port)
    return ports


class Registry:
    """Providers by reference `urn::id`. Its check, diff, create ... are those of provider resources."""

    def __init__(self, host: Host, olds: Iterable[ResourceState], *, preview: bool) -> None:
        self.preview = preview
        self._host = host
        self._ports = attached_providers()
        self._connections: list[Connection] = []
        self._configured: dict[str, Provider] = {}
        self._checked: dict[str, Provider] = {}
        self._olds = {state.reference: state for state in olds if urns.is_provider(state.type)}
        self._lock = threading.RLock()

    def get(self, reference: str) -> Provider:
        """The provider under a reference; one that only the last deployment knew is configured as it was then."""
        with self._lock:
            provider = self._configured.get(reference)
            if provider is None:
                state = self._olds.get(reference)
                if state is None:
                    raise LocalCloudError(f"there is no provider {reference!r} in this stack")
                provider = self._configured[reference] = self._configure(state, self._open(state.urn))
            return provider

    def check(self, urn: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        provider = self._open(urn)
        with self._lock:
            self._checked[urn] = provider
        inputs, failures = provider.check_config(_config(olds), _config(news))
        for key in ("version", INTERNAL):
            if key in news:
                inputs[key] = news[key]
        return inputs, failures

    def diff(self, old: ResourceState, new: ResourceState) -> Diff:
        diff = self._unconfigured(new.urn).diff_config(_without_internal(old), _config(new.inputs))
        return diff.decided(_config(old.inputs), _config(new.inputs))

    def diff_configurations(self, old: ResourceState, new: ResourceState) -> Diff:
        """What it means for resources that they move from one provider to another."""
        return self.get(new.reference).diff_config(_without_internal(old), _config(new.inputs))

    def same(self, new: ResourceState, old: ResourceState) -> None:
        """An unchanged provider is configured with its old inputs: the provider found no difference that matters."""
        self._register(replace(new, inputs=old.inputs))

    def create(self, new: ResourceState) -> tuple[str, Properties]:
        id_ = values.UNKNOWN if self.preview else str(uuid.uuid4())
        self._register(replace(new, id=id_))
        return id_, _config(new.inputs)

    def update(self, old: ResourceState, new: ResourceState) -> Properties:
        self._register(replace(new, id=old.id))
        return _config(new.inputs)

    def delete(self, old: ResourceState) -> None:
        """Nothing is made for a provider, so nothing is to be deleted."""

    def read(self, state: ResourceState) -> tuple[str, Properties]:
        raise LocalCloudError(f"{state.urn}: a provider cannot be read")

    def cancel(self) -> None:
        """Ask the providers to cut short what they wait for. They may not; what they then do is waited for."""
        # Without the lock: what holds it may be a provider that takes long to be configured.
        connections = list(self._connections)
        if connections:
            with ThreadPoolExecutor(len(connections)) as pool:
                list(pool.map(Connection.cancel, connections))

    def close(self) -> None:
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _register(self, state: ResourceState) -> None:
        provider = self._configure(state, self._take(state.urn))
        with self._lock:
            self._configured[state.reference] = provider

    def _take(self, urn: str) -> Provider:
        with self._lock:
            return self._checked.pop(urn, None) or self._open(urn)

    def _unconfigured(self, urn: str) -> Provider:
        """The one that was just checked, and is not configured before it is known what becomes of it."""
        with self._lock:
            if urn not in self._checked:
                self._checked[urn] = self._open(urn)
            return self._checked[urn]

    def _open(self, urn: str) -> Provider:
        package = urns.package_of(urns.type_of(urn))
        if package == PACKAGE:
            return Provider(BuiltinConnection(self._host.outputs_of), urn, preview=self.preview)
        if package not in self._ports:
            known = ", ".join(sorted(self._ports)) or "none"
            raise LocalCloudError(
                f"no provider for package {package!r} is attached: "
                f"add {package}:<port> to PULUMI_DEBUG_PROVIDERS (attached: {known})"
            )
        connection = Connection(package, self._ports[package], self._host)
        with self._lock:
            self._connections.append(connection)
        return Provider(connection, urn, preview=self.preview)

    def _configure(self, state: ResourceState, provider: Provider) -> Provider:
        provider.configure(state.id, _config(state.inputs))
        return provider


def _config(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if key != INTERNAL}


def _without_internal(state: ResourceState) -> ResourceState:
    return replace(state, inputs=_config(state.inputs))
