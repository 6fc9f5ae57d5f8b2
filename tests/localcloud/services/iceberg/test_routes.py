"""Who may call the catalogue, and what it hands to them."""

from __future__ import annotations

import pytest
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.exceptions import (
    UnauthorizedError,
)

from localcloud.services.lake_access import OwnerToken
from localcloud.settings import LocalCloud
from tests.localcloud.services.iceberg.conftest import base


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
