"""Query jobs: run in a few worker threads, kept on disk with their results, answered in pages."""

from __future__ import annotations

import math
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import ipc

from localcloud.services.bigquery import parameters
from localcloud.services.bigquery.datasets import DEFAULT_LOCATION, Datasets
from localcloud.services.bigquery.errors import invalid, not_found
from localcloud.services.bigquery.planner import Plan, engine, plan, result_of
from localcloud.services.bigquery.types import rows_of
from localcloud.services.common import GoogleError, RecordStore
from localcloud.settings import LocalCloud

Resource = dict[str, Any]

WORKERS = 2
MEBIBYTE = 1024 * 1024
LEAST_BILLED = 10 * MEBIBYTE
PAGE_VALUES = 200_000
RESULTS_KEPT_SECONDS = 24 * 3600
RESULTS_DATASET = "_results"
NOT_SUPPORTED = ("destinationTable", "destinationEncryptionConfiguration", "createSession", "tableDefinitions")


class Jobs:
    """The jobs of all projects; records survive a restart, and a job that a stop cut short is reported as failed."""

    def __init__(self, cloud: LocalCloud, datasets: Datasets) -> None:
        self.cloud = cloud
        self.datasets = datasets
        self.records = RecordStore(cloud.folder("bigquery") / "jobs")
        self.results = cloud.folder("bigquery") / "results"
        self.results.mkdir(exist_ok=True)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="query")
        self._running: dict[str, Future[None]] = {}
        self._connections: dict[str, duckdb.DuckDBPyConnection] = {}
        self._lock = threading.Lock()
        self._settle_old_jobs()

    def _settle_old_jobs(self) -> None:
        expired = (time.time() - RESULTS_KEPT_SECONDS) * 1000
        for name, record in list(self.records.items()):
            if int(record["statistics"]["creationTime"]) < expired:
                self.records.delete(name)
                self._result_file(name).unlink(missing_ok=True)
            elif record["status"]["state"] != "DONE":
                error = GoogleError(500, "The service stopped while the query ran; run it again", "jobInternalError")
                self.records.put(name, _failed(record, error))

    def insert(self, project: str, body: Resource, email: str | None) -> Resource:
        """Start a query job; a dry run is answered at once and not kept.

        Errors: 400 for what is not a query or not supported, and for a dry run of a wrong query; 409 for a taken id.
        """
        configuration = body.get("configuration", {})
        if "query" not in configuration:
            kind = next((name for name in ("load", "copy", "extract") if name in configuration), "this")
            raise invalid(
                f"A {kind} job is not supported: data gets into the lake through Spark and Beam; only queries run"
            )
        query = configuration["query"]
        if query.get("useLegacySql", True):
            raise invalid("Legacy SQL is not supported; set useLegacySql to false")
        for name in NOT_SUPPORTED:
            if query.get(name):
                raise invalid(f"configuration.query.{name} is not supported: results are read, not kept in a table")
        reference = {"projectId": project, "jobId": f"job_{uuid.uuid4().hex}", "location": DEFAULT_LOCATION}
        reference |= {key: value for key, value in body.get("jobReference", {}).items() if value and key != "projectId"}
        record = self._new_record(reference, configuration, email)
        if configuration.get("dryRun"):
            return self._dry_run(record)
        name = _name(reference)
        try:
            self.records.create(name, record)
        except GoogleError as error:
            message = f"Already Exists: Job {project}:{reference['location']}.{reference['jobId']}"
            raise GoogleError(409, message, "duplicate") from error
        with self._lock:
            self._running[name] = self._pool.submit(self._run, name, record)
        return record

    def _new_record(self, reference: Resource, configuration: Resource, email: str | None) -> Resource:
        project, job, now = reference["projectId"], reference["jobId"], _now()
        destination = {"projectId": project, "datasetId": RESULTS_DATASET, "tableId": "r" + job.encode().hex()}
        query = {"priority": "INTERACTIVE", **configuration["query"], "destinationTable": destination}
        return {
            "kind": "bigquery#job",
            "id": f"{project}:{reference['location']}.{job}",
            "selfLink": f"{self.cloud.url('bigquery')}/bigquery/v2/projects/{project}/jobs/{job}",
            "user_email": email or "anonymous",
            "jobReference": reference,
            "configuration": {**configuration, "jobType": "QUERY", "query": query},
            "status": {"state": "RUNNING"},
            "statistics": {"creationTime": now, "startTime": now},
        }

    def _plan(self, record: Resource) -> Plan:
        query = record["configuration"]["query"]
        values = parameters.values_of(query.get("queryParameters", []))
        default = query.get("defaultDataset", {})
        project = default.get("projectId") or record["jobReference"]["projectId"]
        return plan(query.get("query", ""), self.datasets, project, default.get("datasetId"), values)

    def _dry_run(self, record: Resource) -> Resource:
        made = self._plan(record)
        statistics = _statistics(record, made, made.bytes_to_read())
        statistics["query"] |= {"schema": {"fields": made.fields}, "totalBytesBilled": "0"}
        return record | {"status": {"state": "DONE"}, "statistics": statistics}

    def _run(self, name: str, record: Resource) -> None:
        """Run one job to its end, in a worker thread; every outcome is kept in its record."""
        try:
            made = self._plan(record)
            size = made.bytes_to_read()
            _check_limit(record["configuration"]["query"].get("maximumBytesBilled"), size)
            with engine() as connection:
                self._connections[name] = connection
                table = result_of(made, connection)
            self._keep(name, table)
            statistics = _statistics(record, made, size)
            done = record | {"status": {"state": "DONE"}, "statistics": statistics, "schema": made.fields}
            self.records.put(name, done | {"totalRows": table.num_rows})
        except GoogleError as error:
            self.records.put(name, _failed(record, error))
        except Exception as error:
            self.records.put(name, _failed(record, GoogleError(500, f"The query failed: {error}", "jobInternalError")))
            raise
        finally:
            self._connections.pop(name, None)
            with self._lock:
                self._running.pop(name, None)

    def _keep(self, name: str, table: pa.Table) -> None:
        path = self._result_file(name)
        temporary = path.with_suffix(".tmp")
        with ipc.new_file(str(temporary), table.schema) as writer:
            writer.write_table(table)
        temporary.replace(path)

    def _result_file(self, name: str) -> Path:
        return self.results / f"{name.encode().hex()[-200:]}.arrow"

    # Reading

    def get(self, project: str, job: str, timeout_s: float = 0) -> Resource:
        """The job's record, after waiting up to `timeout_s` for its end."""
        name = f"{project}:{job}"
        with self._lock:
            future = self._running.get(name)
        if future is not None and timeout_s > 0:
            wait([future], timeout=timeout_s)
        record = self.records.get(name)
        if record is None:
            raise not_found("Job", name)
        return record

    def list(self, project: str, limit: int) -> list[Resource]:
        """The project's jobs, newest first."""
        records = [record for _, record in self.records.items(f"{project}:")]
        return sorted(records, key=lambda one: one["statistics"]["creationTime"], reverse=True)[:limit]

    def cancel(self, project: str, job: str) -> Resource:
        """Ask a running job to stop; it ends as failed. One that has ended stays as it is."""
        record = self.get(project, job)
        connection = self._connections.get(f"{project}:{job}")
        if connection is not None:
            connection.interrupt()
        return record

    def page(self, record: Resource, start: int, limit: int | None, int64_timestamps: bool) -> Resource:
        """Rows from `start`: {"rows", "pageToken" if there are more, "totalRows"}. `limit`: at most so many."""
        fields, total = record["schema"], record["totalRows"]
        size = max(PAGE_VALUES // max(len(fields), 1), 1)
        size = min(size, limit) if limit is not None else size
        page: Resource = {"totalRows": str(total)}
        if size == 0 or start >= total:
            return page
        with ipc.open_file(pa.memory_map(str(self._result_file(_name(record["jobReference"]))))) as reader:
            table = reader.read_all().slice(start, size)
        page["rows"] = rows_of(table, fields, int64_timestamps)
        if start + table.num_rows < total:
            page["pageToken"] = str(start + table.num_rows)
        return page

    def result_table(self, project: str, table: str) -> Resource:
        """A query's anonymous result as a table's resource."""
        record = self.of_result_table(project, table)
        return {
            "kind": "bigquery#table",
            "id": f"{project}:{RESULTS_DATASET}.{table}",
            "tableReference": {"projectId": project, "datasetId": RESULTS_DATASET, "tableId": table},
            "type": "TABLE",
            "schema": {"fields": record.get("schema", [])},
            "numRows": str(record.get("totalRows", 0)),
            "creationTime": record["statistics"]["creationTime"],
        }

    def of_result_table(self, project: str, table: str) -> Resource:
        """The job whose anonymous result table this is."""
        try:
            return self.get(project, bytes.fromhex(table.removeprefix("r")).decode())
        except ValueError as error:
            raise not_found("Table", f"{project}:{RESULTS_DATASET}.{table}") from error


def _name(reference: Resource) -> str:
    return f"{reference['projectId']}:{reference['jobId']}"


def _now() -> str:
    return str(int(time.time() * 1000))


def _billed(size: int) -> int:
    """Whole mebibytes, at least ten, as Google bills; nothing for nothing."""
    return max(math.ceil(size / MEBIBYTE) * MEBIBYTE, LEAST_BILLED) if size else 0


def _check_limit(limit: str | int | None, size: int) -> None:
    if limit is not None and _billed(size) > int(limit):
        message = f"Query exceeded limit for bytes billed: {limit}. {_billed(size)} or higher required."
        raise GoogleError(400, message, "bytesBilledLimitExceeded")


def _statistics(record: Resource, made: Plan, size: int) -> Resource:
    query = {
        "statementType": "SELECT",
        "totalBytesProcessed": str(size),
        "totalBytesBilled": str(_billed(size)),
        "cacheHit": False,
        "referencedTables": [_reference(name) for name in made.referenced],
    }
    return record["statistics"] | {"endTime": _now(), "totalBytesProcessed": str(size), "query": query}


def _reference(full_name: str) -> Resource:
    """A table of the lake has its catalog and namespace as dataset, as in BigQuery's own four-part names."""
    project, *dataset, table = full_name.split(".")
    return {"projectId": project, "datasetId": ".".join(dataset), "tableId": table}


def _failed(record: Resource, error: GoogleError) -> Resource:
    result = {"reason": error.reason, "message": error.message, "location": "query"}
    status = {"state": "DONE", "errorResult": result, "errors": [result]}
    return record | {
        "status": status,
        "statistics": record["statistics"] | {"endTime": _now()},
        "errorCode": error.code,
    }
