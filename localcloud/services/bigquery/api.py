"""The endpoints of BigQuery's v2 REST API: query strings and answers; the work is in datasets.py and jobs.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localcloud.services.bigquery.datasets import Datasets, Resource
from localcloud.services.bigquery.errors import invalid
from localcloud.services.bigquery.jobs import RESULTS_DATASET, Jobs
from localcloud.services.bigquery.result_form import Form, timestamps_of
from localcloud.services.common import GoogleError, object_in, page, whole_number
from localcloud.services.dispatch import Call

DEFAULT_WAIT_MS = 10_000
JOBS_A_PAGE = 50
LONGEST_WAIT_S = 200
INTERNAL = ("schema", "totalRows", "errorCode")
QUERY_FIELDS = (
    "query", "useLegacySql", "parameterMode", "queryParameters", "maximumBytesBilled", "defaultDataset",
    "useQueryCache", "destinationEncryptionConfiguration", "createSession", "connectionProperties",
)  # fmt: skip


@dataclass(frozen=True)
class QueryCall(Call):
    """A call of the warehouse's API."""

    @property
    def project(self) -> str:
        return self.path["project"]

    @property
    def dataset(self) -> tuple[str, str]:
        return self.project, self.path["dataset"]

    @property
    def table(self) -> tuple[str, str, str]:
        return *self.dataset, self.path["table"]

    @property
    def job(self) -> tuple[str, str]:
        return self.project, self.path["job"]

    @property
    def match(self) -> str | None:
        return self.headers.get("if-match")

    @property
    def put(self) -> bool:
        """Whether a resource is replaced, not changed in part."""
        return self.request.method == "PUT"

    @property
    def start(self) -> int:
        """The first row of a page."""
        return self.number("pageToken") or self.number("startIndex") or 0

    @property
    def location(self) -> str | None:
        return self.query.get("location")

    @property
    def form(self) -> Form:
        output = self.query.get("formatOptions.timestampOutputFormat")
        selected = self.query.get("selectedFields")
        return Form(
            timestamps_of(output, self.flag("formatOptions.useInt64Timestamp")),
            tuple(selected.split(",")) if selected else (),
        )

    def page(self, items: list[Resource]) -> tuple[list[Resource], Resource]:
        """Those of a list that are asked for, and {"nextPageToken"} if there are more."""
        found, token = page(items, self.number("maxResults") or 0, self.query.get("pageToken", ""))
        return found, {"nextPageToken": token} if token else {}


