"""Which types are custom resources, and what is known of them."""

from __future__ import annotations

import pytest

from localcloud.providers.checks import check
from localcloud.providers.kubernetes.custom_resources import custom_schema
from localcloud.providers.kubernetes.objects import Kind, kind_of
from localcloud.providers.sdk_types import installed
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_kubernetes import FakeCluster

METRIC = "kubernetes:autoscaling.gke.io/v1beta1:AutoscalingMetric"
NAMES = {"apiVersion": "autoscaling.gke.io/v1beta1", "kind": "AutoscalingMetric"}


def test_of_a_custom_resource_all_but_its_spec_is_known() -> None:
    found = custom_schema(installed("pulumi_kubernetes"), METRIC)
    assert found is not None
    assert kind_of(found) == Kind("autoscaling.gke.io/v1beta1", "AutoscalingMetric")
    assert list(check(found.inputs, {**NAMES, "metadata": {"name": "x"}, "spec": {"anything": [1]}})) == []
    assert [failure.path for failure in check(found.inputs, {**NAMES, "metadata": {"nam": "x"}})] == ["metadata.nam"]
    assert [failure.path for failure in check(found.inputs, {**NAMES, "spec": {}, "data": {}})] == ["data"]


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:apps/v1:Deploymnt",
        "kubernetes:networking.k8s.io/v1:Ingres",
        "kubernetes:core/v1:Pods",
        "kubernetes:yaml:ConfigFile",
        "kubernetes:autoscaling.gke.io:AutoscalingMetric",
    ],
)
def test_a_misspelt_type_is_none(token: str) -> None:
    assert custom_schema(installed("pulumi_kubernetes"), token) is None


def test_a_custom_resource_is_made_changed_and_deleted(kubernetes: Engine, cluster: FakeCluster) -> None:
    state = kubernetes.create(METRIC, "web", {**NAMES, "metadata": {"name": "web"}, "spec": {"metrics": []}})
    path = "/apis/autoscaling.gke.io/v1beta1/namespaces/default/autoscalingmetrics/web"
    assert (state.id, list(cluster.objects)) == ("default/web", [path])
    changed = kubernetes.update(state, {**NAMES, "metadata": {"name": "web"}, "spec": {"metrics": [{"pod": {}}]}})
    assert cluster.objects[path]["spec"] == {"metrics": [{"pod": {}}]}
    kubernetes.delete(changed)
    assert cluster.objects == {}
