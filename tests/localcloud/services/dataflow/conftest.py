"""A local cloud with IAM, storage and Dataflow, its official clients, and an image with a small Beam job."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud.dataflow_v1beta3.services.flex_templates_service.transports import FlexTemplatesServiceRestTransport
from google.cloud.dataflow_v1beta3.services.jobs_v1_beta3.transports import JobsV1Beta3RestTransport
from google.cloud.dataflow_v1beta3.services.messages_v1_beta3.transports import MessagesV1Beta3RestTransport
from google.cloud.dataflow_v1beta3.services.metrics_v1_beta3.transports import MetricsV1Beta3RestTransport

from localcloud.images import registry as images
from localcloud.services.iam.accounts import Accounts
from localcloud.settings import LocalCloud
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.conftest import StartService
from tests.waiting import wait_for

REGION = "us-central1"
SPEC = "gs://templates/lengths.json"

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
        return wait_for(lambda: self.job(job_id), lambda job: job.current_state in states, f"{states} of {job_id}")

    def messages(self, job_id: str, **settings: Any) -> list[str]:
        """The job's messages; `settings` are the request's."""
        found = self.job_messages.list_job_messages(request={**self.place, "job_id": job_id, **settings})
        return [message.message_text for message in found]


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
    start_service: StartService,
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
