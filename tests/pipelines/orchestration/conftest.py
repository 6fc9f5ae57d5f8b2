"""A stack whose endpoints are a small server's, with credentials that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.outputs import Outputs
from tests.pipelines.orchestration.fake_google import FakeGoogle, serve


@pytest.fixture(scope="session")
def private_key() -> str:
    """A service account's key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def google(private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    """The server; the default credentials are those of an account of its."""
    with serve() as fake:
        account = {"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key": private_key}
        file = tmp_path / "key.json"
        file.write_text(json.dumps(account | {"token_uri": f"{fake.url}/token", "project_id": "p"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        yield fake


@pytest.fixture
def exported(google: FakeGoogle) -> dict[str, Any]:
    """A stack's outputs as it exports them, with some that no launch reads."""
    return {
        "project": "p",
        "region": "us-central1",
        "environment": "local",
        "endpoints": {"storage": "http://s", "bigquery": "http://b", "dataproc": google.url, "dataflow": google.url},
        "ingest": {
            "template": "gs://scratch/templates/ingest.json",
            "image": "us-central1-docker.pkg.dev/p/roadbed/ingest:1",
            "arguments": {"input": "gs://landing/drive_logs/", "warehouse": "gs://curated"},
            "identity": "roadbed-ingest@p.iam.gserviceaccount.com",
            "temp_location": "gs://scratch/temp",
            "subnetwork": "default",
            "machine_type": "n2-standard-4",
            "maximum_workers": 20,
            "launcher": "roadbed-launcher@p.iam.gserviceaccount.com",
        },
        "workflow_template": "spark-workflow",
        "serving": {"snapshots": "gs://serving/snapshots", "url": "http://serving"},
    }


@pytest.fixture
def outputs_file(exported: dict[str, Any], tmp_path: Path) -> Path:
    """The outputs in a file."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(exported))
    return file


@pytest.fixture
def clients(exported: dict[str, Any]) -> Clients:
    """Clients of the stack."""
    return Clients(Outputs.model_validate(exported))
