"""Objects in a bucket whose content is part of the program: an asset, an archive or a text."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from pathlib import Path
from typing import Any, ClassVar

from localcloud.errors import LocalCloudError
from localcloud.providers.errors import Failure
from localcloud.providers.gcp.resource_type import Call, Outputs
from localcloud.providers.gcp.resources.storage import STORAGE_CLASS, bucket_path
from localcloud.providers.gcp.rest import segment
from localcloud.providers.gcp.rest_resource import RestResource, given
from localcloud.wire.assets import read_asset
from localcloud.wire.typed import has_unknown

METADATA_KEYS = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "metadata",
    "storageClass",
    "kmsKeyName",
    "eventBasedHold",
    "temporaryHold",
    "contexts",
    "retention",
)
CONTENT_KEYS = ("source", "content", "sourceMd5hash", "detectMd5hash")


def content_of(inputs: dict[str, Any], folder: Path | None) -> bytes:
    """The object's bytes. Errors: LocalCloudError if a file is missing."""
    if inputs.get("source") is not None:
        return read_asset(inputs["source"], folder)
    return str(inputs.get("content") or "").encode()


def md5_of(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


class BucketObject(RestResource):
    """New content replaces the object's bytes in place, as in the real provider: same name, new generation."""

    token = "gcp:storage/bucketObject:BucketObject"
    id_format = "{bucket}-{name}"
    rules: ClassVar = {"storageClass": STORAGE_CLASS}
    replaces = ("customerEncryption",)
    volatile = ("md5hash", "md5hexhash", "crc32c", "generation", "mediaLink", "detectMd5hash")
    name_length = 1024
    service = "storage"

    def repeatable(self, call: Call) -> bool:
        return True

    def check(self, olds: dict[str, Any], news: dict[str, Any], folder: Path | None) -> list[Failure]:
        given = [key for key in ("source", "content") if news.get(key) is not None]
        if len(given) != 1:
            return [
                Failure("source", f"give exactly one of source and content, got {' and '.join(given) or 'neither'}")
            ]
        try:
            if not has_unknown(news[given[0]]):
                content_of(news, folder)
        except LocalCloudError as error:
            return [Failure(given[0], str(error))]
        return []

    def path(self, call: Call) -> str:
        return f"{bucket_path(call.get('bucket'))}/o/{segment(call.get('name'))}"

    def seen(self, call: Call, body: dict[str, Any]) -> Outputs:
        digest = body.get("md5Hash", "")
        return {
            **given(body, ("name", "crc32c", "mediaLink", "selfLink", "storageClass", "contentType")),
            "outputName": body["name"],
            "md5hash": digest,
            "md5hexhash": base64.b64decode(digest).hex(),
            "detectMd5hash": digest,
            "generation": int(body.get("generation", 0)),
            "kmsKeyName": body.get("kmsKeyName", ""),
        }

    def create(self, call: Call) -> Outputs:
        return self._upload(call)

    def update(self, call: Call) -> Outputs:
        if call.changed(*CONTENT_KEYS):
            return self._upload(call)
        metadata = {**dict.fromkeys(given(call.old_inputs, METADATA_KEYS)), **given(call.inputs, METADATA_KEYS)}
        return self.seen(call, call.services.patch("storage", self.path(call), metadata))

    def _upload(self, call: Call) -> Outputs:
        """A multipart upload: metadata and content in one request."""
        kind = call.inputs.get("contentType") or ("text/plain; charset=utf-8" if "content" in call.inputs else None)
        metadata = {"name": call.inputs["name"], **given(call.inputs, METADATA_KEYS)}
        boundary = uuid.uuid4().hex
        head = f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(metadata)}\r\n"
        media = f"--{boundary}\r\nContent-Type: {kind or 'application/octet-stream'}\r\n\r\n"
        content = content_of(call.inputs, call.folder)
        body = call.services.call(
            "POST",
            "storage",
            f"/upload{bucket_path(call.inputs['bucket'])}/o",
            params={"uploadType": "multipart"},
            data=head.encode() + media.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
            headers={"content-type": f"multipart/related; boundary={boundary}"},
        )
        return self.seen(call, body)
