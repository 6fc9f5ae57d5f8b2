"""The protocol itself: handshake, settings by connection, assets, errors."""

from __future__ import annotations

import re

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from tests.localcloud.providers.conftest import PROJECT
from tests.localcloud.providers.engine import Engine, State
from tests.localcloud.providers.fake_kubernetes import FakeCluster

BUCKET = "gcp:storage/bucket:Bucket"


def test_handshake_and_plugin_info(gcp: Engine) -> None:
    answer = gcp.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address=""))
    assert answer.accept_secrets
    assert not answer.accept_outputs
    assert re.fullmatch(r"\d+\.\d+\.\d+", gcp.stub.GetPluginInfo(empty_pb2.Empty()).version)
    assert '"name": "gcp"' in gcp.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    configured = gcp.configure()
    assert configured.supportsPreview
    assert gcp.stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()
    with pytest.raises(grpc.RpcError) as caught:
        gcp.stub.Parameterize(provider_pb2.ParameterizeRequest())
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_each_connection_has_its_own_settings(gcp: Engine, gcp_port: int) -> None:
    other = Engine(gcp_port)
    other.configure(project="other-project", defaultLabels='{"team": "fleet"}', addPulumiAttributionLabel="false")
    inputs = {"name": "landing", "location": "US", "labels": {"owner": "me"}}
    preview = other.preview(BUCKET, "landing", inputs)
    assert preview["project"] == "other-project"
    assert preview["effectiveLabels"] == preview["pulumiLabels"] == {"team": "fleet", "owner": "me"}
    assert gcp.preview(BUCKET, "landing", inputs)["project"] == PROJECT


@pytest.mark.parametrize("end", ["kill", "interrupt"])
def test_an_engine_that_is_gone_is_not_waited_for(kubernetes: Engine, cluster: FakeCluster, end: str) -> None:
    """A Deployment that never becomes ready holds the next engine up no longer than the call of a living one."""
    cluster.looks = 10**9
    spec = {
        "selector": {"matchLabels": {"app": "s"}},
        "template": {"metadata": {"labels": {"app": "s"}}, "spec": {"containers": [{"name": "s", "image": "s"}]}},
    }
    token = "kubernetes:apps/v1:Deployment"
    inputs = kubernetes.checked(token, "serving", {"metadata": {"name": "serving"}, "spec": spec})
    dead = kubernetes.begin_create(State(token, "serving", inputs))
    cluster.wait_for("POST")
    getattr(kubernetes, end)(dead)
    cluster.looks = 0
    assert kubernetes.create(token, "serving", {"metadata": {"name": "serving"}, "spec": spec}).id == "default/serving"
    assert [method for method, _, _ in cluster.asked].count("POST") == 1
