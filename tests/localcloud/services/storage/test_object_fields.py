"""What an object's metadata may say, and the retention of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.object_fields import check_retention_change, checked
from tests.localcloud.services.storage.clients import Http


def test_cleared_type_becomes_the_default(bucket: storage.Bucket, http: Http) -> None:
    bucket.blob("typed").upload_from_string(b"x", content_type="text/x")
    path = f"/storage/v1/b/{bucket.name}/o/typed"
    for method in ("PATCH", "PUT"):
        cleared = http(method, path, json={"contentType": None, "storageClass": None})
        assert (cleared.json()["contentType"], cleared.json()["storageClass"]) == (
            "application/octet-stream",
            "STANDARD",
        )
        assert http("GET", path + "?alt=media").content == b"x"


def test_metadata_values_become_texts(bucket: storage.Bucket, http: Http) -> None:
    bucket.blob("noted").upload_from_string(b"x")
    path = f"/storage/v1/b/{bucket.name}/o/noted"
    noted = http("PATCH", path, json={"metadata": {"number": 1, "flag": True}})
    assert noted.json()["metadata"] == {"number": "1", "flag": "true"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x", "generation": "x"}]}),
        ("POST", "/o/joined/compose", {"sourceObjects": ["x"]}),
        ("POST", "/o/joined/compose", {"sourceObjects": 1}),
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x", "generation": str(2**64)}]}),
        ("POST", "/o/joined/compose", {"sourceObjects": [{"name": "x"}], "destination": []}),
        ("PATCH", "/o/x", {"metadata": ["x"]}),
        ("PATCH", "/o/x", {"metadata": {"k": {}}}),
        ("PATCH", "/o/x", {"contentType": 1}),
        ("PATCH", "/o/x", {"temporaryHold": "yes"}),
        ("PATCH", "/o/x", {"retention": {"mode": "Locked", "retainUntilTime": "soon"}}),
        ("PATCH", "/o/x", [1]),
        ("PATCH", "", {"labels": [1]}),
        ("PATCH", "", {"lifecycle": {"rule": ["x"]}}),
        ("PATCH", "", {"iamConfiguration": {"uniformBucketLevelAccess": 1}}),
        ("PUT", "/iam", {"bindings": 1}),
        ("PUT", "/iam", {"bindings": [{"role": "roles/storage.admin", "members": [{"a:b": 1}]}]}),
    ],
)
def test_malformed_input_is_refused(
    bucket: storage.Bucket, http: Http, method: str, path: str, body: dict[str, object]
) -> None:
    bucket.blob("x").upload_from_string(b"x")
    refused = http(method, f"/storage/v1/b/{bucket.name}{path}", json=body)
    assert refused.status_code == 400, refused.text
    assert http("GET", f"/{bucket.name}/x").content == b"x"


def test_retained_object_is_kept(bucket: storage.Bucket, http: Http) -> None:
    blob = bucket.blob("retained")
    blob.upload_from_string(b"x")
    path = f"/storage/v1/b/{bucket.name}/o/retained"
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    retention = {"mode": "Unlocked", "retainUntilTime": until}
    assert http("PATCH", path, json={"retention": retention}).json()["retention"] == retention
    with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
        blob.delete()
    with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
        blob.upload_from_string(b"y")
    assert http("PATCH", path, json={"retention": None}).status_code == 403
    assert http("PATCH", path + "?overrideUnlockedRetention=true", json={"retention": None}).status_code == 200
    blob.delete()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"md5Hash": 1}, "Invalid value for md5Hash: 1: it must be text"),
        ({"eventBasedHold": "no"}, "Invalid value for eventBasedHold: 'no': it must be true or false"),
        ({"customTime": "2024-01-01T00:00:00"}, "it must be a time with its zone"),
        ({"retention": {"mode": "Forever"}}, "it must be Locked or Unlocked"),
    ],
)
def test_refusals_name_the_field(fields: dict[str, object], message: str) -> None:
    with pytest.raises(GoogleError, match=message) as refused:
        checked(fields)
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("mode", "until", "override", "allowed"),
    [
        ("Unlocked", -1, False, False),
        ("Unlocked", -1, True, True),
        ("Unlocked", 1, False, True),
        ("Locked", -1, True, False),
        ("Locked", 1, False, True),
    ],
)
def test_a_retention_that_holds_is_not_made_weaker(mode: str, until: int, override: bool, allowed: bool) -> None:
    """`until` is in hours from the end before. Source: https://cloud.google.com/storage/docs/object-lock"""
    end = datetime.now(UTC) + timedelta(hours=2)
    before, after = (
        {"bucket": "b", "name": "x", "retention": {"mode": mode, "retainUntilTime": time.isoformat()}}
        for time in (end, end + timedelta(hours=until))
    )
    if allowed:
        check_retention_change(before, after, override)
    else:
        with pytest.raises(GoogleError, match="The retention of object 'b/x' can't be weakened"):
            check_retention_change(before, after, override)
