"""Messages between JSON, the official clients' classes and the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.cloud import dataflow_v1beta3 as dataflow
from google.longrunning import operations_pb2

from localcloud.services.common import GoogleError
from localcloud.services.protobuf import MessageStore, parse, to_json, wire

JOB = {"id": "j", "name": "ingest", "currentState": "JOB_STATE_DONE", "labels": {"a": "b"}}


def test_json_becomes_a_message_and_json_again() -> None:
    job = parse(JOB, dataflow.Job())
    assert job.current_state == dataflow.JobState.JOB_STATE_DONE
    assert to_json(job) == JOB
    assert to_json(job, enums_as_numbers=True)["currentState"] == dataflow.JobState.JOB_STATE_DONE.value


def test_wrapped_and_plain_messages_are_both_taken() -> None:
    plain = parse({"name": "operations/1", "done": True}, operations_pb2.Operation())
    assert wire(plain) is plain
    assert to_json(plain) == {"name": "operations/1", "done": True}
    assert wire(dataflow.Job(id="j")).DESCRIPTOR.full_name == "google.dataflow.v1beta3.Job"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"colour": 1}, "Unknown name \"colour\" at 'colour' of Job: Cannot find field."),
        ({"environment": {"colour": 1}}, "Unknown name \"colour\" at 'environment.colour' of Job: Cannot find field."),
        ({"currentState": "ASLEEP"}, "Failed to parse currentState field"),
        ({"labels": 1}, "Failed to parse labels field"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(record: dict[str, object], said: str) -> None:
    with pytest.raises(GoogleError) as refused:
        parse(record, dataflow.Job())
    assert (refused.value.code, refused.value.reason) == (400, "badRequest")
    assert refused.value.message.startswith(f"Invalid JSON payload received. {said}")
    assert "\n" not in refused.value.message


def test_messages_are_kept_by_name(tmp_path: Path) -> None:
    store = MessageStore(tmp_path, dataflow.Job)
    store.create("jobs/1", dataflow.Job(id="1"))
    store.put("jobs/2", dataflow.Job(id="2"))
    with pytest.raises(GoogleError, match="already exists"):
        store.create("jobs/1", dataflow.Job())
    assert [job.id for job in MessageStore(tmp_path, dataflow.Job).list("jobs/")] == ["1", "2"]
    assert store.delete("jobs/1").id == "1"
    assert store.get("jobs/1") is None
    assert store.require("jobs/2") == dataflow.Job(id="2")
