"""Results of queries: one file a job, whole or not there at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from localcloud.services.bigquery import results
from localcloud.services.bigquery.results import Results
from localcloud.services.bigquery.routes import create_app
from localcloud.services.common import GoogleError
from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.in_process import QUERIES, QUERY, full, refused


def test_rows_come_back_from_where_a_page_begins_until_they_are_deleted(tmp_path: Path) -> None:
    kept = Results(tmp_path / "results")
    kept.keep("p:job", pa.table({"x": [1, 2, 3, 4]}))
    assert kept.read("p:job", 1, 2).to_pydict() == {"x": [2, 3]}
    kept.delete("p:job")
    with pytest.raises(GoogleError, match="Not found: Result of job p:job: run the query again"):
        kept.read("p:job", 0, 1)


def test_result_that_does_not_fit_fails_its_job(own_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(own_cloud)) as client:
        with monkeypatch.context() as patch:
            patch.setattr(results.ipc, "new_file", full)
            refused(client)
        assert list((own_cloud.home / "bigquery" / "results").iterdir()) == []
        assert client.post(QUERIES, json=QUERY).json()["rows"] == [{"f": [{"v": "42"}]}]


def test_parts_of_results_are_swept_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "cut.tmp").write_bytes(b"part")
    (tmp_path / "whole.arrow").write_bytes(b"rows")
    Results(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.arrow"]
