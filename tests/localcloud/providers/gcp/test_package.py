"""What the gcp package fills in, keeps and refuses, whatever the type."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.wire.typed import Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"
ANYWHERE = [
    ("gcp:container/cluster:Cluster", {"name": "c"}, "location", "region"),
    ("gcp:container/nodePool:NodePool", {"name": "p", "cluster": "c"}, "location", "region"),
    ("gcp:artifactregistry/repository:Repository", {"repositoryId": "r", "format": "DOCKER"}, "location", "region"),
    ("gcp:compute/subnetwork:Subnetwork", {"name": "s", "network": "n"}, "region", "region"),
]


@pytest.mark.parametrize(("token", "inputs", "key", "setting"), ANYWHERE)
def test_what_is_nowhere_is_refused(gcp: Engine, token: str, inputs: dict[str, Any], key: str, setting: str) -> None:
    gcp.configure(project="test-project")
    failures = gcp.check(token, "subject", inputs)[1]
    assert list(failures) == [key]
    assert failures[key].startswith(f"missing: set it here, or gcp:{setting} on the provider")
    assert gcp.check(token, "subject", {**inputs, key: "us-east1"})[1] == {}


def test_a_cluster_may_be_where_the_providers_zone_is(gcp: Engine) -> None:
    gcp.configure(project="test-project", zone="us-east1-b")
    assert gcp.checked("gcp:container/cluster:Cluster", "c", {"name": "c"})["location"] == "us-east1-b"


def test_autonamed_is_created_before_the_old_one_goes(gcp: Engine, google: FakeGoogle) -> None:
    state = gcp.create(BUCKET, "landing", {"location": "us-central1"})
    answer = gcp.diff(state, {"location": "us-east1"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["location"], False)


def test_secrets_stay_secret(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {
        "name": "landing",
        "location": "US",
        "labels": {"owner": Secret("me")},
        "storageClass": Secret("NEARLINE"),
    }
    state = gcp.create(BUCKET, "landing", inputs)
    assert state.outputs is not None
    assert state.outputs["labels"] == {"owner": Secret("me")}
    assert state.outputs["storageClass"] == Secret("NEARLINE")
    assert google.resources["/storage/v1/b/landing"]["storageClass"] == "NEARLINE"
    assert gcp.diff(state, {**inputs, "storageClass": "NEARLINE"}).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_protected_resource_is_not_deleted(gcp: Engine) -> None:
    key = {"keyRing": "ring", "name": "key", "deletionPolicy": "PREVENT"}
    state = gcp.create("gcp:kms/cryptoKey:CryptoKey", "key", key)
    with pytest.raises(grpc.RpcError, match="has deletionPolicy PREVENT; set it to DELETE and deploy that first"):
        gcp.delete(state)
