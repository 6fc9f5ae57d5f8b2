"""Who may call the catalogue, and what it hands to them."""

from __future__ import annotations

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    UnauthorizedError,
)

from localcloud.services.lake_access import OwnerToken
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base
from tests.localcloud.services.iceberg.speed import url


def test_config_hands_the_callers_own_token_to_its_storage_client(iceberg: LocalCloud, warehouse: str) -> None:
    address = base(iceberg)
    token = OwnerToken(iceberg).get()
    mine = RestCatalog("lake", uri=address, warehouse=warehouse, token=token)
    assert mine.properties["gcs.service.host"] == iceberg.url("storage")
    assert mine.properties["gcs.oauth2.token"] == token
    assert int(mine.properties["gcs.oauth2.token-expires-at"]) > 1_700_000_000_000
    assert mine.properties["prefix"] == warehouse.removeprefix("bl://")
    assert "gcs.oauth2.token" not in RestCatalog("lake", uri=address, warehouse=warehouse).properties


def test_forged_token_is_refused(iceberg: LocalCloud, warehouse: str) -> None:
    with pytest.raises(UnauthorizedError, match="NotAuthorizedException"):
        RestCatalog(
            "lake",
            uri=base(iceberg),
            warehouse=warehouse,
            token="localcloud.e30.x",
        )


def test_config_names_the_endpoints_that_there_are(iceberg: LocalCloud, warehouse: str) -> None:
    """A client asks for nothing that is not named; Iceberg's REST specification has the words."""
    config = requests.get(f"{base(iceberg)}/v1/config", params={"warehouse": warehouse}, timeout=10).json()
    namespace, table = "/v1/{prefix}/namespaces/{namespace}", "/v1/{prefix}/namespaces/{namespace}/tables/{table}"
    assert sorted(config["endpoints"]) == sorted(
        [
            *(f"{method} /v1/{{prefix}}/namespaces" for method in ("GET", "POST")),
            *(f"{method} {namespace}" for method in ("GET", "HEAD", "DELETE")),
            *(f"POST {namespace}/{verb}" for verb in ("properties", "register")),
            *(f"{method} {namespace}/tables" for method in ("GET", "POST")),
            *(f"{method} {table}" for method in ("GET", "HEAD", "POST", "DELETE")),
            f"POST {table}/metrics",
            "POST /v1/{prefix}/tables/rename",
            "POST /v1/{prefix}/transactions/commit",
        ]
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "namespaces/drive_logs/views"), ("POST", "namespaces/drive_logs/register-view")),
        *(("POST", "views/rename"), ("POST", "namespaces/drive_logs/tables/t/plan")),
        *(("GET", "namespaces/drive_logs/tables/t/credentials"), ("POST", "namespaces/drive_logs/tables/t/tasks")),
    ],
)
def test_what_is_not_offered_is_refused_by_name(catalog: RestCatalog, method: str, path: str) -> None:
    answer = requests.request(method, url(catalog, path), json={}, timeout=10)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (501, "UnsupportedOperationException")
    assert error["message"].endswith(f"/{path} is not offered by localcloud")


def test_what_is_no_endpoint_is_said_in_icebergs_form(catalog: RestCatalog) -> None:
    answer = requests.put(url(catalog, "namespaces"), timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "NotFoundException")
    assert answer.json()["error"]["message"].startswith("PUT /iceberg/v1/restcatalog/v1/projects/a-project/catalogs/")
