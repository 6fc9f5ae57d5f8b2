"""Errors in the form that Iceberg's clients read."""

from __future__ import annotations

import pytest
import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table

from tests.localcloud.services.iceberg.speed import post, url


def test_unknown_update_is_refused_with_its_place(catalog: RestCatalog, speed: Table) -> None:
    answer = post(catalog, "speed", [], [{"action": "paint-it-red"}])
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "BadRequestException"
    assert "paint-it-red" in answer.json()["error"]["message"]


@pytest.mark.parametrize("data", ["[1]", "{", "1"])
def test_malformed_bodies_are_refused_in_icebergs_shape(catalog: RestCatalog, speed: Table, data: str) -> None:
    answer = requests.post(url(catalog, "namespaces/drive_logs/tables/speed"), data=data, timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "BadRequestException")
