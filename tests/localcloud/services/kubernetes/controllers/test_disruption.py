"""How many pods may be evicted: of real ones, and in numbers."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import client

from localcloud.services.kubernetes.controllers.disruption import Disruptions, allowed_disruptions
from tests.localcloud.services.kubernetes.bodies import deployment
from tests.localcloud.services.kubernetes.harness import existing, wait
from tests.localcloud.services.kubernetes.in_process import InProcess, ready_pod
from tests.localcloud.services.kubernetes.kube import Kube, model, names, refusal

BUDGETS = "poddisruptionbudgets.policy"


def budget(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}}


def test_eviction_honours_the_budget(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    body = model(client.V1PodDisruptionBudget, budget(minAvailable=2))
    kube.policy.create_namespaced_pod_disruption_budget(namespace, body)
    name = names(kube.ready(namespace, 2))[0]
    eviction = model(client.V1Eviction, {"metadata": {"name": name}})
    with pytest.raises(client.ApiException) as caught:
        kube.core.create_namespaced_pod_eviction(name, namespace, eviction)
    code, _, message = refusal(caught)
    assert code == 429
    assert "The disruption budget web allows no disruption now" in message
    kube.policy.patch_namespaced_pod_disruption_budget("web", namespace, {"spec": {"minAvailable": 1}})

    def allowed() -> bool:
        found = kube.policy.read_namespaced_pod_disruption_budget("web", namespace)
        return existing(found.status).disruptions_allowed == 1

    wait(allowed, "one disruption allowed")
    kube.core.create_namespaced_pod_eviction(name, namespace, eviction)
    wait(lambda: name not in names(kube.pods(namespace)), "the pod is evicted")
    kube.ready(namespace, 2)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 2}, Disruptions(allowed=1, healthy=3, desired=2, expected=4)),
        ({"minAvailable": "50%"}, Disruptions(1, 3, 2, 4)),
        ({"minAvailable": "51%"}, Disruptions(0, 3, 3, 4)),  # rounded up
        ({"maxUnavailable": 1}, Disruptions(0, 3, 3, 4)),
        ({"maxUnavailable": "26%"}, Disruptions(1, 3, 2, 4)),  # rounded up
        ({"maxUnavailable": "100%"}, Disruptions(3, 3, 0, 4)),
        ({}, Disruptions(2, 3, 1, 4)),
    ],
)
def test_what_a_budget_allows_with_three_of_four_pods_healthy(
    in_process: InProcess, spec: dict[str, Any], expected: Disruptions
) -> None:
    for index in range(4):
        pod = ready_pod(f"p{index}", f"127.1.1.{index}", app="web")
        if index == 0:
            pod["status"]["conditions"] = []
        in_process.store.create("pods", pod)
    in_process.store.create("pods", ready_pod("other", "127.1.1.9", app="other"))
    assert allowed_disruptions(in_process.store, in_process.create(BUDGETS, budget(**spec))) == expected
