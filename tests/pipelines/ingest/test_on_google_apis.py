"""The program itself against Cloud Storage and the Iceberg REST catalogue, with an identity, as a launch runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from google.api_core.exceptions import NotFound
from google.cloud import storage
from pyiceberg.catalog.rest import RestCatalog

import pipelines.storage
from localcloud.settings import OWNER, LocalCloud
from tests.paths import REPOSITORY
from tests.pipelines import table_forms
from tests.pipelines.ingest.logs import CONTRACTS, START_NS, log_bytes, speeds

BUCKETS = ("landing-b", "curated-b", "quarantine-b", "artifacts-b")


@pytest.fixture(scope="module")
def environment(local_cloud: LocalCloud, start_service: Callable[..., Any]) -> Iterator[dict[str, str]]:
    """What a job's process sees; this process sees the same, so that its clients need nothing else."""
    start_service(local_cloud, "iceberg")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local_cloud.job_environment(OWNER).items():
            patch.setenv(name, value)
        yield os.environ | {"PYTHONPATH": str(REPOSITORY)}


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> storage.Client:
    made = pipelines.storage.client()
    for name in BUCKETS:
        made.create_bucket(name, location="us-central1")
    made.bucket("artifacts-b").blob("contracts.json").upload_from_string(CONTRACTS.to_json())
    return made


@pytest.fixture(scope="module")
def catalog(local_cloud: LocalCloud, client: storage.Client, environment: dict[str, str]) -> RestCatalog:
    """The catalogue of the curated bucket with every table, as the stack makes them."""
    base = local_cloud.url("iceberg") + "/iceberg/v1/restcatalog"
    answer = requests.post(
        f"{base}/extensions/projects/{local_cloud.project}/catalogs",
        params={"iceberg-catalog-id": "curated-b"},
        json={"catalog-type": "CATALOG_TYPE_GCS_BUCKET"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    made = RestCatalog("lake", uri=base, warehouse="gs://curated-b")
    for contract in CONTRACTS:
        made.create_namespace(contract.namespace)
        for table in contract.tables:
            made.create_table(
                (table.namespace, table.name),
                table_forms.iceberg_schema(table),
                f"gs://curated-b/{table.namespace}/{table.name}",
                table_forms.iceberg_partition_spec(table),
                table_forms.iceberg_sort_order(table),
            )
    return made


def ingest(local_cloud: LocalCloud, environment: dict[str, str], run_id: str) -> dict[str, int]:
    """Run main.py as the launcher does; returns its counters."""
    done = subprocess.run(
        [
            sys.executable,
            REPOSITORY / "pipelines/ingest/main.py",
            "--input=gs://landing-b/drive_logs/",
            f"--catalog_uri={local_cloud.url('iceberg')}/iceberg/v1/restcatalog",
            "--warehouse=gs://curated-b",
            "--catalog_properties={}",
            "--quarantine=gs://quarantine-b",
            f"--run_id={run_id}",
            "--contracts=gs://artifacts-b/contracts.json",
            "--runner=FnApiRunner",
            "--project=p",
            "--region=us-central1",
            "--temp_location=gs://artifacts-b/temp",
            "--job_name=ingest",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])["counters"]


def test_logs_in_a_bucket_become_rows_and_damage_is_copied_with_its_reason(
    local_cloud: LocalCloud, client: storage.Client, catalog: RestCatalog, environment: dict[str, str]
) -> None:
    landing = client.bucket("landing-b")
    whole = log_bytes([*speeds(500), ("/vehicle/speed", START_NS, {"speed_mps": "fast"})])
    landing.blob("drive_logs/a b#1.mcap").upload_from_string(whole)
    landing.blob("drive_logs/copy.mcap").upload_from_string(whole)
    landing.blob("drive_logs/cut.mcap").upload_from_string(whole[:-9])

    counters = ingest(local_cloud, environment, "run-1")

    assert {key: value for key, value in counters.items() if key.startswith("messages_")} == {
        "messages_received": 1002,
        "messages_written": 500,
        "messages_quarantined": 1,
        "messages_duplicates": 501,
    }
    rows = catalog.load_table("drive_logs.speed").scan().to_arrow()
    assert sorted(rows["speed_mps"].to_pylist()) == sorted(message["speed_mps"] for _, _, message in speeds(500))
    ledger = catalog.load_table("operations.ingest_ledger").scan().to_arrow().to_pylist()
    assert sorted((entry["file_uri"], entry["outcome"]) for entry in ledger) == [
        ("gs://landing-b/drive_logs/a b#1.mcap", "written"),
        ("gs://landing-b/drive_logs/copy.mcap", "duplicate"),
        ("gs://landing-b/drive_logs/cut.mcap", "quarantined"),
    ]
    (copied,) = client.list_blobs("quarantine-b")
    cut = next(entry for entry in ledger if entry["outcome"] == "quarantined")
    assert copied.name == f"drive_logs/{cut['source_sha256']}/cut.mcap"
    assert copied.metadata["reason"] == "truncated"
    assert copied.download_as_bytes() == whole[:-9]
    assert {entry["generation"] for entry in ledger} == {
        blob.generation for blob in client.list_blobs("landing-b", prefix="drive_logs/")
    }

    before = catalog.load_table("drive_logs.speed").metadata_location
    assert ingest(local_cloud, environment, "run-2")["files_accounted_before"] == 3
    assert catalog.load_table("drive_logs.speed").metadata_location == before


def test_an_object_replaced_meanwhile_is_missing_also_halfway_through(
    client: storage.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its generation is gone: to be copied, to be opened, and to be read on, for an object that comes in parts."""
    monkeypatch.setattr(pipelines.storage, "WHOLE_BYTES", 1024)
    bucket, store = client.bucket("landing-b"), pipelines.storage.CloudStorage()
    bucket.blob("replaced/a.mcap").upload_from_string(b"a" * 5000)
    (stored,) = store.list("gs://landing-b/replaced/")
    with store.open(stored) as stream:
        assert stream.read(600) == b"a" * 600
        bucket.blob("replaced/a.mcap").upload_from_string(b"b" * 5000)
        with pytest.raises(pipelines.storage.MissingObjectError, match=r"replaced/a\.mcap"):
            stream.read(4000)
    with pytest.raises(pipelines.storage.MissingObjectError):
        store.open(stored)
    with pytest.raises(pipelines.storage.MissingObjectError):
        store.copy(stored, "gs://quarantine-b/replaced/a.mcap", {})
    assert list(client.list_blobs("quarantine-b", prefix="replaced/")) == []
    (again,) = store.list("gs://landing-b/replaced/")
    with pytest.raises(NotFound):
        store.copy(again, "gs://no-such-bucket-b/a.mcap", {})
    with store.open(again) as stream:
        assert hashlib.file_digest(stream, "sha256").digest() == hashlib.sha256(b"b" * 5000).digest()  # type: ignore[arg-type]
