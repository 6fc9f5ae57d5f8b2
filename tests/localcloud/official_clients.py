"""Official clients as they are made without arguments: what each one's first call gives, as a line of JSON.

Run with what `localcloud env` says. A socket that would leave this machine is an error of its own name.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from typing import Any

import grpc
from apache_beam.io.gcp.gcsio import GcsIO
from google.api_core.exceptions import NotFound
from google.cloud import bigquery, dataflow_v1beta3, dataproc_v1, storage
from pyarrow.fs import GcsFileSystem

BUCKET = "official-clients"


class LeavesTheMachineError(BaseException):
    """No library takes it for a failure of the network, to be tried again."""


def only_loopback() -> None:
    """Forbid other addresses, and the look-up of names."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise LeavesTheMachineError(address)
        connect(self, address)

    def checked_look_up(host: Any, *others: Any, **options: Any) -> Any:
        if host not in ("127.0.0.1", "localhost"):
            raise LeavesTheMachineError(host)
        return look_up(host, *others, **options)

    socket.socket.connect = checked_connect
    socket.getaddrinfo = checked_look_up


def through_pyarrow() -> str:
    with GcsFileSystem().open_output_stream(f"{BUCKET}/item") as stream:
        stream.write(b"written")
    with GcsFileSystem().open_input_stream(f"{BUCKET}/item") as stream:
        return stream.read().decode()


def dataproc_job() -> str:
    try:
        return str(dataproc_v1.JobControllerClient().get_job(project_id="p", region="us-central1", job_id="none"))
    except NotFound as error:
        return str(error)


def of_no_service() -> str:
    channel = grpc.secure_channel("pubsub.googleapis.com:443", grpc.ssl_channel_credentials())
    try:
        return channel.unary_unary("/google.pubsub.v1.Publisher/ListTopics")(b"", timeout=60)
    except grpc.RpcError as error:
        return str(error)


def main() -> None:
    only_loopback()
    region = {"project_id": "p", "location": "us-central1"}
    workflows = {"api_endpoint": "us-central1-dataproc.googleapis.com:443"}
    parent = "projects/p/regions/us-central1"
    client = dataproc_v1.WorkflowTemplateServiceClient(client_options=workflows)
    answers = {
        "storage": storage.Client().create_bucket(BUCKET).name,
        "pyarrow": through_pyarrow(),
        "beam": sorted(GcsIO().list_files(f"gs://{BUCKET}/")),
        "bigquery": [list(row) for row in bigquery.Client().query_and_wait("SELECT 1")],
        "dataproc": list(client.list_workflow_templates(parent=parent)),
        "dataproc job": dataproc_job(),
        "dataflow": list(dataflow_v1beta3.JobsV1Beta3Client().list_jobs(region)),
        "pubsub": of_no_service(),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
