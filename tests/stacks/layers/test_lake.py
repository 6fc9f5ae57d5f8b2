"""Lake: each table of the contracts is an Iceberg table and a view, readable by whom its contract names."""

from __future__ import annotations

from pipelines.contracts import load_contracts
from stacks.layers.lake import resource_name
from tests.checked_mocks import Deployed
from tests.paths import DATASETS


def test_every_contract_table_is_an_iceberg_table_and_a_view(deployed: Deployed) -> None:
    declared = {(table.namespace, table.name) for table in load_contracts(DATASETS).tables}
    tables = {
        (table.inputs["namespace"], table.inputs["name"])
        for table in deployed.of("gcp:biglake/icebergTable:IcebergTable")
    }
    views = {(view.inputs["datasetId"], view.inputs["tableId"]) for view in deployed.of("gcp:bigquery/table:Table")}
    assert tables == declared
    assert views == declared


def test_readers_of_one_name_in_two_places_are_two() -> None:
    assert resource_name("user:x@a.example") != resource_name("group:x@a.example")
    assert resource_name("user:x@a.example") != resource_name("user:x@b.example")
