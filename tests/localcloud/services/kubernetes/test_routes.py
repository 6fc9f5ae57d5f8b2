"""The GKE API's paths, without a cluster behind them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from localcloud.services.kubernetes.routes import create_app
from localcloud.settings import LocalCloud
from tests.localcloud.services.kubernetes.harness import PARENT

CLUSTER = f"{PARENT}/clusters/none"


def call(home: Path, method: str, path: str, body: Any = None) -> httpx2.Response:
    async def exchange() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_app(LocalCloud(home=home)))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gke") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(exchange())


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"{PARENT}/clusters", {"clusters": []}),
        ("/v1/projects/p/locations/-/clusters", {"clusters": []}),
        (f"{PARENT}/operations", {"operations": []}),
    ],
)
def test_lists_of_nothing(tmp_path: Path, path: str, answer: dict[str, Any]) -> None:
    assert call(tmp_path, "GET", path).json() == answer


def test_the_versions_that_a_cluster_may_have(tmp_path: Path) -> None:
    found = call(tmp_path, "GET", f"{PARENT}/serverConfig").json()
    assert found["validMasterVersions"] == [found["defaultClusterVersion"]]
    assert found["channels"][0]["channel"] == "REGULAR"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", CLUSTER, None, 404),
        ("PUT", CLUSTER, {"update": {"desiredLoggingService": "none"}}, 404),
        ("DELETE", CLUSTER, None, 404),
        ("POST", f"{CLUSTER}:setResourceLabels", {}, 404),
        ("POST", f"{CLUSTER}:setLegacyAbac", {}, 404),
        ("GET", f"{CLUSTER}/nodePools", None, 404),
        ("POST", f"{CLUSTER}/nodePools", {"nodePool": {"name": "p"}}, 404),
        ("GET", f"{CLUSTER}/nodePools/p", None, 404),
        ("PUT", f"{CLUSTER}/nodePools/p", {}, 404),
        ("DELETE", f"{CLUSTER}/nodePools/p", None, 404),
        ("POST", f"{CLUSTER}/nodePools/p:setSize", {"nodeCount": 1}, 404),
        ("POST", f"{CLUSTER}/nodePools/p:rollback", {}, 404),
        ("GET", f"{PARENT}/operations/o", None, 404),
        ("PATCH", CLUSTER, {}, 405),
        ("POST", CLUSTER, {}, 405),
        ("PUT", CLUSTER, {}, 400),  # before it is looked for
        ("POST", f"{CLUSTER}/nodePools", {}, 400),
        ("POST", f"{PARENT}/clusters", {}, 400),
        ("POST", f"{PARENT}/clusters", {"cluster": {"name": "Bad_Name"}}, 400),
        ("POST", f"{PARENT}/clusters", {"cluster": "c"}, 400),
        ("POST", f"{PARENT}/clusters", [], 400),
    ],
)
def test_refusals_in_google_s_form(tmp_path: Path, method: str, path: str, body: Any, code: int) -> None:
    answer = call(tmp_path, method, path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (code, code)


def test_what_is_missing_in_a_body_is_named(tmp_path: Path) -> None:
    assert call(tmp_path, "PUT", CLUSTER, {}).json()["error"]["message"] == "the body has no object update"


def test_a_custom_method_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    message = call(tmp_path, "POST", f"{CLUSTER}/nodePools/p:rollback", {}).json()["error"]["message"]
    assert message.endswith("the custom methods are setSize, setAutoscaling, setManagement")
