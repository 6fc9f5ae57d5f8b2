"""Workflows: steps in order, failing, cancelled, on a cluster of their own or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, BadRequest, Cancelled, NotFound
from google.cloud import dataproc_v1 as dataproc

from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.parts import CLUSTER, PARENT, Parts, fail, internal_errors
from tests.localcloud.services.dataproc.programs import local, process_of, python
from tests.waiting import PATIENCE_S, wait_for

NodeState = dataproc.WorkflowNode.NodeState
State = dataproc.JobStatus.State


def test_a_workflow_fails_when_its_cluster_goes_between_two_steps(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.create_cluster(pool="shared")
    jobs = parts.jobs
    run = jobs.run

    def run_and_delete(*arguments: Any) -> dataproc.Job:
        ended = run(*arguments)
        parts.delete_cluster()
        return ended

    monkeypatch.setattr(jobs, "run", run_and_delete)
    operation: Any = parts.finished(parts.start_workflow({"cluster_selector": {"cluster_labels": {"pool": "shared"}}}))

    assert operation.error.message == f"{PARENT}/clusters/{CLUSTER} was deleted"
    assert parts.clusters.runtimes == {}
    assert parts.pool.leaked() == []
    assert len(parts.pool.taken) == 1


@internal_errors
def test_a_workflow_that_fails_before_its_steps_leaves_no_cluster(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.store.operations, "update", fail)
    placement = {"managed_cluster": {"cluster_name": "own", "config": {}}}

    operation: Any = parts.finished(parts.start_workflow(placement))

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert parts.cluster_names() == []
    assert parts.clusters.runtimes == {}
    assert parts.pool.leaked() == []


def test_a_failing_step_ends_its_workflow_with_its_error(
    service: Dataproc, cluster: str, programs_folder: Path
) -> None:
    template = dataproc.WorkflowTemplate(
        placement={"cluster_selector": {"cluster_labels": {"pool": cluster}}},
        jobs=[
            {"step_id": "breaks", "pyspark_job": local(programs_folder, "raise")},
            {"step_id": "after", "prerequisite_step_ids": ["breaks"], "pyspark_job": local(programs_folder, "read")},
        ],
    )

    operation: Any = service.templates.instantiate_inline_workflow_template(parent=service.parent, template=template)

    with pytest.raises(Aborted, match="step breaks failed: ValueError: no such road"):
        operation.result(timeout=PATIENCE_S)
    nodes = {node.step_id: node for node in operation.metadata.graph.nodes}
    assert (nodes["breaks"].state, nodes["after"].state) == (NodeState.FAILED, NodeState.BLOCKED)
    assert nodes["breaks"].error == "ValueError: no such road"
    assert not nodes["after"].job_id
    job = service.job(nodes["breaks"].job_id)
    assert job.status.state == State.ERROR
    output = service.output(job)
    assert "before the end" in output
    assert "Traceback" in output
    assert "runpy" not in output
    assert cluster in service.cluster_names()


def test_a_cancelled_workflow_ends_its_job_and_its_cluster(
    service: Dataproc, no_spark: dict[str, Any], programs_folder: Path
) -> None:
    template = dataproc.WorkflowTemplate(
        placement={"managed_cluster": {"cluster_name": "halted", "config": no_spark}},
        jobs=[
            {"step_id": "waits", "pyspark_job": local(programs_folder, "wait")},
            {"step_id": "after", "prerequisite_step_ids": ["waits"], "pyspark_job": local(programs_folder, "wait")},
        ],
    )
    operation: Any = service.templates.instantiate_inline_workflow_template(parent=service.parent, template=template)
    nodes = wait_for(lambda: _refreshed(operation).graph.nodes, lambda nodes: any(node.job_id for node in nodes))
    job_id = next(node.job_id for node in nodes if node.job_id)
    service.reached(job_id, State.RUNNING)
    operations = service.templates.transport.operations_client
    with pytest.raises(BadRequest, match="is running: cancel it first"):
        operations.delete_operation(operation.operation.name)

    service.cancel_operation(operation.operation.name)

    with pytest.raises(Cancelled, match="the workflow was cancelled"):
        operation.result(timeout=PATIENCE_S)
    assert service.job(job_id).status.state == State.CANCELLED
    assert [node.job_id for node in operation.metadata.graph.nodes if node.step_id == "after"] == [""]
    assert operation.metadata.cluster_name not in service.cluster_names()
    operations.delete_operation(operation.operation.name)
    with pytest.raises(NotFound):
        operations.get_operation(operation.operation.name)


def _refreshed(operation: Any) -> dataproc.WorkflowMetadata:
    operation.done()
    return operation.metadata


def test_a_workflow_runs_its_steps_in_order_in_one_process(spark: Dataproc, config: dict[str, Any]) -> None:
    template = dataproc.WorkflowTemplate(
        id="mining",
        placement={"managed_cluster": {"cluster_name": "mining", "config": config}},
        jobs=[
            {
                "step_id": "second",
                "prerequisite_step_ids": ["first"],
                "pyspark_job": python("read", "?", helpers="two"),
            },
            {"step_id": "first", "pyspark_job": python("write", "?", helpers="one"), "labels": {"owner": "roads"}},
        ],
        parameters=[
            {"name": "OUTPUT", "fields": ["jobs['first'].pysparkJob.args[0]", "jobs['second'].pysparkJob.args[0]"]}
        ],
    )
    name = spark.templates.create_workflow_template(parent=spark.parent, template=template).name
    request = {"name": name, "parameters": {"OUTPUT": "gs://data/written"}, "request_id": "run-1"}

    operation: Any = spark.templates.instantiate_workflow_template(request=request)
    again = spark.templates.instantiate_workflow_template(request=request)
    operation.result(timeout=PATIENCE_S)

    assert again.operation.name == operation.operation.name
    metadata = operation.metadata
    assert metadata.state == dataproc.WorkflowMetadata.State.DONE
    assert dict(metadata.parameters) == {"OUTPUT": "gs://data/written"}
    nodes = {node.step_id: node for node in metadata.graph.nodes}
    assert {node.state for node in nodes.values()} == {NodeState.COMPLETED}
    first, second = spark.job(nodes["first"].job_id), spark.job(nodes["second"].job_id)
    assert first.status.state == second.status.state == State.DONE
    assert first.labels["owner"] == "roads"
    assert [status.state for status in first.status_history] == [State.PENDING, State.RUNNING]
    of_template = {**spark.place, "filter": "labels.goog-dataproc-workflow-template-id = mining"}
    assert [job.reference.job_id for job in spark.jobs.list_jobs(request=of_template)] == [
        second.reference.job_id,
        first.reference.job_id,
    ]
    outputs = [spark.output(job) for job in (first, second)]
    assert first.driver_output_resource_uri.startswith("gs://staging/google-cloud-dataproc-metainfo/")
    assert "helper 10 partitions 3" in outputs[0]
    assert "helper 20 views 0" in outputs[1]
    assert "values [10, 11, 12]" in outputs[1]
    assert "values" not in outputs[0]
    assert process_of(outputs[0]) == process_of(outputs[1])
    assert metadata.cluster_name.startswith("mining-")
    assert metadata.cluster_name not in spark.cluster_names()
