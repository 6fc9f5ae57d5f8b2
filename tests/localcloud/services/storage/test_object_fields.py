"""What an object's metadata may say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.common import GoogleError
from localcloud.services.storage.object_fields import check_custom_time, checked
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


def test_hashes_and_keys_of_the_stores_own_making_are_not_taken() -> None:
    assert checked({"componentCount": 4, "customerEncryption": {"keySha256": "x"}, "contentType": "a/b"}) == {
        "contentType": "a/b"
    }


@pytest.mark.parametrize("after", [None, "2023-12-31T23:59:59Z"])
def test_a_custom_time_does_not_go_back(after: str | None) -> None:
    before = {"customTime": "2024-01-01T00:00:00Z"}
    with pytest.raises(GoogleError, match="can't be removed or set back") as refused:
        check_custom_time(before, {"customTime": after})
    assert refused.value.code == 400
    for fine in ("2024-01-01T01:00:00+01:00", "2025-01-01T00:00:00Z"):
        check_custom_time(before, {"customTime": fine})
    check_custom_time({}, {})


def test_a_custom_time_goes_on_by_the_client(item: storage.Blob) -> None:
    item.custom_time = datetime(2020, 1, 1, tzinfo=UTC)
    item.patch()
    item.custom_time = datetime(2019, 1, 1, tzinfo=UTC)
    with pytest.raises(exceptions.BadRequest, match="set back"):
        item.patch()
    item.reload()
    assert item.custom_time == datetime(2020, 1, 1, tzinfo=UTC)
