"""The gateway as gRPC's clients meet it: by its certificate, through its proxy."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from localcloud.gateway.server import serve
from localcloud.settings import LocalCloud
from tests.ports import free_port_base

CODE = """
import grpc
channel = grpc.secure_channel("us-central1-dataproc.googleapis.com:443", grpc.ssl_channel_credentials())
try:
    channel.unary_unary("/google.pubsub.v1.Publisher/Publish")(b"", timeout=60)
except grpc.RpcError as error:
    print(error.code().name, error.details())
"""


def test_googles_names_are_answered_under_a_certificate_that_clients_trust(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path, free_port_base())

    async def called() -> str:
        async with serve(cloud):
            environment = os.environ | cloud.job_environment("someone@a-project.iam.gserviceaccount.com")
            command = [sys.executable, "-c", CODE]
            return await asyncio.to_thread(subprocess.check_output, command, env=environment, text=True)

    assert asyncio.run(called()) == (
        "UNIMPLEMENTED google.pubsub.v1.Publisher.Publish is not offered by the local cloud\n"
    )
    assert cloud.grpc_roots.read_bytes().count(b"-----BEGIN CERTIFICATE-----") > 50
