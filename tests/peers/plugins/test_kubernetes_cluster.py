"""A suite's cluster: made, written into a kubeconfig, and gone again."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from kubernetes import client, config

from tests.peers.plugins.conftest import Load, Server

CERTIFICATE = base64.b64encode(b"a certificate").decode()
CLUSTER = {"endpoint": "127.0.0.1:4443", "masterAuth": {"clusterCaCertificate": CERTIFICATE}}
CREDENTIAL = {"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": "t"}}


def test_a_cluster_for_as_long_as_the_suite_runs(
    load: Load, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["GET"] = json.dumps(CLUSTER).encode()
    kubeconfig = tmp_path / "kubeconfig"
    plugin = load("kubernetes_cluster", CLUSTERS=f"{server.url}/clusters", KUBECONFIG=str(kubeconfig))
    plugin.pytest_sessionstart()
    assert server.lines == ["POST /clusters", f"GET /clusters/{plugin.NAME}"]
    assert server.asked[0].json["cluster"]["name"] == plugin.NAME

    helper = tmp_path / "gke-gcloud-auth-plugin"
    helper.write_text(f"#!/bin/sh\necho '{json.dumps(CREDENTIAL)}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = client.Configuration()
    config.load_kube_config(str(kubeconfig), client_configuration=found)
    assert found.host == "https://127.0.0.1:4443"
    assert found.ssl_ca_cert is not None
    assert Path(found.ssl_ca_cert).read_bytes() == b"a certificate"
    assert list(found.api_key.values()) == ["Bearer t"]

    plugin.pytest_sessionfinish()
    assert server.lines[2:] == [f"DELETE /clusters/{plugin.NAME}"]
    assert not kubeconfig.exists()
