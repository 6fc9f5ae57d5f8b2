"""The workflow template's launch, and how the workflow ends."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

from pipelines.orchestration.clients import Clients
from pipelines.orchestration.runs import Outcome, State, wait
from pipelines.orchestration.workflow import launch_workflow
from tests.pipelines.orchestration.fake_google import OPERATION, FakeGoogle, operation

TEMPLATE = "projects/p/regions/us-central1/workflowTemplates/spark-workflow"


def test_a_run_that_is_done_tells_each_steps_states(clients: Clients, google: FakeGoogle):
    google.operations = [
        operation(done=False, mining="RUNNING", publish="BLOCKED"),
        operation(done=False, mining="RUNNING", publish="BLOCKED"),
        operation(done=True, mining="COMPLETED", publish="COMPLETED"),
    ]
    told: list[str] = []
    outcome = wait(launch_workflow(clients, "r1", told.append), told.append, poll_s=0)
    steps = {"mining": "completed", "publish": "completed"}
    assert outcome == Outcome("r1", "spark-workflow", State.DONE, steps=steps)
    assert told == ["mining running", "publish blocked", "mining completed", "publish completed"]
    (request,) = google.sent("POST", f"/v1/{TEMPLATE}:instantiate")
    assert request["parameters"] == {"RUN_ID": "r1"}
    assert request["requestId"] == "r1"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ({"code": 10, "message": "mining: TABLE_NOT_FOUND"}, State.FAILED),
        ({"code": 1, "message": "the workflow was cancelled"}, State.CANCELLED),
    ],
)
def test_the_outcome_is_the_workflows_own(clients: Clients, google: FakeGoogle, error: dict[str, Any], state: State):
    google.operations = [operation(done=True, error=error, mining="FAILED")]
    outcome = wait(launch_workflow(clients, "r1", print), print, poll_s=0)
    assert outcome == Outcome("r1", "spark-workflow", state, error["message"], {"mining": "failed"})


def test_a_workflow_can_be_cancelled_over_rest(clients: Clients, google: FakeGoogle):
    google.operations = [operation(done=False)]
    launch_workflow(clients, "r1", print).cancel()
    assert len(google.sent("POST", f"/v1/{OPERATION}:cancel")) == 1


def test_a_refused_launch_is_googles_error(clients: Clients, google: FakeGoogle):
    google.refused = {":instantiate": (400, "RUN_ID is required")}
    with pytest.raises(BadRequest, match="RUN_ID is required"):
        launch_workflow(clients, "r1", print)
