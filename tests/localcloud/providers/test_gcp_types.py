"""Every declared type against a small Google: created, previewed, compared, updated, replaced, read, deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status
from pulumi.runtime.proto import provider_pb2

from localcloud.providers.gcp.registry import declared
from localcloud.providers.values import Asset, decode
from tests.localcloud.providers.engine import Engine, State
from tests.localcloud.providers.fake_google.server import FakeGoogle

SOME = provider_pb2.DiffResponse.DIFF_SOME
NONE = provider_pb2.DiffResponse.DIFF_NONE
PLACE = "projects/test-project/locations/us-central1"
LAKE = "/iceberg/v1/restcatalog/v1/projects/test-project/catalogs/lake/namespaces"
LABELS = {"goog-pulumi-provisioned": "true", "team": "fleet"}
MEMBER = {"role": "roles/storage.objectViewer", "member": "serviceAccount:job@p.iam.gserviceaccount.com"}
COLUMN = {"id": 1, "name": "drive_id", "required": True, "type": "string"}
ADDED = {"id": 2, "name": "speed_mps", "required": False, "type": "double"}
JOB = {"stepId": "mine", "pysparkJob": {"mainPythonFileUri": "gs://b/main.py", "args": ["--x"]}}
MANAGED = {"clusterName": "c", "config": {"stagingBucket": "b", "softwareConfig": {"properties": {"spark:zone": "1"}}}}


@dataclass
class Case:
    """`update`: inputs that change in place; `replace`: inputs that replace, with what `replaces` says."""

    inputs: dict[str, Any]
    id: str
    outputs: dict[str, Any] = field(default_factory=dict)
    stored: str = ""
    update: dict[str, Any] | None = None
    replace: dict[str, Any] | None = None
    replaces: list[str] = field(default_factory=list)
    before: bool = True
    """Whether the old one is deleted first, because the new one has its name."""


CASES = {
    "gcp:storage/bucket:Bucket": Case(
        {"name": "landing", "location": "us-central1", "labels": {"team": "fleet"}},
        "landing",
        {"url": "gs://landing", "storageClass": "STANDARD", "location": "us-central1", "effectiveLabels": LABELS},
        "/storage/v1/b/landing",
        update={"versioning": {"enabled": True}},
        replace={"location": "us-east1"},
        replaces=["location"],
    ),
    "gcp:storage/bucketObject:BucketObject": Case(
        {"bucket": "landing", "name": "a/b.txt", "content": "hello"},
        "landing-a/b.txt",
        {"md5hash": "XUFAKrxLKna5cZ2REBfFkg==", "md5hexhash": "5d41402abc4b2a76b9719d911017c592", "generation": 1},
        "/storage/v1/b/landing/o/a/b.txt",
        update={"content": "other"},
        replace={"name": "c.txt"},
        replaces=["name"],
        before=False,
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": Case(
        {"bucket": "granted", **MEMBER},
        "b/granted/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
        {"etag": "e1"},
        replace={"role": "roles/storage.objectAdmin"},
        replaces=["role"],
        before=False,
    ),
    "gcp:serviceaccount/account:Account": Case(
        {"accountId": "ingest-job", "displayName": "Ingest"},
        "projects/test-project/serviceAccounts/ingest-job@test-project.iam.gserviceaccount.com",
        {
            "email": "ingest-job@test-project.iam.gserviceaccount.com",
            "member": "serviceAccount:ingest-job@test-project.iam.gserviceaccount.com",
            "uniqueId": "9",
        },
        "/v1/projects/test-project/serviceAccounts/ingest-job@test-project.iam.gserviceaccount.com",
        update={"displayName": "Other"},
        replace={"accountId": "other-job"},
        replaces=["accountId"],
        before=False,
    ),
    "gcp:biglake/icebergCatalog:IcebergCatalog": Case(
        {"name": "lake", "catalogType": "CATALOG_TYPE_GCS_BUCKET"},
        "projects/test-project/catalogs/lake",
        {"defaultLocation": "gs://curated", "createTime": "2026-01-01T00:00:00.000Z", "storageRegions": ["us"]},
        "/iceberg/v1/restcatalog/extensions/projects/test-project/catalogs/lake",
        update={"description": "all"},
        replace={"catalogType": "CATALOG_TYPE_BIGLAKE"},
        replaces=["catalogType"],
    ),
    "gcp:biglake/icebergNamespace:IcebergNamespace": Case(
        {"catalog": "lake", "namespaceId": "drive_logs", "properties": {"a": "1"}},
        "projects/test-project/catalogs/lake/namespaces/drive_logs",
        {},
        f"{LAKE}/drive_logs",
        update={"properties": {"b": "2"}},
        replace={"namespaceId": "other"},
        replaces=["namespaceId"],
        before=False,
    ),
    "gcp:biglake/icebergTable:IcebergTable": Case(
        {"catalog": "lake", "namespace": "drive_logs", "name": "speed", "schema": {"fields": [COLUMN]}},
        "projects/test-project/catalogs/lake/namespaces/drive_logs/tables/speed",
        {"location": "gs://curated/made/up"},
        f"{LAKE}/drive_logs/tables/speed",
        update={"schema": {"fields": [COLUMN, ADDED]}},
        replace={"name": "other"},
        replaces=["name"],
        before=False,
    ),
    "gcp:bigquery/dataset:Dataset": Case(
        {"datasetId": "drive_logs", "labels": {"team": "fleet"}},
        "projects/test-project/datasets/drive_logs",
        {"etag": "d1", "creationTime": 1_700_000_000_000, "location": "US", "effectiveLabels": LABELS},
        "/bigquery/v2/projects/test-project/datasets/drive_logs",
        update={"description": "x"},
        replace={"location": "EU"},
        replaces=["location"],
    ),
    "gcp:bigquery/table:Table": Case(
        {
            "datasetId": "d",
            "tableId": "t",
            "deletionProtection": False,
            "view": {"query": "SELECT 1", "useLegacySql": False},
        },
        "projects/test-project/datasets/d/tables/t",
        {"type": "VIEW", "numRows": 0, "creationTime": 1_700_000_000_000},
        "/bigquery/v2/projects/test-project/datasets/d/tables/t",
        update={"view": {"query": "SELECT 2", "useLegacySql": False}},
        replace={"clusterings": ["x"]},
        replaces=["clusterings"],
    ),
    "gcp:dataproc/autoscalingPolicy:AutoscalingPolicy": Case(
        {"policyId": "policy", "location": "us-central1", "workerConfig": {"maxInstances": 3}},
        f"{PLACE}/autoscalingPolicies/policy",
        {"name": "projects/test-project/regions/us-central1/autoscalingPolicies/policy"},
        "/v1/projects/test-project/regions/us-central1/autoscalingPolicies/policy",
        update={"workerConfig": {"maxInstances": 5}},
        replace={"policyId": "other"},
        replaces=["policyId"],
        before=False,
    ),
    "gcp:dataproc/workflowTemplate:WorkflowTemplate": Case(
        {"name": "mine", "location": "us-central1", "jobs": [JOB], "placement": {"managedCluster": MANAGED}},
        f"{PLACE}/workflowTemplates/mine",
        {"version": 1, "name": "mine"},
        "/v1/projects/test-project/regions/us-central1/workflowTemplates/mine",
        update={"jobs": [JOB, {**JOB, "stepId": "publish", "prerequisiteStepIds": ["mine"]}]},
        replace={"location": "us-east1"},
        replaces=["location"],
        before=False,
    ),
    "gcp:container/cluster:Cluster": Case(
        {"name": "serving", "deletionProtection": False, "removeDefaultNodePool": True, "initialNodeCount": 1},
        f"{PLACE}/clusters/serving",
        {"endpoint": "127.30.0.1", "masterVersion": "1.33.1", "location": "us-central1"},
        f"/v1/{PLACE}/clusters/serving",
        update={"minMasterVersion": "1.34"},
        replace={"network": "other"},
        replaces=["network"],
    ),
    "gcp:container/nodePool:NodePool": Case(
        {"cluster": f"{PLACE}/clusters/serving", "name": "spot", "nodeCount": 1, "nodeConfig": {"spot": True}},
        f"{PLACE}/clusters/serving/nodePools/spot",
        {"version": "1.33.1", "location": "us-central1", "nodeCount": 1},
        f"/v1/{PLACE}/clusters/serving/nodePools/spot",
        update={"nodeCount": 2},
        replace={"nodeConfig": {"spot": False}},
        replaces=["nodeConfig"],
    ),
    "gcp:kms/keyRing:KeyRing": Case(
        {"name": "ring", "location": "us-central1"},
        f"{PLACE}/keyRings/ring",
        {"name": "ring", "project": "test-project"},
        replace={"location": "us"},
        replaces=["location"],
        before=False,
    ),
    "gcp:kms/cryptoKey:CryptoKey": Case(
        {"name": "key", "keyRing": f"{PLACE}/keyRings/ring"},
        f"{PLACE}/keyRings/ring/cryptoKeys/key",
        {"purpose": "ENCRYPT_DECRYPT"},
        update={"rotationPeriod": "7776000s"},
        replace={"purpose": "ASYMMETRIC_SIGN"},
        replaces=["purpose"],
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": Case(
        {"cryptoKeyId": "k", **MEMBER},
        "k/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
        replace={"cryptoKeyId": "l"},
        replaces=["cryptoKeyId"],
        before=False,
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": Case(
        {"serviceAccountId": "a", **MEMBER},
        "a/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:bigquery/datasetIamMember:DatasetIamMember": Case(
        {"datasetId": "d", **MEMBER},
        "projects/test-project/datasets/d/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:projects/iAMMember:IAMMember": Case(
        {"project": "p", **MEMBER}, "p/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com"
    ),
    "gcp:projects/service:Service": Case(
        {"service": "dataflow.googleapis.com"},
        "test-project/dataflow.googleapis.com",
        update={"disableOnDestroy": False},
        replace={"service": "storage.googleapis.com"},
        replaces=["service"],
        before=False,
    ),
    "gcp:billing/budget:Budget": Case(
        {"billingAccount": "0-0-0", "amount": {"lastPeriodAmount": True}},
        "billingAccounts/0-0-0/budgets/",
        update={"displayName": "x"},
        replace={"billingAccount": "1-1-1"},
        replaces=["billingAccount"],
        before=False,
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": Case(
        {"combiner": "OR", "displayName": "x", "conditions": [{"displayName": "c"}]},
        "projects/test-project/alertPolicies/",
        {"enabled": True},
        update={"displayName": "y"},
    ),
    "gcp:artifactregistry/repository:Repository": Case(
        {"repositoryId": "images", "format": "DOCKER"},
        f"{PLACE}/repositories/images",
        {"name": "images", "registryUri": "us-central1-docker.pkg.dev/test-project/images", "location": "us-central1"},
        update={"description": "x"},
        replace={"format": "PYTHON"},
        replaces=["format"],
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": Case(
        {"repository": "images", **MEMBER},
        f"{PLACE}/repositories/images/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com",
    ),
    "gcp:compute/network:Network": Case(
        {"name": "net"},
        "projects/test-project/global/networks/net",
        {"selfLink": "https://www.googleapis.com/compute/v1/projects/test-project/global/networks/net"},
        update={"routingMode": "GLOBAL"},
        replace={"autoCreateSubnetworks": False},
        replaces=["autoCreateSubnetworks"],
    ),
    "gcp:compute/subnetwork:Subnetwork": Case(
        {"name": "sub", "network": "net", "ipCidrRange": "10.0.0.0/20"},
        "projects/test-project/regions/us-central1/subnetworks/sub",
        {"region": "us-central1", "stackType": "IPV4_ONLY"},
        update={"privateIpGoogleAccess": True},
        replace={"network": "other"},
        replaces=["network"],
    ),
}


@pytest.fixture(autouse=True)
def surroundings(google: FakeGoogle) -> None:
    """What must be there before some of the types can be made."""
    google.resources["/storage/v1/b/granted/iam"] = {"etag": "e0", "bindings": []}


def test_each_declared_type_has_a_case() -> None:
    assert CASES.keys() == declared().keys()


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    case = CASES[token]
    preview = gcp.preview(token, "subject", case.inputs)
    assert case.inputs.items() <= preview.items()

    state = gcp.create(token, "subject", case.inputs)
    assert state.id == case.id or (case.id.endswith("/") and state.id.startswith(case.id))
    assert state.outputs is not None
    assert {key: state.outputs.get(key) for key in case.outputs} == case.outputs
    assert not case.stored or case.stored in google.resources
    assert gcp.diff(state, case.inputs).changes == NONE

    if case.update is not None:
        wanted = {**case.inputs, **case.update}
        answer = gcp.diff(state, wanted)
        assert (answer.changes, list(answer.replaces), set(answer.diffs)) == (SOME, [], set(case.update))
        assert gcp.update(state, wanted, preview=True).outputs is not None
        state = gcp.update(state, wanted)
        assert state.outputs is not None
        assert case.update.items() <= state.outputs.items()
        assert gcp.diff(state, wanted).changes == NONE

    if case.replace is not None:
        answer = gcp.diff(state, {**state.inputs, **case.replace})
        assert list(answer.replaces) == case.replaces
        assert answer.deleteBeforeReplace == case.before

    found = gcp.read(state)
    assert found.id == state.id
    assert decode(found.inputs) == state.inputs
    gcp.delete(state)
    assert not case.stored or case.stored not in google.resources
    gcp.delete(state)
    if case.stored:
        assert gcp.read(state).id == ""


def test_undeclared_type_is_a_record(gcp: Engine) -> None:
    token = "gcp:secretmanager/regionalSecret:RegionalSecret"
    state = gcp.create(token, "s", {"secretId": "s", "location": "us"})
    assert state.id.startswith("regionalsecret/s-")
    topic = gcp.create("gcp:pubsub/topic:Topic", "Files", {"labels": {"team": "fleet"}})
    assert topic.outputs is not None
    assert topic.id == f"projects/test-project/topics/{topic.outputs['name']}"
    assert topic.outputs["effectiveLabels"] == LABELS
    grant = gcp.create("gcp:pubsub/topicIAMMember:TopicIAMMember", "grant", {"topic": "t", **MEMBER})
    assert grant.id == "test-project/t/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com"
    assert list(gcp.diff(grant, {"topic": "t", **MEMBER, "role": "roles/viewer"}).replaces) == ["role"]


def test_bucket_body_is_what_the_json_api_wants(gcp: Engine, google: FakeGoogle) -> None:
    rule = {
        "action": {"type": "SetStorageClass", "storageClass": "NEARLINE"},
        "condition": {"age": 30, "matchesPrefixes": ["raw/"], "withState": "LIVE"},
    }
    inputs = {
        "name": "curated",
        "location": "us-central1",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "lifecycleRules": [rule],
        "encryption": {"defaultKmsKeyName": "key"},
        "retentionPolicy": {"retentionPeriod": "3600"},
    }
    gcp.create("gcp:storage/bucket:Bucket", "curated", inputs)
    request = google.calls("POST", "/storage/v1/b")[0]
    assert request.query == {"project": "test-project"}
    assert request.body == {
        "name": "curated",
        "location": "us-central1",
        "labels": {"goog-pulumi-provisioned": "true"},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
        "lifecycle": {
            "rule": [
                {
                    "action": {"type": "SetStorageClass", "storageClass": "NEARLINE"},
                    "condition": {"age": 30, "matchesPrefix": ["raw/"], "isLive": True},
                }
            ]
        },
        "encryption": {"defaultKmsKeyName": "key"},
        "retentionPolicy": {"retentionPeriod": "3600"},
    }


def test_bucket_with_objects_is_deleted_only_by_force(gcp: Engine, google: FakeGoogle) -> None:
    token, inputs = "gcp:storage/bucket:Bucket", {"name": "raw", "location": "US"}
    state = gcp.create(token, "raw", inputs)
    for name in ("a", "b/c"):
        gcp.create("gcp:storage/bucketObject:BucketObject", name, {"bucket": "raw", "name": name, "content": name})
    with pytest.raises(Exception, match=r"bucket 'raw' still has objects in it: .* set forceDestroy"):
        gcp.delete(state)
    gcp.delete(gcp.update(state, {**inputs, "forceDestroy": True}))
    assert [path for path in google.resources if "/b/raw" in path] == []


def test_grants_survive_concurrent_changes(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"
    google.conflicts = 3
    first = gcp.create(token, "first", {"bucket": "granted", **MEMBER})
    condition = {"title": "office", "expression": "true"}
    second = gcp.create(token, "second", {"bucket": "granted", **MEMBER, "condition": condition})
    policy = google.resources["/storage/v1/b/granted/iam"]
    assert policy["version"] == 3
    assert [(item["members"], item.get("condition")) for item in policy["bindings"]] == [
        ([MEMBER["member"]], None),
        ([MEMBER["member"]], condition),
    ]
    gcp.delete(first)
    bindings = google.resources["/storage/v1/b/granted/iam"]["bindings"]
    assert [item.get("condition") for item in bindings] == [condition]
    assert second.id.endswith("/office")


def test_object_content_is_compared_by_hash(gcp: Engine, google: FakeGoogle, tmp_path: Any) -> None:
    token, path = "gcp:storage/bucketObject:BucketObject", tmp_path / "main.py"
    path.write_text("one")
    inputs = {"bucket": "landing", "name": "main.py", "source": Asset((("path", str(path)),))}
    state = gcp.create(token, "main", inputs)
    copy = tmp_path / "copy.py"
    copy.write_text("one")
    assert gcp.diff(state, {**inputs, "source": Asset((("path", str(copy)),))}).changes == NONE
    path.write_text("two")
    answer = gcp.diff(state, inputs)
    assert (answer.changes, list(answer.diffs), list(answer.replaces)) == (SOME, ["source"], [])
    changed = gcp.update(state, inputs)
    assert changed.outputs is not None
    assert changed.outputs["generation"] == 2
    assert gcp.diff(changed, inputs).changes == NONE


def test_cluster_without_default_pool(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "serving", "removeDefaultNodePool": True, "resourceLabels": {"team": "fleet"}}
    state = gcp.create("gcp:container/cluster:Cluster", "serving", inputs)
    body = google.calls("POST", "/clusters")[0].body["cluster"]
    assert body == {"name": "serving", "initialNodeCount": 1, "resourceLabels": LABELS}
    assert len(google.calls("DELETE", "/nodePools/default-pool")) == 1
    assert state.outputs is not None
    assert state.outputs["masterAuth"]["clusterCaCertificate"] == "Q0E="
    with pytest.raises(Exception, match="is protected from deletion: set deletionProtection to false"):
        gcp.delete(state)


def test_a_cluster_whose_creation_failed_is_finished_by_the_next_update(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "serving", "removeDefaultNodePool": True}
    google.operation_error = "no quota"
    with pytest.raises(grpc.RpcError, match="no quota") as caught:
        gcp.create("gcp:container/cluster:Cluster", "serving", inputs)
    state = failed_state(gcp, caught.value, "gcp:container/cluster:Cluster", "serving", inputs)
    pool = f"/v1/{PLACE}/clusters/serving/nodePools/default-pool"
    assert pool in google.resources
    google.operation_error = ""
    made = gcp.update(state, inputs)
    assert pool not in google.resources
    # A pool of that name that was made since is not the provider's.
    google.resources[pool] = {"name": "default-pool"}
    gcp.update(made, {**inputs, "resourceLabels": {"team": "fleet"}})
    assert pool in google.resources


def failed_state(gcp: Engine, error: grpc.RpcError, token: str, name: str, inputs: dict[str, Any]) -> State:
    """What an engine keeps of a resource that was made but is not ready."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return State(token, name, gcp.checked(token, name, inputs), detail.id, decode(detail.properties))


