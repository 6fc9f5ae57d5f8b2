"""Query jobs: run in a few worker threads, kept on disk with their results, answered in pages."""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localcloud.services.bigquery import parameters
from localcloud.services.bigquery.datasets import Datasets
from localcloud.services.bigquery.errors import invalid, not_found, stopped, timed_out
from localcloud.services.bigquery.job_records import (
    Resource,
    age,
    age_of_token,
    check_limit,
    checked_configuration,
    failed,
    name_of,
    now_ms,
    statistics_at_end,
    statistics_of,
    unexpected,
)
from localcloud.services.bigquery.locations import InLocation, location_of
from localcloud.services.bigquery.planner import Plan, engine, plan, result_of
from localcloud.services.bigquery.result_form import Form
from localcloud.services.bigquery.results import Results
from localcloud.services.bigquery.runs import Run
from localcloud.services.common import GoogleError, disk_full, object_in, whole_number
from localcloud.services.record_store import RecordStore
from localcloud.settings import LocalCloud

WORKERS = 2
PAGE_VALUES = 200_000
RESULTS_KEPT_SECONDS = 24 * 3600
EXPIRY_SECONDS = 3600
RESULTS_DATASET = "_results"
JOB_ID = re.compile(r"[\w-]{1,1024}", re.ASCII)

log = logging.getLogger(__name__)


