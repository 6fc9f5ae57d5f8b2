"""Routes of BigQuery's v2 REST API."""

from __future__ import annotations

from starlette.applications import Starlette

from localcloud.services.bigquery.api import Api, QueryCall
from localcloud.services.dispatch import Route, application
from localcloud.services.identity import caller
from localcloud.settings import LocalCloud

PROJECT = "/bigquery/v2/projects/{project}"
DATASETS = PROJECT + "/datasets"
DATASET = DATASETS + "/{dataset}"
TABLES = DATASET + "/tables"
TABLE = TABLES + "/{table}"
JOBS = PROJECT + "/jobs"
JOB = JOBS + "/{job}"


def create_app(cloud: LocalCloud) -> Starlette:
    """The service's application; its state is below cloud.folder("bigquery")."""
    api = Api(cloud)
    routes = [
        Route("GET", DATASETS, api.list_datasets),
        Route("POST", DATASETS, api.insert_dataset),
        Route("GET", DATASET, api.get_dataset),
        Route("PATCH", DATASET, api.patch_dataset),
        Route("PUT", DATASET, api.update_dataset),
        Route("DELETE", DATASET, api.delete_dataset),
        Route("GET", TABLES, api.list_tables),
        Route("POST", TABLES, api.insert_table),
        Route("GET", TABLE, api.get_table),
        Route("PATCH", TABLE, api.patch_table),
        Route("PUT", TABLE, api.update_table),
        Route("DELETE", TABLE, api.delete_table),
        Route("GET", TABLE + "/data", api.table_data),
        Route("GET", JOBS, api.list_jobs),
        Route("POST", JOBS, api.insert_job),
        Route("GET", JOB, api.get_job),
        Route("POST", JOB + "/cancel", api.cancel_job),
        Route("POST", PROJECT + "/queries", api.run_query),
        Route("GET", PROJECT + "/queries/{job}", api.query_results),
    ]
    return application(cloud, routes, call=QueryCall, identify=caller)
