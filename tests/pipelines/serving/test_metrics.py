"""What a replica measures, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import REGISTRY
from starlette.testclient import TestClient


def test_requests_are_measured_by_route_and_status(client: TestClient) -> None:
    labels = {"route": "/v1/drives/{drive_id}", "status": "404"}
    before = REGISTRY.get_sample_value("serving_request_seconds_count", labels) or 0
    client.get("/v1/drives/none")
    assert REGISTRY.get_sample_value("serving_request_seconds_count", labels) == before + 1
    client.get("/v1/scenarios")
    assert 'serving_request_seconds_count{route="/v1/scenarios",status="200"}' in client.get("/metrics").text


def test_rows_of_the_snapshot_at_hand(client: TestClient) -> None:
    text = client.get("/metrics").text
    assert 'serving_snapshot_rows{table="drives"} 2.0' in text
    assert 'serving_snapshot_rows{table="scenarios"} 21.0' in text
