"""Datasets and tables."""

from __future__ import annotations

from typing import Any

from tests.localcloud.providers.fake_google.server import Asked, FakeGoogle, Route


def create_dataset(google: FakeGoogle, request: Asked, project: str) -> Any:
    path = f"/bigquery/v2/projects/{project}/datasets/{request.body['datasetReference']['datasetId']}"
    return google.put_new(path, {**request.body, "etag": "d1", "creationTime": "1700000000000", "selfLink": path})


def create_bigquery_table(google: FakeGoogle, request: Asked, project: str, dataset: str) -> Any:
    path = f"{request.path}/{request.body['tableReference']['tableId']}"
    kind = "VIEW" if "view" in request.body else "TABLE"
    return google.put_new(path, {**request.body, "type": kind, "numRows": "0", "creationTime": "1700000000000"})


ROUTES: list[Route] = [
    (r"POST /bigquery/v2/projects/([^/]+)/datasets", create_dataset),
    (r"POST /bigquery/v2/projects/([^/]+)/datasets/([^/]+)/tables", create_bigquery_table),
]
