"""Which kubeconfigs are of use."""

from __future__ import annotations

import json

import grpc
import pytest

from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.kubernetes.objects import CONFIG_MAP


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "no cluster: make a kubernetes.Provider with a kubeconfig"),
        ({"kubeconfig": "/nowhere/config"}, "kubeconfig: cannot read '/nowhere/config': No such file or directory"),
        ({"kubeconfig": "a: 1\nb: 2"}, "kubeconfig: not a kubeconfig's contents or path"),
    ],
)
def test_unusable_kubeconfig_is_one_clear_line(kubernetes_port: int, settings: dict[str, str], message: str) -> None:
    kubernetes = Engine(kubernetes_port)
    kubernetes.configure(**settings)
    with pytest.raises(grpc.RpcError, match=message):
        kubernetes.create(CONFIG_MAP, "x", {})


def test_clusters_elsewhere_are_never_touched(kubernetes_port: int, kubeconfig: str) -> None:
    kubernetes = Engine(kubernetes_port)
    document = json.loads(kubeconfig)
    document["clusters"][0]["cluster"]["server"] = "https://192.0.2.1"
    kubernetes.configure(kubeconfig=json.dumps(document))
    with pytest.raises(grpc.RpcError, match="is not on this machine; the local cloud serves local clusters only"):
        kubernetes.create(CONFIG_MAP, "x", {})
