"""Datasets, tables and views."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.providers.gcp.resources import bigquery
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.gcp.resources.lives import (
    LABELS,
    Case,
    live_through,
    tokens_of,
)
from tests.localcloud.providers.refusals import Refusal, each

BAD: list[Refusal] = [
    (
        "gcp:bigquery/table:Table",
        {"datasetId": "d", "tableId": "t", "schema": "drive_id STRING"},
        {"schema": "expected a JSON list of columns: Expecting value: line 1 column 1 (char 0)"},
    ),
]


CASES = {
    "gcp:bigquery/dataset:Dataset": Case(
        {"datasetId": "drive_logs", "labels": {"team": "fleet"}},
        "projects/test-project/datasets/drive_logs",
        {"etag": "d1", "creationTime": 1_700_000_000_000, "location": "US", "effectiveLabels": LABELS},
        "/bigquery/v2/projects/test-project/datasets/drive_logs",
        update={"description": "x"},
        replace={"location": "EU"},
        replaces=["location"],
    ),
    "gcp:bigquery/table:Table": Case(
        {
            "datasetId": "d",
            "tableId": "t",
            "deletionProtection": False,
            "view": {"query": "SELECT 1", "useLegacySql": False},
        },
        "projects/test-project/datasets/d/tables/t",
        {"type": "VIEW", "numRows": 0, "creationTime": 1_700_000_000_000},
        "/bigquery/v2/projects/test-project/datasets/d/tables/t",
        update={"view": {"query": "SELECT 2", "useLegacySql": False}},
        replace={"clusterings": ["x"]},
        replaces=["clusterings"],
    ),
}


def test_each_type_has_a_case() -> None:
    assert CASES.keys() == tokens_of(bigquery)


@pytest.mark.parametrize("token", CASES)
def test_life_of_a_resource(gcp: Engine, google: FakeGoogle, token: str) -> None:
    live_through(gcp, google, token, CASES[token])


def test_a_patch_says_nothing_of_what_the_service_filled_in(gcp: Engine, google: FakeGoogle) -> None:
    dataset = {"datasetId": "drive_logs", "friendlyName": "logs"}
    state = gcp.create("gcp:bigquery/dataset:Dataset", "logs", dataset)
    assert state.outputs is not None
    assert state.outputs["location"] == "US"
    gcp.update(state, {"datasetId": "drive_logs", "description": "x"})
    assert google.calls("PATCH", "/datasets/drive_logs")[0].body == {"description": "x", "friendlyName": None}
    table = {"datasetId": "drive_logs", "tableId": "t", "deletionProtection": False}
    state = gcp.create("gcp:bigquery/table:Table", "t", table)
    assert state.outputs is not None
    state.outputs["schema"] = '[{"name": "drive_id", "type": "STRING"}]'  # as written by a job since
    gcp.update(state, {**table, "description": "x"})
    assert google.calls("PATCH", "/tables/t")[0].body == {"description": "x"}


@each(BAD)
def test_bad_input_is_refused_with_its_path(
    gcp: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert gcp.check(token, "subject", inputs)[1] == expected
