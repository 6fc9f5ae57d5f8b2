"""Bodies of writes: what they may leave open, and what of them is refused before anything is looked up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, deployment
from tests.localcloud.services.kubernetes.in_process import InProcess

MAP = "/api/v1/namespaces/default/configmaps/c"
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def apply(cluster: InProcess, path: str, body: Any, query: str = "") -> Any:
    return cluster.call("PATCH", f"{path}?fieldManager=me{query}", body, **APPLY)


def test_kind_and_place_are_those_of_the_url(in_process: InProcess) -> None:
    made = in_process.call("POST", MAP.removesuffix("/c"), {"metadata": {"name": "c"}})
    assert (made["apiVersion"], made["kind"], made["metadata"]["namespace"]) == ("v1", "ConfigMap", "default")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"data": {}}, "Incorrect version specified in apply patch. Specified patch version: , expected: v1"),
        ({"apiVersion": "v2"}, "Specified patch version: v2, expected: v1"),
        ({"apiVersion": "v1", "kind": "Secret"}, "kind is 'Secret', the URL is for 'ConfigMap'"),
        ({"apiVersion": "v1", "metadata": {"managedFields": []}}, "metadata.managedFields must be nil"),
        ({"apiVersion": "v1", "metadata": {"name": "d"}}, "does not match the name on the URL (c)"),
        ([], "is not an object of kind ConfigMap"),
    ],
)
def test_what_cannot_be_applied(in_process: InProcess, body: Any, message: str) -> None:
    status = apply(in_process, MAP, body)
    assert (status["code"], status["reason"], message in status["message"]) == (400, "BadRequest", True)
    assert in_process.store.list("configmaps") == []


@pytest.mark.parametrize("validation", ["Ignore", "Warn", "Strict"])
def test_nothing_unknown_is_applied_whatever_is_asked_for(in_process: InProcess, validation: str) -> None:
    body = deployment()
    body["spec"]["replica"] = body["spec"]["template"]["nodes"] = 1
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    status = apply(in_process, path, body, f"&fieldValidation={validation}")
    assert status["message"] == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): errors:"
        "\n  .spec.replica: field not declared in schema\n  .spec.template.nodes: field not declared in schema"
    )


def test_what_is_said_twice_is_a_warning_unless_it_is_forbidden(in_process: InProcess) -> None:
    text = "apiVersion: v1\ndata:\n  a: '1'\n  a: '2'\n"
    assert apply(in_process, MAP, text, "&fieldValidation=Strict")["code"] == 422
    answer = in_process.send("PATCH", f"{MAP}?fieldManager=me", text, **APPLY)
    assert (answer.json()["data"], answer.headers["warning"]) == ({"a": "2"}, '299 - "duplicate field \\"data.a\\""')


def test_nulls_are_as_good_as_nothing(in_process: InProcess) -> None:
    body = {**config_map("c"), "data": {"a": None}, "binaryData": None}
    assert "binaryData" not in in_process.call("POST", MAP.removesuffix("/c"), body)
