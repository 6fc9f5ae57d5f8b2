"""Calls of the services, with the owner's token."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.gcp.rest import GoogleServices, ServiceError, segment
from localcloud.settings import LocalCloud
from tests.localcloud.providers.conftest import PROJECT, REGION, cloud_at, engine_at, served
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.ports import free_port_base


def test_cloud_that_is_not_running(tmp_path: Path, private_key: str) -> None:
    cloud = cloud_at(free_port_base(), tmp_path, private_key)
    with (
        served(GcpPackage(cloud)) as port,
        engine_at(port, project=PROJECT, region=REGION) as engine,
        pytest.raises(grpc.RpcError, match="is localcloud running"),
    ):
        engine.create("gcp:storage/bucket:Bucket", "landing", {"name": "landing", "location": "US"})


def test_a_thing_is_there_until_it_is_deleted(cloud: LocalCloud, google: FakeGoogle) -> None:
    services, path = GoogleServices(cloud), "/storage/v1/b/landing"
    assert services.find("storage", path) is None
    google.resources[path] = {"name": "landing"}
    assert services.get("storage", path) == services.find("storage", path) == {"name": "landing"}
    for _ in range(2):
        services.delete("storage", path)
    with pytest.raises(ServiceError, match=rf"^storage: {path} was not found$") as caught:
        services.get("storage", path)
    assert (caught.value.status, caught.value.clashes) == (404, False)


def test_a_token_that_is_no_longer_taken_is_renewed_once(cloud: LocalCloud, google: FakeGoogle) -> None:
    services = GoogleServices(cloud)
    google.resources["/x"] = {"a": 1}
    services.get("storage", "/x")
    google.token = "since a restart"
    assert services.get("storage", "/x") == {"a": 1}
    assert [request.token for request in google.asked] == ["Bearer owner-token", "Bearer since a restart"]


def test_a_name_is_one_segment_of_a_path() -> None:
    assert segment("a/b c.txt") == "a%2Fb%20c.txt"