def test_template_body_has_the_names_of_the_rest_api(gcp: Engine, google: FakeGoogle) -> None:
    case = CASES["gcp:dataproc/workflowTemplate:WorkflowTemplate"]
    config = {
        "stagingBucket": "b",
        "gceClusterConfig": {"zone": "z", "subnetwork": "s", "metadata": {"zone": "kept"}},
        "masterConfig": {"machineType": "n2-standard-4", "numInstances": 1},
        "autoscalingConfig": {"policy": "p"},
        "softwareConfig": {"properties": {"spark:zone": "kept"}},
    }
    placement = {"managedCluster": {"clusterName": "c", "config": config, "labels": {"zone": "kept"}}}
    gcp.create("gcp:dataproc/workflowTemplate:WorkflowTemplate", "mine", {**case.inputs, "placement": placement})
    body = google.calls("POST", "/workflowTemplates")[0].body
    assert body["id"] == "mine"
    assert body["jobs"] == [JOB]
    assert body["placement"]["managedCluster"] == {
        "clusterName": "c",
        "labels": {"zone": "kept"},
        "config": {
            "configBucket": "b",
            "gceClusterConfig": {"zoneUri": "z", "subnetworkUri": "s", "metadata": {"zone": "kept"}},
            "masterConfig": {"machineTypeUri": "n2-standard-4", "numInstances": 1},
            "autoscalingConfig": {"policyUri": "p"},
            "softwareConfig": {"properties": {"spark:zone": "kept"}},
        },
    }


