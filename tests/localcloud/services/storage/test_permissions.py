"""Who may do what: the bucket's policy by caller, with Google's status and words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.api_core import exceptions
from google.cloud import storage

from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http, client_of, grant

# What each role may do: get, list, create, overwrite, delete, read the bucket, change the bucket.
CASES = {
    "objectViewer": "get list",
    "objectCreator": "create",
    "objectUser": "get list create overwrite delete",
    "objectAdmin": "get list create overwrite delete",
    "admin": "get list create overwrite delete bucket update",
    "legacyBucketReader": "list bucket",
    "legacyBucketWriter": "list create overwrite delete bucket",
    "legacyObjectReader": "get",
}


@pytest.mark.parametrize("role", CASES)
def test_roles(local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable[[], str], role: str) -> None:
    email = new_account()
    grant(bucket, role, f"serviceAccount:{email}")
    bucket.blob("there").upload_from_string(b"x")
    bucket.blob("deleted").upload_from_string(b"x")
    mine = client_of(local_cloud, email).bucket(bucket.name)

    def labelled() -> None:
        mine.labels = {"a": "b"}
        mine.patch()

    attempts: dict[str, Callable[[], object]] = {
        "get": lambda: mine.blob("there").download_as_bytes(),
        "list": lambda: list(mine.list_blobs()),
        "create": lambda: mine.blob("created").upload_from_string(b"y"),
        "overwrite": lambda: mine.blob("there").upload_from_string(b"y"),
        "delete": lambda: mine.delete_blob("deleted"),
        "bucket": mine.reload,
        "update": labelled,
    }
    allowed = CASES[role].split()
    for name, attempt in attempts.items():
        if name in allowed:
            attempt()
        else:
            with pytest.raises(exceptions.Forbidden, match=rf"{email} does not have storage\."):
                attempt()


def test_refusals_are_in_googles_words(local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable) -> None:
    email = new_account()
    with pytest.raises(exceptions.Forbidden) as refusal:
        client_of(local_cloud, email).bucket(bucket.name).blob("x").download_as_bytes()
    expected = f"{email} does not have storage.objects.get access to the Google Cloud Storage object."
    assert expected in refusal.value.message
    with pytest.raises(
        exceptions.Forbidden, match=r"does not have storage\.buckets\.create access to the Google Cloud"
    ):
        client_of(local_cloud, email).create_bucket("not-theirs")


def test_anonymous_callers_need_a_public_grant(local_cloud: LocalCloud, bucket: storage.Bucket) -> None:
    bucket.blob("x").upload_from_string(b"x")
    nobody = Http(local_cloud.url("storage"), None)
    path = f"/storage/v1/b/{bucket.name}/o/x"
    refused = nobody("GET", path)
    assert refused.status_code == 401
    assert "Anonymous caller does not have storage.objects.get" in refused.json()["error"]["message"]
    grant(bucket, "objectViewer", "allUsers")
    assert nobody("GET", path).status_code == 200
    assert nobody("DELETE", path).status_code == 401
    bucket.iam_configuration.public_access_prevention = "enforced"
    bucket.patch()
    assert nobody("GET", path).status_code == 401


def test_bad_token_is_refused_even_where_the_public_may(local_cloud: LocalCloud, bucket: storage.Bucket) -> None:
    grant(bucket, "objectViewer", "allUsers")
    response = Http(local_cloud.url("storage"), "forged")("GET", f"/storage/v1/b/{bucket.name}/o")
    assert response.status_code == 401
    assert response.json()["error"]["message"].startswith("Invalid credentials")


def test_copy_needs_both_sides(
    local_cloud: LocalCloud, owner_client: storage.Client, bucket: storage.Bucket, new_account: Callable[[], str]
) -> None:
    email = new_account()
    target = owner_client.create_bucket("copy-target")
    bucket.blob("x").upload_from_string(b"x")
    theirs = client_of(local_cloud, email)

    def copy() -> storage.Blob:
        return theirs.bucket(bucket.name).copy_blob(theirs.bucket(bucket.name).blob("x"), theirs.bucket(target.name))

    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.get"):
        copy()
    grant(bucket, "objectViewer", f"serviceAccount:{email}")
    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.create"):
        copy()
    grant(target, "objectCreator", f"serviceAccount:{email}")
    assert copy().name == "x"
    with pytest.raises(exceptions.Forbidden, match=r"storage\.objects\.delete"):
        copy()


def conditional(bucket: storage.Bucket, role: str, email: str, expression: str) -> None:
    """Give a role under a condition, in a bucket with uniform access."""
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.version = 3
    member = {f"serviceAccount:{email}"}
    condition = {"title": "t", "expression": expression}
    policy.bindings.append({"role": f"roles/storage.{role}", "members": member, "condition": condition})
    bucket.set_iam_policy(policy)


def test_a_condition_limits_a_grant_to_a_folder(
    local_cloud: LocalCloud, bucket: storage.Bucket, new_account: Callable[[], str]
) -> None:
    email, folder = new_account(), f"projects/_/buckets/{bucket.name}/objects/team/"
    listed = 'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("team/")'
    conditional(bucket, "objectUser", email, f'resource.name.startsWith("{folder}") || {listed}')
    bucket.blob("other").upload_from_string(b"x")
    mine = client_of(local_cloud, email).bucket(bucket.name)
    mine.blob("team/a").upload_from_string(b"x")
    mine.blob("team/a").upload_from_string(bytes(2 << 20))
    resumable = mine.blob("team/b")
    resumable.chunk_size = 256 * 1024
    resumable.upload_from_string(bytes(300_000))
    assert [blob.name for blob in mine.list_blobs(prefix="team/")] == ["team/a", "team/b"]
    mine.copy_blob(mine.blob("team/a"), mine, "team/c")
    mine.blob("team/d").compose([mine.blob("team/a"), mine.blob("team/b")])
    mine.delete_blob("team/c")
    for refused in (
        lambda: mine.blob("a").upload_from_string(b"x"),
        lambda: mine.blob("a").upload_from_string(bytes(2 << 20)),
        lambda: mine.blob("other").download_as_bytes(),
        lambda: mine.delete_blob("other"),
        lambda: list(mine.list_blobs()),
        lambda: mine.copy_blob(mine.blob("team/a"), mine, "a"),
        lambda: mine.copy_blob(mine.blob("other"), mine, "team/other"),
        lambda: mine.blob("team/e").compose([mine.blob("team/a"), mine.blob("other")]),
    ):
        with pytest.raises(exceptions.Forbidden):
            refused()


def test_policies_with_conditions_say_their_version(bucket: storage.Bucket, new_account: Callable[[], str]) -> None:
    email = new_account()
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.version = 3
    condition = {"title": "t", "expression": "true"}
    policy.bindings.append({"role": "roles/storage.admin", "members": {f"user:{email}"}, "condition": condition})
    with pytest.raises(exceptions.PreconditionFailed, match="enable uniform bucket-level access"):
        bucket.set_iam_policy(policy)
    conditional(bucket, "objectViewer", email, "true")
    read = bucket.get_iam_policy(requested_policy_version=3)
    assert (read.version, read.bindings[-1]["condition"]) == (3, {"title": "t", "expression": "true"})
    with pytest.raises(exceptions.BadRequest, match="optionsRequestedPolicyVersion=3"):
        bucket.get_iam_policy()
    with pytest.raises(exceptions.BadRequest, match=r"Invalid condition of .* is not offered"):
        conditional(bucket, "objectViewer", email, "resource.matchTag('a', 'b')")
    bucket.iam_configuration.uniform_bucket_level_access_enabled = False
    with pytest.raises(exceptions.PreconditionFailed, match="enable uniform bucket-level access"):
        bucket.patch()
