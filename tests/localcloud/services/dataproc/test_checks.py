"""What Dataproc refuses before anything runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.cloud import dataproc_v1 as dataproc

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.checks import (
    BATCH_ID,
    CLUSTER_NAME,
    IDENTIFIER,
    JOB_ID,
    check_identifier,
    check_kind,
    check_packages,
    check_policy,
    in_order,
)


def steps(*prerequisites: tuple[str, ...]) -> list[dataproc.OrderedJob]:
    """Steps a, b, c...; each with those it waits for."""
    names = "abcdefgh"
    return [
        dataproc.OrderedJob(step_id=names[number], prerequisite_step_ids=list(after))
        for number, after in enumerate(prerequisites)
    ]


def test_steps_come_after_their_prerequisites_else_as_given() -> None:
    ordered = in_order(steps(("c",), (), ("b",), ()))
    assert [step.step_id for step in ordered] == ["b", "c", "a", "d"]
    with pytest.raises(GoogleError, match="wait for each other in a circle: a, b"):
        in_order(steps(("b",), ("a",), ()))


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (IDENTIFIER, ["a-b", "A_1", "x" * 50], ["a", "-ab", "ab-", "x" * 51]),
        (CLUSTER_NAME, ["a", "a-1", "x" * 51], ["1a", "A", "a-", "x" * 52]),
        (BATCH_ID, ["1234", "x" * 63], ["abc", "ABCD", "x" * 64]),
        (JOB_ID, ["a", "A_-1", "x" * 100], ["", "a.b", "x" * 101]),
    ],
)
def test_identifiers(pattern: re.Pattern[str], good: list[str], bad: list[str]) -> None:
    for value in good:
        check_identifier("place", value, pattern)
    for value in bad:
        with pytest.raises(GoogleError, match=r"place: .* must match"):
            check_identifier("place", value, pattern)


@pytest.mark.parametrize(
    ("workers", "factors", "complaint"),
    [
        ({"min_instances": 4, "max_instances": 3}, {}, "policy.workerConfig.minInstances: 4 is above maxInstances"),
        ({"max_instances": 3}, {"scale_up_factor": 1.5}, "yarnConfig.scale_up_factor: 1.5 must be 0.0 to 1.0"),
    ],
)
def test_a_policy_dataproc_would_not_take(workers: dict[str, int], factors: dict[str, float], complaint: str) -> None:
    policy = dataproc.AutoscalingPolicy(
        {"id": "small", "worker_config": workers, "basic_algorithm": {"yarn_config": factors}}
    )
    with pytest.raises(GoogleError, match=complaint):
        check_policy(policy)


def test_packages_must_be_installed_in_whatever_version() -> None:
    check_packages("place", "pyarrow==1.0, pyspark>=3,")
    with pytest.raises(GoogleError, match="place: the local cloud's Python has no no-such-thing"):
        check_packages("place", "pyarrow==1.0,no-such-thing[extra]~=2")


@pytest.mark.parametrize(
    ("job", "complaint"),
    [
        ({}, "job: the job has no type; set pysparkJob"),
        ({"hive_job": {"query_file_uri": "gs://a/b"}}, "job.hive_job: this Dataproc runs pysparkJob only"),
        ({"pyspark_job": {}}, "job.pysparkJob.mainPythonFileUri: is required"),
    ],
)
def test_a_job_that_can_not_run_here(job: dict[str, Any], complaint: str) -> None:
    with pytest.raises(GoogleError, match=complaint):
        check_kind("job", dataproc.Job(job))
