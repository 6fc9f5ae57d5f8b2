"""A tiny engine: real gRPC stubs of the ResourceProvider protocol, with Python values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import grpc
from google.protobuf import empty_pb2, struct_pb2
from grpc_status import rpc_status
from pulumi.runtime.proto import provider_pb2 as protocol
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.wire import values
from localcloud.wire.hashes import with_hashes
from localcloud.wire.typed import decode, encode, typed
from tests.waiting import PATIENCE_S

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
    outputs: Properties = field(default_factory=dict)


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
        hashed = with_hashes(values.from_struct(encode(news)), Path())
        inputs, failures = self.check(token, name, typed(hashed), olds)
        assert not failures, failures
        return inputs

    def preview(self, token: str, name: str, news: Properties) -> Properties:
        wanted = State(token, name, self.checked(token, name, news))
        request = protocol.CreateRequest(**about(wanted), properties=encode(wanted.inputs), preview=True)
        return decode(self.stub.Create(request).properties)

    def create(self, token: str, name: str, news: Properties) -> State:
        state = State(token, name, self.checked(token, name, news))
        answer = self.stub.Create(protocol.CreateRequest(**about(state), properties=encode(state.inputs)))
        return replace(state, id=answer.id, outputs=decode(answer.properties))

    def begin_create(self, state: State) -> grpc.Future:
        """A Create that is under way, for an engine that will not see its end."""
        return self.stub.Create.future(protocol.CreateRequest(**about(state), properties=encode(state.inputs)))

    def kill(self, call: grpc.Future) -> None:
        """End a call as the death of its engine does."""
        call.cancel()

    def interrupt(self, call: grpc.Future) -> None:
        """Ask the provider to end what is under way, as an engine does when it is interrupted."""
        self.stub.Cancel(empty_pb2.Empty())
        error = call.exception(timeout=PATIENCE_S)
        assert isinstance(error, grpc.RpcError)
        assert "interrupted while waiting" in str(error)

    def diff(self, state: State, news: Properties, ignore: tuple[str, ...] = ()) -> Any:
        request = protocol.DiffRequest(
            **about(state),
            id=state.id,
            olds=without_contents(state.outputs),
            news=without_contents(self.checked(state.token, state.name, news, state.inputs)),
            old_inputs=without_contents(state.inputs),
            ignoreChanges=ignore,
        )
        return self.stub.Diff(request)

    def update(self, state: State, news: Properties, preview: bool = False) -> State:
        inputs = self.checked(state.token, state.name, news, state.inputs)
        request = protocol.UpdateRequest(
            **about(state),
            id=state.id,
            preview=preview,
            olds=without_contents(state.outputs),
            news=encode(inputs),
            old_inputs=without_contents(state.inputs),
        )
        return replace(state, inputs=inputs, outputs=decode(self.stub.Update(request).properties))

    def read(self, state: State, imported: bool = False) -> Any:
        request = protocol.ReadRequest(**about(state), id=state.id)
        if not imported:
            request.inputs.CopyFrom(encode(state.inputs))
            request.properties.CopyFrom(encode(state.outputs))
        return self.stub.Read(request)

    def delete(self, state: State) -> None:
        outputs, inputs = encode(state.outputs), encode(state.inputs)
        request = protocol.DeleteRequest(**about(state), id=state.id, properties=outputs, old_inputs=inputs)
        assert isinstance(self.stub.Delete(request), empty_pb2.Empty)

    def diff_settings(self, olds: Properties, news: Properties) -> Any:
        return self.stub.DiffConfig(protocol.DiffRequest(old_inputs=encode(olds), news=encode(news)))

    def invoke(self, token: str, **arguments: Any) -> tuple[Properties, dict[str, str]]:
        answer = self.stub.Invoke(protocol.InvokeRequest(tok=token, args=encode(arguments)))
        failures = {failure.property: failure.reason for failure in answer.failures}
        return decode(getattr(answer, "return")), failures

    def failed(self, error: grpc.RpcError, token: str, name: str, inputs: Properties) -> tuple[State, list[str]]:
        """What an engine keeps of a resource that was made but is not ready, and the reasons."""
        status = rpc_status.from_call(cast(grpc.Call, error))
        assert status is not None
        detail = protocol.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        state = State(token, name, self.checked(token, name, inputs), detail.id, decode(detail.properties))
        return state, list(detail.reasons)


def without_contents(properties: Properties) -> struct_pb2.Struct:
    """What an engine tells of assets that there is nothing to read of."""
    return values.to_struct(values.without_contents(values.from_struct(encode(properties))))


def about(state: State) -> dict[str, Any]:
    """What every request says of its resource."""
    return {"urn": urn(state.token, state.name), "name": state.name, "type": state.token}
