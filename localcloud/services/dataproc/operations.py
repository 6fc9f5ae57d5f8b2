"""google.longrunning.Operations as the Dataproc API serves it."""

from __future__ import annotations

from google.longrunning.operations_pb2 import (
    CancelOperationRequest,
    DeleteOperationRequest,
    GetOperationRequest,
    ListOperationsRequest,
    ListOperationsResponse,
    Operation,
)
from google.protobuf.empty_pb2 import Empty

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.names import regional
from localcloud.services.dataproc.store import Store


class OperationsApi:
    """Get, list, cancel, delete."""

    def __init__(self, store: Store) -> None:
        self.operations = store.operations

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
