"""Handlers of the JSON API for buckets."""

from __future__ import annotations

from typing import Any

from localcloud.services.common import GoogleError
from localcloud.services.storage import buckets, notifications
from localcloud.services.storage.http import JSON_PREFIX, StorageCall
from localcloud.services.storage.permissions import refusal
from localcloud.services.storage.preconditions import integer
from localcloud.settings import OWNER, LocalCloud


def _require_owner(call: StorageCall, permission: str) -> None:
    """What is granted on a project: to the owner alone, for grants in localcloud are made on resources."""
    if call.caller != OWNER:
        raise refusal(call.caller, permission, "project")


def create(call: StorageCall) -> dict[str, Any]:
    _require_owner(call, "storage.buckets.create")
    bucket = buckets.create(
        call.store, call.query.get("project", ""), call.body, object_retention=call.flag("enableObjectRetention")
    )
    return call.bucket_resource(bucket)


def list_of(call: StorageCall) -> dict[str, Any]:
    _require_owner(call, "storage.buckets.list")
    project = call.query.get("project")
    if not project:
        raise GoogleError(400, "Required parameter: project", "required")
    found = buckets.list_of(call.store, project, call.query.get("prefix", ""))
    after = call.query.get("pageToken", "")
    found = [bucket for bucket in found if bucket.name > after]
    size = max(1, integer(call.query, "maxResults") or 1000)
    answer: dict[str, Any] = {"kind": "storage#buckets"}
    if found:
        answer["items"] = [call.bucket_resource(bucket) for bucket in found[:size]]
    if len(found) > size:
        answer["nextPageToken"] = found[size - 1].name
    return answer


def get(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.buckets.get")
    call.preconditions.check(bucket, read=True)
    return call.bucket_resource(bucket)


def _changed(call: StorageCall, *, replace: bool) -> dict[str, Any]:
    call.bucket("storage.buckets.update")
    bucket = buckets.change(call.store, call.path["bucket"], call.body, call.preconditions, replace=replace)
    return call.bucket_resource(bucket)


def patch(call: StorageCall) -> dict[str, Any]:
    return _changed(call, replace=False)


def update(call: StorageCall) -> dict[str, Any]:
    return _changed(call, replace=True)


def delete(call: StorageCall) -> None:
    call.bucket("storage.buckets.delete")
    buckets.delete(call.store, call.path["bucket"], call.preconditions)


def _policy(bucket: buckets.Bucket) -> dict[str, Any]:
    return {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{bucket.name}"} | bucket.policy


def get_policy(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.buckets.getIamPolicy")
    if (integer(call.query, "optionsRequestedPolicyVersion") or 1) < bucket.policy["version"]:
        message = "The policy has conditions: ask with optionsRequestedPolicyVersion=3, which has them"
        raise GoogleError(400, message, "invalid")
    return _policy(bucket)


def set_policy(call: StorageCall) -> dict[str, Any]:
    call.bucket("storage.buckets.setIamPolicy")
    return _policy(buckets.set_policy(call.store, call.path["bucket"], call.body))


def test_permissions(call: StorageCall) -> dict[str, Any]:
    _, grant = call.bucket()
    allowed = [permission for permission in call.query.getlist("permissions") if grant.allows(permission)]
    answer: dict[str, Any] = {"kind": "storage#testIamPermissionsResponse"}
    return answer | {"permissions": allowed} if allowed else answer


def lock_retention(call: StorageCall) -> dict[str, Any]:
    call.bucket("storage.buckets.update")
    return call.bucket_resource(buckets.lock_retention(call.store, call.path["bucket"], call.preconditions))


def storage_layout(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.objects.list")
    return {
        "kind": "storage#storageLayout",
        "bucket": bucket.name,
        "location": bucket.resource["location"],
        "locationType": bucket.resource["locationType"],
        "hierarchicalNamespace": {"enabled": False},
    }


def _notification(call: StorageCall, resource: dict[str, Any]) -> dict[str, Any]:
    path = f"{JSON_PREFIX}/b/{call.path['bucket']}/notificationConfigs/{resource['id']}"
    return resource | {"selfLink": call.base_url + path}


def add_notification(call: StorageCall) -> dict[str, Any]:
    call.bucket("storage.buckets.update")
    return _notification(call, notifications.add(call.store, call.path["bucket"], call.body))


def list_notifications(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.buckets.get")
    found = [_notification(call, one) for one in notifications.list_of(call.store, bucket.name)]
    answer: dict[str, Any] = {"kind": "storage#notifications"}
    return answer | {"items": found} if found else answer


def get_notification(call: StorageCall) -> dict[str, Any]:
    bucket, _ = call.bucket("storage.buckets.get")
    return _notification(call, notifications.get(call.store, bucket.name, call.path["notification"]))


def delete_notification(call: StorageCall) -> None:
    bucket, _ = call.bucket("storage.buckets.update")
    notifications.delete(call.store, bucket.name, call.path["notification"])


def project_service_account(call: StorageCall) -> dict[str, Any]:
    """The account Google's storage service acts as; known to anyone who knows the project."""
    number = LocalCloud.project_number(call.path["project"])
    return {
        "kind": "storage#serviceAccount",
        "email_address": f"service-{number}@gs-project-accounts.iam.gserviceaccount.com",
    }
