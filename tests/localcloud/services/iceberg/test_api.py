"""The endpoints: what a client gets of a table, and that bodies go where their path says."""

from __future__ import annotations

import requests
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.table import Table

from tests.localcloud.services.iceberg.speed import SPEED, change, rows, url


def test_load_answers_304_for_the_version_a_client_has(catalog: RestCatalog, speed: Table) -> None:
    address = url(catalog, "namespaces/drive_logs/tables/speed")
    tag = requests.get(address, timeout=10).headers["ETag"]
    assert requests.get(address, headers={"If-None-Match": tag}, timeout=10).status_code == 304
    speed.append(rows("a"))
    speed.append(rows("b"))
    answer = requests.get(address, headers={"If-None-Match": tag}, timeout=10)
    assert len(answer.json()["metadata"]["snapshots"]) == 2
    whole = answer.headers["ETag"]
    refs = requests.get(address, params={"snapshots": "refs"}, headers={"If-None-Match": whole}, timeout=10)
    assert len(refs.json()["metadata"]["snapshots"]) == 1
    assert refs.headers["ETag"] != whole
    known = {"If-None-Match": refs.headers["ETag"]}
    assert requests.get(address, params={"snapshots": "refs"}, headers=known, timeout=10).status_code == 304


def test_commit_is_to_the_table_of_its_path(catalog: RestCatalog, speed: Table) -> None:
    catalog.create_table("drive_logs.other", SPEED)
    body = change("other", "mine")
    assert requests.post(url(catalog, "namespaces/drive_logs/tables/speed"), json=body, timeout=10).status_code == 200
    assert "mine" in catalog.load_table("drive_logs.speed").properties
    assert "mine" not in catalog.load_table("drive_logs.other").properties


def test_there_are_no_views_and_metrics_are_taken(catalog: RestCatalog, speed: Table) -> None:
    assert requests.get(url(catalog, "namespaces/drive_logs/views"), timeout=10).json() == {"identifiers": []}
    answer = requests.get(url(catalog, "namespaces/drive_logs/views/v"), timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "NoSuchViewException")
    metrics = url(catalog, "namespaces/drive_logs/tables/speed/metrics")
    assert requests.post(metrics, json={"report-type": "scan-report"}, timeout=10).status_code == 204
