"""A pytest plugin: a cluster of the local cloud for a suite, made before its first test and deleted after its last.

$CLUSTERS is the address of the clusters' collection, $KUBECONFIG where the cluster's configuration goes. A suite runs
in an environment of its own, so nothing but the standard library is imported.
"""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

NAME = f"peers-{os.getpid()}"  # one of a run that was cut off may be there still


def pytest_sessionstart() -> None:
    nodes = {"name": "nodes", "initialNodeCount": 1}
    _call("POST", os.environ["CLUSTERS"], {"cluster": {"name": NAME, "nodePools": [nodes]}})
    cluster = _call("GET", f"{os.environ['CLUSTERS']}/{NAME}")
    Path(os.environ["KUBECONFIG"]).write_text(json.dumps(_configuration(cluster)))


def pytest_sessionfinish() -> None:
    Path(os.environ["KUBECONFIG"]).unlink()
    _call("DELETE", f"{os.environ['CLUSTERS']}/{NAME}")


def _call(method: str, address: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _configuration(cluster: dict[str, Any]) -> dict[str, Any]:
    """As `gcloud container clusters get-credentials` writes it."""
    server = {
        "server": f"https://{cluster['endpoint']}",
        "certificate-authority-data": cluster["masterAuth"]["clusterCaCertificate"],
    }
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": server}],
        "users": [{"name": NAME, "user": {"exec": plugin}}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
        "current-context": NAME,
    }
