"""What is not offered is refused by name: the table of it, walked."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.services.storage import bucket_settings, object_fields, offered
from localcloud.services.storage.routes import ROUTES
from tests.localcloud.services.storage.clients import Http, names, path_of, texts

BUCKET_WIDE = ("predefinedAcl", "predefinedDefaultObjectAcl")
OF_OBJECTS = sorted(set(offered.REFUSED) - {"predefinedDefaultObjectAcl"})
KEPT_OF_BUCKETS = {"name"}
METHODS = {
    "/b/{b}/acl": "bucketAccessControls",
    "/b/{b}/acl/allUsers": "bucketAccessControls",
    "/b/{b}/defaultObjectAcl": "defaultObjectAccessControls",
    "/b/{b}/o/x/acl/allUsers": "objectAccessControls",
    "/b/{b}/o/x/iam": "objects.getIamPolicy",
    "/b/{b}/o/x/iam/testPermissions": "objects.getIamPolicy",
    "/b/{b}/o/x/viewFullContext": "objects.viewFullContext",
    "/b/{b}/o/bulkRestore": "objects.bulkRestore",
    "/b/{b}/o/watch": "objects.watchAll",
    "/b/{b}/anywhereCaches/c/pause": "anywhereCaches",
    "/b/{b}/rapidCaches": "rapidCaches",
    "/b/{b}/folders/f": "folders",
    "/b/{b}/managedFolders/f/iam": "managedFolders",
    "/b/{b}/operations/o/cancel": "operations",
    "/b/{b}/relocate": "buckets.relocate",
    "/b/{b}/restore": "buckets.restore",
    "/channels/stop": "channels.stop",
    "/projects/p/hmacKeys": "projects.hmacKeys",
    "/projects/p/hmacKeys/k": "projects.hmacKeys",
}


@pytest.mark.parametrize("path", METHODS)
def test_methods_are_refused_by_name(http: Http, bucket: storage.Bucket, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        refused = http(method, f"/storage/v1{path}".format(b=bucket.name), json={})
        assert refused.status_code == 400
        assert f"{METHODS[path]}" in refused.json()["error"]["message"]
        assert "is not offered by the local cloud: " in refused.json()["error"]["message"]


@pytest.mark.parametrize("name", OF_OBJECTS)
def test_parameters_are_refused_by_name(http: Http, item: storage.Blob, name: str) -> None:
    path = f"/storage/v1/b/{item.bucket.name}/o/item"
    for one in (path, f"/upload{path.removesuffix('/item')}"):
        refused = http(
            "POST" if "upload" in one else "GET", f"{one}?uploadType=media&name=x&{name}=publicRead", data=b"y"
        )
        assert (refused.status_code, f"{name} is not offered" in refused.text) == (400, True)
        assert http("GET", f"{path}?{name}=").status_code == 200


@pytest.mark.parametrize("name", [*BUCKET_WIDE, *offered.REFUSED_OF_BUCKETS])
def test_parameters_of_buckets_are_refused_by_name(http: Http, bucket: storage.Bucket, name: str) -> None:
    refused = http("GET", f"/storage/v1/b/{bucket.name}?{name}=1")
    assert (refused.status_code, f"{name} is not offered" in refused.text) == (400, True)


@pytest.mark.parametrize("name", offered.HARMLESS)
def test_what_is_harmless_changes_nothing(http: Http, item: storage.Blob, name: str) -> None:
    path = f"/storage/v1/b/{item.bucket.name}/o/item"
    assert http("GET", f"{path}?{name}=x").json() == http("GET", path).json()


def test_every_parameter_is_of_one_kind() -> None:
    kinds = [set(offered.HONOURED), set(offered.HARMLESS), set(offered.REFUSED)]
    assert sum(map(len, kinds)) == len(set.union(*kinds))


@pytest.mark.parametrize(("kind", "fields"), [(kind, one) for kind, one in offered.REFUSED_FIELDS.items() if one])
def test_fields_are_refused_by_name(http: Http, item: storage.Blob, kind: str, fields: dict[str, str]) -> None:
    bucket = f"/storage/v1/b/{item.bucket.name}"
    for name in fields:
        for method, path in (
            (("PATCH", ""), ("PUT", "")) if kind == "Bucket" else (("PATCH", "/o/item"), ("PUT", "/o/item"))
        ):
            refused = http(method, bucket + path, json={name: {"enabled": True}})
            assert (refused.status_code, f"{name} is not offered" in refused.text) == (400, True)
            assert http(method, bucket + path, json={name: None}).status_code == 200
    kept = bucket_settings.WRITABLE if kind == "Bucket" else object_fields.WRITABLE
    assert kept.isdisjoint(fields)


@pytest.mark.parametrize("name", offered.REFUSED_SUBRESOURCES)
def test_subresources_of_the_xml_api_are_refused_by_name(http: Http, item: storage.Blob, name: str) -> None:
    for path in (f"/{item.bucket.name}", f"/{item.bucket.name}/item"):
        refused = http("GET", f"{path}?{name}")
        assert (refused.status_code, f"{name} is not offered" in refused.text) == (400, True)
        assert b"<Code>InvalidArgument</Code>" in refused.content
    assert texts(http("GET", f"/{item.bucket.name}").content, "Key") == ["item"]


@pytest.mark.parametrize("name", offered.REFUSED_HEADERS)
def test_headers_are_refused_by_name(http: Http, bucket: storage.Bucket, name: str) -> None:
    refused = http("PUT", f"/{bucket.name}/x", headers={name: "public-read"}, data=b"x")
    assert (refused.status_code, f"{name} is not offered" in refused.text) == (400, True)


def test_where_access_is_uniform_googles_own_words_are_used(bucket: storage.Bucket) -> None:
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    blob = bucket.blob("x")
    with pytest.raises(exceptions.BadRequest, match="when uniform bucket-level access is enabled"):
        blob.upload_from_string(b"x", predefined_acl="publicRead")
    assert not blob.exists()
    with pytest.raises(exceptions.BadRequest, match="when uniform bucket-level access is enabled"):
        bucket.acl.reload()


def test_a_client_that_asks_for_a_public_object_is_told(bucket: storage.Bucket) -> None:
    blob = bucket.blob("x")
    with pytest.raises(exceptions.BadRequest, match="predefinedAcl is not offered by the local cloud: access control"):
        blob.upload_from_string(b"x", predefined_acl="publicRead")
    blob.upload_from_string(b"x")
    with pytest.raises(exceptions.BadRequest, match="grant roles in the bucket's IAM policy"):
        blob.make_public()


@pytest.mark.parametrize("acl", sorted(offered.PRIVATE_ACLS))
def test_a_list_that_lets_in_nobody_else_changes_nothing(http: Http, bucket: storage.Bucket, acl: str) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=x&predefinedAcl={acl}"
    assert http("POST", path, data=b"x").status_code == 200
    assert http("PUT", f"/{bucket.name}/y", headers={"x-goog-acl": acl}, data=b"x").status_code == 200
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    assert "when uniform bucket-level access is enabled" in http("POST", path, data=b"x").text


def test_a_hierarchy_is_refused_and_none_is_kept(http: Http, bucket: storage.Bucket) -> None:
    url = f"/storage/v1/b/{bucket.name}"
    refused = http("PATCH", url, json={"hierarchicalNamespace": {"enabled": True}})
    assert (refused.status_code, "hierarchicalNamespace is not offered" in refused.text) == (400, True)
    kept = http("PATCH", url, json={"hierarchicalNamespace": {"enabled": False}}).json()
    assert kept["hierarchicalNamespace"] == {"enabled": False}


def test_no_route_is_a_refused_one() -> None:
    for route in ROUTES:
        for path in route.paths:
            filled = path.replace("{bucket}", "b").replace("{object}", "o").replace("{project}", "p")
            assert not [one for one in offered.REFUSED_METHODS if offered.re.fullmatch(one, filled)], path


def test_what_nobody_knows_is_refused_wherever_it_stands(http: Http, item: storage.Blob) -> None:
    bucket = f"/storage/v1/b/{item.bucket.name}"
    source = {"sourceObjects": [{"name": "item"}]}
    new: dict[str, Any] = {"newFeature": {"enabled": True}}
    for method, path, body in (
        ("POST", "/storage/v1/b?project=p", {"name": "never-made"} | new),
        ("PATCH", bucket, new),
        ("PUT", bucket, new),
        ("PATCH", bucket, {"versioning": {"enabled": True} | new}),
        ("PATCH", bucket, {"encryption": {"googleManagedEncryptionEnforcementConfig": {}, **new}}),
        ("PATCH", bucket, {"softDeletePolicy": {"hardDeletePause": {"enabled": True}, **new}}),
        ("PATCH", f"{bucket}/o/item", new),
        ("PUT", f"{bucket}/o/item", new),
        ("POST", f"{bucket}/o/item/rewriteTo/b/{item.bucket.name}/o/x", new),
        ("POST", f"{bucket}/o/x/compose", source | new),
        ("POST", f"{bucket}/o/x/compose", source | {"destination": new}),
        ("POST", f"/upload{bucket}/o?uploadType=resumable&name=x", new),
        ("POST", f"{bucket}/notificationConfigs", {"topic": "t"} | new),
        ("GET", f"{bucket}/o?newFeature=1", {}),
    ):
        refused = http(method, path, json=body)
        assert refused.status_code == 400, (method, path)
        assert "is not offered by the local cloud" in refused.text
    assert names(item.bucket.list_blobs()) == ["item"]


def test_a_resource_that_was_answered_can_be_sent_back(http: Http, item: storage.Blob) -> None:
    for path in (f"/storage/v1/b/{item.bucket.name}", path_of(item)):
        before = http("GET", path).json()
        for method in ("PUT", "PATCH"):
            after = http(method, path, json=before)
            assert after.status_code == 200, after.text
            changing = ("etag", "metageneration", "updated")
            assert {key: value for key, value in after.json().items() if key not in changing} == {
                key: value for key, value in before.items() if key not in changing
            }
