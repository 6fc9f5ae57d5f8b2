"""What is no route, and answers of routes that are no BigQuery resource."""

from __future__ import annotations

from typing import NoReturn

import pytest
import requests
from google.cloud import bigquery
from starlette.testclient import TestClient

from localcloud.services.bigquery.routes import create_app
from localcloud.services.record_store import RecordStore
from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT
from tests.localcloud.services.bigquery.in_process import JOBS


def test_bad_bodies_and_pages_are_one_line_errors(client: bigquery.Client, cloud: LocalCloud) -> None:
    address = f"{cloud.url('bigquery')}/bigquery/v2/projects/{PROJECT}"
    assert requests.post(f"{address}/jobs", data="{", timeout=10).json()["error"]["code"] == 400
    assert "not a whole number" in requests.get(f"{address}/jobs?maxResults=x", timeout=10).json()["error"]["message"]
    assert requests.get(f"{address}/nothing", timeout=10).status_code == 404
    wrong_method = requests.put(f"{address}/jobs", timeout=10)
    assert wrong_method.status_code == 405
    assert wrong_method.json()["error"]["errors"][0]["reason"] == "httpMethodNotAllowed"


def test_unexpected_errors_are_googles_json(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: RecordStore, prefix: str = "") -> NoReturn:
        raise RuntimeError("broken")

    with TestClient(create_app(own_cloud), raise_server_exceptions=False) as client, monkeypatch.context() as patch:
        patch.setattr(RecordStore, "items", broken)
        answer = client.get(JOBS)
        assert answer.status_code == 500
        assert "RuntimeError('broken')" in answer.json()["error"]["message"]
        assert answer.json()["error"]["errors"][0]["reason"] == "unexpectedError"
