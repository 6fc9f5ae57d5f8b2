"""The parameters of a write, and who writes if the request does not say it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map
from tests.localcloud.services.kubernetes.in_process import InProcess

MAPS = "/api/v1/namespaces/default/configmaps"
APPLY, MERGE = "application/apply-patch+yaml", "application/merge-patch+json"


@pytest.mark.parametrize(
    ("method", "query", "kind", "message"),
    [
        ("POST", "dryRun=Some", "", "dryRun: Unsupported value: 'Some'"),
        ("POST", "fieldValidation=Loud", "", "fieldValidation: Unsupported value: 'Loud'"),
        ("POST", f"fieldManager={'x' * 129}", "", "fieldManager: Too long: may not be more than 128 bytes"),
        ("POST", "fieldManager=a%0Ab", "", "fieldManager: Invalid value"),
        ("PATCH", "", APPLY, "fieldManager: Required value: is required for apply patch"),
        ("PATCH", "force=true", MERGE, "force: Forbidden: may not be specified for non-apply patch"),
    ],
)
def test_wrong_parameters_are_refused(in_process: InProcess, method: str, query: str, kind: str, message: str) -> None:
    path = MAPS if method == "POST" else f"{MAPS}/c"
    status = in_process.call(method, f"{path}?{query}", config_map("c"), **{"Content-Type": kind or "application/json"})
    assert (status["code"], status["details"]["group"]) == (422, "meta.k8s.io")
    assert status["details"]["kind"] == {"POST": "CreateOptions", "PATCH": "PatchOptions"}[method]
    assert message in status["message"]


@pytest.mark.parametrize(
    ("query", "headers", "manager"),
    [("fieldManager=me", {}, "me"), ("", {"User-Agent": "kubectl/v1.33 (linux)"}, "kubectl")],
)
def test_who_writes(in_process: InProcess, query: str, headers: dict[str, Any], manager: str) -> None:
    made = in_process.call("POST", f"{MAPS}?{query}", config_map("c", a="1"), **headers)
    (entry,) = made["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["fieldsV1"]["f:data"]["f:a"]) == (manager, "Update", {})
