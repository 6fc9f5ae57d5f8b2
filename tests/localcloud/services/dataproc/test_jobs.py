"""Jobs: how they end, are refused and cancelled."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, BadRequest, Conflict, NotFound
from google.cloud import dataproc_v1 as dataproc
from google.cloud import storage
from google.longrunning.operations_pb2 import CancelOperationRequest
from google.rpc import code_pb2

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.operations import OperationsApi
from localcloud.settings import OWNER
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.conftest import NewCluster
from tests.localcloud.services.dataproc.parts import PLACE, Parts, fail, give_up, internal_errors
from tests.localcloud.services.dataproc.programs import local, python
from tests.waiting import PATIENCE_S

State = dataproc.JobStatus.State


def test_a_job_fails_if_storage_gives_no_answer(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)
    parts.create_cluster()

    operation = parts.finished(parts.submit("gs://code/main.py"))

    assert operation.error.message.startswith(f"{OWNER} can't read gs://code/main.py: Timeout of 120.0s exceeded")
    assert parts.job().status.state == State.ERROR
    assert parts.job().status.details == operation.error.message


def test_a_cancelled_job_ends_its_operation_as_cancelled(parts: Parts) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        go_on.wait()

    parts.pool.on_run = wait
    parts.create_cluster()
    running = parts.submit()
    assert started.wait(PATIENCE_S)
    OperationsApi(parts.store.operations).cancel(CancelOperationRequest(name=running.name))
    go_on.set()
    ended = parts.finished(running)
    assert (ended.error.code, ended.error.message) == (code_pb2.CANCELLED, "the job was cancelled")
    assert parts.job().status.state == State.CANCELLED


def test_only_the_labels_of_a_job_are_updated(parts: Parts) -> None:
    parts.create_cluster()
    parts.finished(parts.submit())
    changes = {"job_id": "mine", "job": {"labels": {"owner": "roads"}}, **PLACE}
    parts.jobs.update(dataproc.UpdateJobRequest(update_mask={"paths": ["labels"]}, **changes))
    assert parts.job().labels["owner"] == "roads"
    assert parts.job().status.state == State.DONE
    with pytest.raises(GoogleError, match="updateMask: status can't be updated, only labels"):
        parts.jobs.update(dataproc.UpdateJobRequest(update_mask={"paths": ["status"]}, **changes))


@internal_errors
def test_a_job_ends_whatever_happens_to_the_service(parts: Parts) -> None:
    parts.pool.on_take = fail
    parts.create_cluster()

    operation = parts.finished(parts.submit())

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert parts.job().status.state == State.ERROR
    assert parts.jobs.executions == {}


def test_a_job_needs_a_cluster_that_is_there(service: Dataproc) -> None:
    job = dataproc.Job(placement={"cluster_name": "none"}, pyspark_job={"main_python_file_uri": "gs://code/main.py"})
    with pytest.raises(NotFound, match="clusters/none was not found"):
        service.jobs.submit_job(request={**service.place, "job": job})


def test_a_job_that_exits_with_an_error_says_its_last_line(
    service: Dataproc, cluster: str, programs_folder: Path
) -> None:
    strict = local(programs_folder, "strict", "--colour=red")
    service.submit(cluster, "unknown-argument", strict)

    job = service.ended("unknown-argument")

    assert job.status.state == State.ERROR
    assert job.status.details == "exit code 2: strict: error: unrecognized arguments: --colour=red"
    with pytest.raises(Conflict):
        service.submit(cluster, "unknown-argument", strict)


def test_a_request_id_submits_once_by_each_method(service: Dataproc, cluster: str, programs_folder: Path) -> None:
    settings = {"request_id": "once"}
    program = local(programs_folder, "raise")
    job = {"placement": {"cluster_name": cluster}, "pyspark_job": program}

    submitted = [service.submit(cluster, "", program, **settings) for _ in range(2)]
    operations = [
        service.jobs.submit_job_as_operation(request={**service.place, "job": job, **settings}) for _ in range(2)
    ]

    assert submitted[0].reference.job_id == submitted[1].reference.job_id
    assert operations[0].operation.name == operations[1].operation.name
    with pytest.raises(Aborted, match="ValueError: no such road"):
        operations[0].result(timeout=PATIENCE_S)
    metadata: Any = operations[0].metadata
    assert metadata.job_id != submitted[0].reference.job_id
    assert service.ended(submitted[0].reference.job_id).status.state == State.ERROR


def test_a_job_is_refused_where_its_identity_has_no_grant(
    spark: Dataproc, new_cluster: NewCluster, job_identity: str
) -> None:
    cluster = new_cluster()
    spark.submit(cluster, "curious", python("count", "gs://foreign/secret.txt"))
    spark.submit(cluster, "stranger", {"main_python_file_uri": "gs://foreign/main.py"})

    curious, stranger = spark.ended("curious"), spark.ended("stranger")

    assert curious.status.state == stranger.status.state == State.ERROR
    assert "Error accessing gs://foreign/secret.txt; Caused by: " in curious.status.details
    assert curious.status.details.endswith("403 Forbidden")
    assert f"{job_identity} can't read gs://foreign/main.py: 403" in stranger.status.details


def test_an_archive_is_unpacked_under_the_name_after_its_address(spark: Dataproc, new_cluster: NewCluster) -> None:
    archives = ["gs://code/one/helpers.zip#environment"]
    spark.submit(new_cluster(), "unpacks", python("archive", archive_uris=archives))
    assert "unpacked VALUE = 10" in spark.output("unpacks")


def test_cancel_ends_a_running_job_and_one_that_waits_for_its_turn(
    service: Dataproc, cluster: str, programs_folder: Path
) -> None:
    service.submit(cluster, "running", local(programs_folder, "wait"))
    service.reached("running", State.RUNNING)
    service.submit(cluster, "waiting", local(programs_folder, "wait"))
    active = service.jobs.list_jobs(request={**service.place, "filter": "status.state = ACTIVE"})
    assert {job.reference.job_id for job in active} == {"running", "waiting"}
    with pytest.raises(BadRequest, match="is active: cancel it first"):
        service.jobs.delete_job(request={**service.place, "job_id": "waiting"})

    for job_id in ("waiting", "running"):
        service.jobs.cancel_job(request={**service.place, "job_id": job_id})

    assert service.ended("running").status.state == State.CANCELLED
    assert service.ended("waiting").status.state == State.CANCELLED
    service.jobs.delete_job(request={**service.place, "job_id": "waiting"})
    with pytest.raises(NotFound):
        service.job("waiting")