class Jobs:
    """The jobs of all projects; records survive a restart, and a job that a stop cut short is reported as failed."""

    def __init__(self, cloud: LocalCloud, datasets: Datasets) -> None:
        self.cloud = cloud
        self.datasets = datasets
        self.records = RecordStore(cloud.folder("bigquery") / "jobs")
        self.results = Results(cloud.folder("bigquery") / "results")
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="query")
        self._running: dict[str, Run] = {}
        self._unwritten: dict[str, Resource] = {}  # outcomes that a full disk did not take
        self._lock = threading.Lock()
        self._expired_at = 0.0
        self._expire()
        self._settle_old_jobs()

    def _settle_old_jobs(self) -> None:
        for name, record in self.records.items():
            if record["status"]["state"] != "DONE":
                error = GoogleError(500, "The service stopped while the query ran; run it again", "jobInternalError")
                self._write(name, failed(record, error))

    def _expire(self) -> None:
        """Forget old jobs with their results, at most once in EXPIRY_SECONDS."""
        now = time.time()
        with self._lock:
            if now - self._expired_at < EXPIRY_SECONDS:
                return
            self._expired_at = now
            running = set(self._running)
        for name, record in self.records.items():
            if name not in running and int(record["statistics"]["creationTime"]) < (now - RESULTS_KEPT_SECONDS) * 1000:
                self.records.delete(name)
                self.results.delete(name)
                self._unwritten.pop(name, None)

    def insert(self, project: str, body: Resource, email: str | None) -> Resource:
        """Start a query job; a dry run is answered at once and not kept.

        Errors: 400 for what is not a query or not supported, and for a dry run of a wrong query; 409 for a taken id.
        """
        self._expire()
        configuration = checked_configuration(object_in(body, "configuration"))
        given = object_in(body, "jobReference")
        location = given.get("location") or location_of(configuration["query"], self.datasets, project)
        job = given.get("jobId") or f"job_{uuid.uuid4().hex}"
        reference = {"projectId": project, "jobId": str(job), "location": str(location)}
        if not JOB_ID.fullmatch(reference["jobId"]):
            raise invalid(f"Invalid job ID {reference['jobId'][:40]!r}: letters, digits, _ and -, at most 1024")
        record = self._new_record(reference, configuration, email)
        if configuration.get("dryRun"):
            return self._dry_run(record)
        self._start(name_of(reference), record)
        return record

    def _start(self, name: str, record: Resource) -> None:
        try:
            self.records.create(name, record)
        except GoogleError as error:
            if error.code != 409:
                raise
            raise GoogleError(409, f"Already Exists: Job {record['id']}", "duplicate") from error
        run = Run()
        with self._lock:
            self._running[name] = run
            run.future = self._pool.submit(self._run, name, record, run)
        milliseconds = whole_number("jobTimeoutMs", record["configuration"].get("jobTimeoutMs"))
        if milliseconds:
            run.begin_timer(milliseconds / 1000, lambda: self._break_off(name, record, run, timed_out(milliseconds)))

    def _new_record(self, reference: Resource, configuration: Resource, email: str | None) -> Resource:
        project, job, now = reference["projectId"], reference["jobId"], now_ms()
        destination = {"projectId": project, "datasetId": RESULTS_DATASET, "tableId": "r" + job.encode().hex()}
        query = {"priority": "INTERACTIVE", **configuration["query"], "destinationTable": destination}
        if "queryParameters" in query:
            query["queryParameters"] = parameters.as_text(query["queryParameters"])
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
        values = parameters.values_of(query.get("queryParameters") or [])
        default = object_in(query, "defaultDataset")
        project = default.get("projectId") or record["jobReference"]["projectId"]
        names = InLocation(self.datasets, record["jobReference"]["location"])
        return plan(query.get("query") or "", names, project, default.get("datasetId"), values)

    def _dry_run(self, record: Resource) -> Resource:
        made = self._plan(record)
        statistics = statistics_of(record, made, made.bytes_to_read())
        statistics["query"] |= {"schema": {"fields": made.fields}, "totalBytesBilled": "0"}
        return record | {"status": {"state": "DONE"}, "statistics": statistics}

    def _run(self, name: str, record: Resource, run: Run) -> None:
        """Run one job to its end, in a worker thread; every outcome is kept in its record."""
        try:
            outcome = self._outcome(name, record, run)
        except GoogleError as error:
            outcome = failed(record, run.why if run.cancelled.is_set() else error)
        except Exception as error:
            log.exception("Job %s failed unexpectedly", name)
            outcome = failed(record, disk_full(error) or unexpected(error))
        self._settle(name, outcome)

    def _outcome(self, name: str, record: Resource, run: Run) -> Resource:
        run.go_on()
        made = self._plan(record)
        size = made.bytes_to_read()
        check_limit(record["configuration"]["query"].get("maximumBytesBilled"), size)
        with engine() as connection:
            run.connection = connection
            try:
                table, rows_read = result_of(made, connection, run.go_on)
            finally:
                run.connection = None
        self.results.keep(name, table)
        statistics = statistics_at_end(record, made, size, rows_read, table.num_rows)
        done = {"status": {"state": "DONE"}, "statistics": statistics, "schema": made.fields}
        return record | done | {"totalRows": table.num_rows}

    def _settle(self, name: str, outcome: Resource) -> None:
        """The end of a job, told to all who wait for it."""
        self._write(name, outcome)
        with self._lock:
            run = self._running.pop(name)
        run.end()

    def _write(self, name: str, outcome: Resource) -> None:
        """Keep an outcome; one that the disk doesn't take is a failure that is kept in memory."""
        try:
            self.records.put(name, outcome)
        except OSError as error:
            log.exception("The record of job %s can't be written", name)
            self._unwritten[name] = failed(outcome, disk_full(error) or unexpected(error))
            self.results.delete(name)

    # Reading

    def get(self, project: str, job: str, location: str | None, timeout_s: float = 0) -> Resource:
        """The job's record, after waiting up to `timeout_s` for its end. Errors: 404, in another location too."""
        name = f"{project}:{job}"
        with self._lock:
            run = self._running.get(name)
        if run is not None and timeout_s > 0:
            run.done.wait(timeout_s)
        record = self._unwritten.get(name) or self.records.get(name)
        if record is None or (location and location.lower() != record["jobReference"]["location"].lower()):
            raise not_found("Job", f"{project}:{location}.{job}" if location else name)
        return record

    def list(self, project: str, wanted: Callable[[Resource], bool], limit: int, token: str) -> tuple[Any, str]:
        """One page of the project's jobs that are `wanted`, newest first, and the next page's token.

        The token names the last job given, so that jobs begun meanwhile shift nothing.
        """
        records = [self._unwritten.get(name, record) for name, record in self.records.items(f"{project}:")]
        records = sorted(filter(wanted, records), key=age, reverse=True)
        if token:
            records = [record for record in records if age(record) < age_of_token(token)]
        page = records[:limit]
        return page, "{}.{}".format(*age(page[-1])) if len(records) > limit > 0 else ""

    def cancel(self, project: str, job: str, location: str | None) -> Resource:
        """Ask a job to stop; it ends as failed, before it begins or at its next step. One that is done stays so."""
        name, record = f"{project}:{job}", self.get(project, job, location)
        with self._lock:
            run = self._running.get(name)
        if run is not None:
            self._break_off(name, record, run, stopped())
        return self.get(project, job, location)

    def _break_off(self, name: str, record: Resource, run: Run, why: GoogleError) -> None:
        run.why = why
        run.cancelled.set()
        if run.future is not None and run.future.cancel():
            self._settle(name, failed(record, why))
        run.interrupt()

    def delete(self, project: str, job: str, location: str | None) -> None:
        """Forget a job that is done, with its result. Errors: 400 for one that runs."""
        record = self.get(project, job, location)
        if record["status"]["state"] != "DONE":
            raise invalid(f"Job {record['id']} is still running: cancel it first")
        name = name_of(record["jobReference"])
        self.records.delete(name)
        self.results.delete(name)
        self._unwritten.pop(name, None)

    def page(self, record: Resource, start: int, limit: int | None, form: Form) -> Resource:
        """Rows from `start`: {"rows", "pageToken" if there are more, "totalRows"}. `limit`: at most so many."""
        form.refuse_unknown(record["schema"])
        fields, total = record["schema"], record["totalRows"]
        size = max(PAGE_VALUES // max(len(fields), 1), 1)
        size = min(size, limit) if limit is not None else size
        page: Resource = {"totalRows": str(total)}
        if size == 0 or start >= total:
            return page
        table = self.results.read(name_of(record["jobReference"]), start, size)
        page["rows"] = form.rows(table, fields)
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
            return self.get(project, bytes.fromhex(table.removeprefix("r")).decode(), None)
        except ValueError as error:
            raise not_found("Table", f"{project}:{RESULTS_DATASET}.{table}") from error
