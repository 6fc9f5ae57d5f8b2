"""The ingest template's launch, and how its job ends."""

from __future__ import annotations

import pytest
from google.api_core.exceptions import BadRequest

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.ingest import launch_ingest
from pipelines.orchestration.runs import Outcome, State, wait
from tests.pipelines.orchestration.fake_google import JOB, FakeGoogle


def test_a_launch_passes_what_the_stack_says(clients: Clients, google: FakeGoogle):
    run = launch_ingest(clients, "r1", print, "gs://landing/drive_logs/smoke/")
    assert (run.job, run.id) == ("ingest-r1", JOB)
    (request,) = google.sent("POST", "/v1b3/projects/p/locations/us-central1/flexTemplates:launch")
    launch = request["launchParameter"]
    assert launch["containerSpecGcsPath"] == "gs://scratch/templates/ingest.json"
    assert launch["parameters"] == {
        "input": "gs://landing/drive_logs/smoke/",
        "warehouse": "gs://curated",
        "run_id": "r1",
    }
    environment = launch["environment"]
    assert environment["serviceAccountEmail"] == "roadbed-ingest@p.iam.gserviceaccount.com"
    assert environment["sdkContainerImage"] == "us-central1-docker.pkg.dev/p/roadbed/ingest:1"
    assert (environment["machineType"], environment["maxWorkers"]) == ("n2-standard-4", 20)
    assert (environment["tempLocation"], environment["subnetwork"]) == ("gs://scratch/temp", "default")


def test_without_a_prefix_all_landed_logs_are_read(clients: Clients, google: FakeGoogle):
    launch_ingest(clients, "r1", print)
    (request,) = google.sent("POST", "flexTemplates:launch")
    assert request["launchParameter"]["parameters"]["input"] == "gs://landing/drive_logs/"


@pytest.mark.parametrize(
    ("last", "messages", "outcome"),
    [
        ("JOB_STATE_DONE", ["ignored"], Outcome("r1", "ingest-r1", State.DONE)),
        ("JOB_STATE_FAILED", ["first", "no such bucket"], Outcome("r1", "ingest-r1", State.FAILED, "no such bucket")),
        ("JOB_STATE_FAILED", [], Outcome("r1", "ingest-r1", State.FAILED, "it left no error message")),
        ("JOB_STATE_CANCELLED", ["by hand"], Outcome("r1", "ingest-r1", State.CANCELLED, "by hand")),
    ],
)
def test_the_outcome_is_the_jobs_own(
    clients: Clients, google: FakeGoogle, last: str, messages: list[str], outcome: Outcome
):
    google.states = ["JOB_STATE_QUEUED", "JOB_STATE_RUNNING", "JOB_STATE_RUNNING", last]
    google.messages = messages
    told: list[str] = []
    assert wait(launch_ingest(clients, "r1", told.append), told.append, poll_s=0) == outcome
    word = last.removeprefix("JOB_STATE_").lower()
    assert told == ["ingest-r1 queued", "ingest-r1 running", f"ingest-r1 {word}"]


def test_cancelling_asks_for_the_jobs_end(clients: Clients, google: FakeGoogle):
    launch_ingest(clients, "r1", print).cancel()
    (request,) = google.sent("PUT", f"/v1b3/projects/p/locations/us-central1/jobs/{JOB}")
    assert request["requestedState"] in ("JOB_STATE_CANCELLED", 5)


def test_a_refused_launch_is_googles_error(clients: Clients, google: FakeGoogle):
    google.refused = {"flexTemplates:launch": (400, "The template parameters are invalid.")}
    with pytest.raises(BadRequest, match="The template parameters are invalid"):
        launch_ingest(clients, "r1", print)
