"""Objects against the SDK's types and Kubernetes' own schemas."""

from __future__ import annotations

from typing import Any

from localcloud.wire.typed import UNKNOWN
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.kubernetes.objects import DEPLOYMENT, SERVICE, deployment
from tests.localcloud.providers.refusals import Refusal, each

BAD: list[Refusal] = [
    (
        DEPLOYMENT,
        deployment(imagee="x"),
        {"spec.template.spec.containers[0].imagee": 'unknown property; did you mean "image"?'},
    ),
    (
        DEPLOYMENT,
        deployment(ports=[{"containerPort": "8080"}]),
        {"spec.template.spec.containers[0].ports[0].containerPort": 'expected integer, got string "8080"'},
    ),
    (
        SERVICE,
        {"spec": {"type": "LoadBalencer", "ports": [{"port": 80}]}},
        {
            "spec.type": 'expected one of "ExternalName", "ClusterIP", "NodePort", "LoadBalancer", '
            'got string "LoadBalencer"; did you mean "LoadBalancer"?'
        },
    ),
    (
        SERVICE,
        {"spec": {"ports": [{"port": 80, "targetPort": True}]}},
        {"spec.ports[0].targetPort": "expected integer or string, got boolean true"},
    ),
    (
        "kubernetes:policy/v1:PodDisruptionBudget",
        {"metadata": {"name": "x", "labels": {"app": 1}}},
        {"metadata.labels.app": "expected string, got number 1"},
    ),
]


@each(BAD)
def test_bad_object_is_refused_with_its_path(
    kubernetes: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert kubernetes.check(token, "x", inputs)[1] == expected


def test_schema_of_kubernetes_is_checked_when_all_is_known(kubernetes: Engine) -> None:
    incomplete = deployment()
    del incomplete["spec"]["template"]["spec"]
    incomplete["spec"]["template"]["spec"] = {
        "containers": [
            {"name": "x", "resources": {"limits": {"cpu": "1"}}, "lifecycle": {"preStop": {"httpGet": {"path": "/"}}}}
        ]
    }
    failures = kubernetes.check(DEPLOYMENT, "x", incomplete)[1]
    assert failures == {"spec.template.spec.containers[0].lifecycle.preStop.httpGet.port": "missing required property"}
    incomplete["spec"]["template"]["spec"]["containers"][0]["image"] = UNKNOWN
    incomplete["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = UNKNOWN
    assert kubernetes.check(DEPLOYMENT, "x", incomplete)[1] == {}
