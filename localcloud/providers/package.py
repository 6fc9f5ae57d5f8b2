"""What a provider package (gcp, kubernetes) has to answer. Values here are as wire/typed.py describes them."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from localcloud.providers.autonaming import NameRequest
from localcloud.providers.diff import Difference
from localcloud.providers.errors import Failure
from localcloud.providers.ledger import Ledger
from localcloud.providers.sdk_types import Sdk

LOG_TIMEOUT_S = 5

Properties = dict[str, Any]


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


@dataclass(frozen=True)
class Reading:
    """What a read found: outputs, and the inputs that would give them."""

    identifier: str
    outputs: Properties
    inputs: Properties = field(default_factory=dict)


class Package(ABC):
    """One provider package."""

    name: str
    sdk: Sdk
    ledger: Ledger

    def key(self, subject: Subject) -> str:
        """What the resource is called in the ledger: what no other thing has, in any project or cluster."""
        return f"{subject.token} {subject.identifier}"

    @abstractmethod
    def check_settings(self, settings: Properties) -> list[Failure]:
        """What is wrong with the provider's own settings."""

    @abstractmethod
    def configure(self, settings: Properties) -> Any:
        """The settings in the form that the other calls find in `session.settings`."""

    def diff_settings(self, olds: Properties, news: Properties) -> Difference:
        """How a change of settings changes the provider instance: by default it never has to be replaced."""
        from localcloud.providers.diff import difference

        return difference(olds, news, lambda path: False)

    @abstractmethod
    def check(
        self, subject: Subject, olds: Properties, news: Properties, naming: NameRequest
    ) -> tuple[Properties, list[Failure]]:
        """The inputs with what the provider fills in, and what is wrong with them."""

    @abstractmethod
    def diff(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties, ignore: list[str]
    ) -> Difference: ...

    @abstractmethod
    def preview_create(self, subject: Subject, inputs: Properties) -> Properties: ...

    @abstractmethod
    def create(self, subject: Subject, inputs: Properties) -> tuple[str, Properties]: ...

    @abstractmethod
    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Reading | None: ...

    @abstractmethod
    def preview_update(
        self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties
    ) -> Properties: ...

    @abstractmethod
    def update(self, subject: Subject, old_inputs: Properties, state: Properties, news: Properties) -> Properties: ...

    @abstractmethod
    def delete(self, subject: Subject, inputs: Properties, state: Properties) -> None: ...

    @abstractmethod
    def invoke(self, session: Session, token: str, arguments: Properties) -> tuple[Properties, list[Failure]]: ...
