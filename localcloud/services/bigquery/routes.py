"""Routes of BigQuery's v2 REST API."""

from __future__ import annotations

from starlette.applications import Starlette

from localcloud.services.bigquery.api import Api, QueryCall
from localcloud.services.bigquery.datasets import Datasets
from localcloud.services.bigquery.jobs import Jobs
from localcloud.services.bigquery.lake_tables import Lake
from localcloud.services.bigquery.not_offered import DATASET, PROJECT, TABLE, refusals
from localcloud.services.dispatch import Route, application
from localcloud.services.identity import caller
from localcloud.settings import LocalCloud

DATASETS = PROJECT + "/datasets"
TABLES = DATASET + "/tables"
JOBS = PROJECT + "/jobs"
JOB = JOBS + "/{job}"


def create_app(cloud: LocalCloud) -> Starlette:
    """The service's application; its state is below cloud.folder("bigquery")."""
    datasets = Datasets(cloud, Lake(cloud))
    api = Api(datasets, Jobs(cloud, datasets))
    routes = [
        Route("GET", DATASETS, api.list_datasets),
        Route("POST", DATASETS, lambda call: datasets.insert_dataset(call.project, call.body)),
        Route("GET", DATASET, lambda call: datasets.dataset(*call.dataset)),
        Route("PATCH PUT", DATASET, api.change_dataset),
        Route("DELETE", DATASET, api.delete_dataset),
        Route("GET", TABLES, api.list_tables),
        Route("POST", TABLES, api.insert_table),
        Route("GET", TABLE, api.get_table),
        Route("PATCH PUT", TABLE, lambda call: datasets.change_table(call.table, call.body, call.match, call.put)),
        Route("DELETE", TABLE, lambda call: datasets.delete_table(*call.table)),
        Route("GET", TABLE + "/data", api.table_data),
        Route("GET", JOBS, api.list_jobs),
        Route("POST", JOBS, api.insert_job),
        Route("GET", JOB, api.get_job),
        Route("POST", JOB + "/cancel", api.cancel_job),
        Route("DELETE", JOB + "/delete", api.delete_job),
        Route("POST", PROJECT + "/queries", api.run_query),
        Route("GET", PROJECT + "/queries/{job}", api.query_results),
        *refusals(),
    ]
    return application(cloud, routes, call=QueryCall, identify=caller)
