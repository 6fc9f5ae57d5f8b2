"""BigQuery's v2 REST API: routes, query strings and answers; the work is in datasets.py and jobs.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.services.bigquery.datasets import Datasets
from localcloud.services.bigquery.errors import invalid
from localcloud.services.bigquery.jobs import RESULTS_DATASET, Jobs
from localcloud.services.bigquery.lake_tables import Lake
from localcloud.services.common import EXCEPTION_HANDLERS, GoogleError, healthz, json_object, object_in
from localcloud.services.identity import caller
from localcloud.settings import LocalCloud

PROJECT = "/bigquery/v2/projects/{project}"
DATASET = PROJECT + "/datasets/{dataset}"
TABLE = DATASET + "/tables/{table}"
DEFAULT_WAIT_MS = 10_000
JOBS_A_PAGE = 50
MOST_DIGITS = 18
LONGEST_WAIT_S = 200
INTERNAL = ("schema", "totalRows", "errorCode")
QUERY_FIELDS = (
    "query", "useLegacySql", "parameterMode", "queryParameters", "maximumBytesBilled", "defaultDataset",
    "useQueryCache", "destinationEncryptionConfiguration", "createSession", "connectionProperties",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request: its path, query string, body and who sent it."""

    request: Request
    body: dict[str, Any]
    email: str | None

    @property
    def project(self) -> str:
        return self.request.path_params["project"]

    @property
    def dataset(self) -> tuple[str, str]:
        return self.project, self.request.path_params["dataset"]

    @property
    def table(self) -> tuple[str, str, str]:
        return *self.dataset, self.request.path_params["table"]

    @property
    def job(self) -> tuple[str, str]:
        return self.project, self.request.path_params["job"]

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def flag(self, name: str) -> bool:
        return (self.query(name) or "false").lower() == "true"

    def number(self, name: str) -> int | None:
        return whole_number(name, self.query(name))

    @property
    def match(self) -> str | None:
        return self.request.headers.get("if-match")


def whole_number(name: str, value: object) -> int | None:
    """A number as a query string or JSON has it. Errors: 400 for anything else."""
    if value is None:
        return None
    if not str(value).isdecimal() or len(str(value)) > MOST_DIGITS:
        raise invalid(f"Invalid value for {name}: {value!r} is not a whole number")
    return int(str(value))


class Api:
    """The endpoints, each from a Call to JSON."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.datasets = Datasets(cloud, Lake(cloud))
        self.jobs = Jobs(cloud, self.datasets)

    def list_datasets(self, call: Call) -> Any:
        return {"kind": "bigquery#datasetList", "datasets": self.datasets.list_datasets(call.project)}

    def insert_dataset(self, call: Call) -> Any:
        return self.datasets.insert_dataset(call.project, call.body)

    def get_dataset(self, call: Call) -> Any:
        return self.datasets.dataset(*call.dataset)

    def patch_dataset(self, call: Call) -> Any:
        return self.datasets.change_dataset(*call.dataset, call.body, call.match, replace=False)

    def update_dataset(self, call: Call) -> Any:
        return self.datasets.change_dataset(*call.dataset, call.body, call.match, replace=True)

    def delete_dataset(self, call: Call) -> Any:
        self.datasets.delete_dataset(*call.dataset, call.flag("deleteContents"))

    def list_tables(self, call: Call) -> Any:
        tables = self.datasets.list_tables(*call.dataset)
        return {"kind": "bigquery#tableList", "tables": tables, "totalItems": len(tables)}

    def insert_table(self, call: Call) -> Any:
        return self.datasets.insert_table(*call.dataset, call.body)

    def get_table(self, call: Call) -> Any:
        project, dataset, table = call.table
        if dataset == RESULTS_DATASET:
            return self.jobs.result_table(project, table)
        return self.datasets.with_schema(self.datasets.table(project, dataset, table))

    def patch_table(self, call: Call) -> Any:
        return self.datasets.change_table(call.table, call.body, call.match, replace=False)

    def update_table(self, call: Call) -> Any:
        return self.datasets.change_table(call.table, call.body, call.match, replace=True)

    def delete_table(self, call: Call) -> Any:
        self.datasets.delete_table(*call.table)

    def table_data(self, call: Call) -> Any:
        """Rows of a query's anonymous result table; views and lake tables are read by queries, as in BigQuery."""
        project, dataset, table = call.table
        if dataset != RESULTS_DATASET:
            kind = self.datasets.table(project, dataset, table)["type"]
            raise invalid(f"Cannot list a table of type {kind}: query it instead")
        record = self._finished(self.jobs.of_result_table(project, table))
        return {"kind": "bigquery#tableDataList", **self._page(call, record)}

    def list_jobs(self, call: Call) -> Any:
        limit = call.number("maxResults") or JOBS_A_PAGE
        jobs, token = self.jobs.list(call.project, _job_filter(call), limit, call.query("pageToken") or "")
        answer = {"kind": "bigquery#jobList", "jobs": [_listed(record) for record in jobs]}
        return answer | ({"nextPageToken": token} if token else {})

    def insert_job(self, call: Call) -> Any:
        return _public(self.jobs.insert(call.project, call.body, call.email))

    def get_job(self, call: Call) -> Any:
        return _public(self.jobs.get(*call.job))

    def cancel_job(self, call: Call) -> Any:
        return {"kind": "bigquery#jobCancelResponse", "job": _public(self.jobs.cancel(*call.job))}

    def query(self, call: Call) -> Any:
        """jobs.query: start a job and wait for its first page."""
        body = call.body
        limit = whole_number("maxResults", body.get("maxResults"))
        wait_ms = whole_number("timeoutMs", body.get("timeoutMs")) or DEFAULT_WAIT_MS
        int64_timestamps = bool(object_in(body, "formatOptions").get("useInt64Timestamp"))
        configuration = {"query": {name: body[name] for name in QUERY_FIELDS if name in body}}
        configuration |= {name: body[name] for name in ("dryRun", "labels") if name in body}
        reference = {"location": body.get("location")}
        record = self.jobs.insert(call.project, {"configuration": configuration, "jobReference": reference}, call.email)
        if body.get("dryRun"):
            query = record["statistics"]["query"]
            return _answer(record) | {"schema": query["schema"], "totalRows": "0", "rows": []}
        return self._results(record, wait_ms, 0, limit, int64_timestamps)

    def query_results(self, call: Call) -> Any:
        wait_ms = call.number("timeoutMs")
        start = call.number("pageToken") or call.number("startIndex") or 0
        record = self.jobs.get(*call.job)
        wait_ms = DEFAULT_WAIT_MS if wait_ms is None else wait_ms
        int64_timestamps = call.flag("formatOptions.useInt64Timestamp")
        return self._results(record, wait_ms, start, call.number("maxResults"), int64_timestamps)

    def _results(self, record: Any, wait_ms: int, start: int, limit: int | None, int64_timestamps: bool) -> Any:
        reference = record["jobReference"]
        seconds = min(wait_ms / 1000, LONGEST_WAIT_S)
        record = self.jobs.get(reference["projectId"], reference["jobId"], seconds)
        if record["status"]["state"] != "DONE":
            return {"kind": "bigquery#queryResponse", "jobReference": reference, "jobComplete": False}
        page = self.jobs.page(self._finished(record), start, limit, int64_timestamps)
        return _answer(record) | {"schema": {"fields": record["schema"]}} | page

    def _finished(self, record: Any) -> Any:
        error = record["status"].get("errorResult")
        if error is not None:
            raise GoogleError(record["errorCode"], error["message"], error["reason"])
        return record

    def _page(self, call: Call, record: Any) -> Any:
        start = call.number("pageToken") or call.number("startIndex") or 0
        int64_timestamps = call.flag("formatOptions.useInt64Timestamp")
        return self.jobs.page(record, start, call.number("maxResults"), int64_timestamps)


