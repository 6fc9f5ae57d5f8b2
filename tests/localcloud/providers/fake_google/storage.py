"""Buckets, their objects and their policies."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tests.localcloud.providers.fake_google.server import NOW, Asked, FakeGoogle, RefusedError, Route


def create_bucket(google: FakeGoogle, request: Asked) -> Any:
    name = request.body["name"]
    extra = {"selfLink": f"https://storage/b/{name}", "timeCreated": NOW, "updated": NOW, "projectNumber": "7"}
    google.put_new(f"/storage/v1/b/{name}/iam", {"etag": "e0", "bindings": []})
    stored = {**request.body, **extra, "location": request.body["location"].upper()}
    return google.put_new(f"/storage/v1/b/{name}", stored)


def delete_bucket(google: FakeGoogle, request: Asked, bucket: str) -> Any:
    if any(path.startswith(f"{request.path}/o/") for path in google.resources):
        raise RefusedError(409, "The bucket you tried to delete is not empty.")
    google.need(request.path)
    google.resources.pop(f"{request.path}/iam", None)
    del google.resources[request.path]
    return {}


def list_objects(google: FakeGoogle, request: Asked, bucket: str) -> Any:
    return {"items": [body for path, body in google.resources.items() if path.startswith(f"{request.path}/")]}


def upload(google: FakeGoogle, request: Asked, bucket: str) -> Any:
    head, metadata, content = request.body
    path = f"/storage/v1/b/{bucket}/o/{metadata['name']}"
    old = int(google.resources.get(path, {}).get("generation", 0))
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    google.resources[path] = {
        **metadata,
        "generation": str(old + 1),
        "md5Hash": digest,
        "crc32c": "AAAAAA==",
        "contentType": head,
        "size": str(len(content)),
        "mediaLink": f"https://storage/download/{bucket}/{metadata['name']}",
        "selfLink": f"https://storage/b/{bucket}/o/{metadata['name']}",
    }
    return google.resources[path]


def put_policy(google: FakeGoogle, request: Asked, bucket: str) -> Any:
    found = google.need(request.path)
    if google.conflicts:
        google.conflicts -= 1
        raise RefusedError(412, "etag mismatch")
    assert request.body["etag"] == found["etag"]
    request.body["etag"] = f"e{int(found['etag'][1:]) + 1}"
    google.resources[request.path] = request.body
    return request.body


ROUTES: list[Route] = [
    (r"POST /storage/v1/b", create_bucket),
    (r"DELETE /storage/v1/b/([^/]+)", delete_bucket),
    (r"GET /storage/v1/b/([^/]+)/o", list_objects),
    (r"POST /upload/storage/v1/b/([^/]+)/o", upload),
    (r"PUT /storage/v1/b/([^/]+)/iam", put_policy),
]
