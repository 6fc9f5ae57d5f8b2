"""Calls of the services, with the owner's token."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from localcloud.providers.gcp.package import GcpPackage
from tests.localcloud.providers.conftest import PROJECT, REGION, cloud_at, engine_at, served
from tests.ports import free_port_base


def test_cloud_that_is_not_running(tmp_path: Path, private_key: str) -> None:
    cloud = cloud_at(free_port_base(), tmp_path, private_key)
    with (
        served(GcpPackage(cloud)) as port,
        engine_at(port, project=PROJECT, region=REGION) as engine,
        pytest.raises(grpc.RpcError, match="is localcloud running"),
    ):
        engine.create("gcp:storage/bucket:Bucket", "landing", {"name": "landing", "location": "US"})
