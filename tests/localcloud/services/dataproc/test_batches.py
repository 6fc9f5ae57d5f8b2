"""Batches: each in a driver of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Cancelled, NotFound
from google.cloud import dataproc_v1 as dataproc
from google.cloud import storage

from localcloud.settings import OWNER
from tests.localcloud.services.dataproc.clients import Dataproc
from tests.localcloud.services.dataproc.parts import Parts, fail, give_up, internal_errors
from tests.localcloud.services.dataproc.programs import process_of, python
from tests.waiting import PATIENCE_S, wait_for

BatchState = dataproc.Batch.State


def test_a_batch_fails_if_storage_gives_no_answer(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.Blob, "download_as_bytes", give_up)

    operation = parts.finished(parts.start_batch("gs://code/main.py"))

    assert operation.error.message.startswith(f"{OWNER} can't read gs://code/main.py: Timeout of 120.0s exceeded")
    assert parts.batch().state == dataproc.Batch.State.FAILED
    assert parts.pool.leaked() == []


@internal_errors
def test_a_batch_ends_whatever_happens_to_the_service(parts: Parts) -> None:
    parts.pool.on_take = fail

    operation = parts.finished(parts.start_batch())

    assert operation.error.message == "internal error: RuntimeError('nobody thought of it')"
    assert parts.batch().state == dataproc.Batch.State.FAILED
    assert parts.batches.runtimes == {}


@pytest.fixture(scope="module")
def beside(spark: Dataproc, config: dict[str, Any]) -> Iterator[str]:
    """A cluster beside the batches, which keeps its driver: a batch that is cancelled takes no other one with it."""
    name = spark.create_cluster("beside", config)
    yield name
    spark.delete_cluster(name)


def test_a_batch_runs_in_a_process_of_its_own(spark: Dataproc, beside: str, values: str, job_identity: str) -> None:
    spark.submit(beside, "beside", python("read", values, helpers="one"))
    batch = dataproc.Batch(
        pyspark_batch=python("read", values, helpers="one"),
        runtime_config={"properties": {"spark.sql.shuffle.partitions": "3"}},  # as a cluster's: a kept driver fits
        environment_config={"execution_config": {"service_account": job_identity}},
    )

    ended: Any = spark.batches.create_batch(parent=spark.location, batch=batch, batch_id="once-more").result(
        timeout=PATIENCE_S
    )

    assert ended.state == BatchState.SUCCEEDED
    assert spark.batches.get_batch(name=ended.name).state == BatchState.SUCCEEDED
    output = spark.read(ended.runtime_info.output_uri)
    assert "values [10, 11, 12]" in output
    assert process_of(output) != process_of(spark.output("beside"))


@pytest.mark.usefixtures("beside")
def test_a_cancelled_batch_is_listed_so_until_it_is_deleted(spark: Dataproc, job_identity: str) -> None:
    batch = dataproc.Batch(
        pyspark_batch=python("wait"),
        labels={"owner": "roads"},
        runtime_config={"properties": {"spark.sql.shuffle.partitions": "3"}},
        environment_config={"execution_config": {"service_account": job_identity}},
    )
    operation = spark.batches.create_batch(parent=spark.location, batch=batch, batch_id="halted")
    name = f"{spark.location}/batches/halted"
    wait_for(lambda: spark.batches.get_batch(name=name).state, lambda state: state == BatchState.RUNNING)
    with pytest.raises(BadRequest, match="is active: cancel its operation first"):
        spark.batches.delete_batch(name=name)
    owned = {"parent": spark.location, "filter": "state = RUNNING AND labels.owner = roads"}
    assert [one.name for one in spark.batches.list_batches(request=owned)] == [name]

    spark.cancel_operation(operation.operation.name)

    with pytest.raises(Cancelled, match="the batch was cancelled"):
        operation.result(timeout=PATIENCE_S)
    cancelled = {"parent": spark.location, "filter": "state = CANCELLED AND labels.owner = roads"}
    assert [one.name for one in spark.batches.list_batches(request=cancelled)] == [name]
    history = [one.state for one in spark.batches.get_batch(name=name).state_history]
    assert history == [BatchState.PENDING, BatchState.RUNNING]
    spark.batches.delete_batch(name=name)
    with pytest.raises(NotFound):
        spark.batches.get_batch(name=name)
