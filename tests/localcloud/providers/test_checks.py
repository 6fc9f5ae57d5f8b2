"""What the providers refuse: every wrong input by its exact path and reason, over the real protocol."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.wire.typed import UNKNOWN, Asset, Secret, encode
from tests.localcloud.providers.engine import Engine

BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
TABLE = "gcp:biglake/icebergTable:IcebergTable"
RULE = {"action": {"type": "Delete"}, "condition": {"age": 3}}
TEXT = Asset({"text": "hello"})

BAD: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        BUCKET,
        {"location": "US", "lifecycleRules": [{"action": {"typ": "Delete"}, "condition": {}}]},
        {
            "lifecycleRules[0].action.typ": 'unknown property; did you mean "type"?',
            "lifecycleRules[0].action.type": "missing required property",
        },
    ),
    (
        BUCKET,
        {"location": "US", "uniformBucketLevelAccess": "yes"},
        {"uniformBucketLevelAccess": 'expected boolean, got string "yes"'},
    ),
    (BUCKET, {}, {"location": "missing required property"}),
    (
        BUCKET,
        {"location": "US", "storage_class": "STANDARD"},
        {"storage_class": 'unknown property; did you mean "storageClass"?'},
    ),
    (BUCKET, {"location": "US", "zzz": 1}, {"zzz": "unknown property"}),
    (BUCKET, {"location": ["US"]}, {"location": "expected string, got a list"}),
    (
        BUCKET,
        {"location": "US", "versioning": True},
        {"versioning": "expected an object (BucketVersioning), got boolean true"},
    ),
    (
        BUCKET,
        {"location": "US", "lifecycleRules": RULE},
        {"lifecycleRules": "expected a list of an object (BucketLifecycleRule), got an object"},
    ),
    (BUCKET, {"location": "US", "labels": {"team": 5}}, {"labels.team": "expected string, got number 5"}),
    (BUCKET, {"location": "US", "labels": ["a"]}, {"labels": "expected a map of string, got a list"}),
    (
        BUCKET,
        {"location": "US", "lifecycleRules": [RULE, {**RULE, "condition": {"age": 1.5}}]},
        {"lifecycleRules[1].condition.age": "expected integer, got number 1.5"},
    ),
    (BUCKET, {"location": Secret(3)}, {"location": "expected string, got number 3"}),
    (
        BUCKET,
        {"location": "US", "storageClass": "STANDART"},
        {
            "storageClass": 'expected one of "STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", '
            '"REGIONAL", got string "STANDART"; did you mean "STANDARD"?'
        },
    ),
    (
        BUCKET,
        {"location": "US", "name": "Landing_"},
        {
            "name": "expected 3 to 63 lowercase letters, digits, '-', '_' or '.', a letter or digit at both ends, "
            "no 'goog' in front, got string \"Landing_\""
        },
    ),
    (BUCKET, {"location": ""}, {"location": 'expected a location such as "us-central1", got string ""'}),
    (
        BUCKET,
        {"location": "US", "lifecycleRules": [{**RULE, "action": {"type": "delete"}}]},
        {
            "lifecycleRules[0].action.type": 'expected one of "Delete", "SetStorageClass", '
            '"AbortIncompleteMultipartUpload", got string "delete"; did you mean "Delete"?'
        },
    ),
    (
        BUCKET,
        {"location": "US", "labels": {"Team": "x", "owner": "A B"}},
        {
            "labels.Team": "a label's key has 1 to 63 lowercase letters, digits, '-' or '_', a letter first",
            "labels.owner": "a label's value has at most 63 lowercase letters, digits, '-' or '_', got string \"A B\"",
        },
    ),
    (OBJECT, {"bucket": "b", "source": "file.txt"}, {"source": 'expected an asset or archive, got string "file.txt"'}),
    (
        "gcp:bigquery/table:Table",
        {"datasetId": "d", "tableId": "t", "schema": "drive_id STRING"},
        {"schema": "expected a JSON list of columns: Expecting value: line 1 column 1 (char 0)"},
    ),
    (OBJECT, {"bucket": "b"}, {"source": "give exactly one of source and content, got neither"}),
    (
        OBJECT,
        {"bucket": "b", "source": TEXT, "content": "x"},
        {"source": "give exactly one of source and content, got source and content"},
    ),
    (
        OBJECT,
        {"bucket": "b", "source": Asset({"path": "/nowhere/at-all"})},
        {"source": "there is no file or folder '/nowhere/at-all'"},
    ),
    (
        OBJECT,
        {"bucket": "b", "source": Asset({"uri": "https://example.com/x"})},
        {"source": "remote assets are not fetched (https://example.com/x); use a file, a folder or a text"},
    ),
    (
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        {"bucket": "b", "member": "someone@example.com", "role": "storage.admin"},
        {
            "member": 'expected a member such as "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com", '
            'got string "someone@example.com"',
            "role": 'expected a role such as "roles/storage.objectViewer", got string "storage.admin"',
        },
    ),
    (
        "gcp:container/nodePool:NodePool",
        {"cluster": "c", "nodeConfig": {"machineType": "N2 Standard"}},
        {"nodeConfig.machineType": 'expected a machine type such as "n2-standard-4", got string "N2 Standard"'},
    ),
    (
        TABLE,
        {
            "catalog": "c",
            "namespace": "n",
            "schema": {"fields": [{"id": 1, "name": "x", "required": False, "type": "varchar"}]},
        },
        {
            "schema.fields[0].type": "expected a primitive type of Iceberg such as long, double, string "
            'or timestamptz, got string "varchar"'
        },
    ),
    (
        TABLE,
        {"catalog": "c", "namespace": "n", "schema": {"fields": [{"id": "1"}]}},
        {
            "schema.fields[0].id": 'expected integer, got string "1"',
            "schema.fields[0].name": "missing required property",
            "schema.fields[0].required": "missing required property",
            "schema.fields[0].type": "missing required property",
        },
    ),
    (
        "gcp:serviceaccount/account:Account",
        {"accountId": "x"},
        {
            "accountId": "expected 6 to 30 lowercase letters, digits or '-', with a letter in front "
            "and no '-' at the end, "
            'got string "x"',
        },
    ),
]


ANYWHERE = [
    ("gcp:container/cluster:Cluster", {"name": "c"}, "location", "region"),
    ("gcp:container/nodePool:NodePool", {"name": "p", "cluster": "c"}, "location", "region"),
    ("gcp:artifactregistry/repository:Repository", {"repositoryId": "r", "format": "DOCKER"}, "location", "region"),
    ("gcp:compute/subnetwork:Subnetwork", {"name": "s", "network": "n"}, "region", "region"),
]


@pytest.mark.parametrize(("token", "inputs", "key", "setting"), ANYWHERE)
def test_what_is_nowhere_is_refused(gcp: Engine, token: str, inputs: dict[str, Any], key: str, setting: str) -> None:
    gcp.configure(project="test-project")
    failures = gcp.check(token, "subject", inputs)[1]
    assert list(failures) == [key]
    assert failures[key].startswith(f"missing: set it here, or gcp:{setting} on the provider")
    assert gcp.check(token, "subject", {**inputs, key: "us-east1"})[1] == {}


def test_a_cluster_may_be_where_the_providers_zone_is(gcp: Engine) -> None:
    gcp.configure(project="test-project", zone="us-east1-b")
    assert gcp.checked("gcp:container/cluster:Cluster", "c", {"name": "c"})["location"] == "us-east1-b"


@pytest.mark.parametrize(
    ("token", "inputs", "expected"), BAD, ids=[f"{case[0].split(':')[-1]}-{'+'.join(case[2])}" for case in BAD]
)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    named = inputs if token != BUCKET or "name" in inputs else {**inputs, "name": "landing"}
    assert gcp.check(token, "subject", named)[1] == expected


def test_unknowns_and_secrets_pass_anywhere(gcp: Engine) -> None:
    inputs = {
        "location": UNKNOWN,
        "storageClass": Secret("COLDLINE"),
        "labels": {"team": UNKNOWN, "owner": Secret("fleet")},
        "lifecycleRules": [UNKNOWN, {"action": Secret({"type": "Delete"}), "condition": UNKNOWN}],
        "versioning": UNKNOWN,
    }
    checked, failures = gcp.check(BUCKET, "landing", inputs)
    assert failures == {}
    assert {key: checked[key] for key in inputs} == inputs


def test_type_that_the_sdk_lacks_is_an_error(gcp: Engine) -> None:
    with pytest.raises(
        Exception, match=r'has no type gcp:storage/bukket:Bukket; did you mean "gcp:storage/bucket:Bucket"\?'
    ):
        gcp.check("gcp:storage/bukket:Bukket", "x", {})


def test_settings_of_the_provider_are_checked(gcp: Engine) -> None:
    news = {"project": "p", "regoin": "us", "defaultLabels": '{"Team": "x"}', "version": "10.2.0", "__internal": {}}
    answer = gcp.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(news)))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("regoin", 'unknown setting of the provider; did you mean "region"?')
    ]
    del news["regoin"]
    answer = gcp.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(news)))
    assert [failure.property for failure in answer.failures] == ["defaultLabels.Team"]
    assert answer.inputs == encode(news)
