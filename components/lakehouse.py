"""The Iceberg catalogue over the curated bucket: a namespace for each dataset, a table for each of its schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.validation import check


@dataclass(frozen=True, kw_only=True)
class LakeTable:
    """One table as plain data, derived from a data contract.

    fields: `{id, name, type, required, doc}` each, in Iceberg's type names.
    partition_fields: `{name, source_id, transform}` each.
    sort_fields: `{source_id, transform, direction, null_order}`.
    """

    name: str
    fields: Sequence[Mapping[str, Any]]
    partition_fields: Sequence[Mapping[str, Any]] = ()
    sort_fields: Sequence[Mapping[str, Any]] = ()


@dataclass(kw_only=True)
class LakehouseArgs:
    """Arguments of Lakehouse.

    bucket: the curated bucket; BigLake names the catalogue after it.
    namespaces: by dataset name, its tables.
    deletion_policy: PREVENT refuses to drop a table that left its contract; DELETE drops it.
    """

    bucket: pulumi.Input[str]
    namespaces: Mapping[str, Sequence[LakeTable]]
    deletion_policy: pulumi.Input[str] = "PREVENT"

    def __post_init__(self) -> None:
        self.deletion_policy = check(
            self.deletion_policy, lambda value: value in ("PREVENT", "DELETE"), "deletion_policy is PREVENT or DELETE"
        )
        for namespace, tables in self.namespaces.items():
            names = [table.name for table in tables]
            if len(set(names)) != len(names):
                raise pulumi.RunError(f"{namespace}: two tables have one name; rename one of {sorted(names)}")


class Lakehouse(pulumi.ComponentResource):
    """An Iceberg REST catalogue with namespaces and tables.

    Outputs: catalog, its name; warehouse, `gs://<bucket>`; tables, by `<namespace>.<table>` the name once it exists.
    """

    catalog: pulumi.Output[str]
    warehouse: pulumi.Output[str]
    tables: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: LakehouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:lakehouse:Lakehouse", name, None, opts)
        self._name, self._bucket, self._deletion_policy = name, args.bucket, args.deletion_policy
        self._child = pulumi.ResourceOptions(parent=self)
        catalog = gcp.biglake.IcebergCatalog(
            name, name=args.bucket, catalog_type="CATALOG_TYPE_GCS_BUCKET", opts=self._child
        )
        self.catalog = catalog.name
        self.warehouse = pulumi.Output.concat("gs://", args.bucket)
        self.tables = {}
        for namespace, tables in args.namespaces.items():
            self._namespace(namespace, tables)
        self.register_outputs({"catalog": self.catalog, "warehouse": self.warehouse})

    def _namespace(self, namespace: str, tables: Sequence[LakeTable]) -> None:
        made = gcp.biglake.IcebergNamespace(
            f"{self._name}-{namespace}",
            catalog=self.catalog,
            namespace_id=namespace,
            opts=self._child,
        )
        for table in tables:
            self.tables[f"{namespace}.{table.name}"] = self._table(made, namespace, table)

    def _table(
        self, namespace: gcp.biglake.IcebergNamespace, namespace_id: str, table: LakeTable
    ) -> pulumi.Output[str]:
        partition_spec: Any = {"fields": [dict(field) for field in table.partition_fields]}
        sort_order: Any = {"fields": [dict(field) for field in table.sort_fields]}
        schema: Any = {"type": "struct", "fields": [dict(field) for field in table.fields]}
        made = gcp.biglake.IcebergTable(
            f"{self._name}-{namespace_id}-{table.name}",
            catalog=self.catalog,
            namespace=namespace.namespace_id,
            name=table.name,
            location=pulumi.Output.concat("gs://", self._bucket, f"/{namespace_id}/{table.name}"),
            schema=schema,
            partition_spec=partition_spec if table.partition_fields else None,
            sort_order=sort_order if table.sort_fields else None,
            properties={"write.metadata.delete-after-commit.enabled": "true"},
            deletion_policy=self._deletion_policy,
            opts=pulumi.ResourceOptions(parent=namespace),
        )
        return made.name