def _answer(record: dict[str, Any]) -> dict[str, Any]:
    query = record["statistics"]["query"]
    return {
        "kind": "bigquery#queryResponse",
        "jobReference": record["jobReference"],
        "jobComplete": True,
        "totalBytesProcessed": query["totalBytesProcessed"],
        "totalBytesBilled": query["totalBytesBilled"],
        "cacheHit": False,
    }


def _public(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in INTERNAL}


def _job_filter(call: Call) -> Callable[[dict[str, Any]], bool]:
    """The jobs that jobs.list is asked for: by state and by the time they were made, in ms since 1970."""
    states = {state.upper() for state in call.request.query_params.getlist("stateFilter")}
    earliest, latest = call.number("minCreationTime"), call.number("maxCreationTime")

    def wanted(record: dict[str, Any]) -> bool:
        made = int(record["statistics"]["creationTime"])
        in_time = (earliest is None or made >= earliest) and (latest is None or made <= latest)
        return in_time and (not states or record["status"]["state"] in states)

    return wanted


def _listed(record: dict[str, Any]) -> dict[str, Any]:
    return _public(record) | {"state": record["status"]["state"]}


def create_app(cloud: LocalCloud) -> Starlette:
    """The service's application; its state is below cloud.folder("bigquery")."""
    api = Api(cloud)

    def route(path: str, method: str, handler: Callable[[Call], Any]) -> Route:
        async def endpoint(request: Request) -> Response:
            data = await request.body()
            return await run_in_threadpool(_handle, cloud, request, data, handler)

        return Route(path, endpoint, methods=[method])

    routes = [
        Route("/healthz", healthz),
        route(PROJECT + "/datasets", "GET", api.list_datasets),
        route(PROJECT + "/datasets", "POST", api.insert_dataset),
        route(DATASET, "GET", api.get_dataset),
        route(DATASET, "PATCH", api.patch_dataset),
        route(DATASET, "PUT", api.update_dataset),
        route(DATASET, "DELETE", api.delete_dataset),
        route(DATASET + "/tables", "GET", api.list_tables),
        route(DATASET + "/tables", "POST", api.insert_table),
        route(TABLE, "GET", api.get_table),
        route(TABLE, "PATCH", api.patch_table),
        route(TABLE, "PUT", api.update_table),
        route(TABLE, "DELETE", api.delete_table),
        route(TABLE + "/data", "GET", api.table_data),
        route(PROJECT + "/jobs", "GET", api.list_jobs),
        route(PROJECT + "/jobs", "POST", api.insert_job),
        route(PROJECT + "/jobs/{job}", "GET", api.get_job),
        route(PROJECT + "/jobs/{job}/cancel", "POST", api.cancel_job),
        route(PROJECT + "/queries", "POST", api.query),
        route(PROJECT + "/queries/{job}", "GET", api.query_results),
    ]
    return Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS)


def _handle(cloud: LocalCloud, request: Request, data: bytes, handler: Callable[[Call], Any]) -> Response:
    """Check who calls and read the body, in a worker thread, then answer; a handler without an answer is a 204."""
    email = caller(request.headers, cloud)
    answer = handler(Call(request, json_object(data), email))
    return Response(status_code=204) if answer is None else JSONResponse(answer)
