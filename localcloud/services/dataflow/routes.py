"""Routes of the Dataflow service: the REST v1b3 paths that google-cloud-dataflow-client's transports use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.cloud import dataflow_v1beta3 as dataflow
from starlette.applications import Starlette
from starlette.routing import Route

from localcloud.services.common import EXCEPTION_HANDLERS, healthz
from localcloud.services.dataflow.jobs import Jobs
from localcloud.services.dataflow.launcher import Launcher
from localcloud.services.dataflow.store import Store
from localcloud.services.transcoding import Method, api_route
from localcloud.settings import LocalCloud

PROJECT = "/v1b3/projects/{project_id}"
LOCATION = f"{PROJECT}/locations/{{location}}"


def paths(rest: str) -> tuple[str, ...]:
    """Dataflow serves most at a location and, older, at the project."""
    return f"{LOCATION}/{rest}", f"{PROJECT}/{rest}"


def create_app(cloud: LocalCloud) -> Starlette:
    """The Dataflow service of a cloud. Jobs that ran when it last stopped are failed as lost."""
    store = Store(cloud.folder("dataflow"))
    launcher = Launcher(cloud, store)
    jobs = Jobs(store, launcher)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        launcher.close()

    launch = f"{LOCATION}/flexTemplates:launch"
    job = paths("jobs/{job_id}")
    messages, metrics = paths("jobs/{job_id}/messages"), paths("jobs/{job_id}/metrics")
    methods = [
        Method("POST", (launch,), dataflow.LaunchFlexTemplateRequest, launcher.launch, "*"),
        Method("GET", (f"{PROJECT}/jobs:aggregated",), dataflow.ListJobsRequest, jobs.list),
        Method("GET", paths("jobs"), dataflow.ListJobsRequest, jobs.list),
        Method("GET", job, dataflow.GetJobRequest, jobs.get),
        Method("PUT", job, dataflow.UpdateJobRequest, jobs.update, "job"),
        Method("GET", messages, dataflow.ListJobMessagesRequest, jobs.messages),
        Method("GET", metrics, dataflow.GetJobMetricsRequest, jobs.metrics),
    ]
    return Starlette(
        routes=[Route("/healthz", healthz), api_route(methods)],
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=lifespan,
    )
