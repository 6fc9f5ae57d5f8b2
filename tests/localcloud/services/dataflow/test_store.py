"""What is remembered of jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.services.common import GoogleError
from localcloud.services.dataflow.store import Importance, State, Store, new_job_id

BASIC = Importance.JOB_MESSAGE_BASIC


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    for job_id, location in (("2026-01-01_00_00_00-1", "us-central1"), ("2026-01-02_00_00_00-1", "europe-west1")):
        job = dataflow.Job(id=job_id, project_id="p", location=location, current_state=State.JOB_STATE_QUEUED)
        made.jobs.create(job_id, job)
    return made


def test_ids_sort_by_the_time_they_were_made() -> None:
    first, second = new_job_id(), new_job_id()
    assert first != second
    assert first[:19] <= second[:19]
    assert first[:2] == "20"


def test_the_newest_job_comes_first(store: Store) -> None:
    assert [job.location for job in store.all()] == ["europe-west1", "us-central1"]


def test_a_job_is_of_its_project_and_place(store: Store) -> None:
    (newest, _) = store.all()
    assert store.require("p", newest.id) == store.require("p", newest.id, "europe-west1") == newest
    for project, location in (("q", ""), ("p", "us-central1")):
        with pytest.raises(GoogleError, match="could not be found in our system") as missing:
            store.require(project, newest.id, location)
        assert missing.value.code == 404


def test_a_job_that_has_ended_stays_as_it_ended(store: Store, tmp_path: Path) -> None:
    job_id = store.all()[0].id
    store.change(job_id, State.JOB_STATE_RUNNING, "started", BASIC)
    store.change(job_id, State.JOB_STATE_CANCELLED, "cancelled", BASIC)
    store.change(job_id, State.JOB_STATE_DONE, "finished", BASIC)
    again = Store(tmp_path)
    assert again.jobs.require(job_id).current_state == State.JOB_STATE_CANCELLED
    assert [message.message_text for message in again.messages(job_id)] == ["started", "cancelled"]


def test_metrics_are_what_the_jobs_runner_left(store: Store) -> None:
    job_id = store.all()[0].id
    assert store.metrics(job_id) == []
    store.metrics_file(job_id).write_text('[{"name": {"name": "lines"}, "kind": "SUM", "scalar": 2}]')
    (metric,) = store.metrics(job_id)
    assert (metric.name.name, metric.scalar) == ("lines", 2)
