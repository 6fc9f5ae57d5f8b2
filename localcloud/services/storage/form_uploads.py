"""POST of an HTML form to a bucket: its fields, then the file, which becomes an object.

Source: https://cloud.google.com/storage/docs/xml-api/post-object-forms
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from xml.etree import ElementTree

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from localcloud.services.common import GoogleError
from localcloud.services.storage import downloads, objects, offered, post_policy
from localcloud.services.storage.content import Content, announced_hashes, check_hashes, save_new
from localcloud.services.storage.http import StorageCall, body_stream
from localcloud.services.storage.objects import ObjectVersion
from localcloud.services.storage.related import Parts
from localcloud.services.storage.xml_api import described_by
from localcloud.services.storage.xml_text import add, document

FORM = "multipart/form-data"
SUCCESS = ("200", "201", "204")


async def upload(call: StorageCall) -> Response:
    """Take a form in. Errors: 400 for what is no form or not as its policy says, 401 and 403 by who signed that."""
    content_type = call.headers.get("content-type", "")
    if not content_type.startswith(FORM):
        raise GoogleError(400, f"POST of a bucket takes a form: its Content-Type must be {FORM}", "invalid")
    fields, chunks = await _read(Parts(body_stream(call.request), content_type))
    offered.check_form(fields)
    bucket = call.path["bucket"]
    policy = await run_in_threadpool(post_policy.admitted, call.cloud, bucket, fields)
    name = fields["key"]
    described = described_by(fields)

    def add_object(content: Content) -> ObjectVersion:
        if policy is not None:
            policy.check_size(content.size)
        found, _ = call.bucket()
        grant = found.grant(policy.signer if policy else call.caller).of(name)
        grant.require("storage.objects.create")
        check_hashes(content, *announced_hashes(fields, {}))
        return objects.add(call.store, grant, bucket, name, described, content, call.preconditions)

    version = await save_new(call.store, chunks, add_object)
    return _answer(call, fields, version)


async def _read(parts: Parts) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    """Fields by name in lower case, and the bytes of the file. Errors: 400 if there is no key, or no file behind it."""
    fields: dict[str, str] = {}
    await parts.begin()
    while True:
        headers = await parts.headers()
        name = str(headers.get_param("name", "", "content-disposition")).lower()
        if name == "file":
            break
        if not name:
            raise GoogleError(400, "A part of the form has no name in its Content-Disposition", "invalid")
        fields[name] = (await parts.text()).decode("utf-8", "replace")
    if not fields.get("key"):
        raise GoogleError(400, "The form must have a field `key`, before its file", "invalid")
    file_name = headers.get_param("filename", "", "content-disposition")
    fields["key"] = fields["key"].replace("${filename}", str(file_name))
    return fields, parts.last()


def _answer(call: StorageCall, fields: dict[str, str], version: ObjectVersion) -> Response:
    redirect = fields.get("success_action_redirect") or fields.get("redirect")
    headers = downloads.headers_of(version, xml=True)
    if redirect:
        return RedirectResponse(redirect, 303)
    location = f"{call.base_url}/{version.bucket}/{version.name}"
    status = fields.get("success_action_status")
    status = int(status) if status in SUCCESS else 204
    if status != 201:
        return Response(status_code=status, headers={"etag": headers["etag"]})
    root = ElementTree.Element("PostResponse")
    add(root, Location=location, Bucket=version.bucket, Key=version.name, ETag=headers["etag"])
    return document(root, 201)
