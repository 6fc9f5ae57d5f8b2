"""Routes of the Dataflow service: the REST v1b3 paths that google-cloud-dataflow-client's transports use."""

from __future__ import annotations

from google.cloud import dataflow_v1beta3 as dataflow
from starlette.applications import Starlette

from localcloud.services.dataflow.jobs import Jobs
from localcloud.services.dataflow.launcher import Launcher
from localcloud.services.dataflow.store import Store
from localcloud.services.dispatch import application, closing
from localcloud.services.transcoding import NO_METHOD, not_offered, transcoded
from localcloud.settings import LocalCloud

PROJECT = "/v1b3/projects/{project_id}"
LOCATION = f"{PROJECT}/locations/{{location}}"


def paths(rest: str) -> tuple[str, ...]:
    """Dataflow serves most at a location and, older, at the project."""
    return f"{LOCATION}/{rest}", f"{PROJECT}/{rest}"


NOT_OFFERED = not_offered(
    *paths("jobs"),
    *paths("jobs/{job_id}:snapshot"),
    *paths("jobs/{job_id}/{part=**}"),
    *paths("snapshots"),
    *paths("snapshots/{snapshot_id}"),
    *paths("templates"),
    *paths("templates:get"),
    *paths("templates:launch"),
    *paths("WorkerMessages"),
    f"{LOCATION}/sql:validate",
)
"""Source: https://cloud.google.com/dataflow/docs/reference/rest, v1b3."""


def create_app(cloud: LocalCloud) -> Starlette:
    """The Dataflow service of a cloud. Jobs that ran when it last stopped are failed as lost."""
    store = Store(cloud.folder("dataflow"))
    launcher = Launcher(cloud, store)
    jobs = Jobs(store, launcher)

    launch = f"{LOCATION}/flexTemplates:launch"
    job = paths("jobs/{job_id}")
    messages, metrics = paths("jobs/{job_id}/messages"), paths("jobs/{job_id}/metrics")
    routes = [
        transcoded("POST", launch, dataflow.LaunchFlexTemplateRequest, launcher.launch, "*"),
        transcoded("GET", f"{PROJECT}/jobs:aggregated", dataflow.ListJobsRequest, jobs.list),
        transcoded("GET", paths("jobs"), dataflow.ListJobsRequest, jobs.list),
        transcoded("GET", job, dataflow.GetJobRequest, jobs.get),
        transcoded("PUT", job, dataflow.UpdateJobRequest, jobs.update, "job"),
        transcoded("GET", messages, dataflow.ListJobMessagesRequest, jobs.messages),
        transcoded("GET", metrics, dataflow.GetJobMetricsRequest, jobs.metrics),
        NOT_OFFERED,
        NO_METHOD,
    ]
    return application(cloud, routes, lifespan=closing(launcher.close))
