"""Functions of the SDK."""

from __future__ import annotations

import re

import grpc
import pytest

from tests.localcloud.providers.conftest import PROJECT
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle


def test_the_storage_agent_is_the_one_that_the_service_names(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:storage/getProjectServiceAccount:getProjectServiceAccount"
    with pytest.raises(grpc.RpcError, match="was not found"):
        gcp.invoke(token)
    google.resources["/storage/v1/projects/test-project/serviceAccount"] = {"email_address": "agent@google"}
    agent, _ = gcp.invoke(token)
    assert (agent["emailAddress"], agent["member"]) == ("agent@google", "serviceAccount:agent@google")


def test_invokes(gcp: Engine, google: FakeGoogle) -> None:
    project, _ = gcp.invoke("gcp:organizations/getProject:getProject")
    assert project["projectId"] == PROJECT
    assert re.fullmatch(r"\d{12}", project["number"])
    client, _ = gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")
    assert (client["project"], client["region"], client["accessToken"]) == (PROJECT, "us-central1", "owner-token")
    failures = gcp.invoke("gcp:organizations/getProject:getProject", projectid="p")[1]
    assert failures == {"projectid": 'unknown argument; did you mean "projectId"?'}
    with pytest.raises(grpc.RpcError, match="is not available on the local cloud; it has"):
        gcp.invoke("gcp:compute/getZones:getZones")
