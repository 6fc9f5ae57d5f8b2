"""Wrong inputs by their exact path and reason, over the protocol."""

from __future__ import annotations

from typing import Any

from localcloud.wire.typed import UNKNOWN, Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.refusals import Refusal, each

BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
TABLE = "gcp:biglake/icebergTable:IcebergTable"
RULE = {"action": {"type": "Delete"}, "condition": {"age": 3}}
BAD: list[Refusal] = [
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
    (OBJECT, {"bucket": "b", "source": "file.txt"}, {"source": 'expected an asset or archive, got string "file.txt"'}),
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
]


@each(BAD)
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
