"""An in-memory provider of package `test`, served on a free port, that remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.wire import values
from localcloud.wire.values import SECRET, SIGNATURE
from tests.waiting import PATIENCE_S

Diff = provider_pb2.PropertyDiff


@dataclass
class Call:
    """One call: the method, the resource's logical name, and what was sent."""

    method: str
    name: str
    inputs: dict[str, Any]
    preview: bool = False


@dataclass
class FakeProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Type `test:index:Thing`. Its input `fixed` forces a replacement, `exclusive` one that deletes first.

    Outputs: all inputs, `identity` (`id-<n>`), and `token`, a secret.
    """

    calls: list[Call] = field(default_factory=list)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    configurations: list[dict[str, Any]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    unready: set[str] = field(default_factory=set)
    progress: dict[str, str] = field(default_factory=dict)
    """What to tell the engine while a resource is made, by its name."""
    engine_address: str = ""
    blocked: dict[str, threading.Event] = field(default_factory=dict)
    """What a creation waits for, by the resource's name, and another operation by `method name`."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    meeting: threading.Barrier | None = None
    accepts_secrets: bool = True
    peak: int = 0
    _active: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _arrived: threading.Condition = field(default_factory=threading.Condition)
    _number: int = 0

    def names(self, *methods: str) -> list[str]:
        """`method name` of the calls made outside previews, in order."""
        with self._lock:
            return [f"{call.method} {call.name}" for call in self.calls if call.method in methods and not call.preview]

    def wait_for(self, method: str, name: str, seconds: float = PATIENCE_S) -> None:
        """Return once the provider has been called so, outside a preview."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: f"{method} {name}" in self.names(method), timeout=seconds)
        assert arrived, f"{method} {name} was not called"

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.engine_address = request.engine_address
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=self.accepts_secrets, accept_resources=True)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="1.0.0")

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.cancelled.set()
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._checked(request)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._diff(values.from_struct(request.old_inputs), values.from_struct(request.news), "region")

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.configurations.append(values.from_struct(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("check", request, values.from_struct(request.news))
        return self._checked(request)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("diff", request, values.from_struct(request.news))
        return self._diff(values.from_struct(request.old_inputs), values.from_struct(request.news), "fixed")

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = values.from_struct(request.properties)
        self._note("create", request, inputs, request.preview)
        if request.preview:
            return provider_pb2.CreateResponse(properties=values.to_struct(inputs))
        with self._lock:
            self._active += 1
            self.peak = max(self.peak, self._active)
        try:
            return self._create(request, inputs, context)
        finally:
            with self._lock:
                self._active -= 1

    def _create(self, request: Any, inputs: dict[str, Any], context: Any) -> Any:
        if self.meeting is not None:
            self.meeting.wait(timeout=PATIENCE_S)
        if request.name in self.progress:
            message = engine_pb2.LogRequest(message=self.progress[request.name], urn=request.urn, ephemeral=True)
            message.severity = engine_pb2.INFO
            with grpc.insecure_channel(self.engine_address) as channel:
                engine_pb2_grpc.EngineStub(channel).Log(message)
        if request.name in self.blocked:
            assert self.blocked[request.name].wait(timeout=PATIENCE_S), f"{request.name} was never let go"
        if request.name in self.failing:
            context.abort(grpc.StatusCode.UNKNOWN, f"no {request.name} today")
        with self._lock:
            self._number += 1
            id_ = f"id-{self._number}"
            self.things[id_] = inputs
        outputs = self._outputs(id_, inputs)
        if request.name in self.unready:
            failure = provider_pb2.ErrorResourceInitFailed(
                id=id_, properties=values.to_struct(outputs), reasons=["not ready"]
            )
            detail = any_pb2.Any()
            detail.Pack(failure)
            status = status_pb2.Status(code=2, message="not ready", details=[detail])
            context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
            context.abort(grpc.StatusCode.UNKNOWN, "not ready")
        return provider_pb2.CreateResponse(id=id_, properties=values.to_struct(outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("read", request, values.from_struct(request.properties))
        if request.id not in self.things:
            return provider_pb2.ReadResponse()
        outputs = self._outputs(request.id, self.things[request.id])
        return provider_pb2.ReadResponse(id=request.id, properties=values.to_struct(outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = values.from_struct(request.news)
        self._note("update", request, inputs, request.preview)
        if not request.preview:
            self.things[request.id] = inputs
        return provider_pb2.UpdateResponse(properties=values.to_struct(self._outputs(request.id, inputs)))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._note("delete", request, values.from_struct(request.properties))
        if request.name in self.failing:
            context.abort(grpc.StatusCode.UNKNOWN, f"{request.name} stays")
        self.things.pop(request.id, None)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        arguments = values.from_struct(request.args)
        if arguments.get("name") == "nobody":
            context.abort(grpc.StatusCode.NOT_FOUND, "nobody is not here")
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").update({"greeting": f"hello {arguments['name']}"})
        return response

    def _note(self, method: str, request: Any, inputs: dict[str, Any], preview: bool = False) -> None:
        with self._lock:
            self.calls.append(Call(method, request.name, inputs, preview))
        with self._arrived:
            self._arrived.notify_all()
        if f"{method} {request.name}" in self.blocked and not preview:
            assert self.blocked[f"{method} {request.name}"].wait(timeout=PATIENCE_S), f"{request.name} was never let go"

    def _checked(self, request: Any) -> Any:
        inputs = values.from_struct(request.news)
        failures = []
        if inputs.get("value") == "forbidden":
            failures.append(provider_pb2.CheckFailure(property="value", reason="is forbidden"))
        return provider_pb2.CheckResponse(inputs=values.to_struct(inputs), failures=failures)

    def _diff(self, old: dict[str, Any], new: dict[str, Any], fixed: str) -> Any:
        old, new = values.unwrap(old), values.unwrap(new)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        replaces = [key for key in changed if key in (fixed, "exclusive")]
        kinds = {key: Diff.UPDATE_REPLACE if key in replaces else Diff.UPDATE for key in changed}
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=replaces,
            diffs=changed,
            deleteBeforeReplace="exclusive" in replaces,
            detailedDiff={key: Diff(kind=kind) for key, kind in kinds.items()},
            hasDetailedDiff=True,
        )

    def _outputs(self, id_: str, inputs: dict[str, Any]) -> dict[str, Any]:
        return {**inputs, "identity": id_, "token": {SIGNATURE: SECRET, "value": f"token of {id_}"}}


@contextmanager
def serving(provider: FakeProvider) -> Iterator[int]:
    """Serve a provider; gives its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()
