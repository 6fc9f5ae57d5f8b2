"""Warehouse: a view a table, with named columns, readable by those who are named."""

from __future__ import annotations

import pulumi
import pytest

from components.warehouse import Warehouse, WarehouseArgs
from tests.checked_mocks import Deploy


def test_views_name_their_columns(deploy: Deploy) -> None:
    args = WarehouseArgs(
        dataset_id="drive_logs",
        location="US",
        source="project.catalog.drive_logs",
        tables={"drives": ["drive_id", "vehicle_id"]},
        readers={"perception": "group:perception@example.com"},
    )
    deployed = deploy(lambda: Warehouse("drive-logs", args))
    view = deployed.one("gcp:bigquery/table:Table").inputs["view"]
    assert view["query"] == "SELECT `drive_id`, `vehicle_id` FROM `project.catalog.drive_logs.drives`"
    assert deployed.one("gcp:bigquery/datasetIamMember:DatasetIamMember").inputs["role"] == "roles/bigquery.dataViewer"


def test_a_view_without_columns_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="needs at least one column"):
        WarehouseArgs(dataset_id="d", location="US", source="s", tables={"drives": []})
