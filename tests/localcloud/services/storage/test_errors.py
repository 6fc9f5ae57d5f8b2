"""Errors in the form of the API they belong to."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from google.cloud import storage
from starlette.requests import Request
from starlette.responses import Response

from localcloud.services.common import GoogleError
from localcloud.services.storage.buckets import NOT_THERE
from localcloud.services.storage.errors import respond
from localcloud.services.storage.preconditions import NotModifiedError
from localcloud.settings import LocalCloud
from tests.localcloud.services.storage.clients import Http
from tests.localcloud.services.storage.served import served_here


@pytest.mark.parametrize("path", ["/storage/v1/nothing", "/upload/storage/v1/x", "/storage/v1/b/none/o/x", "/b/none"])
def test_every_error_is_json(http: Http, path: str) -> None:
    response = http("GET", path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == 404


def test_xml_refusals(local_cloud: LocalCloud, bucket: storage.Bucket) -> None:
    response = Http(local_cloud.url("storage"), None)("GET", f"/{bucket.name}/x")
    assert response.status_code == 401
    assert b"<Code>AuthenticationRequired</Code>" in response.content


def answered(path: str, error: GoogleError, method: str = "GET") -> Response:
    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    return respond(Request(scope), error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GoogleError(404, NOT_THERE), "NoSuchBucket"),
        (GoogleError(404, "No such object"), "NoSuchKey"),
        (GoogleError(412, "x"), "PreconditionFailed"),
        (GoogleError(413, "No space left"), "EntityTooLarge"),
        (GoogleError(500, "x"), "InternalError"),
    ],
)
def test_bare_paths_have_codes_of_the_xml_api(error: GoogleError, code: str) -> None:
    """Source: https://cloud.google.com/storage/docs/xml-api/reference-status"""
    response = answered("/bucket/object", error)
    assert (response.status_code, response.media_type) == (error.code, "application/xml")
    assert ElementTree.fromstring(bytes(response.body)).findtext("Code") == code


@pytest.mark.parametrize(
    "path", ["/storage/v1/b/x", "/upload/storage/v1/b/x/o", "/download/storage/v1/b/x/o/y", "/batch/storage/v1"]
)
def test_prefixes_of_the_json_api_have_its_form(path: str) -> None:
    body = json.loads(bytes(answered(path, GoogleError(413, "No space left", "insufficientStorage")).body))
    assert (body["error"]["code"], body["error"]["errors"][0]["reason"]) == (413, "insufficientStorage")


def test_a_bucket_may_be_named_as_a_prefix_begins() -> None:
    assert answered("/storage/v1-recording", GoogleError(404, "x")).media_type == "application/xml"


@pytest.mark.parametrize("path", ["/storage/v1/b/x", "/bucket"])
def test_what_has_no_body(path: str) -> None:
    assert bytes(answered(path, NotModifiedError()).body) == b""
    assert bytes(answered(path, GoogleError(404, "x"), "HEAD").body) == b""


def test_a_full_disk_is_an_error_of_either_api(own_cloud: LocalCloud) -> None:
    with served_here(own_cloud) as http:
        http.create_bucket("full")
        with http.store.transaction() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        refused = http("PUT", "/full/x", data=b"y" * 60_000)
        assert (refused.status_code, refused.headers["content-type"]) == (413, "application/xml")
        assert b"<Code>EntityTooLarge</Code><Message>No space left on the disk" in refused.content
        other = http("POST", "/full/x")
        assert (other.status_code, b"<Code>InvalidArgument</Code>" in other.content) == (400, True)
