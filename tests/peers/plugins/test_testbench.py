"""The proxy that breaks what it is told to break, and what it does to a suite's pytest."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError

from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import LocalCloud
from tests.peers.plugins.conftest import Load, Server, serving
from tests.peers.runner import Suite, run

OBJECT = "/storage/v1/b/x/o/y"
UPLOAD = "/upload/storage/v1/b/x/o"
KIB = 1024


@pytest.mark.parametrize(
    ("request_line", "method"),
    [
        ("GET /storage/v1/b?project=p", "buckets.list"),
        ("POST /storage/v1/b", "buckets.insert"),
        ("PATCH /storage/v1/b/x", "buckets.patch"),
        ("PUT /storage/v1/b/x/iam", "buckets.setIamPolicy"),
        ("GET /storage/v1/b/x/iam/testPermissions?permissions=a", "buckets.testIamPermissions"),
        ("POST /storage/v1/b/x/lockRetentionPolicy", "buckets.lockRetentionPolicy"),
        ("GET /storage/v1/b/x/o", "objects.list"),
        ("GET /download/storage/v1/b/x/o/y%2Fz?alt=media", "objects.get"),
        ("PUT /upload/storage/v1/b/x/o?upload_id=1", "objects.insert"),
        ("POST /storage/v1/b/x/o/y/rewriteTo/b/x/o/z", "objects.rewrite"),
        ("POST /storage/v1/b/x/o/y/compose", "objects.compose"),
        ("GET /storage/v1/b/x/o/y/acl", "object_acl.list"),
        ("DELETE /storage/v1/b/x/defaultObjectAcl/allUsers", "default_object_acl.delete"),
        ("GET /storage/v1/b/x/notificationConfigs", "notifications.list"),
        ("POST /storage/v1/projects/p/hmacKeys", "hmacKey.create"),
        ("GET /storage/v1/projects/p/serviceAccount", "serviceaccount.get"),
    ],
)
def test_methods_have_the_names_of_the_instructions(load: Load, request_line: str, method: str) -> None:
    testbench = load("testbench", API_ENDPOINT_OVERRIDE="http://nowhere")
    assert testbench.method_of(*request_line.split()) == f"storage.{method}"


@pytest.fixture
def testbench(load: Load, server: Server) -> ModuleType:
    module = load("testbench", API_ENDPOINT_OVERRIDE=server.url)
    module.Proxy.credentials = SimpleNamespace(valid=True, token="the-owner")
    return module


@pytest.fixture
def proxy(testbench: ModuleType) -> Iterator[str]:
    with serving(testbench.Proxy) as url:
        yield url


def told(proxy: str, method: str, *instructions: str) -> dict[str, str]:
    """The header of requests that these instructions are for."""
    answer = requests.post(f"{proxy}/retry_test", json={"instructions": {method: instructions}}, timeout=10)
    return {"x-retry-test-id": answer.json()["id"]}


def left(proxy: str, headers: dict[str, str]) -> Any:
    answer = requests.get(f"{proxy}/retry_test/{headers['x-retry-test-id']}", timeout=10).json()
    return answer["instructions"], answer["completed"]


def test_what_nothing_is_told_of_goes_through_as_the_owner(proxy: str, server: Server) -> None:
    server.answers["POST"] = b"stored"
    answer = requests.post(f"{proxy}{UPLOAD}?name=y", data=b"content", headers={"x-mine": "1"}, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"stored")
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", f"{UPLOAD}?name=y", b"content")
    assert (asked.headers["authorization"], asked.headers["x-mine"]) == ("Bearer the-owner", "1")


def test_instructions_are_gone_through_one_by_one(proxy: str, server: Server) -> None:
    headers = told(proxy, "storage.objects.get", "return-503", "return-reset-connection")
    assert requests.get(proxy + OBJECT, headers=headers, timeout=10).status_code == 503
    assert left(proxy, headers) == ({"storage.objects.get": ["return-reset-connection"]}, False)
    assert requests.delete(proxy + OBJECT, headers=headers, timeout=10).status_code == 200  # which they are not for
    with pytest.raises(requests.ConnectionError):
        requests.get(proxy + OBJECT, headers=headers, timeout=10)
    assert left(proxy, headers) == ({"storage.objects.get": []}, True)
    assert requests.get(proxy + OBJECT, headers=headers, timeout=10).status_code == 200
    assert server.lines == [f"DELETE {OBJECT}", f"GET {OBJECT}"]
    requests.delete(f"{proxy}/retry_test/{headers['x-retry-test-id']}", timeout=10)
    assert left(proxy, headers) == ({}, True)


def test_a_stream_breaks_after_so_many_bytes_of_media(proxy: str, server: Server) -> None:
    server.answers["GET"] = bytes(300 * KIB)
    headers = told(proxy, "storage.objects.get", "return-broken-stream-after-256K")
    assert len(requests.get(proxy + OBJECT, headers=headers, timeout=10).content) == 300 * KIB
    answer = requests.get(f"{proxy}{OBJECT}?alt=media", headers=headers, stream=True, timeout=10)
    assert answer.headers["content-length"] == str(300 * KIB)
    assert len(answer.raw.read(256 * KIB)) == 256 * KIB
    with pytest.raises(ProtocolError, match="45056 more expected"):
        answer.raw.read(1)


def test_a_piece_is_kept_up_to_where_its_upload_breaks(proxy: str, server: Server) -> None:
    headers = told(proxy, "storage.objects.insert", "return-503-after-256K")

    def put(first: int, size: int) -> int:
        range_ = {"content-range": f"bytes {first}-{first + size - 1}/*"}
        return requests.put(proxy + UPLOAD, bytes(size), headers=headers | range_, timeout=10).status_code

    assert put(0, 128 * KIB) == 200
    assert put(128 * KIB, 256 * KIB) == 503
    through = [(len(one.body), one.headers["content-range"]) for one in server.asked]
    assert through == [(128 * KIB, "bytes 0-131071/*"), (128 * KIB, "bytes 131072-262143/*")]


SUITE = """
import os, subprocess, urllib.request
import pytest

@pytest.fixture
def hmac_key(): raise OSError

def test_asks_for_a_key_and_does_not_use_it(hmac_key): pass
def test_uses_a_key(hmac_key): hmac_key.reload()
def test_starts_the_testbench(): subprocess.run(["docker", "run", "image"], check=True)
def test_finds_the_testbench():
    urllib.request.urlopen(os.environ["STORAGE_EMULATOR_HOST"] + "/retry_test/none").read()
"""


def test_in_a_suite(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "home", 9000)
    ensure_owner(cloud)
    (tmp_path / "test_it.py").write_text(SUITE)
    suite = Suite(source="s", tests=["test_it.py"], options=["-p", "no:cacheprovider"], plugin="testbench")
    assert run(suite, tmp_path, cloud, Path(sys.executable), []) == {
        "test_it.py::test_asks_for_a_key_and_does_not_use_it": "passed",
        "test_it.py::test_uses_a_key": "failed",
        "test_it.py::test_starts_the_testbench": "passed",
        "test_it.py::test_finds_the_testbench": "passed",
    }
