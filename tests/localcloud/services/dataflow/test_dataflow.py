"""Flex Templates on real Beam, through the official clients."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import dataflow_v1beta3 as dataflow

from tests.localcloud.services.processes import end, job_processes
from tests.waiting import wait_for

State = dataflow.JobState
ENDED = (State.JOB_STATE_DONE, State.JOB_STATE_FAILED, State.JOB_STATE_CANCELLED)


def test_a_job_writes_to_its_bucket_as_its_own_identity(service, buckets, identity):
    buckets.write("gs://data/in.txt", "one\nthree\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    environment = {"service_account_email": identity, "temp_location": "gs://data/tmp"}
    launched = service.launch("lengths", parameters=parameters, environment=environment)
    assert launched.current_state == State.JOB_STATE_QUEUED
    assert launched.environment.service_account_email == identity

    job = service.reached(launched.id, *ENDED)

    assert job.current_state == State.JOB_STATE_DONE, service.messages(job.id)
    assert sorted(buckets.read("gs://data/out.txt").splitlines()) == ["3 one", "5 three"]
    assert job.create_time <= job.start_time <= job.current_state_time
    log = service.cloud.home / "dataflow" / "jobs" / job.id / "output.log"
    assert "job lengths us-central1" in log.read_text()
    metrics = service.job_metrics.get_job_metrics(request={**service.place, "job_id": job.id}).metrics
    found = {metric.name.name: metric for metric in metrics if metric.name.context["namespace"] == "lengths"}
    assert found["lines"].scalar == 2
    assert found["length"].distribution["max"] == 5
    assert job.id in {one.id for one in service.jobs.list_jobs(request={**service.place, "filter": "TERMINATED"})}
    assert job.id not in {one.id for one in service.jobs.list_jobs(request={**service.place, "filter": "ACTIVE"})}
    aggregated = service.jobs.aggregated_list_jobs(request={"project_id": service.cloud.project})
    assert [one.name for one in aggregated if one.id == job.id] == ["lengths"]


def test_a_job_is_refused_where_its_identity_has_no_grant(service, buckets, identity):
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


def test_a_job_that_raises_fails_with_its_error(service, buckets):
    buckets.write("gs://data/in.txt", "bad\n")
    launched = service.launch("raises", parameters={"input": "gs://data/in.txt", "output": "gs://data/out.txt"})

    job = service.reached(launched.id, *ENDED)

    assert job.current_state == State.JOB_STATE_FAILED
    everything = service.messages(job.id)
    assert "ValueError: a bad line" in everything[-1]
    assert service.messages(job.id, minimum_importance="JOB_MESSAGE_DETAILED") == everything
    assert service.messages(job.id, minimum_importance="JOB_MESSAGE_WARNING") == everything[-1:]


def test_messages_are_those_of_the_time_asked_for(service, buckets):
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    buckets.write("gs://data/in.txt", "one\n")
    launched = service.launch("timed", parameters=parameters)
    service.reached(launched.id, State.JOB_STATE_DONE)
    place = {**service.place, "job_id": launched.id}
    first, *others = service.job_messages.list_job_messages(request=place)

    assert service.messages(launched.id, end_time=others[0].time) == [first.message_text]
    assert service.messages(launched.id, start_time=others[0].time) == [one.message_text for one in others]
    assert service.messages(launched.id, start_time=datetime.now(UTC)) == []


def test_an_active_name_is_taken_until_its_job_is_cancelled(service, buckets):
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


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"input": "gs://data/in.txt"}, "output: Missing required parameter"),
        (
            {"input": "gs://data/i", "output": "gs://data/o", "inputt": "x"},
            r"inputt: Unrecognized parameter \(perhaps you meant 'input'\)",
        ),
        ({"input": "gs://data/i", "output": "gs://data/0"}, "output: 'gs://data/0' does not match"),
        ({"input": "/etc/passwd", "output": "gs://data/o"}, "input: '/etc/passwd' must begin with gs://"),
    ],
)
def test_parameters_that_do_not_fit_the_template_are_refused_at_launch(service, parameters, complaint):
    with pytest.raises(BadRequest, match=complaint):
        service.launch("misfit", parameters=parameters)


def test_what_is_not_there_is_refused(service, buckets):
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


def test_a_killed_service_leaves_no_process_and_fails_its_jobs(service, buckets, start_service):
    buckets.write("gs://data/in.txt", "wait\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    launched = service.launch("lost", parameters=parameters)
    service.reached(launched.id, State.JOB_STATE_RUNNING)
    assert job_processes(service.cloud)

    service.process.kill()
    service.process.wait()

    wait_for(lambda: job_processes(service.cloud), lambda found: not found, "the end of the worker")
    service.process = start_service(service.cloud, "dataflow")
    assert service.job(launched.id).current_state == State.JOB_STATE_FAILED
    assert "worker lost" in service.messages(launched.id)[-1]


def test_a_stopped_service_leaves_no_process_and_says_so_of_its_jobs(service, buckets, start_service):
    buckets.write("gs://data/in.txt", "wait\n")
    launched = service.launch("stopped", parameters={"input": "gs://data/in.txt", "output": "gs://data/out.txt"})
    service.reached(launched.id, State.JOB_STATE_RUNNING)

    end(service.process)

    assert job_processes(service.cloud) == []
    service.process = start_service(service.cloud, "dataflow")
    assert service.job(launched.id).current_state == State.JOB_STATE_FAILED
    assert [text for text in service.messages(launched.id) if "Workflow failed" in text] == []
    assert "worker lost" in service.messages(launched.id)[-1]
