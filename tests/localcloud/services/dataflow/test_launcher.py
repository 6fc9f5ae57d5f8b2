"""Launching, and what becomes of a job when it or something around it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.services.dataflow.launcher import Launcher
from localcloud.services.dataflow.store import ENDED, State, Store
from localcloud.settings import LocalCloud
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.dataflow.conftest import Dataflow, build_image
from tests.localcloud.services.processes import end, job_processes, start
from tests.waiting import wait_for


def test_a_job_is_refused_where_its_identity_has_no_grant(service: Dataflow, buckets: Buckets, identity: str) -> None:
    buckets.write("gs://data/in.txt", "one\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://foreign/out.txt"}
    launched = service.launch("refused", parameters=parameters, environment={"service_account_email": identity})

    job = service.reached(launched.id, *ENDED)

    assert job.current_state == State.JOB_STATE_FAILED
    message = service.messages(job.id)[-1]
    assert message.startswith("Workflow failed. Causes: ")
    assert "403" in message
    with pytest.raises(NotFound):
        buckets.read("gs://foreign/out.txt")


def test_a_job_that_raises_fails_with_its_error(service: Dataflow, buckets: Buckets) -> None:
    buckets.write("gs://data/in.txt", "bad\n")
    launched = service.launch("raises", parameters={"input": "gs://data/in.txt", "output": "gs://data/out.txt"})

    job = service.reached(launched.id, *ENDED)

    assert job.current_state == State.JOB_STATE_FAILED
    everything = service.messages(job.id)
    assert "ValueError: a bad line" in everything[-1]
    assert service.messages(job.id, minimum_importance="JOB_MESSAGE_DETAILED") == everything
    assert service.messages(job.id, minimum_importance="JOB_MESSAGE_WARNING") == everything[-1:]


def test_an_active_name_is_taken_until_its_job_is_cancelled(service: Dataflow, buckets: Buckets) -> None:
    buckets.write("gs://data/in.txt", "wait\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    launched = service.launch("waits", parameters=parameters)
    service.reached(launched.id, State.JOB_STATE_RUNNING)
    with pytest.raises(Conflict, match="already an active job named waits"):
        service.launch("waits", parameters=parameters)
    update = {**service.place, "job_id": launched.id}
    with pytest.raises(BadRequest, match="can't drain"):
        service.jobs.update_job(request={**update, "job": {"requested_state": State.JOB_STATE_DRAINED}})

    service.jobs.update_job(request={**update, "job": {"requested_state": State.JOB_STATE_CANCELLED}})

    assert service.job(launched.id).current_state == State.JOB_STATE_CANCELLED
    service.launch("waits", parameters=parameters, validate_only=True)


def test_what_is_not_there_is_refused(service: Dataflow, buckets: Buckets) -> None:
    fits = {"input": "gs://data/i", "output": "gs://data/o"}
    with pytest.raises(BadRequest, match=r"service account nobody@x.iam.gserviceaccount.com does not exist"):
        service.launch(
            "nobody", parameters=fits, environment={"service_account_email": "nobody@x.iam.gserviceaccount.com"}
        )
    with pytest.raises(BadRequest, match=r"'gs://templates/none.json' was not found"):
        service.launch("none", parameters=fits, container_spec_gcs_path="gs://templates/none.json")
    buckets.write("gs://templates/typo.json", '{"image": "lengths:1", "metadata": {"parameter": []}}')
    with pytest.raises(BadRequest, match=r"'metadata.parameter' of ContainerSpec: Cannot find field"):
        service.launch("typo", parameters=fits, container_spec_gcs_path="gs://templates/typo.json")
    regex = {"name": "input", "label": "i", "helpText": "i", "regexes": ["gs://("]}
    buckets.write("gs://templates/regex.json", json.dumps({"image": "lengths:1", "metadata": {"parameters": [regex]}}))
    with pytest.raises(BadRequest, match=r"input: 'gs://\(' is not a regular expression"):
        service.launch("regex", parameters={"input": "gs://a"}, container_spec_gcs_path="gs://templates/regex.json")
    buckets.write("gs://templates/image.json", '{"image": "nowhere:1"}')
    with pytest.raises(BadRequest, match="image nowhere:1 is not in this local cloud"):
        service.launch("image", container_spec_gcs_path="gs://templates/image.json")
    with pytest.raises(BadRequest, match="jobName: 'Upper' must match"):
        service.launch("Upper", parameters=fits)
    with pytest.raises(NotFound, match="could not be found in our system"):
        service.job("2020-01-01_00_00_00-1")


def test_a_killed_service_leaves_no_process_and_fails_its_jobs(service: Dataflow, buckets: Buckets) -> None:
    buckets.write("gs://data/in.txt", "wait\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    launched = service.launch("lost", parameters=parameters)
    service.reached(launched.id, State.JOB_STATE_RUNNING)
    assert job_processes(service.cloud)

    service.process.kill()
    service.process.wait()

    wait_for(lambda: job_processes(service.cloud), lambda found: not found, "the end of the worker")
    service.process = start(service.cloud, "dataflow")
    assert service.job(launched.id).current_state == State.JOB_STATE_FAILED
    assert "worker lost" in service.messages(launched.id)[-1]


def test_a_stopped_service_leaves_no_process_and_says_so_of_its_jobs(service: Dataflow, buckets: Buckets) -> None:
    buckets.write("gs://data/in.txt", "wait\n")
    launched = service.launch("stopped", parameters={"input": "gs://data/in.txt", "output": "gs://data/out.txt"})
    service.reached(launched.id, State.JOB_STATE_RUNNING)

    end(service.process)

    assert job_processes(service.cloud) == []
    service.process = start(service.cloud, "dataflow")
    assert service.job(launched.id).current_state == State.JOB_STATE_FAILED
    assert [text for text in service.messages(launched.id) if "Workflow failed" in text] == []
    assert "worker lost" in service.messages(launched.id)[-1]


def test_a_job_whose_worker_can_not_start_fails(cloud: LocalCloud, tmp_path: Path) -> None:
    build_image(cloud, tmp_path)
    store = Store(cloud.folder("dataflow"))
    launch = dataflow.LaunchFlexTemplateParameter(job_name="long", container_spec={"image": "lengths:1"})
    launch.environment.additional_pipeline_options = ["--much=" + "x" * 2**18]  # an argument is 128 KiB at the most
    request = dataflow.LaunchFlexTemplateRequest(
        project_id="a-project", location="us-central1", launch_parameter=launch
    )

    launched = Launcher(cloud, store).launch(request).job

    job = wait_for(lambda: store.jobs.require(launched.id), lambda job: job.current_state in ENDED)
    assert job.current_state == State.JOB_STATE_FAILED
    assert store.messages(job.id)[-1].message_text.startswith("the worker could not start: [Errno 7]")
