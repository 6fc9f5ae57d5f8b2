"""The gcp provider over the local cloud's own services: a lake, its warehouse, a workflow and a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.kubernetes.package import KubernetesPackage
from localcloud.settings import LocalCloud
from localcloud.wire.typed import Asset, decode
from tests.localcloud.providers.conftest import PROJECT, REGION, engine_at, served
from tests.localcloud.providers.engine import Engine, State

COLUMN = {"id": 1, "name": "drive_id", "required": True, "type": "string"}
ADDED = {"id": 2, "name": "speed_mps", "required": False, "type": "double", "doc": "m/s"}


@pytest.fixture(scope="module")
def kubernetes(services: LocalCloud) -> Iterator[Engine]:
    """An engine with a kubernetes provider; its credential plugin runs as the owner."""
    with served(KubernetesPackage(services)) as port, engine_at(port) as engine:
        yield engine


@pytest.fixture(scope="module")
def gcp(services: LocalCloud) -> Iterator[Engine]:
    """An engine whose gcp provider talks to the services."""
    with served(GcpPackage(services)) as port, engine_at(port, project=PROJECT, region=REGION) as engine:
        yield engine


def settled(gcp: Engine, state: State, inputs: dict[str, Any]) -> State:
    """The state after a refresh, of which nothing differs from what the program wants."""
    assert list(gcp.diff(state, inputs).detailedDiff) == []
    found = gcp.read(state)
    assert found.id == state.id
    refreshed = State(state.token, state.name, decode(found.inputs), state.id, decode(found.properties))
    assert list(gcp.diff(refreshed, inputs).detailedDiff) == []
    return state


def test_lake_and_warehouse(gcp: Engine) -> None:
    made: list[State] = []

    def make(token: str, name: str, inputs: dict[str, Any]) -> State:
        made.append(settled(gcp, gcp.create(token, name, inputs), inputs))
        return made[-1]

    rule = {"action": {"type": "Delete"}, "condition": {"age": 30, "matchesPrefixes": ["staging/"]}}
    bucket_inputs = {
        "name": "curated-zone",
        "location": "us-central1",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "lifecycleRules": [rule],
        "labels": {"team": "fleet"},
        "forceDestroy": True,
    }
    bucket = make("gcp:storage/bucket:Bucket", "curated", bucket_inputs)
    account = make("gcp:serviceaccount/account:Account", "ingest", {"accountId": "ingest-job"})
    assert account.outputs is not None
    grant = {"bucket": "curated-zone", "role": "roles/storage.objectAdmin", "member": account.outputs["member"]}
    make("gcp:storage/bucketIAMMember:BucketIAMMember", "grant", grant)
    source = Asset({"text": "print()"})
    make("gcp:storage/bucketObject:BucketObject", "job", {"bucket": "curated-zone", "name": "job.py", "source": source})
    catalog = {"name": "curated-zone", "catalogType": "CATALOG_TYPE_GCS_BUCKET"}
    make("gcp:biglake/icebergCatalog:IcebergCatalog", "catalog", catalog)
    namespace = {"catalog": "curated-zone", "namespaceId": "drive_logs"}
    make("gcp:biglake/icebergNamespace:IcebergNamespace", "drive-logs", namespace)
    table_inputs: dict[str, Any] = {
        "catalog": "curated-zone",
        "namespace": "drive_logs",
        "name": "speed",
        "location": "gs://curated-zone/drive_logs/speed",
        "schema": {"fields": [COLUMN]},
        "partitionSpec": {"fields": [{"name": "drive", "sourceId": 1, "transform": "identity"}]},
        "properties": {"write.format.default": "parquet"},
    }
    table = make("gcp:biglake/icebergTable:IcebergTable", "speed", table_inputs)
    wider = {**table_inputs, "schema": {"fields": [COLUMN, ADDED]}, "properties": {"owner": "fleet"}}
    assert list(gcp.diff(table, wider).replaces) == []
    made[-1] = settled(gcp, gcp.update(table, wider), wider)
    make("gcp:bigquery/dataset:Dataset", "warehouse", {"datasetId": "drive_logs", "location": "us-central1"})
    query = f"SELECT * FROM `{PROJECT}.curated-zone.drive_logs.speed`"
    view = {
        "datasetId": "drive_logs",
        "tableId": "speed",
        "deletionProtection": False,
        "view": {"query": query, "useLegacySql": False},
    }
    make("gcp:bigquery/table:Table", "speed-view", view)

    cooler = {**bucket_inputs, "versioning": {"enabled": True}, "labels": {"owner": "me"}}
    made[0] = settled(gcp, gcp.update(bucket, cooler), cooler)
    with pytest.raises(Exception, match="exists already; choose another name"):
        gcp.create("gcp:biglake/icebergNamespace:IcebergNamespace", "again", namespace)
    for state in reversed(made):
        gcp.delete(state)
        assert gcp.read(state).id == ""


def test_workflow(gcp: Engine) -> None:
    policy_inputs = {
        "policyId": "small",
        "location": "us-central1",
        "workerConfig": {"maxInstances": 3},
        "basicAlgorithm": {
            "yarnConfig": {"gracefulDecommissionTimeout": "60s", "scaleUpFactor": 0.5, "scaleDownFactor": 0.5}
        },
    }
    policy = gcp.create("gcp:dataproc/autoscalingPolicy:AutoscalingPolicy", "small", policy_inputs)
    settled(gcp, policy, policy_inputs)
    job = {"stepId": "mine", "pysparkJob": {"mainPythonFileUri": "gs://b/main.py", "args": ["--run_id", "1"]}}
    config = {
        "masterConfig": {"numInstances": 1, "machineType": "n2-standard-4"},
        "softwareConfig": {"imageVersion": "3.0", "properties": {"spark:spark.sql.catalog.lake.type": "rest"}},
        "autoscalingConfig": {"policy": policy.id},
    }
    inputs = {
        "name": "mining",
        "location": "us-central1",
        "jobs": [job],
        "placement": {"managedCluster": {"clusterName": "mining", "config": config}},
    }
    token = "gcp:dataproc/workflowTemplate:WorkflowTemplate"
    template = settled(gcp, gcp.create(token, "mining", inputs), inputs)
    longer = {**inputs, "jobs": [job, {**job, "stepId": "publish", "prerequisiteStepIds": ["mine"]}]}
    template = settled(gcp, gcp.update(template, longer), longer)
    assert template.outputs is not None
    assert template.outputs["version"] == 2
    for state in (template, policy):
        gcp.delete(state)
        assert gcp.read(state).id == ""


def test_cluster_with_a_spot_pool(gcp: Engine, kubernetes: Engine) -> None:
    inputs = {
        "name": "serving",
        "initialNodeCount": 1,
        "removeDefaultNodePool": True,
        "deletionProtection": False,
        "resourceLabels": {"team": "fleet"},
    }
    cluster = settled(gcp, gcp.create("gcp:container/cluster:Cluster", "serving", inputs), inputs)
    assert cluster.outputs is not None
    assert cluster.outputs["endpoint"].startswith("127.")
    assert cluster.outputs["masterAuth"]["clusterCaCertificate"]
    pool_inputs = {
        "cluster": cluster.id,
        "name": "spot",
        "autoscaling": {"minNodeCount": 1, "maxNodeCount": 3},
        "nodeConfig": {"machineType": "e2-standard-4", "spot": True, "labels": {"pool": "spot"}},
    }
    pool = settled(gcp, gcp.create("gcp:container/nodePool:NodePool", "spot", pool_inputs), pool_inputs)
    wider = {**pool_inputs, "autoscaling": {"minNodeCount": 1, "maxNodeCount": 5}}
    pool = settled(gcp, gcp.update(pool, wider), wider)
    labelled = {**inputs, "resourceLabels": {"team": "other"}}
    cluster = settled(gcp, gcp.update(cluster, labelled), labelled)
    objects_in_cluster(kubernetes, cluster)
    for state in (pool, cluster):
        gcp.delete(state)
        assert gcp.read(state).id == ""


def objects_in_cluster(kubernetes: Engine, cluster: State) -> None:
    """A namespace with settings in it, by a kubeconfig such as a program makes for GKE."""
    assert cluster.outputs is not None
    authority = cluster.outputs["masterAuth"]["clusterCaCertificate"]
    place = {"server": f"https://{cluster.outputs['endpoint']}", "certificate-authority-data": authority}
    plugin = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin"}
    document = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": place}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"exec": plugin}}],
    }
    kubernetes.configure(kubeconfig=json.dumps(document), enableConfigMapMutable="true")
    namespace_inputs = {"metadata": {"name": "serving"}}
    namespace = settled(
        kubernetes, kubernetes.create("kubernetes:core/v1:Namespace", "serving", namespace_inputs), namespace_inputs
    )
    inputs = {"metadata": {"name": "settings", "namespace": "serving"}, "data": {"a": "1", "b": "2"}}
    settings = settled(kubernetes, kubernetes.create("kubernetes:core/v1:ConfigMap", "settings", inputs), inputs)
    other = {**inputs, "data": {"a": "3"}}
    settings = settled(kubernetes, kubernetes.update(settings, other), other)
    assert settings.outputs is not None
    assert settings.outputs["data"] == {"a": "3"}
    with pytest.raises(Exception, match="ConfigMap 'serving/settings' exists already"):
        kubernetes.create("kubernetes:core/v1:ConfigMap", "other", inputs)
    for state in (settings, namespace):
        kubernetes.delete(state)
        assert kubernetes.read(state).id == ""
