"""The Dataproc service's parts in this process, for what happens when something around them goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import RetryError
from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation

from localcloud.services.dataproc.batches import Batches
from localcloud.services.dataproc.clusters import Clusters
from localcloud.services.dataproc.jobs import Jobs
from localcloud.services.dataproc.store import Store
from localcloud.services.dataproc.templates import Templates
from localcloud.services.dataproc.workflows import Workflows
from localcloud.settings import LocalCloud
from tests.localcloud.services.dataproc.stand_ins import StandInPool
from tests.waiting import wait_for

PROJECT, REGION, CLUSTER = "a-project", "us-central1", "mining"
PLACE: dict[str, Any] = {"project_id": PROJECT, "region": REGION}
PARENT = f"projects/{PROJECT}/regions/{REGION}"

internal_errors = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@dataclass
class Parts:
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


def parts_of(cloud: LocalCloud, program: Path) -> Parts:
    pool: Any = StandInPool(cloud)
    store = Store(cloud.folder("dataproc"))
    clusters = Clusters(pool, store)
    jobs = Jobs(store, clusters)
    workflows = Workflows(store, Templates(store), clusters, jobs)
    return Parts(pool, store, clusters, jobs, Batches(pool, store), workflows, f"file://{program}")


def give_up(*_: object, **__: object) -> None:
    """What the storage client does after two minutes without an answer."""
    raise RetryError("Timeout of 120.0s exceeded", cause=ConnectionError("refused"))


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("nobody thought of it")
