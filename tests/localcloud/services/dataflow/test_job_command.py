"""How a job's process is started."""

from __future__ import annotations

from google.cloud import dataflow_v1beta3 as dataflow

from localcloud.services.dataflow.job_command import pipeline_options


def options_of(parameters: dict[str, str], **environment: str) -> list[str]:
    launch = dataflow.LaunchFlexTemplateParameter(job_name="job", parameters=parameters, environment=environment)
    return pipeline_options("a-project", "us-central1", launch, streaming=False)


def test_an_empty_parameter_reaches_the_job() -> None:
    assert "--prefix=" in options_of({"prefix": ""})


def test_a_parameter_stands_where_the_environment_says_nothing() -> None:
    parameters = {"temp_location": "gs://parameter/tmp"}
    assert [one for one in options_of(parameters) if "temp_location" in one] == ["--temp_location=gs://parameter/tmp"]
    options = options_of(parameters, temp_location="gs://environment/tmp")
    assert [one for one in options if "temp_location" in one] == ["--temp_location=gs://environment/tmp"]
    assert not [one for one in options_of({}) if "temp_location" in one or "num_workers" in one]
