"""A local cloud with IAM, storage and Dataflow, its official clients, and an image with a small Beam job."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud import storage
from google.cloud.dataflow_v1beta3.services.flex_templates_service.transports import FlexTemplatesServiceRestTransport
from google.cloud.dataflow_v1beta3.services.jobs_v1_beta3.transports import JobsV1Beta3RestTransport
from google.cloud.dataflow_v1beta3.services.messages_v1_beta3.transports import MessagesV1Beta3RestTransport
from google.cloud.dataflow_v1beta3.services.metrics_v1_beta3.transports import MetricsV1Beta3RestTransport
from google.oauth2.service_account import Credentials

from localcloud import images
from localcloud.services.iam.accounts import Accounts
from localcloud.settings import OWNER, LocalCloud

REGION = "us-central1"
SPEC = "gs://templates/lengths.json"
DEADLINE_S = 90

DOCKERFILE = """FROM gcr.io/dataflow-templates-base/python311-template-launcher-base
WORKDIR /template
COPY main.py helper.py /template/
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/main.py
"""
HELPER = """
def length(line):
    return f"{len(line)} {line}"
"""
MAIN = """
import argparse
import time
import apache_beam as beam
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions
import helper

class Measure(beam.DoFn):
    def process(self, line):
        beam.metrics.Metrics.counter("lengths", "lines").inc()
        beam.metrics.Metrics.distribution("lengths", "length").update(len(line))
        if line == "bad":
            raise ValueError("a bad line")
        if line == "wait":
            time.sleep(600)
        yield helper.length(line)

parser = argparse.ArgumentParser()
parser.add_argument("--input", required=True)
parser.add_argument("--output", required=True)
arguments, rest = parser.parse_known_args()
options = PipelineOptions(rest)
print("job", options.view_as(GoogleCloudOptions).job_name, options.view_as(GoogleCloudOptions).region)
with beam.Pipeline(options=options) as pipeline:
    lines = pipeline | beam.io.ReadFromText(arguments.input)
    lines | beam.ParDo(Measure()) | beam.io.WriteToText(arguments.output, num_shards=1, shard_name_template="")
"""
PARAMETERS = [
    {"name": "input", "label": "Input", "helpText": "Lines", "paramType": "GCS_READ_FILE"},
    {"name": "output", "label": "Output", "helpText": "Where to", "regexes": ["gs://[a-z]+/[a-z.]+"]},
    {"name": "mode", "label": "Mode", "helpText": "How", "isOptional": True},
]


class Dataflow:
    """The official clients of one cloud's Dataflow service."""

    def __init__(self, cloud: LocalCloud, process: subprocess.Popen[bytes]) -> None:
        self.cloud = cloud
        self.process = process
        host = cloud.url("dataflow").removeprefix("http://")
        settings: Any = {"host": host, "url_scheme": "http", "credentials": AnonymousCredentials()}
        self.templates = dataflow.FlexTemplatesServiceClient(transport=FlexTemplatesServiceRestTransport(**settings))
        self.jobs = dataflow.JobsV1Beta3Client(transport=JobsV1Beta3RestTransport(**settings))
        self.job_messages = dataflow.MessagesV1Beta3Client(transport=MessagesV1Beta3RestTransport(**settings))
        self.job_metrics = dataflow.MetricsV1Beta3Client(transport=MetricsV1Beta3RestTransport(**settings))
        self.place = {"project_id": cloud.project, "location": REGION}

    def launch(self, name: str, validate_only: bool = False, **settings: Any) -> dataflow.Job:
        """Launch the template of SPEC; `parameters` and `environment` are launchParameter's."""
        parameter = {"job_name": name, "container_spec_gcs_path": SPEC, **settings}
        request = {**self.place, "launch_parameter": parameter, "validate_only": validate_only}
        return self.templates.launch_flex_template(request=request).job

    def job(self, job_id: str) -> dataflow.Job:
        return self.jobs.get_job(request={**self.place, "job_id": job_id})

    def reached(self, job_id: str, *states: dataflow.JobState) -> dataflow.Job:
        """The job once it is in one of the states."""
        return wait_for(lambda: self.job(job_id), lambda job: job.current_state in states)

    def messages(self, job_id: str) -> list[str]:
        found = self.job_messages.list_job_messages(request={**self.place, "job_id": job_id})
        return [message.message_text for message in found]


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
        scopes = ["https://www.googleapis.com/auth/cloud-platform"]
        credentials = Credentials.from_service_account_file(cloud.credentials(OWNER), scopes=scopes)
        endpoint = {"api_endpoint": cloud.url("storage")}
        self.client = storage.Client(project=cloud.project, credentials=credentials, client_options=endpoint)

    def create(self, name: str, **roles: str) -> None:
        """A bucket; `roles` are role=member e-mail, the role without `roles/storage.`."""
        bucket = self.client.create_bucket(name, location=REGION)
        policy = bucket.get_iam_policy(requested_policy_version=3)
        for role, email in roles.items():
            policy.bindings.append({"role": f"roles/storage.{role}", "members": {f"serviceAccount:{email}"}})
        bucket.set_iam_policy(policy)

    def write(self, uri: str, content: str) -> str:
        storage.Blob.from_uri(uri, client=self.client).upload_from_string(content)
        return uri

    def read(self, uri: str) -> str:
        return storage.Blob.from_uri(uri, client=self.client).download_as_text()


@pytest.fixture(scope="module")
def buckets(local_cloud: LocalCloud) -> Buckets:
    return Buckets(local_cloud)


@pytest.fixture(scope="module")
def identity(local_cloud: LocalCloud) -> str:
    """The service account of the jobs."""
    return Accounts(local_cloud).create(local_cloud.project, "ingest-job", {})["email"]


@pytest.fixture(scope="module")
def service(
    local_cloud: LocalCloud,
    start_service: Any,
    buckets: Buckets,
    identity: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Dataflow:
    """Dataflow with the template at SPEC, a bucket `data` of the jobs' identity, and a bucket `foreign` that isn't."""
    context: Path = tmp_path_factory.mktemp("image")
    for name, content in (("Dockerfile", DOCKERFILE), ("main.py", MAIN), ("helper.py", HELPER)):
        (context / name).write_text(content)
    images.build(context / "Dockerfile", context, "lengths:1", local_cloud)
    buckets.create("templates")
    buckets.create("data", objectAdmin=identity, legacyBucketReader=identity)
    buckets.create("foreign")
    metadata = {"name": "Lengths", "description": "Length of each line", "parameters": PARAMETERS}
    buckets.write(SPEC, json.dumps({"image": "lengths:1", "sdkInfo": {"language": "PYTHON"}, "metadata": metadata}))
    return Dataflow(local_cloud, start_service(local_cloud, "dataflow"))
