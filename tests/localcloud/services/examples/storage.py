"""Requests to the object store's JSON and XML APIs, as its clients send them."""

from __future__ import annotations

from tests.localcloud.services.any_request import Example

BUCKETS = "/storage/v1/b"
OBJECTS = f"{BUCKETS}/lake/o"
BUCKET = {
    "name": "lake",
    "location": "EU",
    "storageClass": "STANDARD",
    "labels": {"a": "b"},
    "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 3, "matchesPrefix": ["x"]}}]},
    "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
    "versioning": {"enabled": True},
    "retentionPolicy": {"retentionPeriod": "5"},
    "cors": [{"maxAgeSeconds": 3, "method": ["GET"], "origin": ["*"]}],
    "softDeletePolicy": {"retentionDurationSeconds": "604800"},
}
BINDINGS = [{"role": "roles/storage.objectViewer", "members": ["user:a@b.c"]}]
FIELDS = {
    "contentType": "text/plain",
    "metadata": {"a": "b"},
    "cacheControl": "x",
    "customTime": "2026-01-01T00:00:00Z",
}
COMPOSED = {"sourceObjects": [{"name": "a/b", "generation": 1}], "destination": FIELDS}


def requests(folder: str) -> list[Example]:
    return [
        Example("POST", f"{BUCKETS}?project=p&projection=full", BUCKET),
        Example("POST", f"{BUCKETS}?project=p", {"name": "plain"}),
        Example("GET", f"{BUCKETS}?project=p&prefix=l&maxResults=2&pageToken="),
        Example("PATCH", f"{BUCKETS}/lake?ifMetagenerationMatch=1", {"labels": {"c": "d"}}),
        Example("PUT", f"{BUCKETS}/plain", {"name": "plain", "labels": {"c": "d"}}),
        Example("GET", f"{BUCKETS}/lake/iam?optionsRequestedPolicyVersion=3"),
        Example("PUT", f"{BUCKETS}/lake/iam", {"bindings": BINDINGS, "version": 1}),
        Example("GET", f"{BUCKETS}/lake/iam/testPermissions?permissions=storage.objects.get"),
        Example(
            "POST", f"{BUCKETS}/lake/notificationConfigs", {"topic": "projects/p/topics/t", "payload_format": "NONE"}
        ),
        Example("POST", f"/upload{OBJECTS}?uploadType=media&name=a%2Fb&contentEncoding=", {"any": "content"}),
        Example("POST", f"/upload{OBJECTS}?uploadType=resumable&name=c&ifGenerationMatch=0", FIELDS),
        Example("PUT", f"/upload{OBJECTS}?uploadType=resumable&upload_id=x", {"any": "content"}),
        Example("POST", f"/upload{OBJECTS}?uploadType=multipart", {}),
        Example("GET", f"{OBJECTS}?prefix=a&delimiter=/&versions=true&matchGlob=**&startOffset=a&endOffset=z"),
        Example("GET", f"{OBJECTS}/a%2Fb?generation=1&ifMetagenerationMatch=1"),
        Example("GET", f"{OBJECTS}/a%2Fb?alt=media"),
        Example("PATCH", f"{OBJECTS}/a%2Fb?overrideUnlockedRetention=true", FIELDS | {"retention": None}),
        Example("PUT", f"{OBJECTS}/a%2Fb", FIELDS),
        Example("POST", f"{OBJECTS}/d/compose?ifGenerationMatch=0", COMPOSED),
        Example("POST", f"{OBJECTS}/a%2Fb/rewriteTo/b/plain/o/e?rewriteToken=x&maxBytesRewrittenPerCall=1", FIELDS),
        Example("POST", f"{OBJECTS}/a%2Fb/copyTo/b/plain/o/f?ifSourceGenerationMatch=1", FIELDS),
        Example("POST", f"{OBJECTS}/d/moveTo/o/g"),
        Example(
            "GET", "/lake?list-type=2&prefix=a&delimiter=/&max-keys=2&marker=x&continuation-token=x&encoding-type=url"
        ),
        Example("GET", "/lake/a/b"),
        Example("PUT", "/lake/h", {"any": "content"}),
        Example("POST", "/lake/h?uploads", {}),
        Example("PUT", "/lake/h?partNumber=1&uploadId=x", {"any": "content"}),
        Example("POST", "/lake/h?uploadId=x", {}),
        Example("POST", "/batch/storage/v1", {}),
        Example("GET", "/storage/v1/projects/p/serviceAccount"),
    ]
