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
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    account = deployed.one("kubernetes:core/v1:ServiceAccount").inputs["metadata"]["annotations"]
    assert account == {"iam.gke.io/gcp-service-account": "serving@x.iam.gserviceaccount.com"}


def test_the_autoscaler_owns_the_number_of_replicas(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    assert "replicas" not in deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]
    autoscaler = deployed.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").inputs["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 20)
    assert deployed.one("kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"]["maxUnavailable"] == 1


def test_it_scales_on_the_load_that_replicas_export_and_on_cpu(deploy: Deploy) -> None:
    deployed = deploy_app(deploy)
    gauge = deployed.one("kubernetes:autoscaling.gke.io/v1beta1:AutoscalingMetric").inputs
    (pod,) = [metric["pod"] for metric in gauge["spec"]["metrics"]]
    template = deployed.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]
    assert pod["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert pod["containers"][0]["endpoint"] == {"port": 8080, "path": "/metrics"}
    scaler = deployed.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").inputs
    load, cpu = scaler["spec"]["metrics"]
    named = pod["containers"][0]["metrics"][0]["gauge"]
    assert load["pods"]["metric"]["name"] == f"autoscaling.gke.io|{gauge['metadata']['name']}|{named['name']}"
    assert load["pods"]["target"] == {"type": "AverageValue", "averageValue": "600m"}
    assert cpu["resource"]["target"]["averageUtilization"] == 60
    assert (named["prometheusMetricName"], scaler["metadata"]["namespace"]) == ("serving_load", "serving")


def test_what_is_cached_has_a_disk_of_its_own(deploy: Deploy) -> None:
    pod = deploy_app(deploy).one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]
    container = pod["containers"][0]
    folders = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"]}
    assert (folders, volumes["cache"]) == ({"/cache": "cache", "/tmp": "tmp"}, "5Gi")
    assert container["resources"]["requests"]["ephemeral-storage"] == "5Gi"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"minimum_replicas": 9, "maximum_replicas": 3}, "replicas: the minimum 9"),
        ({"minimum_replicas": 0}, "minimum_replicas must be at least 1"),
        ({"target_load": 0.0}, "target_load must be above 0"),
        ({"target_load": 60.0}, "target_load must be above 0 and at most 1"),
    ],
)
def test_refusals_say_what_to_change(deploy: Deploy, change: dict[str, Any], message: str) -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        with pytest.raises(pulumi.RunError, match=message):
            ServingAppArgs(provider=provider, image="i", arguments=[], identity="x", **change)

    deploy(program)
