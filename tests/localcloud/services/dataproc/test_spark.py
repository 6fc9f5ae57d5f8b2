"""Workflows, jobs and batches on real Spark, through the official clients."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import Aborted, BadRequest, Cancelled, Conflict, GoogleAPICallError, NotFound
from google.cloud import dataproc_v1 as dataproc

from tests.localcloud.services.dataproc.programs import process_of, python
from tests.waiting import PATIENCE_S, wait_for

State = dataproc.JobStatus.State
BatchState = dataproc.Batch.State
NodeState = dataproc.WorkflowNode.NodeState

pytestmark = pytest.mark.usefixtures("jars_folder")


@pytest.fixture(scope="module")
def values(code) -> str:
    """The address of a Parquet file of the values 10, 11, 12."""
    content = pa.BufferOutputStream()
    pq.write_table(pa.table({"value": pa.array([10, 11, 12], pa.int32())}), content)
    return code.write("gs://data/given/values.parquet", content.getvalue().to_pybytes())


def output_of(code, job: dataproc.Job) -> str:
    return code.read(f"{job.driver_output_resource_uri}.000000000")


def test_a_workflow_runs_its_steps_in_order_in_one_process(service, code, config):
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
    name = service.templates.create_workflow_template(parent=service.parent, template=template).name
    request = {"name": name, "parameters": {"OUTPUT": "gs://data/written"}, "request_id": "run-1"}

    operation = service.templates.instantiate_workflow_template(request=request)
    again = service.templates.instantiate_workflow_template(request=request)
    operation.result(timeout=PATIENCE_S)

    assert again.operation.name == operation.operation.name
    metadata = operation.metadata
    assert metadata.state == dataproc.WorkflowMetadata.State.DONE
    assert dict(metadata.parameters) == {"OUTPUT": "gs://data/written"}
    nodes = {node.step_id: node for node in metadata.graph.nodes}
    assert {node.state for node in nodes.values()} == {NodeState.COMPLETED}
    first, second = service.job(nodes["first"].job_id), service.job(nodes["second"].job_id)
    assert first.status.state == second.status.state == State.DONE
    assert first.labels["owner"] == "roads"
    assert [status.state for status in first.status_history] == [State.PENDING, State.RUNNING]
    of_template = {**service.place, "filter": "labels.goog-dataproc-workflow-template-id = mining"}
    assert [job.reference.job_id for job in service.jobs.list_jobs(request=of_template)] == [
        second.reference.job_id,
        first.reference.job_id,
    ]
    outputs = [output_of(code, job) for job in (first, second)]
    assert first.driver_output_resource_uri.startswith("gs://staging/google-cloud-dataproc-metainfo/")
    assert "helper 10 partitions 3" in outputs[0]
    assert "helper 20 views 0" in outputs[1]
    assert "values [10, 11, 12]" in outputs[1]
    assert "values" not in outputs[0]
    assert process_of(outputs[0]) == process_of(outputs[1])
    assert metadata.cluster_name.startswith("mining-")
    assert metadata.cluster_name not in service.cluster_names()


def test_a_failing_step_ends_its_workflow_with_its_error(service, code, shared_cluster, values):
    template = dataproc.WorkflowTemplate(
        placement={"cluster_selector": {"cluster_labels": {"pool": "shared"}}},
        jobs=[
            {"step_id": "breaks", "pyspark_job": python("raise")},
            {"step_id": "after", "prerequisite_step_ids": ["breaks"], "pyspark_job": python("read", values)},
        ],
    )

    operation = service.templates.instantiate_inline_workflow_template(parent=service.parent, template=template)

    with pytest.raises(Aborted, match="step breaks failed: ValueError: no such road"):
        operation.result(timeout=PATIENCE_S)
    nodes = {node.step_id: node for node in operation.metadata.graph.nodes}
    assert (nodes["breaks"].state, nodes["after"].state) == (NodeState.FAILED, NodeState.BLOCKED)
    assert nodes["breaks"].error == "ValueError: no such road"
    assert not nodes["after"].job_id
    job = service.job(nodes["breaks"].job_id)
    assert job.status.state == State.ERROR
    output = output_of(code, job)
    assert "before the end" in output
    assert "Traceback" in output
    assert "runpy" not in output
    assert shared_cluster in service.cluster_names()


def test_a_cancelled_workflow_ends_its_job_and_its_cluster(service, code, config):
    template = dataproc.WorkflowTemplate(
        placement={"managed_cluster": {"cluster_name": "halted", "config": config}},
        jobs=[
            {"step_id": "waits", "pyspark_job": python("wait")},
            {"step_id": "after", "prerequisite_step_ids": ["waits"], "pyspark_job": python("wait")},
        ],
    )
    operation = service.templates.instantiate_inline_workflow_template(parent=service.parent, template=template)
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


def _refreshed(operation) -> dataproc.WorkflowMetadata:
    operation.done()
    return operation.metadata


def test_a_job_that_exits_with_an_error_says_its_last_line(service, shared_cluster):
    service.submit(shared_cluster, "unknown-argument", python("strict", "--colour=red"))

    job = service.ended("unknown-argument")

    assert job.status.state == State.ERROR
    assert job.status.details == "exit code 2: strict: error: unrecognized arguments: --colour=red"
    with pytest.raises(Conflict):
        service.submit(shared_cluster, "unknown-argument", python("strict"))


def test_a_request_id_submits_once_by_each_method(service, shared_cluster):
    settings = {"request_id": "once"}
    job = {"placement": {"cluster_name": shared_cluster}, "pyspark_job": python("raise")}

    submitted = [service.submit(shared_cluster, "", python("raise"), **settings) for _ in range(2)]
    operations = [
        service.jobs.submit_job_as_operation(request={**service.place, "job": job, **settings}) for _ in range(2)
    ]

    assert submitted[0].reference.job_id == submitted[1].reference.job_id
    assert operations[0].operation.name == operations[1].operation.name
    with pytest.raises(Aborted, match="ValueError: no such road"):
        operations[0].result(timeout=PATIENCE_S)
    assert operations[0].metadata.job_id != submitted[0].reference.job_id
    assert service.ended(submitted[0].reference.job_id).status.state == State.ERROR


def test_a_job_is_refused_where_its_identity_has_no_grant(service, shared_cluster, job_identity):
    service.submit(shared_cluster, "curious", python("count", "gs://foreign/secret.txt"))
    service.submit(shared_cluster, "stranger", {"main_python_file_uri": "gs://foreign/main.py"})

    curious, stranger = service.ended("curious"), service.ended("stranger")

    assert curious.status.state == stranger.status.state == State.ERROR
    assert "Error accessing gs://foreign/secret.txt; Caused by: " in curious.status.details
    assert curious.status.details.endswith("403 Forbidden")
    assert f"{job_identity} can't read gs://foreign/main.py: 403" in stranger.status.details


def test_an_archive_is_unpacked_under_the_name_after_its_address(service, code, shared_cluster):
    archives = ["gs://code/one/helpers.zip#environment"]
    service.submit(shared_cluster, "unpacks", python("archive", archive_uris=archives))

    job = service.ended("unpacks")

    assert job.status.state == State.DONE, job.status.details
    assert "unpacked VALUE = 10" in output_of(code, job)


def test_cancel_ends_a_running_job_and_one_that_waits_for_its_turn(service, shared_cluster):
    service.submit(shared_cluster, "running", python("wait"))
    service.reached("running", State.RUNNING)
    service.submit(shared_cluster, "waiting", python("wait"))
    active = service.jobs.list_jobs(request={**service.place, "filter": "status.state = ACTIVE"})
    assert {job.reference.job_id for job in active} == {"running", "waiting"}
    with pytest.raises(BadRequest, match="is active: cancel it first"):
        service.jobs.delete_job(request={**service.place, "job_id": "waiting"})

    for job_id in ("waiting", "running"):
        service.jobs.cancel_job(request={**service.place, "job_id": job_id})

    assert service.ended("running").status.state == State.CANCELLED
    assert service.ended("waiting").status.state == State.CANCELLED
    service.jobs.delete_job(request={**service.place, "job_id": "waiting"})
    with pytest.raises(NotFound):
        service.job("waiting")


def test_a_batch_runs_in_a_process_of_its_own(service, code, shared_cluster, values, job_identity):
    service.submit(shared_cluster, "beside", python("read", values, helpers="one"))
    batch = dataproc.Batch(
        pyspark_batch=python("read", values, helpers="one"),
        environment_config={"execution_config": {"service_account": job_identity}},
    )

    ended = service.batches.create_batch(parent=service.location, batch=batch, batch_id="once-more").result(
        timeout=PATIENCE_S
    )

    assert ended.state == BatchState.SUCCEEDED
    assert service.batches.get_batch(name=ended.name).state == BatchState.SUCCEEDED
    output = Path(ended.runtime_info.output_uri.removeprefix("file://") + ".000000000").read_text()
    assert "values [10, 11, 12]" in output
    assert process_of(output) != process_of(output_of(code, service.ended("beside")))


def test_a_cancelled_batch_is_listed_so_until_it_is_deleted(service, code, job_identity):
    batch = dataproc.Batch(
        pyspark_batch=python("wait"),
        labels={"owner": "roads"},
        environment_config={"execution_config": {"service_account": job_identity}},
    )
    operation = service.batches.create_batch(parent=service.location, batch=batch, batch_id="halted")
    name = f"{service.location}/batches/halted"
    wait_for(lambda: service.batches.get_batch(name=name).state, lambda state: state == BatchState.RUNNING)
    with pytest.raises(BadRequest, match="is active: cancel its operation first"):
        service.batches.delete_batch(name=name)
    owned = {"parent": service.location, "filter": "state = RUNNING AND labels.owner = roads"}
    assert [one.name for one in service.batches.list_batches(request=owned)] == [name]

    service.cancel_operation(operation.operation.name)

    with pytest.raises(GoogleAPICallError, match="the batch was cancelled"):
        operation.result(timeout=PATIENCE_S)
    cancelled = {"parent": service.location, "filter": "state = CANCELLED AND labels.owner = roads"}
    assert [one.name for one in service.batches.list_batches(request=cancelled)] == [name]
    history = [one.state for one in service.batches.get_batch(name=name).state_history]
    assert history == [BatchState.PENDING, BatchState.RUNNING]
    service.batches.delete_batch(name=name)
    with pytest.raises(NotFound):
        service.batches.get_batch(name=name)
