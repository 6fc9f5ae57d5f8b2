"""What a launch makes of its request, and what becomes of a job when something around it fails; no Beam runs here."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.api_core.exceptions import RetryError
from google.cloud import dataflow_v1beta3 as dataflow
from google.cloud import storage

from localcloud.images import registry as images
from localcloud.services.common import GoogleError
from localcloud.services.dataflow.job_command import pipeline_options
from localcloud.services.dataflow.launcher import Launcher
from localcloud.services.dataflow.store import ENDED, State, Store
from localcloud.services.dataflow.template import read_spec
from localcloud.services.iam.accounts import ensure_owner
from localcloud.settings import LocalCloud
from tests.localcloud.services.dataflow.conftest import DOCKERFILE, HELPER, MAIN
from tests.waiting import wait_for


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    made = LocalCloud(tmp_path / "home")
    ensure_owner(made)
    return made


def options_of(parameters: dict[str, str], **environment: str) -> list[str]:
    launch = dataflow.LaunchFlexTemplateParameter(job_name="job", parameters=parameters, environment=environment)
    return pipeline_options("a-project", "us-central1", launch, streaming=False)


def test_an_empty_parameter_reaches_the_job():
    assert "--prefix=" in options_of({"prefix": ""})


def test_a_parameter_stands_where_the_environment_says_nothing():
    parameters = {"temp_location": "gs://parameter/tmp"}
    assert [one for one in options_of(parameters) if "temp_location" in one] == ["--temp_location=gs://parameter/tmp"]
    options = options_of(parameters, temp_location="gs://environment/tmp")
    assert [one for one in options if "temp_location" in one] == ["--temp_location=gs://environment/tmp"]
    assert not [one for one in options_of({}) if "temp_location" in one or "num_workers" in one]


def test_a_template_that_storage_does_not_give_is_refused(cloud, monkeypatch):
    def give_up(*_: object, **__: object) -> None:
        raise RetryError("Timeout of 120.0s exceeded", cause=ConnectionError("refused"))

    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)
    with pytest.raises(GoogleError, match=r"Unable to read template file 'gs://a/b.json': Timeout") as caught:
        read_spec(cloud, "gs://a/b.json")
    assert caught.value.code == 400


def test_a_job_whose_worker_can_not_start_fails(cloud, tmp_path):
    for name, content in (("Dockerfile", DOCKERFILE), ("main.py", MAIN), ("helper.py", HELPER)):
        (tmp_path / name).write_text(content)
    images.build(tmp_path / "Dockerfile", tmp_path, "lengths:1", cloud)
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
