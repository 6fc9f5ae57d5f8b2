"""BigQuery in the test's own process, on a disk that is full."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

QUERIES = "/bigquery/v2/projects/p/queries"
JOBS = "/bigquery/v2/projects/p/jobs"
QUERY = {"query": "SELECT 42 AS answer", "useLegacySql": False}


def full(path: Any, *rest: Any) -> Any:
    """Stands for a write to a full disk, of which a part remains."""
    Path(path).with_suffix(".tmp").write_bytes(b"part")
    raise OSError(errno.ENOSPC, "No space left on device")


def refused(client: TestClient) -> None:
    """A job is taken, and ends as failed for want of space."""
    job = client.post(JOBS, json={"configuration": {"query": QUERY}}).json()["jobReference"]["jobId"]
    answer = client.get(f"{QUERIES}/{job}").json()["error"]
    assert (answer["code"], answer["errors"][0]["reason"]) == (413, "insufficientStorage")
    assert "No space left on the disk of the local cloud" in answer["message"]
    assert client.get(f"{JOBS}/{job}").json()["status"]["state"] == "DONE"
    listed = client.get(JOBS).json()["jobs"]
    assert [one["status"]["state"] for one in listed if one["jobReference"]["jobId"] == job] == ["DONE"]
