"""What becomes of jobs, batches and workflows when something around them goes wrong; with stand-ins for drivers."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import RetryError
from google.cloud import dataproc_v1 as dataproc
from google.cloud import storage
from google.longrunning.operations_pb2 import DeleteOperationRequest, Operation

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.batches import Batches
from localcloud.services.dataproc.clusters import Clusters
from localcloud.services.dataproc.drivers.agent import Agent, AgentError
from localcloud.services.dataproc.jobs import Jobs
from localcloud.services.dataproc.operations import OperationsApi
from localcloud.services.dataproc.store import Store
from localcloud.services.dataproc.templates import Templates
from localcloud.services.dataproc.workflows import Workflows
from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import OWNER, LocalCloud
from tests.localcloud.services.dataproc.stand_ins import StandInPool
from tests.waiting import wait_for

PROJECT, REGION, CLUSTER = "a-project", "us-central1", "mining"
PLACE: dict[str, Any] = {"project_id": PROJECT, "region": REGION}
PARENT = f"projects/{PROJECT}/regions/{REGION}"
JobState = dataproc.JobStatus.State

internal_errors = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@dataclass
class Service:
    """The Dataproc service's parts, called in this process, and the program that every job runs."""

    pool: StandInPool
    store: Store
    clusters: Clusters
    jobs: Jobs
    batches: Batches
    workflows: Workflows
    program: str

    def create_cluster(self, **labels: str) -> None:
        cluster = dataproc.Cluster(cluster_name=CLUSTER, labels=labels)
        self.clusters.create(dataproc.CreateClusterRequest(cluster=cluster, **PLACE))

    def delete_cluster(self) -> None:
        self.clusters.delete(dataproc.DeleteClusterRequest(cluster_name=CLUSTER, **PLACE))

    def submit(self, main: str = "", **fields: Any) -> Operation:
        """Submit a job with the id `mine`."""
        job = dataproc.Job(
            reference={"job_id": "mine"},
            placement={"cluster_name": CLUSTER},
            pyspark_job={"main_python_file_uri": main or self.program, **fields},
        )
        return self.jobs.submit_as_operation(dataproc.SubmitJobRequest(job=job, **PLACE))

    def start_batch(self, main: str = "") -> Operation:
        """Start a batch with the id `mine`."""
        batch = dataproc.Batch(pyspark_batch={"main_python_file_uri": main or self.program})
        parent = f"projects/{PROJECT}/locations/{REGION}"
        return self.batches.create(dataproc.CreateBatchRequest(parent=parent, batch=batch, batch_id="mine"))

    def start_workflow(self, placement: dict[str, Any]) -> Operation:
        """Start a workflow of two steps, `first` and `second`."""
        step = {"main_python_file_uri": self.program}
        jobs = [{"step_id": step_id, "pyspark_job": step} for step_id in ("first", "second")]
        template = dataproc.WorkflowTemplate(placement=placement, jobs=jobs)
        request = dataproc.InstantiateInlineWorkflowTemplateRequest(parent=PARENT, template=template)
        return self.workflows.instantiate_inline(request)

    def finished(self, operation: Operation) -> Operation:
        """An operation once it is done."""
        return wait_for(lambda: self.store.operations.messages.require(operation.name), lambda one: one.done)

    def job(self) -> dataproc.Job:
        return self.jobs.get(dataproc.GetJobRequest(job_id="mine", **PLACE))

    def batch(self) -> dataproc.Batch:
        return self.batches.get(dataproc.GetBatchRequest(name=f"{PARENT}/batches/mine"))

    def cluster_names(self) -> list[str]:
        return [one.cluster_name for one in self.clusters.list(dataproc.ListClustersRequest(**PLACE)).clusters]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    cloud = LocalCloud(tmp_path / "home", project=PROJECT)
    ensure_owner(cloud)
    program = tmp_path / "main.py"
    program.write_text("")
    pool: Any = StandInPool(cloud)
    store = Store(cloud.folder("dataproc"))
    clusters = Clusters(pool, store)
    jobs = Jobs(store, clusters)
    workflows = Workflows(store, Templates(store), clusters, jobs)
    return Service(pool, store, clusters, jobs, Batches(pool, store), workflows, f"file://{program}")


def give_up(*_: object, **__: object) -> None:
    """What the storage client does after two minutes without an answer."""
    raise RetryError("Timeout of 120.0s exceeded", cause=ConnectionError("refused"))


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("nobody thought of it")


def test_a_job_fails_if_storage_gives_no_answer(service, monkeypatch):
    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)
    service.create_cluster()

    operation = service.finished(service.submit("gs://code/main.py"))

    assert operation.error.message.startswith(f"{OWNER} can't read gs://code/main.py: Timeout of 120.0s exceeded")
    assert service.job().status.state == JobState.ERROR
    assert service.job().status.details == operation.error.message


