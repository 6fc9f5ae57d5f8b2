"""Workflows, jobs and batches on real Spark, through the official clients. Later tests use earlier ones' cluster."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from google.api_core.exceptions import Aborted, Conflict, GoogleAPICallError, NotFound
from google.cloud import dataproc_v1 as dataproc

from tests.services.dataproc.conftest import wait_for

State = dataproc.JobStatus.State
NodeState = dataproc.WorkflowNode.NodeState

WRITE = """
import os, sys
import helper
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("process", os.getpid(), "helper", helper.VALUE, "partitions", spark.conf.get("spark.sql.shuffle.partitions"))
add = spark.udf.register("add", lambda value: __import__("helper").VALUE + value, "int")
rows = spark.range(3).selectExpr("add(cast(id as int)) as value")
rows.write.mode("overwrite").parquet(sys.argv[1])
rows.createOrReplaceTempView("left_behind")
spark.stop()
"""
READ = """
import os, sys
import helper
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("process", os.getpid(), "helper", helper.VALUE, "views", len(spark.catalog.listTables()))
print("values", sorted(row.value for row in spark.read.parquet(sys.argv[1]).collect()))
"""
RAISE = "print('before the end')\nraise ValueError('no such road')\n"
STRICT = "import argparse\nargparse.ArgumentParser(prog='strict').parse_args()\n"
COUNT = "import sys\nfrom pyspark.sql import SparkSession\n" + (
    "print('rows', SparkSession.builder.getOrCreate().read.text(sys.argv[1]).count())\n"
)
WAIT = "import time\nprint('waiting', flush=True)\ntime.sleep(600)\n"


def archive(value: int) -> bytes:
    """A zip with a module `helper`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("helper.py", f"VALUE = {value}\n")
    return content.getvalue()


@pytest.fixture(scope="module")
def code(buckets, job_identity):
    """Buckets: code (may be read), data and staging (may be written), foreign (may not be touched)."""
    buckets.create("code", objectViewer=job_identity)
    buckets.create("data", objectAdmin=job_identity)
    buckets.create("staging", objectAdmin=job_identity)
    buckets.create("foreign")
    programs = {"write": WRITE, "read": READ, "raise": RAISE, "strict": STRICT, "count": COUNT, "wait": WAIT}
    for name, text in programs.items():
        buckets.write(f"gs://code/{name}.py", text)
    buckets.write("gs://code/one/helpers.zip", archive(10))
    buckets.write("gs://code/two/helpers.zip", archive(20))
    buckets.write("gs://foreign/secret.txt", "secret\n")
    return buckets


def python(name: str, *args: str, helpers: str = "") -> dict:
    files = [f"gs://code/{helpers}/helpers.zip"] if helpers else []
    return {"main_python_file_uri": f"gs://code/{name}.py", "args": list(args), "python_file_uris": files}


def config(job_identity: str) -> dict:
    return {
        "config_bucket": "staging",
        "gce_cluster_config": {"service_account": job_identity},
        "software_config": {
            "properties": {"spark:spark.sql.shuffle.partitions": "3", "dataproc:pip.packages": "pyarrow==1.0"}
        },
    }


