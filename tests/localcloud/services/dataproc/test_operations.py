"""Long-running operations."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from google.longrunning.operations_pb2 import DeleteOperationRequest, Operation
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.operations import LOST, Operations, OperationsApi
from localcloud.services.protobuf import MessageStore
from tests.localcloud.services.dataproc.parts import PARENT, Parts


def test_a_running_operation_is_not_deleted(parts: Parts) -> None:
    go_on = threading.Event()
    parts.pool.on_run = go_on.wait
    parts.create_cluster()
    operation = parts.submit()
    api, request = OperationsApi(parts.store.operations), DeleteOperationRequest(name=operation.name)

    with pytest.raises(GoogleError, match="is running: cancel it first") as caught:
        api.delete(request)
    go_on.set()
    parts.finished(operation)

    assert (caught.value.code, caught.value.reason) == (400, "failedPrecondition")
    api.delete(request)
    with pytest.raises(GoogleError, match="was not found"):
        parts.store.operations.messages.require(operation.name)


@pytest.fixture
def operations(tmp_path: Path) -> Operations:
    return Operations(MessageStore(tmp_path, Operation))


def test_an_operation_ends_with_a_response_or_an_error(operations: Operations) -> None:
    well, badly = (operations.start(PARENT, Empty()) for _ in range(2))
    assert well.name.startswith(f"{PARENT}/operations/")
    assert not well.done
    operations.finish(well.name, Timestamp(seconds=1), Timestamp(seconds=2))
    operations.finish(badly.name, Empty(), error="no road", cancelled=True)
    response, metadata = Timestamp(), Timestamp()
    ended = operations.messages.require(well.name)
    assert ended.response.Unpack(response)
    assert ended.metadata.Unpack(metadata)
    assert (ended.done, response.seconds, metadata.seconds) == (True, 2, 1)
    failed = operations.messages.require(badly.name)
    assert (failed.done, failed.error.code, failed.error.message) == (True, code_pb2.CANCELLED, "no road")


def test_only_a_running_operation_is_cancelled(operations: Operations) -> None:
    cancelled: list[str] = []
    running = operations.start(PARENT, Empty(), lambda: cancelled.append("running"))
    operations.cancel(running.name)
    operations.finish(running.name, Empty())
    operations.cancel(running.name)
    assert cancelled == ["running"]
    with pytest.raises(GoogleError, match="can't be cancelled"):
        operations.cancel(operations.start(PARENT, Empty()).name)


def test_what_ran_when_the_service_stopped_is_lost(operations: Operations) -> None:
    ended, running = (operations.start(PARENT, Empty()) for _ in range(2))
    operations.finish(ended.name, Empty())
    operations.end_lost()
    assert not operations.messages.require(ended.name).HasField("error")
    lost = operations.messages.require(running.name)
    assert (lost.done, lost.error.code, lost.error.message) == (True, code_pb2.ABORTED, LOST)
