"""projects.locations.jobs: get, list, aggregated list, update (cancel), messages, metrics."""

from __future__ import annotations

from typing import Any

from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.services.common import GoogleError, page
from localcloud.services.dataflow.launcher import Launcher
from localcloud.services.dataflow.store import ENDED, Importance, State, Store
from localcloud.services.protobuf import now

Filter = dataflow.ListJobsRequest.Filter
BY_IMPORTANCE = (  # the numbers of the enum are in no order
    *(Importance.JOB_MESSAGE_IMPORTANCE_UNKNOWN, Importance.JOB_MESSAGE_DEBUG, Importance.JOB_MESSAGE_DETAILED),
    *(Importance.JOB_MESSAGE_BASIC, Importance.JOB_MESSAGE_WARNING, Importance.JOB_MESSAGE_ERROR),
)


class Jobs:
    """The jobs, messages and metrics APIs."""

    def __init__(self, store: Store, launcher: Launcher) -> None:
        self.store = store
        self.launcher = launcher

    def get(self, request: dataflow.GetJobRequest) -> dataflow.Job:
        return self.store.require(request.project_id, request.job_id, request.location)

    def list(self, request: dataflow.ListJobsRequest) -> dataflow.ListJobsResponse:
        """Jobs of a project, the newest first; of one location unless none is named (aggregated)."""
        found = [
            job
            for job in self.store.all()
            if job.project_id == request.project_id
            and request.location in ("", job.location)
            and request.name in ("", job.name)
            and _passes(job, request.filter)
        ]
        jobs, token = page(found, request.page_size, request.page_token)
        return dataflow.ListJobsResponse(jobs=jobs, next_page_token=token)

    def update(self, request: dataflow.UpdateJobRequest) -> dataflow.Job:
        """Only `requestedState` can change, and only to cancelled."""
        job = self.store.require(request.project_id, request.job_id, request.location)
        wanted = request.job.requested_state
        if wanted == State.JOB_STATE_DRAINED and job.current_state not in ENDED:
            message = f"({job.id}): this Dataflow can't drain a job: cancel it (JOB_STATE_CANCELLED)"
            raise GoogleError(400, message, "failedPrecondition")
        if wanted not in (State.JOB_STATE_CANCELLED, State.JOB_STATE_DRAINED):
            message = f"({job.id}): requestedState must be JOB_STATE_CANCELLED, not {State(wanted).name}"
            raise GoogleError(400, message, "badRequest")
        return self.launcher.cancel(job.id)

    def messages(self, request: dataflow.ListJobMessagesRequest) -> dataflow.ListJobMessagesResponse:
        self.store.require(request.project_id, request.job_id, request.location)
        found = [message for message in self.store.messages(request.job_id) if _asked_for(message, request)]
        messages, token = page(found, request.page_size, request.page_token)
        return dataflow.ListJobMessagesResponse(job_messages=messages, next_page_token=token)

    def metrics(self, request: dataflow.GetJobMetricsRequest) -> dataflow.JobMetrics:
        self.store.require(request.project_id, request.job_id, request.location)
        return dataflow.JobMetrics(metric_time=now(), metrics=self.store.metrics(request.job_id))


def _passes(job: dataflow.Job, wanted: Filter) -> bool:
    if wanted in (Filter.ACTIVE, Filter.TERMINATED):
        return (job.current_state in ENDED) == (wanted == Filter.TERMINATED)
    return True


def _asked_for(message: dataflow.JobMessage, request: dataflow.ListJobMessagesRequest) -> bool:
    """Whether a message is as important as asked for, and from the times asked for (the end not included)."""
    rank = BY_IMPORTANCE.index
    moment: Any = message.time  # a datetime, whatever the wrapper's annotation says
    return (
        rank(message.message_importance) >= rank(request.minimum_importance)
        and ("start_time" not in request or moment >= request.start_time)
        and ("end_time" not in request or moment < request.end_time)
    )
