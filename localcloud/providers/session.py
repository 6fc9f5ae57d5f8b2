"""An engine's connection to a provider, and the resource that a call over it is about."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

LOG_TIMEOUT_S = 5


@dataclass
class Session:
    """One provider instance of one engine: an engine opens a connection for each, and each has its own settings."""

    settings: Any = None
    folder: Path | None = None
    engine: engine_pb2_grpc.EngineStub | None = None
    under_way: set[threading.Event] = field(default_factory=set)
    """One event for each call, set to have it end soon."""

    def cancel(self) -> None:
        """Have all calls end soon."""
        for ended in list(self.under_way):
            ended.set()

    def attach(self, address: str) -> None:
        """Log to the engine at this address from now on."""
        if address and self.engine is None:
            self.engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def logger(self, urn: str) -> Callable[[str], None]:
        """A function that shows a line of progress beside the resource. An engine that is gone is not an error."""

        def log(message: str) -> None:
            if self.engine is not None:
                request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=message, urn=urn, ephemeral=True)
                with contextlib.suppress(grpc.RpcError):
                    self.engine.Log(request, timeout=LOG_TIMEOUT_S)

        return log


@dataclass(frozen=True)
class Subject:
    """The resource that a call is about."""

    session: Session
    token: str
    urn: str
    name: str
    identifier: str = ""
    timeout: float = 0.0
    """Seconds; 0 for the type's own."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set once the call is to end soon: it is answered already, or its engine is gone or was interrupted."""
