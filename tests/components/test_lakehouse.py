"""Lakehouse: a namespace for each dataset, its tables below it, kept when they leave their contract."""

from __future__ import annotations

import pulumi
import pytest

from components.lakehouse import Lakehouse, LakehouseArgs, LakeTable
from tests.checked_mocks import Deploy

FIELD = {"id": 1, "name": "drive_id", "type": "string", "required": True, "doc": "the drive"}


def test_tables_lie_below_their_namespace_and_are_kept(deploy: Deploy) -> None:
    args = LakehouseArgs(bucket="fleet-curated", namespaces={"drive_logs": [LakeTable(name="drives", fields=[FIELD])]})
    deployed = deploy(lambda: Lakehouse("lake", args))
    table = deployed.one("gcp:biglake/icebergTable:IcebergTable").inputs
    assert table["location"] == "gs://fleet-curated/drive_logs/drives"
    assert table["schema"] == {"type": "struct", "fields": [FIELD]}
    assert table["deletionPolicy"] == "PREVENT"


def test_two_tables_of_one_name_are_refused() -> None:
    table = LakeTable(name="drives", fields=[FIELD])
    with pytest.raises(pulumi.RunError, match="rename one of"):
        LakehouseArgs(bucket="b", namespaces={"drive_logs": [table, table]})


def test_another_deletion_policy_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="PREVENT or DELETE"):
        LakehouseArgs(bucket="b", namespaces={}, deletion_policy="KEEP")
