"""Calls over gRPC, answered by services that speak REST: their messages, who calls, and their errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
import uvicorn
from google.cloud import dataproc_v1 as dataproc
from google.longrunning import operations_pb2

from localcloud.gateway.calls import Calls
from localcloud.services.common import GoogleError
from localcloud.services.dispatch import Call, Route, application
from localcloud.services.transcoding import transcoded
from localcloud.settings import LocalCloud
from tests.ports import free_port_base
from tests.waiting import wait_for

JOBS = "/v1/projects/{project_id}/regions/{region}/jobs"
CONTROLLER = "/google.cloud.dataproc.v1.JobController/"


def get_job(request: dataproc.GetJobRequest) -> dataproc.Job:
    if request.job_id == "none":
        raise GoogleError(404, "none was not found")
    return dataproc.Job(job_uuid=f"{request.project_id}/{request.region}/{request.job_id}")


def whose(call: Call) -> dict[str, str]:
    return {"jobUuid": call.headers["authorization"]}


ROUTES = [
    transcoded("GET", JOBS + "/{job_id}", dataproc.GetJobRequest, get_job),
    Route("POST", JOBS + ":submit", whose),
    Route(
        "GET", "/v1/{name=projects/*/regions/*/operations/*}", lambda call: {"name": call.path["name"], "done": True}
    ),
    Route("DELETE", JOBS + "/{job_id}", lambda call: {}),
]


@contextmanager
def dataproc_of(cloud: LocalCloud) -> Iterator[None]:
    settings = uvicorn.Config(application(cloud, ROUTES), port=cloud.port_of("dataproc"), log_level="error")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    cloud = LocalCloud(Path(tmp_path_factory.mktemp("gateway")), free_port_base())
    server = grpc.server(ThreadPoolExecutor(2), handlers=[Calls(cloud)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with dataproc_of(cloud), grpc.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    server.stop(None)


def test_messages_go_there_and_back(channel: grpc.Channel) -> None:
    request = dataproc.GetJobRequest(project_id="p", region="r", job_id="j")
    answer = channel.unary_unary(CONTROLLER + "GetJob")(dataproc.GetJobRequest.serialize(request))
    assert dataproc.Job.deserialize(answer).job_uuid == "p/r/j"


def test_who_calls_is_who_called(channel: grpc.Channel) -> None:
    request = dataproc.SubmitJobRequest(project_id="p", region="r", job=dataproc.Job())
    data = dataproc.SubmitJobRequest.serialize(request)
    answer = channel.unary_unary(CONTROLLER + "SubmitJob")(data, metadata=(("authorization", "Bearer abc"),))
    assert dataproc.Job.deserialize(answer).job_uuid == "Bearer abc"


def test_operations_and_empty_answers(channel: grpc.Channel) -> None:
    name = "projects/p/regions/r/operations/o"
    request = operations_pb2.GetOperationRequest(name=name).SerializeToString()
    answer = channel.unary_unary("/google.longrunning.Operations/GetOperation")(request)
    assert operations_pb2.Operation.FromString(answer) == operations_pb2.Operation(name=name, done=True)
    deleted = dataproc.DeleteJobRequest(project_id="p", region="r", job_id="j")
    assert channel.unary_unary(CONTROLLER + "DeleteJob")(dataproc.DeleteJobRequest.serialize(deleted)) == b""


@pytest.mark.parametrize(
    ("method", "code", "message"),
    [
        (CONTROLLER + "GetJob", grpc.StatusCode.NOT_FOUND, "none was not found"),
        (CONTROLLER + "Invented", grpc.StatusCode.UNIMPLEMENTED, "JobController.Invented is not offered by the local"),
        ("/google.cloud.dataproc.v1.Invented/Get", grpc.StatusCode.UNIMPLEMENTED, "Invented.Get is not offered"),
        ("/google.container.v1.ClusterManager/ListClusters", grpc.StatusCode.UNIMPLEMENTED, "ListClusters is not"),
    ],
)
def test_refusals_have_their_code_and_name(
    channel: grpc.Channel, method: str, code: grpc.StatusCode, message: str
) -> None:
    request = dataproc.GetJobRequest(project_id="p", region="r", job_id="none")
    with pytest.raises(grpc.RpcError, match=message) as refused:
        channel.unary_unary(method)(dataproc.GetJobRequest.serialize(request), timeout=30)
    assert refused.value.code() == code
