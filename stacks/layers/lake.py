"""Lake: what follows from the data contracts. Tables, SQL views, grants of their readers, the contracts' text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.lakehouse import Lakehouse, LakehouseArgs, LakeTable
from components.warehouse import Warehouse, WarehouseArgs
from pipelines.contracts import Contract, Table
from pipelines.contracts.schemas import iceberg_fields, partition_fields, sort_fields
from stacks.layers.environment import Environment
from stacks.layers.foundation import Foundation


@dataclass(frozen=True, kw_only=True)
class Lake:
    """The tables, and where jobs read the contracts from."""

    lakehouse: Lakehouse
    contracts_uri: pulumi.Output[str]


def build_lake(environment: Environment, foundation: Foundation) -> Lake:
    """Make the catalogue with a namespace and a BigQuery dataset for each contract."""
    contracts = environment.contracts
    lakehouse = Lakehouse(
        "lake",
        LakehouseArgs(
            bucket=foundation.zones.curated,
            namespaces={contract.namespace: [lake_table(t) for t in contract.tables] for contract in contracts},
            deletion_policy="DELETE" if environment.settings.disposable else "PREVENT",
        ),
    )
    folder = foundation.zones.contracts
    document = gcp.storage.BucketObject(
        "contracts",
        name=folder.name("contracts.json"),
        bucket=folder.bucket,
        content=contracts.to_json(),
        content_type="application/json",
    )
    for contract in contracts:
        build_warehouse(environment, lakehouse, contract)
    return Lake(
        lakehouse=lakehouse,
        contracts_uri=pulumi.Output.concat("gs://", document.bucket, "/", document.name),
    )


def lake_table(table: Table) -> LakeTable:
    """A contract's table as the lakehouse component takes it."""
    return LakeTable(
        name=table.name,
        fields=iceberg_fields(table),
        partition_fields=partition_fields(table),
        sort_fields=sort_fields(table),
    )


def build_warehouse(environment: Environment, lakehouse: Lakehouse, contract: Contract) -> Warehouse:
    """The SQL views of one contract, readable by those whom it names."""
    tables = [lakehouse.tables[f"{contract.namespace}.{table.name}"] for table in contract.tables]
    return Warehouse(
        contract.name.replace("_", "-"),
        WarehouseArgs(
            dataset_id=contract.namespace,
            location=environment.settings.location,
            # A view is checked when it is made, so its source is known only once the tables are there.
            source=pulumi.Output.all(lakehouse.catalog, *tables).apply(
                lambda values: f"{environment.project}.{values[0]}.{contract.namespace}"
            ),
            tables={table.name: [column.name for column in table.columns] for table in contract.tables},
            readers={resource_name(reader): reader for reader in contract.readers},
            labels=environment.labels.of_dataset(contract.name, contract.owner, contract.cost_center),
        ),
    )


def resource_name(member: str) -> str:
    """A member such as `group:perception@example.com` in the letters of resource names, unlike any other's."""
    return re.sub(r"[^a-z0-9]+", "-", member.lower())
