"""Autoscaling policies and workflow templates."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.fake_google.server import NOW, Asked, FakeGoogle, RefusedError, Route


def create_dataproc(google: FakeGoogle, request: Asked, parent: str, collection: str) -> Any:
    name = f"{parent}/{collection}/{request.body['id']}"
    return google.put_new(f"/v1/{name}", {**request.body, "name": name, "version": 1, "createTime": NOW})


def put_template(google: FakeGoogle, request: Asked, name: str) -> Any:
    found = google.need(request.path)
    if request.body["version"] != found["version"]:
        raise RefusedError(400, "version mismatch")
    google.resources[request.path] = {**request.body, "version": found["version"] + 1}
    return google.resources[request.path]


ROUTES: list[Route] = [
    (r"POST /v1/(projects/[^/]+/regions/[^/]+)/(autoscalingPolicies|workflowTemplates)", create_dataproc),
    (r"PUT /v1/(projects/[^/]+/regions/[^/]+/workflowTemplates/[^/]+)", put_template),
]
