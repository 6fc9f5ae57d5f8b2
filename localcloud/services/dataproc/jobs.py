"""Jobs: submitted to a cluster by a client, or by a workflow as its steps."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation
from google.protobuf.empty_pb2 import Empty

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.checks import JOB_ID, check_identifier, check_kind
from localcloud.services.dataproc.clusters import LOCATION, Clusters
from localcloud.services.dataproc.drivers.runtime import Execution, Outcome, PythonJob
from localcloud.services.dataproc.names import job_name, matches, parent_of
from localcloud.services.dataproc.operations import LOST
from localcloud.services.dataproc.store import Store
from localcloud.services.protobuf import now, update, wire

State = dataproc.JobStatus.State
ENDED = (State.DONE, State.ERROR, State.CANCELLED)
UPDATABLE = ("labels",)
"""Source: google.cloud.dataproc.v1.UpdateJobRequest.update_mask."""
Matcher = dataproc.ListJobsRequest.JobStateMatcher


class Jobs:
    """The jobs API; `run` is what a workflow calls for a step."""

    def __init__(self, store: Store, clusters: Clusters) -> None:
        self.store = store
        self.clusters = clusters
        self.executions: dict[str, Execution] = {}
        for job in store.jobs.list(""):
            if job.status.state not in ENDED:
                self._change(name_of(job), State.ERROR, LOST)

    def make(self, region: str, job: dataproc.Job, cluster: dataproc.Cluster) -> dataproc.Job:
        """A pending job on a cluster. `job.reference` says its project and id; 409 if there is one of that id."""
        runtime = self.clusters.runtime(cluster)
        job.placement = dataproc.JobPlacement(cluster_name=cluster.cluster_name, cluster_uuid=cluster.cluster_uuid)
        job.job_uuid = str(uuid.uuid4())
        job.status = dataproc.JobStatus(state=State.PENDING, state_start_time=now())
        job.driver_output_resource_uri = runtime.output_address(cluster.config.config_bucket, job.reference.job_id)
        job.labels[LOCATION] = region
        self.store.jobs.create(name_of(job), job)
        self.executions[name_of(job)] = Execution(lambda: self._change(name_of(job), State.RUNNING))
        return job

    def run(
        self, job: dataproc.Job, cluster: dataproc.Cluster, tell: Callable[[dataproc.Job], object] = lambda ended: None
    ) -> dataproc.Job:
        """Run a job that was made to its end; the job as it ended, which `tell` gets even if this raises."""
        outcome = Outcome()
        try:
            program = PythonJob.of(job.reference.job_id, job.pyspark_job, job.driver_output_resource_uri)
            outcome = self.clusters.runtime(cluster).run(program, self.executions[name_of(job)])
        except GoogleError as failure:
            outcome = Outcome(failure.message)
        except Exception as failure:
            outcome = Outcome(f"internal error: {failure!r}")
            raise
        finally:
            ended = self._end(job, outcome)
            tell(ended)
        return ended

    def _end(self, job: dataproc.Job, outcome: Outcome) -> dataproc.Job:
        state = State.CANCELLED if outcome.cancelled else State.ERROR if outcome.error else State.DONE
        with self.store.lock:
            del self.executions[name_of(job)]
            return self._change(name_of(job), state, outcome.error or outcome.note)

    def _change(self, name: str, state: State, details: str = "") -> dataproc.Job:
        with self.store.lock:
            job = self.store.jobs.require(name)
            job.status_history.append(job.status)
            job.status = dataproc.JobStatus(state=state, details=details, state_start_time=now())
            job.done = state in ENDED
            return self.store.jobs.put(name, job)

    def submit(self, request: dataproc.SubmitJobRequest) -> dataproc.Job:
        def make() -> str:
            job, cluster = self._made(request)
            _in_background(lambda: self.run(job, cluster))
            return name_of(job)

        name = self.store.once(_request_key("submitJob", request), make)
        return self.store.jobs.require(name)

    def submit_as_operation(self, request: dataproc.SubmitJobRequest) -> Operation:
        operations = self.store.operations

        def make() -> str:
            job, cluster = self._made(request)
            parent = parent_of(request.project_id, request.region)
            name = operations.start(parent, wire(_metadata(job)), lambda: self.stop(name_of(job))).name

            def finish(ended: dataproc.Job) -> None:
                cancelled = ended.status.state == State.CANCELLED
                error = "the job was cancelled" if cancelled else ended.status.details
                error = "" if ended.status.state == State.DONE else error
                operations.finish(name, wire(_metadata(ended)), wire(ended), error, cancelled)

            _in_background(lambda: self.run(job, cluster, finish))
            return name

        name = self.store.once(_request_key("submitJobAsOperation", request), make)
        return operations.messages.require(name)

    def _made(self, request: dataproc.SubmitJobRequest) -> tuple[dataproc.Job, dataproc.Cluster]:
        job = request.job
        check_kind("job", job)
        cluster = self._placed(request)
        job.reference.project_id = request.project_id
        job.reference.job_id = job.reference.job_id or str(uuid.uuid4())
        check_identifier("job.reference.jobId", job.reference.job_id, JOB_ID)
        return self.make(request.region, job, cluster), cluster

    def _placed(self, request: dataproc.SubmitJobRequest) -> dataproc.Cluster:
        placement = request.job.placement
        if placement.cluster_name:
            return self.clusters.find(request.project_id, request.region, placement.cluster_name)
        if placement.cluster_labels:
            return self.clusters.select(request.project_id, request.region, dict(placement.cluster_labels))
        raise GoogleError(400, "job.placement: set clusterName or clusterLabels", "badRequest")

    def stop(self, name: str) -> None:
        """Cancel a job: at once if it runs, before its turn if it waits; one that ended stays as it is."""
        with self.store.lock:
            execution = self.executions.get(name)
            if execution is not None and not execution.cancelled.is_set():
                self._change(name, State.CANCEL_STARTED)
        if execution is not None:
            execution.cancel()

    def get(self, request: dataproc.GetJobRequest) -> dataproc.Job:
        return self.store.jobs.require(job_name(request.project_id, request.region, request.job_id))

    def update(self, request: dataproc.UpdateJobRequest) -> dataproc.Job:
        name = job_name(request.project_id, request.region, request.job_id)
        with self.store.lock:
            job = self.store.jobs.require(name)
            location = job.labels[LOCATION]
            update(job, request.job, request.update_mask, UPDATABLE)
            job.labels[LOCATION] = location
            return self.store.jobs.put(name, job)

    def cancel(self, request: dataproc.CancelJobRequest) -> dataproc.Job:
        name = job_name(request.project_id, request.region, request.job_id)
        self.store.jobs.require(name)
        self.stop(name)
        return self.store.jobs.require(name)

    def list(self, request: dataproc.ListJobsRequest) -> dataproc.ListJobsResponse:
        prefix = f"{parent_of(request.project_id, request.region)}/jobs/"
        found = [
            job
            for job in self.store.jobs.list(prefix)
            if _fits(job, request.filter)
            and request.cluster_name in ("", job.placement.cluster_name)
            and (request.job_state_matcher == Matcher.ALL or (request.job_state_matcher == Matcher.ACTIVE) != job.done)
        ]
        found.sort(key=_submitted, reverse=True)
        jobs, token = page(found, request.page_size, request.page_token)
        return dataproc.ListJobsResponse(jobs=jobs, next_page_token=token)

    def delete(self, request: dataproc.DeleteJobRequest) -> Empty:
        name = job_name(request.project_id, request.region, request.job_id)
        if not self.store.jobs.require(name).done:
            raise GoogleError(400, f"{name} is active: cancel it first", "failedPrecondition")
        self.store.jobs.delete(name)
        return Empty()


def _request_key(method: str, request: dataproc.SubmitJobRequest) -> str:
    return request.request_id and f"{method}/{request.project_id}/{request.region}/{request.request_id}"


def _in_background(work: Callable[[], object]) -> None:
    threading.Thread(target=work, daemon=True).start()


def name_of(job: dataproc.Job) -> str:
    return job_name(job.reference.project_id, job.labels[LOCATION], job.reference.job_id)


def _submitted(job: dataproc.Job) -> Any:
    return (job.status_history[0] if job.status_history else job.status).state_start_time


def _metadata(job: dataproc.Job) -> dataproc.JobMetadata:
    return dataproc.JobMetadata(
        job_id=job.reference.job_id, status=job.status, operation_type="SUBMIT", start_time=_submitted(job)
    )


def _fits(job: dataproc.Job, filter_text: str) -> bool:
    state = "NON_ACTIVE" if job.done else "ACTIVE"  # Dataproc's filter knows a job's state only so
    return matches(filter_text, {"clusterName": job.placement.cluster_name, "status.state": state}, job.labels)
