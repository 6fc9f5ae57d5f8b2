"""Lakehouse, Warehouse, FlexTemplate, Budget, EncryptionKey and the content tag of images."""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest

from components.budget import Budget, BudgetArgs
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.flex_template import FlexTemplate, FlexTemplateArgs
from components.image_repository import content_tag
from components.lakehouse import Lakehouse, LakehouseArgs, LakeTable
from components.warehouse import Warehouse, WarehouseArgs
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


def test_the_template_spec_is_what_a_launch_reads(deploy: Deploy) -> None:
    parameter = {"name": "input", "label": "Input", "helpText": "where logs lie", "isOptional": False}
    args = FlexTemplateArgs(image="registry/ingest:1", bucket="scratch", title="Ingest", parameters=[parameter])
    spec = deploy(lambda: FlexTemplate("ingest", args)).one("gcp:storage/bucketObject:BucketObject").inputs
    assert spec["name"] == "templates/ingest.json"
    content = json.loads(spec["content"])
    assert content["image"] == "registry/ingest:1"
    assert content["metadata"]["parameters"] == [parameter]


def test_a_misspelt_parameter_key_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"unknown keys \['optional'\]"):
        FlexTemplateArgs(image="i", bucket="b", title="t", parameters=[{"name": "input", "optional": True}])


def test_the_budget_alerts_on_the_forecast(deploy: Deploy) -> None:
    args = BudgetArgs(billing_account="0-0-0", monthly_amount=2000, project="123456")
    budget = deploy(lambda: Budget("roadbed-dev", args)).one("gcp:billing/budget:Budget").inputs
    assert budget["amount"]["specifiedAmount"] == {"currencyCode": "USD", "units": "2000"}
    assert budget["thresholdRules"][-1]["spendBasis"] == "FORECASTED_SPEND"


def test_no_amount_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="set what the month may cost"):
        BudgetArgs(billing_account="0-0-0", monthly_amount=0, project="1")


def test_the_key_rotates_and_storage_may_use_it(deploy: Deploy) -> None:
    deployed = deploy(lambda: EncryptionKey("roadbed", EncryptionKeyArgs(location="us", rotation_days=30)))
    assert deployed.one("gcp:kms/cryptoKey:CryptoKey").inputs["rotationPeriod"] == "2592000s"
    grant = deployed.one("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember").inputs
    assert grant["member"] == "serviceAccount:agent@gs-project-accounts.iam.gserviceaccount.com"


def test_the_content_tag_follows_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "main.py").write_text("a")
    first = content_tag(tmp_path, ["job"])
    assert content_tag(tmp_path, ["job"]) == first
    (tmp_path / "job" / "main.py").write_text("b")
    second = content_tag(tmp_path, ["job"])
    (tmp_path / "job" / "main.py").rename(tmp_path / "job" / "run.py")
    assert len({first, second, content_tag(tmp_path, ["job"])}) == 3
    with pytest.raises(pulumi.RunError, match="an image source is missing"):
        content_tag(tmp_path, ["gone"])
