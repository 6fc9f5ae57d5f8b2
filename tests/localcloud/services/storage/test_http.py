"""What is read of a request: its path as it was sent, its method, its body."""

from __future__ import annotations

import gzip
import json

import pytest
from google.cloud import storage
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from localcloud.services.common import GoogleError
from localcloud.services.dispatch import SentPath
from localcloud.services.storage.http import RawPath, decoded
from tests.localcloud.services.storage.clients import Http


def test_gzip_bodies_are_unpacked(http: Http, bucket: storage.Bucket) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = gzip.compress(json.dumps({"labels": {"zipped": "yes"}}).encode())
    patched = http("PATCH", f"/storage/v1/b/{bucket.name}", data=body, headers=headers)
    assert patched.json()["labels"] == {"zipped": "yes"}
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=unzipped"
    uploaded = http("POST", path, data=gzip.compress(b"z" * 3_000_000), headers=headers)
    assert uploaded.json()["size"] == "3000000"
    broken = http("POST", path, data=b"not gzip", headers=headers)
    assert broken.status_code == 400


def test_java_clients_send_patch_as_post(http: Http, bucket: storage.Bucket) -> None:
    headers = {"X-HTTP-Method-Override": "PATCH"}
    answer = http("POST", f"/storage/v1/b/{bucket.name}", json={"labels": {"a": "b"}}, headers=headers)
    assert answer.json()["labels"] == {"a": "b"}


def routed(method: str, path: str, **headers: str) -> tuple[str, str]:
    """The method and path that the routes see."""

    async def see(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"{scope['method']} {scope['path']}")(scope, receive, send)

    method, _, path = TestClient(SentPath(RawPath(see))).request(method, path, headers=headers).text.partition(" ")
    return method, path


def test_a_path_is_routed_as_it_was_sent() -> None:
    assert routed("GET", "/storage/v1/b/x/o/a%2Fb%20c") == ("GET", "/storage/v1/b/x/o/a%2Fb%20c")
    assert routed("GET", "/b/x/o/a%2Fb") == ("GET", "/storage/v1/b/x/o/a%2Fb")
    assert routed("GET", "/b") == ("GET", "/storage/v1/b")
    assert routed("GET", "/bucket/b") == ("GET", "/bucket/b")
    assert routed("POST", "/resumable/upload/storage/v1/b/x/o") == ("POST", "/upload/storage/v1/b/x/o")
    assert routed("POST", "/b/x", **{"X-HTTP-Method-Override": "patch"}) == ("PATCH", "/storage/v1/b/x")


def test_a_name_in_a_path_is_utf_8() -> None:
    assert decoded("a%2F%C3%BC+") == "a/ü+"
    with pytest.raises(GoogleError, match="'%FF' in the path is not valid UTF-8") as refused:
        decoded("%FF")
    assert refused.value.code == 400
