"""Batches (serverless Spark): each has a driver process of its own as long as it runs."""

from __future__ import annotations

import contextlib
import threading
import uuid

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation
from google.protobuf.empty_pb2 import Empty

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.checks import BATCH_ID, check_identifier, refuse
from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.services.dataproc.drivers.runtime import Execution, Outcome, PythonJob, SparkRuntime
from localcloud.services.dataproc.drivers.staging import StagingBucket
from localcloud.services.dataproc.names import matches, parent_of, regional
from localcloud.services.dataproc.operations import LOST
from localcloud.services.dataproc.store import Store
from localcloud.services.protobuf import now, wire
from localcloud.settings import OWNER

State = dataproc.Batch.State
ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


class Batches:
    """Create, get, list, delete; a batch is cancelled by its operation."""

    def __init__(self, drivers: DriverPool, store: Store) -> None:
        self.drivers = drivers
        self.store = store
        self.runtimes: dict[str, SparkRuntime] = {}
        for batch in store.batches.list(""):
            if batch.state not in ENDED:
                self._change(regional(batch.name), State.FAILED, LOST)

    def create(self, request: dataproc.CreateBatchRequest) -> Operation:
        batch = request.batch
        _check(batch)
        batch_id = request.batch_id or str(uuid.uuid4())
        check_identifier("batchId", batch_id, BATCH_ID)
        _, project, _, region = request.parent.split("/")

        def make() -> str:
            batch.name = f"projects/{project}/locations/{region}/batches/{batch_id}"
            batch.uuid = str(uuid.uuid4())
            batch.create_time = batch.state_time = now()
            batch.state = State.PENDING
            name = regional(batch.name)
            self.store.batches.create(name, batch)
            runtime, execution = (
                self._runtime(batch, StagingBucket(self.drivers.cloud, project, region)),
                Execution(lambda: self._change(name, State.RUNNING)),
            )
            bucket = batch.environment_config.execution_config.staging_bucket
            batch.runtime_info.output_uri = runtime.output_address(bucket, batch_id)
            metadata = wire(_metadata(batch))
            operation = self.store.operations.start(parent_of(project, region), metadata, execution.cancel)
            batch.operation = operation.name
            self.store.batches.put(name, batch)
            work = threading.Thread(target=self._run, args=(batch, runtime, execution), name=name, daemon=True)
            work.start()
            return operation.name

        name = self.store.once(request.request_id and f"createBatch/{request.parent}/{request.request_id}", make)
        return self.store.operations.messages.require(name)

    def _runtime(self, batch: dataproc.Batch, staging: StagingBucket) -> SparkRuntime:
        identity = batch.environment_config.execution_config.service_account or OWNER
        runtime = SparkRuntime(self.drivers, batch.uuid, staging, identity, dict(batch.runtime_config.properties), {})
        self.runtimes[batch.uuid] = runtime
        return runtime

    def _run(self, batch: dataproc.Batch, runtime: SparkRuntime, execution: Execution) -> None:
        """Run a batch to its end; its state says how it went, whatever it was."""
        outcome, output = Outcome(), batch.runtime_info.output_uri
        job = PythonJob.of(batch.name.rsplit("/", 1)[1], batch.pyspark_batch, output)
        try:
            with contextlib.closing(runtime):
                outcome = runtime.run(job, execution)
        except Exception as failure:
            outcome = Outcome(f"internal error: {failure!r}")
            raise
        finally:
            del self.runtimes[batch.uuid]
            self._end(batch, outcome)

    def _end(self, batch: dataproc.Batch, outcome: Outcome) -> None:
        state = State.CANCELLED if outcome.cancelled else State.FAILED if outcome.error else State.SUCCEEDED
        ended = self._change(regional(batch.name), state, outcome.error or outcome.note)
        error = "the batch was cancelled" if outcome.cancelled else outcome.error
        self.store.operations.finish(batch.operation, wire(_metadata(ended)), wire(ended), error, outcome.cancelled)

    def _change(self, name: str, state: State, message: str = "") -> dataproc.Batch:
        with self.store.lock:
            batch = self.store.batches.require(name)
            batch.state_history.append(
                dataproc.Batch.StateHistory(
                    state=batch.state, state_message=batch.state_message, state_start_time=batch.state_time
                )
            )
            batch.state, batch.state_message, batch.state_time = state, message, now()
            return self.store.batches.put(name, batch)

    def get(self, request: dataproc.GetBatchRequest) -> dataproc.Batch:
        return self.store.batches.require(regional(request.name))

    def list(self, request: dataproc.ListBatchesRequest) -> dataproc.ListBatchesResponse:
        prefix = f"{regional(request.parent)}/batches/"
        found = [one for one in self.store.batches.list(prefix) if _fits(one, request.filter)]
        batches, token = page(found, request.page_size, request.page_token)
        return dataproc.ListBatchesResponse(batches=batches, next_page_token=token)

    def delete(self, request: dataproc.DeleteBatchRequest) -> Empty:
        name = regional(request.name)
        if self.store.batches.require(name).state not in ENDED:
            raise GoogleError(400, f"{request.name} is active: cancel its operation first", "failedPrecondition")
        self.store.batches.delete(name)
        return Empty()

    def close(self) -> None:
        for runtime in list(self.runtimes.values()):  # a batch that ends meanwhile takes its own away
            runtime.close(at_once=True)


def _check(batch: dataproc.Batch) -> None:
    if "pyspark_batch" not in batch:
        raise refuse("batch", "this Dataproc runs pysparkBatch only")
    if not batch.pyspark_batch.main_python_file_uri:
        raise refuse("batch.pysparkBatch.mainPythonFileUri", "is required")


def _fits(batch: dataproc.Batch, filter_text: str) -> bool:
    return matches(filter_text, {"state": State(batch.state).name}, batch.labels)


def _metadata(batch: dataproc.Batch) -> dataproc.BatchOperationMetadata:
    return dataproc.BatchOperationMetadata(
        batch=batch.name,
        batch_uuid=batch.uuid,
        create_time=batch.create_time,
        operation_type=dataproc.BatchOperationMetadata.BatchOperationType.BATCH,
        description="Batch",
    )
