"""The official clients of Dataproc, and how to declare and await jobs with them."""

from __future__ import annotations

import subprocess
from typing import Any

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import dataproc_v1 as dataproc
from google.cloud import storage
from google.cloud.dataproc_v1.services.autoscaling_policy_service.transports import (
    AutoscalingPolicyServiceRestTransport,
)
from google.cloud.dataproc_v1.services.batch_controller.transports import BatchControllerRestTransport
from google.cloud.dataproc_v1.services.cluster_controller.transports import ClusterControllerRestTransport
from google.cloud.dataproc_v1.services.job_controller.transports import JobControllerRestTransport
from google.cloud.dataproc_v1.services.workflow_template_service.transports import WorkflowTemplateServiceRestTransport

from localcloud.services.storage_client import storage_client
from localcloud.settings import OWNER, LocalCloud
from tests.waiting import PATIENCE_S, wait_for

REGION = "us-central1"


class Dataproc:
    """The official clients of one cloud's Dataproc service."""

    def __init__(self, cloud: LocalCloud, process: subprocess.Popen[bytes]) -> None:
        self.cloud = cloud
        self.process = process
        host = cloud.url("dataproc").removeprefix("http://")
        settings: Any = {"host": host, "url_scheme": "http", "credentials": AnonymousCredentials()}
        self.jobs = dataproc.JobControllerClient(transport=JobControllerRestTransport(**settings))
        self.batches = dataproc.BatchControllerClient(transport=BatchControllerRestTransport(**settings))
        self.clusters = dataproc.ClusterControllerClient(transport=ClusterControllerRestTransport(**settings))
        self.policies = dataproc.AutoscalingPolicyServiceClient(
            transport=AutoscalingPolicyServiceRestTransport(**settings)
        )
        self.templates = dataproc.WorkflowTemplateServiceClient(
            transport=WorkflowTemplateServiceRestTransport(**settings)
        )
        self.place = {"project_id": cloud.project, "region": REGION}
        self.parent = f"projects/{cloud.project}/regions/{REGION}"
        self.location = f"projects/{cloud.project}/locations/{REGION}"

    def create_cluster(self, name: str, config: dict[str, Any], **labels: str) -> str:
        """A cluster; its name."""
        cluster = {"project_id": self.cloud.project, "cluster_name": name, "labels": labels, "config": config}
        self.clusters.create_cluster(request={**self.place, "cluster": cluster}).result()
        return name

    def delete_cluster(self, name: str) -> None:
        self.clusters.delete_cluster(request={**self.place, "cluster_name": name}).result()

    def cluster_names(self) -> set[str]:
        return {cluster.cluster_name for cluster in self.clusters.list_clusters(request=self.place)}

    def submit(self, cluster: str, job_id: str, pyspark_job: dict[str, Any], **settings: Any) -> dataproc.Job:
        """Submit a job; `settings` are the request's."""
        job = {"reference": {"job_id": job_id}, "placement": {"cluster_name": cluster}, "pyspark_job": pyspark_job}
        return self.jobs.submit_job(request={**self.place, "job": job, **settings})

    def job(self, job_id: str) -> dataproc.Job:
        return self.jobs.get_job(request={**self.place, "job_id": job_id})

    def reached(self, job_id: str, state: dataproc.JobStatus.State) -> dataproc.Job:
        """The job once it is in a state."""
        return wait_for(lambda: self.job(job_id), lambda job: job.status.state == state, f"{job_id} {state.name}")

    def cancel_operation(self, name: str) -> None:
        """By plain HTTP: the official client's REST transport raises KeyError before it sends anything."""
        requests.post(f"{self.cloud.url('dataproc')}/v1/{name}:cancel", json={}, timeout=PATIENCE_S).raise_for_status()

    def ended(self, job_id: str) -> dataproc.Job:
        """The job once it has ended."""
        return wait_for(lambda: self.job(job_id), lambda job: job.done, f"the end of {job_id}")

    def output(self, job: dataproc.Job | str) -> str:
        """What a job wrote; one that is named by its id is waited for, and has to end well."""
        if isinstance(job, str):
            job = self.ended(job)
            assert job.status.state == dataproc.JobStatus.State.DONE, job.status.details
        return self.read(job.driver_output_resource_uri)

    def read(self, output: str) -> str:
        """The first part of an output, by its address."""
        return storage.Blob.from_uri(f"{output}.000000000", storage_client(self.cloud, OWNER)).download_as_text()
