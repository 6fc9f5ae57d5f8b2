"""A tiny engine: real gRPC stubs of the ResourceProvider protocol, with Python values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.wire.typed import decode, encode

SEED = b"0123456789abcdef0123456789abcdef"
Properties = dict[str, Any]


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::roadbed::{token}::{name}"


@dataclass
class State:
    """A resource as an engine keeps it."""

    token: str
    name: str
    inputs: Properties
    id: str = ""
    outputs: Properties | None = None


class Engine:
    """One provider instance; each has a connection of its own, as in the real engine."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **settings: Any) -> Any:
        return self.stub.Configure(protocol.ConfigureRequest(args=encode(settings), acceptSecrets=True))

    def check(
        self, token: str, name: str, news: Properties, olds: Properties | None = None, **options: Any
    ) -> tuple[Properties, dict[str, str]]:
        """(checked inputs, reason by path)."""
        request = protocol.CheckRequest(
            urn=urn(token, name),
            name=name,
            type=token,
            olds=encode(olds or {}),
            news=encode(news),
            **{"randomSeed": SEED, **options},
        )
        answer = self.stub.Check(request)
        return decode(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def checked(self, token: str, name: str, news: Properties, olds: Properties | None = None) -> Properties:
        inputs, failures = self.check(token, name, news, olds)
        assert not failures, failures
        return inputs

    def preview(self, token: str, name: str, news: Properties) -> Properties:
        inputs = self.checked(token, name, news)
        request = protocol.CreateRequest(
            urn=urn(token, name), name=name, type=token, properties=encode(inputs), preview=True
        )
        return decode(self.stub.Create(request).properties)

    def create(self, token: str, name: str, news: Properties) -> State:
        inputs = self.checked(token, name, news)
        request = protocol.CreateRequest(urn=urn(token, name), name=name, type=token, properties=encode(inputs))
        answer = self.stub.Create(request)
        return State(token, name, inputs, answer.id, decode(answer.properties))

    def begin_create(self, state: State) -> grpc.Future:
        """A Create that is under way, for an engine that will not see its end."""
        request = protocol.CreateRequest(
            urn=urn(state.token, state.name), name=state.name, type=state.token, properties=encode(state.inputs)
        )
        return self.stub.Create.future(request)

    def kill(self, call: grpc.Future) -> None:
        """End a call as the death of its engine does."""
        call.cancel()

    def interrupt(self, call: grpc.Future) -> None:
        """Ask the provider to end what is under way, as an engine does when it is interrupted."""
        self.stub.Cancel(empty_pb2.Empty())
        assert "interrupted while waiting" in call.exception(timeout=30).details()

    def diff(self, state: State, news: Properties, ignore: tuple[str, ...] = ()) -> Any:
        inputs = self.checked(state.token, state.name, news, state.inputs)
        request = protocol.DiffRequest(
            id=state.id,
            urn=urn(state.token, state.name),
            name=state.name,
            type=state.token,
            olds=encode(state.outputs or {}),
            news=encode(inputs),
            old_inputs=encode(state.inputs),
            ignoreChanges=ignore,
        )
        return self.stub.Diff(request)

    def update(self, state: State, news: Properties, preview: bool = False) -> State:
        inputs = self.checked(state.token, state.name, news, state.inputs)
        request = protocol.UpdateRequest(
            id=state.id,
            urn=urn(state.token, state.name),
            name=state.name,
            type=state.token,
            preview=preview,
            olds=encode(state.outputs or {}),
            news=encode(inputs),
            old_inputs=encode(state.inputs),
        )
        outputs = decode(self.stub.Update(request).properties)
        return State(state.token, state.name, inputs, state.id, outputs)

    def read(self, state: State, imported: bool = False) -> Any:
        known = {} if imported else {"inputs": encode(state.inputs), "properties": encode(state.outputs or {})}
        request = protocol.ReadRequest(
            id=state.id, urn=urn(state.token, state.name), name=state.name, type=state.token, **known
        )
        return self.stub.Read(request)

    def delete(self, state: State) -> None:
        request = protocol.DeleteRequest(
            id=state.id,
            urn=urn(state.token, state.name),
            name=state.name,
            type=state.token,
            properties=encode(state.outputs or {}),
            old_inputs=encode(state.inputs),
        )
        assert isinstance(self.stub.Delete(request), empty_pb2.Empty)

    def invoke(self, token: str, **arguments: Any) -> tuple[Properties, dict[str, str]]:
        answer = self.stub.Invoke(protocol.InvokeRequest(tok=token, args=encode(arguments)))
        failures = {failure.property: failure.reason for failure in answer.failures}
        return decode(getattr(answer, "return")), failures
