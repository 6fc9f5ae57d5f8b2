"""Every method of BigQuery's API is answered, or refused by its name."""

from __future__ import annotations

import io
import re

import pytest
import requests
from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from localcloud.services.bigquery.not_offered import METHODS
from localcloud.settings import LocalCloud
from tests.localcloud.services.bigquery.conftest import PROJECT

DATASET = "projects/{projectId}/datasets/{datasetId}"
TABLE = f"{DATASET}/tables/{{tableId}}"
DISCOVERY = f"""
datasets.delete DELETE {DATASET}
datasets.get GET {DATASET}
datasets.insert POST projects/{{projectId}}/datasets
datasets.list GET projects/{{projectId}}/datasets
datasets.patch PATCH {DATASET}
datasets.undelete POST {DATASET}:undelete
datasets.update PUT {DATASET}
jobs.cancel POST projects/{{projectId}}/jobs/{{jobId}}/cancel
jobs.delete DELETE projects/{{projectId}}/jobs/{{jobId}}/delete
jobs.get GET projects/{{projectId}}/jobs/{{jobId}}
jobs.getQueryResults GET projects/{{projectId}}/queries/{{jobId}}
jobs.insert POST projects/{{projectId}}/jobs
jobs.list GET projects/{{projectId}}/jobs
jobs.query POST projects/{{projectId}}/queries
models.delete DELETE {DATASET}/models/{{modelId}}
models.get GET {DATASET}/models/{{modelId}}
models.list GET {DATASET}/models
models.patch PATCH {DATASET}/models/{{modelId}}
projects.getServiceAccount GET projects/{{projectId}}/serviceAccount
projects.list GET projects
routines.delete DELETE {DATASET}/routines/{{routineId}}
routines.get GET {DATASET}/routines/{{routineId}}
routines.getIamPolicy POST {DATASET}/routines/{{routineId}}:getIamPolicy
routines.insert POST {DATASET}/routines
routines.list GET {DATASET}/routines
routines.setIamPolicy POST {DATASET}/routines/{{routineId}}:setIamPolicy
routines.testIamPermissions POST {DATASET}/routines/{{routineId}}:testIamPermissions
routines.update PUT {DATASET}/routines/{{routineId}}
rowAccessPolicies.batchDelete POST {TABLE}/rowAccessPolicies:batchDelete
rowAccessPolicies.delete DELETE {TABLE}/rowAccessPolicies/{{policyId}}
rowAccessPolicies.get GET {TABLE}/rowAccessPolicies/{{policyId}}
rowAccessPolicies.getIamPolicy POST {TABLE}/rowAccessPolicies/{{policyId}}:getIamPolicy
rowAccessPolicies.insert POST {TABLE}/rowAccessPolicies
rowAccessPolicies.list GET {TABLE}/rowAccessPolicies
rowAccessPolicies.testIamPermissions POST {TABLE}/rowAccessPolicies/{{policyId}}:testIamPermissions
rowAccessPolicies.update PUT {TABLE}/rowAccessPolicies/{{policyId}}
tabledata.insertAll POST {TABLE}/insertAll
tabledata.list GET {TABLE}/data
tables.delete DELETE {TABLE}
tables.get GET {TABLE}
tables.getIamPolicy POST {TABLE}:getIamPolicy
tables.insert POST {DATASET}/tables
tables.list GET {DATASET}/tables
tables.patch PATCH {TABLE}
tables.setIamPolicy POST {TABLE}:setIamPolicy
tables.testIamPermissions POST {TABLE}:testIamPermissions
tables.update PUT {TABLE}
"""
"""The discovery document's methods; source: docs.cloud.google.com/bigquery/docs/reference/rest."""


@pytest.mark.parametrize("line", DISCOVERY.strip().splitlines())
def test_every_method_is_offered_or_refused_by_name(client: bigquery.Client, cloud: LocalCloud, line: str) -> None:
    name, verb, path = line.split()
    address = f"{cloud.url('bigquery')}/bigquery/v2/{re.sub('{[a-zA-Z]+}', 'none', path)}"
    error = requests.request(verb, address, json={"rows": []}, timeout=30).json().get("error", {"code": 200})
    if name in METHODS:
        assert (error["code"], error["errors"][0]["reason"]) == (400, "invalid")
        assert error["message"].startswith(f"BigQuery's {name} is not offered here: ")
    else:
        assert error["code"] in (200, 400) or error["message"].startswith("Not found: "), error


def test_clients_raise_their_own_error_for_what_is_not_offered(client: bigquery.Client) -> None:
    table = f"{PROJECT}.drive_logs.speed"
    fields = [bigquery.SchemaField("x", "INT64")]
    with pytest.raises(BadRequest, match=r"tabledata\.insertAll is not offered here: tables of the lake are written"):
        client.insert_rows_json(table, [{"x": 1}])
    with pytest.raises(BadRequest, match=r"jobs\.insert with media, a load job, is not offered"):
        client.load_table_from_file(io.BytesIO(b"x\n1\n" * 100_000), table)
    with pytest.raises(BadRequest, match=r"jobs\.insert with media, a load job, is not offered"):
        client.load_table_from_file(io.BytesIO(b"x\n1\n"), table, size=4)
    with pytest.raises(BadRequest, match=r"routines\.insert is not offered"):
        client.create_routine(bigquery.Routine(f"{PROJECT}.drive_logs.f"))
    with pytest.raises(BadRequest, match=r"projects\.getServiceAccount is not offered"):
        client.get_service_account_email()
    with pytest.raises(BadRequest, match="must be a view, or external"):
        client.create_table(bigquery.Table(f"{PROJECT}.drive_logs.own", fields))
