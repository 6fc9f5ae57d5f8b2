"""Buckets: their life, what the JSON API is sent, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.resources import storage
from localcloud.wire.typed import decode
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    LABELS,
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

BUCKET = "gcp:storage/bucket:Bucket"
RULE = {"action": {"type": "Delete"}, "condition": {"age": 3}}
BAD: list[Refusal] = [
    (
        BUCKET,
        {"name": "landing", "location": "US", "storageClass": "STANDART"},
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
    (
        BUCKET,
        {"name": "landing", "location": ""},
        {"location": 'expected a location such as "us-central1", got string ""'},
    ),
    (
        BUCKET,
        {"name": "landing", "location": "US", "lifecycleRules": [{**RULE, "action": {"type": "delete"}}]},
        {
            "lifecycleRules[0].action.type": 'expected one of "Delete", "SetStorageClass", '
            '"AbortIncompleteMultipartUpload", got string "delete"; did you mean "Delete"?'
        },
    ),
]


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
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(storage)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


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


def test_retention_of_single_objects_is_asked_for_by_a_parameter(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "curated", "location": "us-central1", "enableObjectRetention": True}
    gcp.create("gcp:storage/bucket:Bucket", "curated", inputs)
    request = google.calls("POST", "/storage/v1/b")[0]
    assert request.query == {"project": "test-project", "enableObjectRetention": "true"}
    assert "enableObjectRetention" not in request.body


def test_bucket_with_objects_is_deleted_only_by_force(gcp: Engine, google: FakeGoogle) -> None:
    token, inputs = "gcp:storage/bucket:Bucket", {"name": "raw", "location": "US"}
    state = gcp.create(token, "raw", inputs)
    for name in ("a", "b/c"):
        gcp.create("gcp:storage/bucketObject:BucketObject", name, {"bucket": "raw", "name": name, "content": name})
    with pytest.raises(Exception, match=r"bucket 'raw' still has objects in it: .* set forceDestroy"):
        gcp.delete(state)
    gcp.delete(gcp.update(state, {**inputs, "forceDestroy": True}))
    assert [path for path in google.resources if "/b/raw" in path] == []


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected


def test_import_reads_the_inputs(gcp: Engine, google: FakeGoogle) -> None:
    state = gcp.create(BUCKET, "x", {"name": "landing-zone", "location": "us-central1"})
    found = gcp.read(state, imported=True)
    assert found.id == "landing-zone"
    assert decode(found.inputs)["location"] == "US-CENTRAL1"
