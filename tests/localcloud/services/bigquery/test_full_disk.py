"""Jobs whose outcome the disk does not take: they end, and say so. The service runs in the test's own process."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from localcloud.services import common
from localcloud.services.bigquery import results
from localcloud.services.bigquery.routes import create_app
from localcloud.settings import LocalCloud

PROJECT = "/bigquery/v2/projects/p"
QUERY = {"query": "SELECT 42 AS answer", "useLegacySql": False}


@pytest.fixture
def own_cloud(tmp_path: Path) -> LocalCloud:
    return LocalCloud(home=tmp_path)


def full(path: Any, *rest: Any) -> Any:
    """Stands for a write to a full disk, of which a part remains."""
    Path(path).with_suffix(".tmp").write_bytes(b"part")
    raise OSError(errno.ENOSPC, "No space left on device")


def refused(client: TestClient) -> None:
    job = client.post(f"{PROJECT}/jobs", json={"configuration": {"query": QUERY}}).json()["jobReference"]["jobId"]
    answer = client.get(f"{PROJECT}/queries/{job}").json()["error"]
    assert (answer["code"], answer["errors"][0]["reason"]) == (413, "insufficientStorage")
    assert "No space left on the disk of the local cloud" in answer["message"]
    assert client.get(f"{PROJECT}/jobs/{job}").json()["status"]["state"] == "DONE"
    listed = client.get(f"{PROJECT}/jobs").json()["jobs"]
    assert [one["status"]["state"] for one in listed if one["jobReference"]["jobId"] == job] == ["DONE"]


def test_result_that_does_not_fit_fails_its_job(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client:
        with monkeypatch.context() as patch:
            patch.setattr(results.ipc, "new_file", full)
            refused(client)
        assert list((own_cloud.home / "bigquery" / "results").iterdir()) == []
        assert client.post(f"{PROJECT}/queries", json=QUERY).json()["rows"] == [{"f": [{"v": "42"}]}]


def test_record_that_does_not_fit_fails_its_job(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client, monkeypatch.context() as patch:
        patch.setattr(common, "write_atomic", full)
        refused(client)


def test_new_job_that_does_not_fit_is_refused(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client, monkeypatch.context() as patch:
        patch.setattr(common, "write_new", full)
        answer = client.post(f"{PROJECT}/queries", json=QUERY)
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (413, "insufficientStorage")


def test_unexpected_errors_are_googles_json(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: common.RecordStore, prefix: str = "") -> Any:
        raise RuntimeError("broken")

    with TestClient(create_app(own_cloud), raise_server_exceptions=False) as client, monkeypatch.context() as patch:
        patch.setattr(common.RecordStore, "items", broken)
        answer = client.get(f"{PROJECT}/jobs")
        assert answer.status_code == 500
        assert "RuntimeError('broken')" in answer.json()["error"]["message"]
        assert answer.json()["error"]["errors"][0]["reason"] == "unexpectedError"


def test_parts_of_results_are_swept_at_the_start(own_cloud: LocalCloud) -> None:
    folder = own_cloud.folder("bigquery") / "results"
    folder.mkdir()
    (folder / "cut.tmp").write_bytes(b"part")
    with TestClient(create_app(own_cloud)):
        assert list(folder.iterdir()) == []