def test_output_that_storage_does_not_take_is_a_line_of_the_error(service, monkeypatch, tmp_path):
    monkeypatch.setattr(storage.Blob, "upload_from_filename", give_up)
    with pytest.raises(AgentError, match=f"{OWNER} can't write gs://staging/output: Timeout"):
        Agent(service.pool.cloud, OWNER).put(tmp_path / "output", "gs://staging/output")


def test_a_batch_fails_if_storage_gives_no_answer(service, monkeypatch):
    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)

    operation = service.finished(service.start_batch("gs://code/main.py"))

    assert operation.error.message.startswith(f"{OWNER} can't read gs://code/main.py: Timeout of 120.0s exceeded")
    assert service.batch().state == dataproc.Batch.State.FAILED
    assert service.pool.leaked() == []


@internal_errors
def test_a_job_ends_whatever_happens_to_the_service(service):
    service.pool.on_take = fail
    service.create_cluster()

    operation = service.finished(service.submit())

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert service.job().status.state == JobState.ERROR
    assert service.jobs.executions == {}


@internal_errors
def test_a_batch_ends_whatever_happens_to_the_service(service):
    service.pool.on_take = fail

    operation = service.finished(service.start_batch())

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert service.batch().state == dataproc.Batch.State.FAILED
    assert service.batches.runtimes == {}


def test_a_job_whose_output_can_not_be_kept_still_ends_well(service):
    service.create_cluster()

    def take_the_place() -> None:
        kept = Path(service.job().driver_output_resource_uri.removeprefix("file://") + ".000000000")
        kept.mkdir(parents=True)

    service.pool.on_run = take_the_place
    operation = service.finished(service.submit())

    assert not operation.HasField("error")
    assert service.job().status.state == JobState.DONE
    assert service.job().status.details.startswith("driver output was not kept: [Errno 21] Is a directory")


def test_a_job_that_still_brings_its_jars_when_its_cluster_goes_keeps_no_driver(service, tmp_path):
    jar = tmp_path / "job.jar"
    os.mkfifo(jar)
    service.create_cluster()
    operation = service.submit(jar_file_uris=[f"file://{jar}"])
    writing = wait_for(lambda: _open_for_writing(jar), lambda descriptor: descriptor is not None)

    service.delete_cluster()
    os.close(writing)

    assert service.finished(operation).error.message == "the cluster is gone"
    assert service.pool.leaked() == []
    assert service.pool.given == []


def _open_for_writing(pipe: Path) -> int | None:
    """The pipe's writing end, None as long as nobody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


def test_a_deleted_cluster_takes_its_running_job_with_it_and_keeps_no_driver(service):
    service.pool.on_run = service.delete_cluster
    service.create_cluster()

    operation = service.finished(service.submit())

    assert operation.error.message == "driver lost"
    assert service.pool.leaked() == service.pool.given == []


def test_an_idle_clusters_driver_goes_to_the_next_when_it_is_deleted(service):
    service.create_cluster()
    service.finished(service.submit())

    service.delete_cluster()

    assert service.pool.given == service.pool.taken
    assert len(service.pool.given) == 1
    assert service.pool.given[0].alive


def test_a_workflow_fails_when_its_cluster_goes_between_two_steps(service):
    service.create_cluster(pool="shared")
    jobs = service.jobs
    run = jobs.run

    def run_and_delete(*arguments: Any) -> dataproc.Job:
        ended = run(*arguments)
        service.delete_cluster()
        return ended

    jobs.run = run_and_delete
    operation = service.finished(service.start_workflow({"cluster_selector": {"cluster_labels": {"pool": "shared"}}}))

    assert operation.error.message == f"{PARENT}/clusters/{CLUSTER} was deleted"
    assert service.clusters.runtimes == {}
    assert service.pool.leaked() == []
    assert len(service.pool.taken) == 1


@internal_errors
def test_a_workflow_that_fails_before_its_steps_leaves_no_cluster(service, monkeypatch):
    monkeypatch.setattr(service.store.operations, "update", fail)
    placement = {"managed_cluster": {"cluster_name": "own", "config": {}}}

    operation = service.finished(service.start_workflow(placement))

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert service.cluster_names() == []
    assert service.clusters.runtimes == {}
    assert service.pool.leaked() == []


def test_a_running_operation_is_not_deleted(service):
    go_on = threading.Event()
    service.pool.on_run = go_on.wait
    service.create_cluster()
    operation = service.submit()
    api, request = OperationsApi(service.store.operations), DeleteOperationRequest(name=operation.name)

    with pytest.raises(GoogleError, match="is running: cancel it first") as caught:
        api.delete(request)
    go_on.set()
    service.finished(operation)

    assert (caught.value.code, caught.value.reason) == (400, "failedPrecondition")
    api.delete(request)
    with pytest.raises(GoogleError, match="was not found"):
        service.store.operations.messages.require(operation.name)
