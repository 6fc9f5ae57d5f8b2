"""A local cloud with IAM, storage and Dataproc, its official clients, and helpers to declare and await jobs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
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
from google.oauth2.service_account import Credentials

from localcloud import jars
from localcloud.java import find_java
from localcloud.services.iam.accounts import Accounts
from localcloud.settings import OWNER, LocalCloud

REPOSITORY = Path(__file__).resolve().parents[3]
REGION = "us-central1"
CODE = "code"
DEADLINE_S = 60


@pytest.fixture(scope="session", autouse=True)
def jars_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Spark's jars: those of LOCALCLOUD_JARS, else of the repository's own local cloud; downloaded if missing."""
    folder = Path(os.environ.get(jars.FOLDER_VARIABLE, REPOSITORY / ".localcloud" / "jars"))
    jars.fetch(folder, find_java(LocalCloud(tmp_path_factory.mktemp("java"))))
    os.environ[jars.FOLDER_VARIABLE] = str(folder)


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

    def job(self, job_id: str) -> dataproc.Job:
        return self.jobs.get_job(request={**self.place, "job_id": job_id})

    def ended(self, job_id: str) -> dataproc.Job:
        """The job once it has ended."""
        return wait_for(lambda: self.job(job_id), lambda job: job.done)


def wait_for(get: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Poll until a condition holds; fails with the last value after DEADLINE_S."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds(value := get()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {DEADLINE_S} s: {value}")
    return value


class Buckets:
    """The object store, as the owner."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        key = cloud.credentials(OWNER)
        credentials = Credentials.from_service_account_file(
            key, scopes=["https://www.googleapis.com/auth/cloud-platform"]
        )
        self.client = storage.Client(
            project=cloud.project, credentials=credentials, client_options={"api_endpoint": cloud.url("storage")}
        )

    def create(self, name: str, **roles: str) -> storage.Bucket:
        """A bucket; `roles` are role=member e-mail, the role without `roles/storage.`."""
        bucket = self.client.create_bucket(name, location="us-central1")
        for role, email in roles.items():
            self.grant(bucket, role, email)
        return bucket

    def grant(self, bucket: storage.Bucket, role: str, email: str) -> None:
        policy = bucket.get_iam_policy(requested_policy_version=3)
        policy.bindings.append({"role": f"roles/storage.{role}", "members": {f"serviceAccount:{email}"}})
        bucket.set_iam_policy(policy)

    def write(self, uri: str, content: str | bytes) -> str:
        storage.Blob.from_uri(uri, client=self.client).upload_from_string(content)
        return uri

    def read(self, uri: str) -> str:
        return storage.Blob.from_uri(uri, client=self.client).download_as_text()

    def names(self, bucket: str, prefix: str = "") -> list[str]:
        return [blob.name for blob in self.client.list_blobs(bucket, prefix=prefix)]


@pytest.fixture(scope="module")
def service(local_cloud: LocalCloud, start_service: Any) -> Dataproc:
    return Dataproc(local_cloud, start_service(local_cloud, "dataproc"))


@pytest.fixture(scope="module")
def buckets(local_cloud: LocalCloud) -> Buckets:
    return Buckets(local_cloud)


@pytest.fixture(scope="module")
def job_identity(local_cloud: LocalCloud) -> str:
    """A service account for jobs."""
    return Accounts(local_cloud).create(local_cloud.project, "mining-job", {})["email"]