def test_table_takes_new_columns_and_refuses_the_rest(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:biglake/icebergTable:IcebergTable"
    case = CASES[token]
    state = gcp.update(gcp.create(token, "speed", case.inputs), {**case.inputs, **(case.update or {})})
    commit = google.calls("POST", "/tables/speed")[0].body
    assert [item["type"] for item in commit["requirements"]] == ["assert-table-uuid", "assert-current-schema-id"]
    assert commit["updates"] == [
        {
            "action": "add-schema",
            "schema": {"type": "struct", "schema-id": 1, "fields": [COLUMN, ADDED]},
            "last-column-id": 2,
        },
        {"action": "set-current-schema", "schema-id": -1},
    ]
    bad: list[tuple[Any, dict[str, str]]] = [
        ([COLUMN], {"schema.fields": "column 'speed_mps' (id 2) is missing: columns can be added, not removed"}),
        (
            [COLUMN, {**ADDED, "type": "string"}],
            {"schema.fields[1].type": "column 'speed_mps' cannot change from double to string"},
        ),
        (
            [COLUMN, ADDED, {"id": 3, "name": "x", "required": True, "type": "int"}],
            {"schema.fields[2].required": "new column 'x' must not be required: old rows have no value for it"},
        ),
        (
            [{**COLUMN, "name": "drive"}, ADDED],
            {"schema.fields[0].name": "column 'drive_id' cannot become 'drive': add a column with a new id instead"},
        ),
    ]
    for fields, expected in bad:
        news = {**case.inputs, "schema": {"fields": fields}}
        assert gcp.check(token, "speed", news, state.inputs)[1] == expected


def test_a_table_is_not_moved(gcp: Engine, google: FakeGoogle) -> None:
    """A replacement would leave an empty table."""
    token = "gcp:biglake/icebergTable:IcebergTable"
    placed = {**CASES[token].inputs, "location": "gs://curated/one"}
    state = gcp.create(token, "speed", placed)
    refused = {"location": "cannot change on an existing table; make a table of another name"}
    assert gcp.check(token, "speed", {**placed, "location": "gs://curated/two"}, state.inputs)[1] == refused
    assert gcp.check(token, "speed", {**placed, "name": "new", "location": "gs://curated/two"}, state.inputs)[1] == {}
    unsaid = gcp.update(state, CASES[token].inputs)
    assert unsaid.outputs is not None
    assert unsaid.outputs["location"] == "gs://curated/one"


def test_a_patch_says_nothing_of_what_the_service_filled_in(gcp: Engine, google: FakeGoogle) -> None:
    dataset = {"datasetId": "drive_logs", "friendlyName": "logs"}
    state = gcp.create("gcp:bigquery/dataset:Dataset", "logs", dataset)
    assert state.outputs is not None
    assert state.outputs["location"] == "US"
    gcp.update(state, {"datasetId": "drive_logs", "description": "x"})
    assert google.calls("PATCH", "/datasets/drive_logs")[0].body == {"description": "x", "friendlyName": None}
    table = {"datasetId": "drive_logs", "tableId": "t", "deletionProtection": False}
    state = gcp.create("gcp:bigquery/table:Table", "t", table)
    assert state.outputs is not None
    state.outputs["schema"] = '[{"name": "drive_id", "type": "STRING"}]'  # as written by a job since
    gcp.update(state, {**table, "description": "x"})
    assert google.calls("PATCH", "/tables/t")[0].body == {"description": "x"}


def test_a_grant_that_others_overtake_ends_with_its_engine(gcp: Engine, google: FakeGoogle) -> None:
    google.conflicts = 1000
    token = "gcp:storage/bucketIAMMember:BucketIAMMember"
    wanted = State(token, "grant", gcp.checked(token, "grant", {"bucket": "granted", **MEMBER}))
    call = gcp.begin_create(wanted)
    google.wait_for("PUT", "/b/granted/iam", 6)  # by now the pauses are long
    gcp.interrupt(call)
    assert len(google.calls("PUT", "/b/granted/iam")) < 10


def test_the_storage_agent_is_the_one_that_the_service_names(gcp: Engine, google: FakeGoogle) -> None:
    token = "gcp:storage/getProjectServiceAccount:getProjectServiceAccount"
    with pytest.raises(grpc.RpcError, match="was not found"):
        gcp.invoke(token)
    google.resources["/storage/v1/projects/test-project/serviceAccount"] = {"email_address": "agent@google"}
    agent, _ = gcp.invoke(token)
    assert (agent["emailAddress"], agent["member"]) == ("agent@google", "serviceAccount:agent@google")


def test_import_reads_the_inputs(gcp: Engine, google: FakeGoogle) -> None:
    state = gcp.create("gcp:storage/bucket:Bucket", "x", {"name": "landing-zone", "location": "us-central1"})
    found = gcp.read(state, imported=True)
    assert found.id == "landing-zone"
    assert decode(found.inputs)["location"] == "US-CENTRAL1"
    table = CASES["gcp:biglake/icebergTable:IcebergTable"]
    made = gcp.create("gcp:biglake/icebergTable:IcebergTable", "speed", table.inputs)
    inputs = decode(gcp.read(made, imported=True).inputs)
    assert inputs["schema"]["fields"] == [COLUMN]
    assert (inputs["catalog"], inputs["namespace"], inputs["name"]) == ("lake", "drive_logs", "speed")
