"""Each rule passes what it should and reports what it should, naming what to change."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from policies.cost import rules as cost
from policies.price_book import hourly_usd
from policies.security import rules as security

BUCKET = "gcp:storage/bucket:Bucket"
NODE_POOL = "gcp:container/nodePool:NodePool"
WORKFLOW = "gcp:dataproc/workflowTemplate:WorkflowTemplate"
CLUSTER = "gcp:container/cluster:Cluster"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
LABELS = {"owner": "perception", "cost-center": "fleet", "environment": "dev"}


def violations(rule: Any, resource_type: str, props: dict[str, Any]) -> list[str]:
    return list(rule(SimpleNamespace(resource_type=resource_type, props=props)))


def stack_violations(rule: Any, *resources: tuple[str, dict[str, Any]]) -> list[str]:
    return list(rule(SimpleNamespace(resources=[SimpleNamespace(resource_type=t, props=p) for t, p in resources])))


def workflow(**config: Any) -> dict[str, Any]:
    return {"placement": {"managedCluster": {"config": config}}}


def deployment(pod_context: dict[str, Any] | None, container_context: dict[str, Any] | None) -> dict[str, Any]:
    container = {"name": "app", "securityContext": container_context}
    return {"spec": {"template": {"spec": {"securityContext": pod_context, "containers": [container]}}}}


ELASTIC = {"autoscalingConfig": {"policy": "p"}, "lifecycleConfig": {"idleDeleteTtl": "900s"}}
UNPRIVILEGED = {"allowPrivilegeEscalation": False}

PASSES = [
    (cost.require_labels, BUCKET, {"labels": LABELS}),
    (cost.require_labels, CLUSTER, {"resourceLabels": LABELS}),
    (cost.require_labels, MEMBER, {}),
    (cost.require_lifecycle, BUCKET, {"lifecycleRules": [{"action": {"type": "Delete"}}]}),
    (cost.limit_machines, NODE_POOL, {"nodeConfig": {"machineType": "e2-standard-4"}}),
    (cost.limit_machines, WORKFLOW, workflow(masterConfig={"machineType": "n2-highmem-8"})),
    (cost.require_elastic_clusters, NODE_POOL, {"autoscaling": {"maxNodeCount": 10}}),
    (cost.require_elastic_clusters, WORKFLOW, workflow(**ELASTIC)),
    (
        security.require_private_buckets,
        BUCKET,
        {"uniformBucketLevelAccess": True, "publicAccessPrevention": "enforced"},
    ),
    (security.require_customer_keys, BUCKET, {"encryption": {"defaultKmsKeyName": "k"}}),
    (security.require_customer_keys, "gcp:kms/cryptoKey:CryptoKey", {"rotationPeriod": "86400s"}),
    (security.forbid_public_members, MEMBER, {"member": "group:a@example.com"}),
    (security.require_narrow_grants, MEMBER, {"role": "roles/storage.objectViewer"}),
    (
        security.require_hardened_clusters,
        CLUSTER,
        {
            "privateClusterConfig": {"enablePrivateNodes": True},
            "workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"},
        },
    ),
    (security.require_hardened_clusters, DEPLOYMENT, deployment({"runAsNonRoot": True}, UNPRIVILEGED)),
]

FAILS = [
    (cost.require_labels, BUCKET, {"labels": {"owner": "x"}}, "cost-center, environment"),
    (cost.require_labels, CLUSTER, {}, "resourceLabels lack owner"),
    (cost.require_lifecycle, BUCKET, {}, "lifecycleRules is empty"),
    (cost.limit_machines, NODE_POOL, {"nodeConfig": {"machineType": "n2-standard-80"}}, "above 1.00"),
    (cost.limit_machines, NODE_POOL, {"nodeConfig": {"machineType": "z9-huge-1"}}, "not in policies/price_book.py"),
    (cost.limit_machines, WORKFLOW, workflow(workerConfig={"machineType": "c2-standard-60"}), "use a smaller one"),
    (cost.require_elastic_clusters, NODE_POOL, {"nodeCount": 3}, "autoscaling.maxNodeCount is missing"),
    (cost.require_elastic_clusters, NODE_POOL, {"autoscaling": {"maxNodeCount": 500}}, "above 50"),
    (cost.require_elastic_clusters, WORKFLOW, workflow(), "autoscalingConfig.policy"),
    (
        cost.require_elastic_clusters,
        WORKFLOW,
        workflow(autoscalingConfig={"policy": "p"}, lifecycleConfig={"idleDeleteTtl": "86400s"}),
        "idleDeleteTtl",
    ),
    (security.require_private_buckets, BUCKET, {"publicAccessPrevention": "enforced"}, "uniformBucketLevelAccess"),
    (security.require_private_buckets, BUCKET, {"uniformBucketLevelAccess": True}, "publicAccessPrevention"),
    (security.require_customer_keys, BUCKET, {}, "defaultKmsKeyName"),
    (security.require_customer_keys, "gcp:kms/cryptoKey:CryptoKey", {}, "rotationPeriod"),
    (security.forbid_public_members, MEMBER, {"member": "allUsers"}, "allUsers"),
    (security.forbid_public_members, "gcp:x", {"members": ["allAuthenticatedUsers"]}, "allAuthenticatedUsers"),
    (security.require_narrow_grants, MEMBER, {"role": "roles/editor"}, "basic role"),
    (security.require_narrow_grants, "gcp:projects/iAMMember:IAMMember", {"role": "roles/x.y"}, "whole project"),
    (security.require_narrow_grants, "gcp:serviceaccount/key:Key", {}, "leaks"),
    (security.require_hardened_clusters, CLUSTER, {}, "enablePrivateNodes"),
    (security.require_hardened_clusters, DEPLOYMENT, deployment(None, UNPRIVILEGED), "runAsNonRoot"),
    (security.require_hardened_clusters, DEPLOYMENT, deployment({"runAsNonRoot": True}, {}), "allowPrivilegeEsc"),
]


@pytest.mark.parametrize(("rule", "resource_type", "props"), PASSES)
def test_passes(rule: Any, resource_type: str, props: dict[str, Any]) -> None:
    assert violations(rule, resource_type, props) == []


@pytest.mark.parametrize(("rule", "resource_type", "props", "message"), FAILS)
def test_reports(rule: Any, resource_type: str, props: dict[str, Any], message: str) -> None:
    assert any(message in found for found in violations(rule, resource_type, props))


def test_a_stack_that_costs_needs_a_budget_with_a_forecast() -> None:
    bucket = (BUCKET, {})
    forecast = ("gcp:billing/budget:Budget", {"thresholdRules": [{"spendBasis": "FORECASTED_SPEND"}]})
    actual = ("gcp:billing/budget:Budget", {"thresholdRules": [{"spendBasis": "CURRENT_SPEND"}]})
    assert stack_violations(cost.require_budget, bucket, forecast) == []
    assert stack_violations(cost.require_budget, (MEMBER, {})) == []
    assert "no gcp.billing.Budget" in stack_violations(cost.require_budget, bucket)[0]
    assert "FORECASTED_SPEND" in stack_violations(cost.require_budget, bucket, actual)[0]


def test_price_book() -> None:
    assert hourly_usd("e2-standard-4") == pytest.approx(4 * 0.021811 + 16 * 0.002923)
    assert hourly_usd("n2-highcpu-8") == pytest.approx(8 * 0.031611 + 8 * 0.004237)
    assert hourly_usd("custom-4") is None
    assert hourly_usd("n1-standard-4") == pytest.approx(4 * 0.031611 + 15 * 0.004237)


@pytest.mark.parametrize("rules", [cost, security])
def test_every_rule_is_in_its_pack(rules: Any) -> None:
    pack = Path(rules.__file__).with_name("__main__.py").read_text()
    names = [name for name in vars(rules) if name.startswith(("require_", "forbid_", "limit_"))]
    assert len(names) == 5
    assert set(names) <= set(re.findall(r"rules\.(\w+)", pack))
