"""Which cluster a provider is for."""

from __future__ import annotations

import base64
import json

import grpc
import pytest

from localcloud.wire.typed import UNKNOWN
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.kubernetes.objects import DEPLOYMENT, deployment


def test_unknown_kubeconfig_is_fine_in_a_preview_only(kubernetes_port: int) -> None:
    kubernetes = Engine(kubernetes_port)
    kubernetes.configure(kubeconfig=UNKNOWN)
    assert kubernetes.preview(DEPLOYMENT, "serving", deployment())["status"] is UNKNOWN
    with pytest.raises(grpc.RpcError, match="the provider's kubeconfig is not known yet"):
        kubernetes.create(DEPLOYMENT, "serving", deployment())


def test_another_cluster_replaces_the_provider(kubernetes: Engine, kubeconfig: str) -> None:
    document = json.loads(kubeconfig)
    document["users"][0]["user"] = {"token": "other"}
    answer = kubernetes.diff_settings({"kubeconfig": kubeconfig}, {"kubeconfig": json.dumps(document)})
    assert list(answer.replaces) == []
    place = document["clusters"][0]["cluster"]
    another = {"certificate-authority-data": base64.b64encode(b"another authority").decode()}
    for change in ({"server": "https://127.0.0.1:1"}, another):
        document["clusters"][0]["cluster"] = {**place, **change}
        answer = kubernetes.diff_settings({"kubeconfig": kubeconfig}, {"kubeconfig": json.dumps(document)})
        assert list(answer.replaces) == ["kubeconfig"]
