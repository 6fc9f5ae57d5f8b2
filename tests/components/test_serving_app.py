"""ServingApp: unprivileged replicas with their own identity, as many as the autoscaler says."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.serving_app import ServingApp, ServingAppArgs
from tests.checked_mocks import Deploy, Deployed


def deploy_app(deploy: Deploy) -> Deployed:
    def program() -> None:
        args = ServingAppArgs(
            provider=kubernetes.Provider("cluster", kubeconfig="{}"),
            image="registry/serving:1",
            arguments=["--host", "$(POD_IP)"],
            identity="serving@x.iam.gserviceaccount.com",
        )
        ServingApp("serving", args)

    return deploy(program)


def test_replicas_are_unprivileged_probed_and_run_as_their_own_identity(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    pod = deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    account = deployed.one("kubernetes:core/v1:ServiceAccount").inputs["metadata"]["annotations"]
    assert account == {"iam.gke.io/gcp-service-account": "serving@x.iam.gserviceaccount.com"}


def test_the_autoscaler_owns_the_number_of_replicas(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    assert "replicas" not in deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]
    autoscaler = deployed.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").inputs["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 20)
    assert deployed.one("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"minimum_replicas": 9, "maximum_replicas": 3}, "replicas: the minimum 9"),
        ({"minimum_replicas": 0}, "minimum_replicas must be at least 1"),
    ],
)
def test_refusals_say_what_to_change(deploy: Deploy, change: dict[str, Any], message: str) -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        with pytest.raises(pulumi.RunError, match=message):
            ServingAppArgs(provider=provider, image="i", arguments=[], identity="x", **change)

    deploy(program)
