"""A whole command line of the job."""

from __future__ import annotations

OWN = {
    "input": "gs://landing/drive_logs/",
    "catalog_uri": "http://127.0.0.1:8480/iceberg/v1/restcatalog",
    "warehouse": "gs://curated",
    "catalog_properties": '{"auth": {"type": "google"}}',
    "quarantine": "gs://quarantine",
    "run_id": "run-1",
    "contracts": "gs://artifacts/contracts.json",
}


def arguments(**changed: str | None) -> list[str]:
    return [f"--{name}={value}" for name, value in {**OWN, **changed}.items() if value is not None]
