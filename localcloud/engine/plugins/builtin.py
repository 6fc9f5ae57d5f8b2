"""Pulumi's own package, `pulumi`: a provider within the engine, which reads stack references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from localcloud.errors import LocalCloudError
from localcloud.wire import values
from localcloud.wire.values import Properties

PACKAGE = "pulumi"
STACK_REFERENCE = "pulumi:pulumi:StackReference"

OutputsOf = Callable[[str], Properties]
"""The outputs of a stack, by its name."""


class BuiltinConnection:
    """Answers as a provider at the other end of a connection does."""

    package = PACKAGE
    accepts_secrets = True
    accepts_resources = True

    def __init__(self, outputs_of: OutputsOf) -> None:
        self._outputs_of = outputs_of

    def call(self, method: str, request: Any, *, optional: bool = False) -> Any:
        if method in ("CheckConfig", "DiffConfig") and optional:
            return None
        if method == "Configure":
            return provider_pb2.ConfigureResponse()
        if request.type != STACK_REFERENCE:
            raise LocalCloudError(f"{request.type}: not supported by this engine: do without, or use the pulumi CLI")
        return self._read(request) if method == "Read" else empty_pb2.Empty()

    def cancel(self) -> None:
        """There is nothing that it waits for."""

    def close(self) -> None:
        """There is nothing to close."""

    def _read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """As Pulumi does: an output with a secret anywhere in it counts as secret."""
        name = values.from_struct(request.inputs)["name"]
        outputs = self._outputs_of(name)
        secret = sorted(key for key, value in outputs.items() if values.contains_secret(value))
        properties = {"name": name, "outputs": outputs, "secretOutputNames": secret}
        return provider_pb2.ReadResponse(id=request.id, properties=values.to_struct(properties))
