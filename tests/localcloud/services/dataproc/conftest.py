"""A local cloud with IAM, storage and Dataproc, its official clients, and helpers to declare and await jobs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import dataproc_v1 as dataproc
from google.cloud.dataproc_v1.services.autoscaling_policy_service.transports import (
    AutoscalingPolicyServiceRestTransport,
)
from google.cloud.dataproc_v1.services.batch_controller.transports import BatchControllerRestTransport
from google.cloud.dataproc_v1.services.cluster_controller.transports import ClusterControllerRestTransport
from google.cloud.dataproc_v1.services.job_controller.transports import JobControllerRestTransport
from google.cloud.dataproc_v1.services.workflow_template_service.transports import WorkflowTemplateServiceRestTransport

from localcloud.services.iam.accounts import Accounts
from localcloud.settings import LocalCloud
from localcloud.spark import jars
from localcloud.spark.java import find_java
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.conftest import StartService
from tests.localcloud.services.dataproc.programs import PROGRAMS, helpers
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE_S, wait_for

REGION = "us-central1"


@pytest.fixture(scope="session")
def jars_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Spark's jars: those of LOCALCLOUD_JARS, else of the repository's own local cloud; downloaded if missing."""
    folder = Path(os.environ.get(jars.FOLDER_VARIABLE, REPOSITORY / ".localcloud" / "jars"))
    jars.fetch(folder, find_java(LocalCloud(tmp_path_factory.mktemp("java"))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(jars.FOLDER_VARIABLE, str(folder))
        yield folder


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


@pytest.fixture(scope="module")
def service(local_cloud: LocalCloud, start_service: StartService) -> Dataproc:
    return Dataproc(local_cloud, start_service(local_cloud, "dataproc"))


@pytest.fixture(scope="module")
def buckets(local_cloud: LocalCloud) -> Buckets:
    return Buckets(local_cloud)


@pytest.fixture(scope="module")
def job_identity(local_cloud: LocalCloud) -> str:
    """A service account for jobs."""
    return Accounts(local_cloud).create(local_cloud.project, "mining-job", {})["email"]


@pytest.fixture(scope="module")
def code(buckets: Buckets, job_identity: str) -> Buckets:
    """Buckets: code (may be read), data and staging (may be written), foreign (may not be touched)."""
    buckets.create("code", objectViewer=job_identity)
    buckets.create("data", objectAdmin=job_identity)
    buckets.create("staging", objectAdmin=job_identity)
    buckets.create("foreign")
    for name, text in PROGRAMS.items():
        buckets.write(f"gs://code/{name}.py", text)
    buckets.write("gs://code/one/helpers.zip", helpers(10))
    buckets.write("gs://code/two/helpers.zip", helpers(20))
    buckets.write("gs://foreign/secret.txt", "secret\n")
    return buckets


@pytest.fixture(scope="module")
def config(job_identity: str) -> dict[str, Any]:
    """A cluster's settings: jobs run as the identity, their output goes to gs://staging."""
    properties = {"spark:spark.sql.shuffle.partitions": "3", "dataproc:pip.packages": "pyarrow==1.0"}
    return {
        "config_bucket": "staging",
        "gce_cluster_config": {"service_account": job_identity},
        "software_config": {"properties": properties},
    }


@pytest.fixture(scope="module")
def shared_cluster(service: Dataproc, code: Buckets, config: dict[str, Any]) -> str:
    """A cluster with the label pool=shared; its name."""
    return service.create_cluster("shared", config, pool="shared")