def test_a_workflow_runs_its_steps_in_order_in_one_process(service, code, job_identity):
    template = dataproc.WorkflowTemplate(
        id="mining",
        placement={"managed_cluster": {"cluster_name": "mining", "config": config(job_identity)}},
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
    request = {"name": name, "parameters": {"OUTPUT": "gs://data/values"}, "request_id": "run-1"}

    operation = service.templates.instantiate_workflow_template(request=request)
    again = service.templates.instantiate_workflow_template(request=request)
    operation.result(timeout=120)

    assert again.operation.name == operation.operation.name
    metadata = operation.metadata
    assert metadata.state == dataproc.WorkflowMetadata.State.DONE
    assert dict(metadata.parameters) == {"OUTPUT": "gs://data/values"}
    nodes = {node.step_id: node for node in metadata.graph.nodes}
    assert {node.state for node in nodes.values()} == {NodeState.COMPLETED}
    first, second = service.job(nodes["first"].job_id), service.job(nodes["second"].job_id)
    assert first.status.state == second.status.state == State.DONE
    assert first.labels["owner"] == "roads"
    assert [status.state for status in first.status_history] == [State.PENDING, State.RUNNING]
    assert len(list(service.jobs.list_jobs(request=service.place))) == 2
    outputs = [code.read(f"{job.driver_output_resource_uri}.000000000") for job in (first, second)]
    assert first.driver_output_resource_uri.startswith("gs://staging/google-cloud-dataproc-metainfo/")
    assert "helper 10 partitions 3" in outputs[0]
    assert "helper 20 views 0" in outputs[1]
    assert "values [10, 11, 12]" in outputs[1]
    assert "values" not in outputs[0]
    processes = {line.split()[1] for output in outputs for line in output.splitlines() if line.startswith("process ")}
    assert len(processes) == 1
    assert not list(service.clusters.list_clusters(request=service.place))


def test_a_failing_step_ends_its_workflow_with_its_error(service, code, job_identity):
    cluster = {"project_id": service.cloud.project, "cluster_name": "shared", "labels": {"pool": "shared"}}
    service.clusters.create_cluster(
        request={**service.place, "cluster": {**cluster, "config": config(job_identity)}}
    ).result()
    template = dataproc.WorkflowTemplate(
        placement={"cluster_selector": {"cluster_labels": {"pool": "shared"}}},
        jobs=[
            {"step_id": "breaks", "pyspark_job": python("raise")},
            {
                "step_id": "after",
                "prerequisite_step_ids": ["breaks"],
                "pyspark_job": python("read", "gs://data/values"),
            },
        ],
    )

    operation = service.templates.instantiate_inline_workflow_template(parent=service.parent, template=template)

    with pytest.raises(Aborted, match="step breaks failed: ValueError: no such road"):
        operation.result(timeout=120)
    nodes = {node.step_id: node for node in operation.metadata.graph.nodes}
    assert (nodes["breaks"].state, nodes["after"].state) == (NodeState.FAILED, NodeState.BLOCKED)
    assert nodes["breaks"].error == "ValueError: no such road"
    assert not nodes["after"].job_id
    job = service.job(nodes["breaks"].job_id)
    assert job.status.state == State.ERROR
    output = code.read(f"{job.driver_output_resource_uri}.000000000")
    assert "before the end" in output
    assert "Traceback" in output
    assert "runpy" not in output


def submit(service, job_id: str, job: dict) -> dataproc.Job:
    full = {"reference": {"job_id": job_id}, "placement": {"cluster_name": "shared"}, "pyspark_job": job}
    return service.jobs.submit_job(request={**service.place, "job": full})


def test_a_job_that_exits_with_an_error_says_its_last_line(service, code):
    submit(service, "unknown-argument", python("strict", "--colour=red"))

    job = service.ended("unknown-argument")

    assert job.status.state == State.ERROR
    assert job.status.details == "exit code 2: strict: error: unrecognized arguments: --colour=red"
    with pytest.raises(Conflict):
        submit(service, "unknown-argument", python("strict"))


def test_a_job_is_refused_where_its_identity_has_no_grant(service, code, job_identity):
    submit(service, "curious", python("count", "gs://foreign/secret.txt"))
    submit(service, "stranger", {"main_python_file_uri": "gs://foreign/main.py"})

    curious, stranger = service.ended("curious"), service.ended("stranger")

    assert curious.status.state == stranger.status.state == State.ERROR
    assert "Error accessing gs://foreign/secret.txt; Caused by: " in curious.status.details
    assert curious.status.details.endswith("403 Forbidden")
    assert f"{job_identity} can't read gs://foreign/main.py: 403" in stranger.status.details


def test_cancel_ends_a_running_job_and_one_that_waits_for_its_turn(service, code):
    submit(service, "running", python("wait"))
    submit(service, "waiting", python("wait"))
    wait_for(lambda: service.job("running"), lambda job: job.status.state == State.RUNNING)
    active = service.jobs.list_jobs(request={**service.place, "filter": "status.state = ACTIVE"})
    assert {job.reference.job_id for job in active} == {"running", "waiting"}

    for job_id in ("waiting", "running"):
        service.jobs.cancel_job(request={**service.place, "job_id": job_id})

    assert service.ended("running").status.state == State.CANCELLED
    assert service.ended("waiting").status.state == State.CANCELLED
    service.jobs.delete_job(request={**service.place, "job_id": "waiting"})
    with pytest.raises(NotFound):
        service.job("waiting")


def test_a_batch_runs_in_a_process_of_its_own(service, code, job_identity):
    batch = dataproc.Batch(
        pyspark_batch=python("read", "gs://data/values", helpers="one"),
        environment_config={"execution_config": {"service_account": job_identity}},
    )
    parent = f"projects/{service.cloud.project}/locations/us-central1"

    ended = service.batches.create_batch(parent=parent, batch=batch, batch_id="once-more").result(timeout=120)

    assert ended.state == dataproc.Batch.State.SUCCEEDED
    assert service.batches.get_batch(name=ended.name).state == dataproc.Batch.State.SUCCEEDED
    output = Path(ended.runtime_info.output_uri.removeprefix("file://") + ".000000000").read_text()
    assert "values [10, 11, 12]" in output
    wait_for(lambda: drivers(service.cloud.home / "dataproc" / "runtime" / ended.uuid), lambda found: not found)


def test_a_killed_service_leaves_no_process_and_ends_its_jobs(service, code, start_service):
    submit(service, "lost", python("wait"))
    wait_for(lambda: drivers(service.cloud.home), bool)

    service.process.kill()
    service.process.wait()

    wait_for(lambda: drivers(service.cloud.home), lambda found: not found)
    service.process = start_service(service.cloud, "dataproc")
    job = service.job("lost")
    assert job.status.state == State.ERROR
    assert job.status.details.startswith("driver lost")
    cluster = service.clusters.get_cluster(request={**service.place, "cluster_name": "shared"})
    assert cluster.status.state == dataproc.ClusterStatus.State.RUNNING
    service.clusters.delete_cluster(request={**service.place, "cluster_name": "shared"}).result()
    with pytest.raises(GoogleAPICallError):
        submit(service, "homeless", python("wait"))


def drivers(place: Path) -> list[int]:
    """Ids of the running drivers and JVMs that have their work below a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended while we looked, or is somebody else's
        if b"SPARK_LOCAL_DIRS=" + str(place).encode() in environment and command:
            found.append(int(folder.name))
    return found
