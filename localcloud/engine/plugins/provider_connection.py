"""The gRPC connection to a provider process, and what its errors mean."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.rpc import status_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.engine.plugins.builtin import OutputsOf
from localcloud.engine.project.project import Project
from localcloud.errors import LocalCloudError
from localcloud.wire import values
from localcloud.wire.values import Properties

# Channels to the same address otherwise share one connection.
OWN_CHANNEL_OPTIONS = [*CHANNEL_OPTIONS, ("grpc.use_local_subchannel_pool", 1)]


CANCEL_SECONDS = 5


class CallFailedError(LocalCloudError):
    """The provider refused or failed; the message is the provider's."""


class InitializationError(CallFailedError):
    """The resource was made or changed but did not become ready. Its id and properties are to be kept."""

    def __init__(self, reasons: list[str], id_: str, properties: Properties) -> None:
        super().__init__("; ".join(reasons) or "resource initialization failed")
        self.reasons = reasons
        self.id = id_
        self.properties = properties


@dataclass(frozen=True)
class Host:
    """What providers are told of the engine: where to log to, and where relative paths of assets start.

    `outputs_of` gives those of another stack.
    """

    address: str
    project: Project
    outputs_of: OutputsOf


class Connection:
    """A channel to an attached provider process, shared with no other one."""

    def __init__(self, package: str, port: int, host: Host) -> None:
        self.package = package
        self.address = f"127.0.0.1:{port}"
        self._channel = grpc.insecure_channel(self.address, options=OWN_CHANNEL_OPTIONS)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.accepts_secrets: bool | None = None
        self.accepts_resources = False
        self._introduce(host)

    def _introduce(self, host: Host) -> None:
        request = provider_pb2.ProviderHandshakeRequest(
            engine_address=host.address,
            root_directory=str(host.project.root),
            program_directory=str(host.project.program_folder),
            configure_with_urn=True,
            invoke_with_preview=True,
        )
        try:
            response = self.stub.Handshake(request, timeout=30, wait_for_ready=False)
            self.accepts_secrets, self.accepts_resources = response.accept_secrets, response.accept_resources
            self.stub.Attach(plugin_pb2.PluginAttach(address=host.address), timeout=30)
        except grpc.RpcError as error:
            if code_of(error) != grpc.StatusCode.UNIMPLEMENTED:
                raise self._error(error) from None

    def call(self, method: str, request: Any, *, optional: bool = False) -> Any:
        """Call the provider; an optional method that it does not have gives None."""
        try:
            return getattr(self.stub, method)(request)
        except grpc.RpcError as error:
            if optional and code_of(error) == grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise self._error(error) from None

    def cancel(self) -> None:
        """Ask the provider to end what is under way soon. One that cannot is none the worse for it."""
        # A channel that was closed meanwhile is a ValueError.
        with contextlib.suppress(grpc.RpcError, ValueError):
            self.stub.Cancel(empty_pb2.Empty(), timeout=CANCEL_SECONDS)

    def _error(self, error: grpc.RpcError) -> CallFailedError:
        details = error.details() or ""  # type: ignore[attr-defined]
        if code_of(error) == grpc.StatusCode.UNAVAILABLE:
            return CallFailedError(
                f"the {self.package} provider at {self.address} (PULUMI_DEBUG_PROVIDERS) does not answer: start it"
            )
        if code_of(error) == grpc.StatusCode.UNIMPLEMENTED:
            return CallFailedError(f"the {self.package} provider does not implement this: {details}")
        return _initialization_failure(error) or CallFailedError(details or str(code_of(error)))

    def close(self) -> None:
        self._channel.close()


def code_of(error: grpc.RpcError) -> grpc.StatusCode:
    return error.code()  # type: ignore[attr-defined]


def _initialization_failure(error: grpc.RpcError) -> InitializationError | None:
    for key, value in error.trailing_metadata() or ():  # type: ignore[attr-defined]
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            failure = provider_pb2.ErrorResourceInitFailed()
            if detail.Unpack(failure):
                return InitializationError(list(failure.reasons), failure.id, values.from_struct(failure.properties))
    return None
