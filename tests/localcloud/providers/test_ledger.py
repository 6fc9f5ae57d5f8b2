"""What is noted of a creation, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.ledger import Ledger
from localcloud.settings import LocalCloud
from localcloud.wire.typed import Secret
from tests.localcloud.providers.conftest import PROJECT, REGION, engine_at, served
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.fake_kubernetes import FakeCluster
from tests.localcloud.providers.test_package import refusal

BUCKET = "gcp:storage/bucket:Bucket"
LANDING = {"name": "landing", "location": "US"}
SECRET = "kubernetes:core/v1:Secret"


def test_the_ledger_outlives_the_providers_process(google: FakeGoogle, cloud: LocalCloud) -> None:
    for _ in range(2):
        with served(GcpPackage(cloud)) as port, engine_at(port, project=PROJECT, region=REGION) as engine:
            assert engine.create(BUCKET, "landing", LANDING).id == "landing"
    assert len(google.calls("POST", "/storage/v1/b")) == 1


def test_secrets_are_not_written_down(kubernetes: Engine, cluster: FakeCluster, cloud: LocalCloud) -> None:
    inputs = {"metadata": {"name": "key"}, "stringData": {"key": Secret("hunter-2")}}
    kubernetes.create(SECRET, "key", inputs)
    notes = [path.read_text() for path in (cloud.home / "providers" / "kubernetes").iterdir()]
    assert len(notes) == 1
    assert "hunter-2" not in notes[0]
    assert kubernetes.create(SECRET, "key", inputs).id == "default/key"
    changed = {**inputs, "stringData": {"key": Secret("hunter-3")}}
    assert "with another stringData" in refusal(kubernetes, SECRET, "key", changed)


def test_a_damaged_note_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(tmp_path)
    ledger.add("urn-1", "bucket a", {"name": "a", "count": 3, "items": [1.5, None], "nothing": None})
    (tmp_path / "other.json").write_text("{")
    found = Ledger(tmp_path).find("urn-1", "bucket a")
    assert found is not None
    assert found.inputs == {"name": "a", "count": 3, "items": [1.5, None]}
    assert "passed over" in caplog.text
    assert Ledger(tmp_path).find("urn-2", "bucket a") is None
