"""Long-running operations (google.longrunning): kept on disk, and as the Dataproc API serves them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from google.longrunning.operations_pb2 import (
    CancelOperationRequest,
    DeleteOperationRequest,
    GetOperationRequest,
    ListOperationsRequest,
    ListOperationsResponse,
    Operation,
)
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.names import regional
from localcloud.services.protobuf import MessageStore

LOST = "driver lost: the Dataproc service stopped while it ran; run it again"


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
        operation = Operation(name=name)
        operation.metadata.Pack(metadata)
        return self.messages.create(name, operation)

    def update(self, name: str, metadata: Message) -> None:
        operation = self.messages.require(name)
        operation.metadata.Pack(metadata)
        self.messages.put(name, operation)

    def finish(
        self, name: str, metadata: Message, response: Message | None = None, error: str = "", cancelled: bool = False
    ) -> Operation:
        """End an operation with a response (default: Empty), or with an error: ABORTED, or what a cancel ends with.

        Source: google/longrunning/operations.proto, CancelOperation.
        """
        operation = self.messages.require(name)
        operation.done = True
        operation.metadata.Pack(metadata)
        if error:
            code = code_pb2.CANCELLED if cancelled else code_pb2.ABORTED
            operation.error.CopyFrom(Status(code=code, message=error))
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


class OperationsApi:
    """Get, list, cancel, delete."""

    def __init__(self, operations: Operations) -> None:
        self.operations = operations

    def get(self, request: GetOperationRequest) -> Operation:
        return self.operations.messages.require(regional(request.name))

    def list(self, request: ListOperationsRequest) -> ListOperationsResponse:
        found = list(self.operations.messages.list(regional(request.name).removesuffix("/operations") + "/operations/"))
        operations, token = page(found, request.page_size, request.page_token)
        return ListOperationsResponse(operations=operations, next_page_token=token)

    def cancel(self, request: CancelOperationRequest) -> Empty:
        self.operations.cancel(regional(request.name))
        return Empty()

    def delete(self, request: DeleteOperationRequest) -> Empty:
        name = regional(request.name)
        if not self.operations.messages.require(name).done:
            raise GoogleError(400, f"{request.name} is running: cancel it first", "failedPrecondition")
        self.operations.messages.delete(name)
        return Empty()
