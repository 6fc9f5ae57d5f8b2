"""What the Dataproc service remembers, all of it on disk; and its long-running operations."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from localcloud.services.common import GoogleError
from localcloud.services.protobuf import MessageStore
from localcloud.services.record_store import RecordStore

LOST = "driver lost: the Dataproc service stopped while it ran; run it again"


def packed(message: Message) -> AnyMessage:
    container = AnyMessage()
    container.Pack(message)
    return container


class Store:
    """Every record of the service below one folder. `lock` guards each read-modify-write."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.policies = MessageStore(folder / "autoscalingPolicies", dataproc.AutoscalingPolicy)
        self.templates = MessageStore(folder / "workflowTemplates", dataproc.WorkflowTemplate)
        self.clusters = MessageStore(folder / "clusters", dataproc.Cluster)
        self.jobs = MessageStore(folder / "jobs", dataproc.Job)
        self.batches = MessageStore(folder / "batches", dataproc.Batch)
        self.operations = Operations(MessageStore(folder / "operations", Operation))
        self.request_ids = RecordStore(folder / "requestIds")

    def once(self, request_id: str, make: Callable[[], str]) -> str:
        """The name `make` gave when this request id was first seen. "" is never seen."""
        if not request_id:
            return make()
        with self.lock:
            known = self.request_ids.get(request_id)
            if known is not None:
                return known["name"]
            name = make()
            self.request_ids.put(request_id, {"name": name})
            return name


class Operations:
    """google.longrunning operations; what cancels a running one is known only to the process that runs it."""

    def __init__(self, messages: MessageStore[Operation]) -> None:
        self.messages = messages
        self.cancels: dict[str, Callable[[], None]] = {}

    def start(self, parent: str, metadata: Message, cancel: Callable[[], None] | None = None) -> Operation:
        """A new operation below `parent` (projects/*/regions/*)."""
        name = f"{parent}/operations/{uuid.uuid4()}"
        if cancel is not None:
            self.cancels[name] = cancel
        return self.messages.create(name, Operation(name=name, metadata=packed(metadata)))

    def update(self, name: str, metadata: Message) -> None:
        operation = self.messages.require(name)
        operation.metadata.Pack(metadata)
        self.messages.put(name, operation)

    def finish(
        self, name: str, metadata: Message, response: Message | None = None, error: str = "", code: int = 0
    ) -> Operation:
        """End an operation with a response (default: Empty), or with an error of a google.rpc code (or ABORTED)."""
        operation = self.messages.require(name)
        operation.done = True
        operation.metadata.Pack(metadata)
        if error:
            operation.error.CopyFrom(Status(code=code or code_pb2.ABORTED, message=error))
        else:
            operation.response.Pack(response if response is not None else Empty())
        self.cancels.pop(name, None)
        return self.messages.put(name, operation)

    def end_lost(self) -> None:
        """After a restart: end what ran when the service stopped, with LOST."""
        for operation in self.messages.list(""):
            if not operation.done:
                operation.done = True
                operation.error.CopyFrom(Status(code=code_pb2.ABORTED, message=LOST))
                self.messages.put(operation.name, operation)

    def cancel(self, name: str) -> None:
        """Ask a running operation to stop; one that is done stays as it is."""
        operation = self.messages.require(name)
        cancel = self.cancels.get(name)
        if operation.done:
            return
        if cancel is None:
            raise GoogleError(400, f"{name} can't be cancelled", "failedPrecondition")
        cancel()
