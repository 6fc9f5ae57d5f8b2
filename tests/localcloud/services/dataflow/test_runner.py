"""A pipeline on real Beam: what it writes, and what it counts."""

from __future__ import annotations

from typing import Any

from localcloud.services.dataflow.store import ENDED, State
from localcloud.services.protobuf import to_json
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.dataflow.conftest import Dataflow


def test_a_job_writes_to_its_bucket_as_its_own_identity(service: Dataflow, buckets: Buckets, identity: str) -> None:
    buckets.write("gs://data/in.txt", "one\nthree\n")
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    environment = {"service_account_email": identity, "temp_location": "gs://data/tmp"}
    launched = service.launch("lengths", parameters=parameters, environment=environment)
    assert launched.current_state == State.JOB_STATE_QUEUED
    assert launched.environment.service_account_email == identity

    job = service.reached(launched.id, *ENDED)

    assert job.current_state == State.JOB_STATE_DONE, service.messages(job.id)
    assert sorted(buckets.read("gs://data/out.txt").splitlines()) == ["3 one", "5 three"]
    moments: list[Any] = [job.create_time, job.start_time, job.current_state_time]  # datetimes, whatever is annotated
    assert moments == sorted(moments)
    log = service.cloud.home / "dataflow" / "jobs" / job.id / "output.log"
    assert "job lengths us-central1" in log.read_text()
    metrics = service.job_metrics.get_job_metrics(request={**service.place, "job_id": job.id}).metrics
    found = {metric.name.name: metric for metric in metrics if metric.name.context["namespace"] == "lengths"}
    assert found["lines"].scalar == 2
    assert to_json(found["length"])["distribution"]["max"] == 5
    assert job.id in {one.id for one in service.jobs.list_jobs(request={**service.place, "filter": "TERMINATED"})}
    assert job.id not in {one.id for one in service.jobs.list_jobs(request={**service.place, "filter": "ACTIVE"})}
    aggregated = service.jobs.aggregated_list_jobs(request={"project_id": service.cloud.project})
    assert [one.name for one in aggregated if one.id == job.id] == ["lengths"]
