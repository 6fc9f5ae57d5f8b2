"""The job's program: its errors, what it makes of a runner's result, and a launch against Google's APIs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from apache_beam.runners.runner import PipelineResult
from google.cloud import storage
from pyiceberg.catalog.rest import RestCatalog

from localcloud.settings import LocalCloud
from pipelines.ingest.main import finish, main
from pipelines.ingest.model import IngestError
from pipelines.ingest.steps import NAMESPACE
from tests.paths import REPOSITORY
from tests.pipelines import table_forms
from tests.pipelines.datasets import CONTRACTS
from tests.pipelines.ingest.arguments import arguments
from tests.pipelines.ingest.logs import START_NS, LocalLake, log_bytes, speeds

BUCKETS = ("landing-b", "curated-b", "quarantine-b", "artifacts-b")


def test_contracts_that_are_not_there_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contracts = tmp_path / "contracts.json"
    assert main(arguments(input=tmp_path.as_uri(), contracts=contracts.as_uri(), catalog_properties="{}")) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == (
        f"ingest: --contracts {contracts.as_uri()}: it is not there; deploy the stack, which writes it\n"
    )


def test_the_program_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    """As the launcher runs it: as a file, with the package on PYTHONPATH."""
    contracts = tmp_path / "contracts.json"
    contracts.write_text(CONTRACTS.to_json())
    places = {"input": tmp_path.as_uri(), "contracts": contracts.as_uri(), "catalog_uri": "http://127.0.0.1:9/x"}
    done = subprocess.run(
        [sys.executable, REPOSITORY / "pipelines/ingest/main.py", *arguments(**places, catalog_properties=None)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "ingest: the catalogue can't be reached" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_an_input_that_matches_nothing_is_one_line(lake: LocalLake) -> None:
    with pytest.raises(IngestError, match=r"^--input file://\S+/drive_logs: nothing is there; give the prefix of"):
        lake.ingest()


def test_a_missing_table_is_one_line(lake: LocalLake) -> None:
    lake.put("a.mcap", b"")
    (lake.catalog.folder / "drive_logs.gnss.pointer").unlink()
    with pytest.raises(IngestError, match=r"^table drive_logs.gnss is not in the catalogue; deploy the stack before"):
        lake.ingest()


class Result:
    """A runner's result with one counter; it can be asked for that only after the wait, as Dataflow's."""

    def __init__(self) -> None:
        self.waited = False

    def wait_until_finish(self) -> None:
        self.waited = True

    def metrics(self) -> Any:
        assert self.waited
        return self

    def query(self, wanted: Any) -> dict[str, list[Any]]:
        assert wanted.namespaces == {NAMESPACE}
        key = SimpleNamespace(metric=SimpleNamespace(name="files_listed"))
        return {"counters": [SimpleNamespace(key=key, committed=3)]}


class DataflowResult(Result):
    """As DataflowPipelineResult: it knows whether there is a job, and refuses to be asked without one."""

    def __init__(self, has_job: bool) -> None:
        super().__init__()
        self.has_job = has_job

    def query(self, wanted: Any) -> dict[str, list[Any]]:
        if not self.has_job:
            raise ValueError("Can not query metrics. Job id is unknown.")
        return super().query(wanted)


def test_a_template_without_a_job_has_no_counters() -> None:
    result = DataflowResult(has_job=False)
    assert finish(cast("PipelineResult", result)) == {}
    assert not result.waited


def test_a_job_is_waited_for() -> None:
    assert finish(cast("PipelineResult", DataflowResult(has_job=True))) == {"files_listed": 3}
    assert finish(cast("PipelineResult", Result())) == {"files_listed": 3}


def test_dataflow_s_result_says_whether_it_has_a_job() -> None:
    """Beam's own class, as its runner leaves it after writing a template."""
    from apache_beam.runners.dataflow.dataflow_runner import DataflowPipelineResult, DataflowRunner

    assert finish(DataflowPipelineResult(None, DataflowRunner())) == {}


@pytest.fixture
def catalog(google_apis: LocalCloud, storage_client: storage.Client) -> RestCatalog:
    """The catalogue of the curated bucket with every table, as the stack makes them."""
    for name in BUCKETS:
        storage_client.create_bucket(name, location="us-central1")
    storage_client.bucket("artifacts-b").blob("contracts.json").upload_from_string(CONTRACTS.to_json())
    base = google_apis.url("iceberg") + "/iceberg/v1/restcatalog"
    answer = requests.post(
        f"{base}/extensions/projects/{google_apis.project}/catalogs",
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


def launch_arguments(google_apis: LocalCloud, run_id: str) -> list[str]:
    """What a launch passes."""
    return [
        "--input=gs://landing-b/drive_logs/",
        f"--catalog_uri={google_apis.url('iceberg')}/iceberg/v1/restcatalog",
        "--warehouse=gs://curated-b",
        "--catalog_properties={}",
        "--quarantine=gs://quarantine-b/drive_logs",
        f"--run_id={run_id}",
        "--contracts=gs://artifacts-b/contracts.json",
        "--runner=FnApiRunner",
        "--project=p",
        "--region=us-central1",
        "--temp_location=gs://artifacts-b/temp",
        "--job_name=ingest",
    ]


def launched(arguments: list[str], environment: dict[str, str]) -> dict[str, int]:
    """Run main.py as the launcher does; returns its counters."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "pipelines/ingest/main.py", *arguments],
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])["counters"]


def test_logs_in_a_bucket_become_rows_and_damage_is_copied_with_its_reason(
    google_apis: LocalCloud,
    storage_client: storage.Client,
    catalog: RestCatalog,
    job_environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    landing = storage_client.bucket("landing-b")
    whole = log_bytes([*speeds(500), ("/vehicle/speed", START_NS, {"speed_mps": "fast"})])
    landing.blob("drive_logs/a b#1.mcap").upload_from_string(whole)
    landing.blob("drive_logs/copy.mcap").upload_from_string(whole)
    landing.blob("drive_logs/cut.mcap").upload_from_string(whole[:-9])

    counters = launched(launch_arguments(google_apis, "run-1"), job_environment)

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
    (copied,) = storage_client.list_blobs("quarantine-b")
    cut = next(entry for entry in ledger if entry["outcome"] == "quarantined")
    assert copied.name == f"drive_logs/{cut['source_sha256']}/cut.mcap"
    assert copied.metadata["reason"] == "truncated"
    assert copied.download_as_bytes() == whole[:-9]
    assert {entry["generation"] for entry in ledger} == {
        blob.generation for blob in storage_client.list_blobs("landing-b", prefix="drive_logs/")
    }

    before = catalog.load_table("drive_logs.speed").metadata_location
    capsys.readouterr()
    assert main(launch_arguments(google_apis, "run-2")) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["run_id"], printed["counters"]["files_accounted_before"]) == ("run-2", 3)
    assert catalog.load_table("drive_logs.speed").metadata_location == before
