"""The bucket of clusters that name none."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.cloud import storage

from localcloud.services.dataproc.drivers.agent import AgentError
from localcloud.services.dataproc.drivers.staging import StagingBucket
from localcloud.services.iam.accounts import ensure_owner
from localcloud.services.storage_client import storage_client
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.parts import give_up


def test_every_region_of_a_project_has_one_for_ever() -> None:
    cloud = LocalCloud(Path("/nowhere"))
    names = [
        StagingBucket(cloud, project, region).name
        for project in ("p", "q")
        for region in ("us-central1", "northamerica-northeast1")
    ]
    assert len({*names, StagingBucket(cloud, "p", "us-central1").name}) == 4
    assert names[0] == f"dataproc-staging-us-central1-{LocalCloud.project_number('p')}-{names[0][-8:]}"
    assert max(map(len, names)) <= 63, "longer than a bucket's name can be"


def test_it_is_made_when_something_is_put_there(service: Dataproc, tmp_path: Path) -> None:
    staging = StagingBucket(service.cloud, "another", "europe-west1")
    (tmp_path / "output").write_text("x")
    for name in ("one", "two"):
        staging.put(tmp_path / "output", f"gs://{staging.name}/{name}")
    bucket = storage_client(service.cloud, OWNER).get_bucket(staging.name)
    assert (bucket.location, bucket.soft_delete_policy.retention_duration_seconds) == ("EU", 0)
    assert bucket.project_number == int(LocalCloud.project_number("another"))
    assert [blob.name for blob in bucket.list_blobs()] == ["one", "two"]


def test_storage_that_does_not_answer_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = LocalCloud(tmp_path)
    ensure_owner(cloud)
    monkeypatch.setattr(storage.Client, "create_bucket", give_up)
    with pytest.raises(AgentError, match=r"^can't make the bucket dataproc-staging-.*: Timeout of 120.0s exceeded"):
        StagingBucket(cloud, "p", "us-central1").put(tmp_path / "x", "gs://b/x")