class Api:
    """The endpoints, each from a Call to JSON."""

    def __init__(self, datasets: Datasets, jobs: Jobs) -> None:
        self.datasets = datasets
        self.jobs = jobs

    def list_datasets(self, call: QueryCall) -> Resource:
        wanted = _label_filter(call.query.get("filter", ""))
        found, more = call.page([one for one in self.datasets.list_datasets(call.project) if wanted(one)])
        return {"kind": "bigquery#datasetList", "datasets": found, **more}

    def change_dataset(self, call: QueryCall) -> Resource:
        return self.datasets.change_dataset(*call.dataset, call.body, call.match, call.put)

    def delete_dataset(self, call: QueryCall) -> None:
        self.datasets.delete_dataset(*call.dataset, call.flag("deleteContents"))

    def insert_table(self, call: QueryCall) -> Resource:
        return self.datasets.insert_table(*call.dataset, call.body)

    def list_tables(self, call: QueryCall) -> Resource:
        tables = self.datasets.list_tables(*call.dataset)
        found, more = call.page(tables)
        return {"kind": "bigquery#tableList", "tables": found, "totalItems": len(tables), **more}

    def get_table(self, call: QueryCall) -> Resource:
        project, dataset, table = call.table
        if dataset == RESULTS_DATASET:
            return self.jobs.result_table(project, table)
        return self.datasets.with_schema(self.datasets.table(project, dataset, table))

    def table_data(self, call: QueryCall) -> Resource:
        """Rows of a query's anonymous result table; views and lake tables are read by queries, as in BigQuery."""
        project, dataset, table = call.table
        if dataset != RESULTS_DATASET:
            kind = self.datasets.table(project, dataset, table)["type"]
            raise invalid(f"Cannot list a table of type {kind}: query it instead")
        record = self._finished(self.jobs.of_result_table(project, table))
        page = self.jobs.page(record, call.start, call.number("maxResults"), call.form)
        return {"kind": "bigquery#tableDataList", **page}

    def list_jobs(self, call: QueryCall) -> Resource:
        limit = call.number("maxResults") or JOBS_A_PAGE
        jobs, token = self.jobs.list(call.project, _job_filter(call), limit, call.query.get("pageToken", ""))
        answer = {"kind": "bigquery#jobList", "jobs": [_listed(record) for record in jobs]}
        return answer | ({"nextPageToken": token} if token else {})

    def insert_job(self, call: QueryCall) -> Resource:
        return _public(self.jobs.insert(call.project, call.body, call.caller))

    def get_job(self, call: QueryCall) -> Resource:
        return _public(self.jobs.get(*call.job, call.location))

    def delete_job(self, call: QueryCall) -> None:
        self.jobs.delete(*call.job, call.location)

    def cancel_job(self, call: QueryCall) -> Resource:
        return {"kind": "bigquery#jobCancelResponse", "job": _public(self.jobs.cancel(*call.job, call.location))}

    def run_query(self, call: QueryCall) -> Resource:
        """jobs.query: start a job and wait for its first page."""
        body = call.body
        limit = whole_number("maxResults", body.get("maxResults"))
        wait_ms = whole_number("timeoutMs", body.get("timeoutMs")) or DEFAULT_WAIT_MS
        options = object_in(body, "formatOptions")
        form = Form(timestamps_of(options.get("timestampOutputFormat"), bool(options.get("useInt64Timestamp"))))
        configuration = {"query": {name: body[name] for name in QUERY_FIELDS if name in body}}
        configuration |= {name: body[name] for name in ("dryRun", "labels", "jobTimeoutMs") if name in body}
        reference = {"location": body.get("location")}
        job = {"configuration": configuration, "jobReference": reference}
        record = self.jobs.insert(call.project, job, call.caller)
        if body.get("dryRun"):
            query = record["statistics"]["query"]
            return _answer(record) | {"schema": query["schema"], "totalRows": "0", "rows": []}
        return self._results(record, wait_ms, 0, limit, form)

    def query_results(self, call: QueryCall) -> Resource:
        wait_ms = call.number("timeoutMs")
        wait_ms = DEFAULT_WAIT_MS if wait_ms is None else wait_ms
        record = self.jobs.get(*call.job, call.location)
        return self._results(record, wait_ms, call.start, call.number("maxResults"), call.form)

    def _results(self, record: Resource, wait_ms: int, start: int, limit: int | None, form: Form) -> Resource:
        reference = record["jobReference"]
        seconds = min(wait_ms / 1000, LONGEST_WAIT_S)
        record = self.jobs.get(reference["projectId"], reference["jobId"], None, seconds)
        if record["status"]["state"] != "DONE":
            return {"kind": "bigquery#queryResponse", "jobReference": reference, "jobComplete": False}
        page = self.jobs.page(self._finished(record), start, limit, form)
        return _answer(record) | {"schema": {"fields": record["schema"]}} | page

    def _finished(self, record: Resource) -> Resource:
        error = record["status"].get("errorResult")
        if error is not None:
            raise GoogleError(record["errorCode"], error["message"], error["reason"])
        return record


def _answer(record: Resource) -> Resource:
    query = record["statistics"]["query"]
    return {
        "kind": "bigquery#queryResponse",
        "jobReference": record["jobReference"],
        "jobComplete": True,
        "totalBytesProcessed": query["totalBytesProcessed"],
        "totalBytesBilled": query["totalBytesBilled"],
        "cacheHit": False,
    }


def _public(record: Resource) -> Resource:
    return {key: value for key, value in record.items() if key not in INTERNAL}


def _label_filter(text: str) -> Callable[[Resource], bool]:
    """The datasets that datasets.list is asked for: `labels.<name>[:<value>]`, all of those parted by spaces."""
    wanted = [part.partition(":") for part in text.split()]
    if not all(name.startswith("labels.") for name, _, _ in wanted):
        raise invalid(f"Invalid value for filter: {text!r} must be labels.<name>[:<value>], parted by spaces")
    labels = [(name.removeprefix("labels."), value) for name, _, value in wanted]

    def has_all(record: Resource) -> bool:
        own = record.get("labels") or {}
        return all(name in own and value in ("", own[name]) for name, value in labels)

    return has_all


def _job_filter(call: QueryCall) -> Callable[[Resource], bool]:
    """The jobs that jobs.list is asked for: by state and by the time they were made, in ms since 1970."""
    states = {state.upper() for state in call.query.getlist("stateFilter")}
    earliest, latest = call.number("minCreationTime"), call.number("maxCreationTime")

    def wanted(record: Resource) -> bool:
        made = int(record["statistics"]["creationTime"])
        in_time = (earliest is None or made >= earliest) and (latest is None or made <= latest)
        return in_time and (not states or record["status"]["state"] in states)

    return wanted


def _listed(record: Resource) -> Resource:
    return _public(record) | {"state": record["status"]["state"]}
