"""Requests to an API server over TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.providers.kubernetes.client import ApiError, KubernetesClient, UnreachableError
from localcloud.providers.kubernetes.kubeconfig import Cluster
from tests.localcloud.providers.fake_kubernetes import TOKEN, FakeCluster, serve

MAPS = "/api/v1/namespaces/default/configmaps"


def client_of(port: int, authority: str, token: str = TOKEN) -> KubernetesClient:
    return KubernetesClient(Cluster(f"https://127.0.0.1:{port}", authority, {"token": token}, {}))


def test_an_object_is_there_until_it_is_deleted(cluster: FakeCluster) -> None:
    client = client_of(cluster.port, cluster.authority)
    assert client.find(f"{MAPS}/x") is None
    made = client.call("POST", MAPS, {"kind": "ConfigMap", "metadata": {"name": "x"}})
    assert client.find(f"{MAPS}/x") == made
    assert client.delete(f"{MAPS}/x") is True
    assert client.delete(f"{MAPS}/x") is False
    bodies = [body for method, _, body in cluster.asked if method == "DELETE"]
    assert [body["propagationPolicy"] for body in bodies] == ["Foreground"] * 2


def test_a_refusal_is_the_servers_message_and_reason(cluster: FakeCluster) -> None:
    with pytest.raises(ApiError) as caught:
        client_of(cluster.port, cluster.authority, "another").find(f"{MAPS}/x")
    assert (caught.value.status, str(caught.value)) == (401, "Unauthorized (Unauthorized)")
    client = client_of(cluster.port, cluster.authority)
    settings = {"kind": "ConfigMap", "metadata": {"name": "x"}}
    client.call("POST", MAPS, settings)
    with pytest.raises(ApiError, match=rf"^{MAPS}/x already exists \(AlreadyExists\)$") as caught:
        client.call("POST", MAPS, settings)
    assert caught.value.clashes


def test_a_cluster_that_another_has_taken_the_place_of_is_told_from_one_that_is_away(
    cluster: FakeCluster, tmp_path: Path
) -> None:
    other = FakeCluster()
    (tmp_path / "other").mkdir()
    server = serve(other, tmp_path / "other")
    with pytest.raises(UnreachableError) as caught:
        client_of(other.port, cluster.authority).find(MAPS)
    assert caught.value.replaced
    server.shutdown()
    server.server_close()
    with pytest.raises(
        UnreachableError, match=rf"^the cluster at https://127.0.0.1:{other.port} does not answer: "
    ) as gone:
        client_of(other.port, other.authority).find(MAPS)
    assert not gone.value.replaced
