"""Methods of BigQuery's v2 API that are not offered: each is refused by its name.

source: docs.cloud.google.com/bigquery/docs/reference/rest, which lists the methods of the discovery document.
"""

from __future__ import annotations

from typing import NoReturn

from localcloud.services.bigquery.errors import WRITTEN, invalid
from localcloud.services.dispatch import Call, Handler, Route

PROJECT = "/bigquery/v2/projects/{project}"
DATASET = PROJECT + "/datasets/{dataset}"
TABLE = DATASET + "/tables/{table}"
MODEL = DATASET + "/models/{model}"
ROUTINE = DATASET + "/routines/{routine}"
POLICY = TABLE + "/rowAccessPolicies/{policy}"
UPLOADS = ("/upload" + PROJECT + "/jobs", "/resumable/upload" + PROJECT + "/jobs")
INSTEAD = {
    "datasets": "a deleted dataset is gone; make it again",
    "models": "no models are trained here",
    "projects": "datasets of any project are served, and keys of Cloud KMS encrypt none",
    "routines": "write the function's expression into the query or a view",
    "rowAccessPolicies": "every caller may read every row here",
    "tabledata": WRITTEN,
    "tables": "every caller may read and change every table here",
}
METHODS: dict[str, tuple[str, str]] = {
    "datasets.undelete": ("POST", DATASET + ":undelete"),
    "models.delete": ("DELETE", MODEL),
    "models.get": ("GET", MODEL),
    "models.list": ("GET", DATASET + "/models"),
    "models.patch": ("PATCH", MODEL),
    "projects.getServiceAccount": ("GET", PROJECT + "/serviceAccount"),
    "projects.list": ("GET", "/bigquery/v2/projects"),
    "routines.delete": ("DELETE", ROUTINE),
    "routines.get": ("GET", ROUTINE),
    "routines.getIamPolicy": ("POST", ROUTINE + ":getIamPolicy"),
    "routines.insert": ("POST", DATASET + "/routines"),
    "routines.list": ("GET", DATASET + "/routines"),
    "routines.setIamPolicy": ("POST", ROUTINE + ":setIamPolicy"),
    "routines.testIamPermissions": ("POST", ROUTINE + ":testIamPermissions"),
    "routines.update": ("PUT", ROUTINE),
    "rowAccessPolicies.batchDelete": ("POST", TABLE + "/rowAccessPolicies:batchDelete"),
    "rowAccessPolicies.delete": ("DELETE", POLICY),
    "rowAccessPolicies.get": ("GET", POLICY),
    "rowAccessPolicies.getIamPolicy": ("POST", POLICY + ":getIamPolicy"),
    "rowAccessPolicies.insert": ("POST", TABLE + "/rowAccessPolicies"),
    "rowAccessPolicies.list": ("GET", TABLE + "/rowAccessPolicies"),
    "rowAccessPolicies.testIamPermissions": ("POST", POLICY + ":testIamPermissions"),
    "rowAccessPolicies.update": ("PUT", POLICY),
    "tabledata.insertAll": ("POST", TABLE + "/insertAll"),
    "tables.getIamPolicy": ("POST", TABLE + ":getIamPolicy"),
    "tables.setIamPolicy": ("POST", TABLE + ":setIamPolicy"),
    "tables.testIamPermissions": ("POST", TABLE + ":testIamPermissions"),
}


def refusals() -> list[Route]:
    """Routes of the methods, and of jobs.insert with a file in its request, which only a load job has."""
    routes = [
        Route(verb, path, _refusing(name, INSTEAD[name.split(".")[0]]), streams=True)
        for name, (verb, path) in METHODS.items()
    ]
    return [
        *routes,
        Route("POST PUT", UPLOADS, _refusing("jobs.insert with media, a load job,", WRITTEN), streams=True),
    ]


def _refusing(name: str, instead: str) -> Handler:
    async def refuse(call: Call) -> NoReturn:
        async for _ in call.request.stream():  # read to its end: a client that still sends does not see the answer
            pass
        raise invalid(f"BigQuery's {name} is not offered here: {instead}")

    return refuse
