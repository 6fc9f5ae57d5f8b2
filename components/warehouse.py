"""SQL for people: a BigQuery dataset for each dataset, with a view over each of its lake tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp


@dataclass(kw_only=True)
class WarehouseArgs:
    """Arguments of Warehouse.

    dataset_id: the BigQuery dataset, named as the lake's namespace.
    location: where BigQuery runs; must hold the lake's bucket.
    source: `<project>.<catalogue>.<namespace>`, whose tables the views read.
    tables: by table name, the columns that its view shows.
    readers: by a short name, the members that may read the dataset.
    labels: labels of the dataset and its views.
    """

    dataset_id: pulumi.Input[str]
    location: pulumi.Input[str]
    source: pulumi.Input[str]
    tables: Mapping[str, Sequence[str]]
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        for table, columns in self.tables.items():
            if not columns:
                raise pulumi.RunError(f"{table}: a view needs at least one column; add one to the table's contract")


class Warehouse(pulumi.ComponentResource):
    """A BigQuery dataset with a view a table.

    Outputs: dataset_id.
    """

    dataset_id: pulumi.Output[str]

    def __init__(self, name: str, args: WarehouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:warehouse:Warehouse", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        dataset = gcp.bigquery.Dataset(
            name,
            dataset_id=args.dataset_id,
            location=args.location,
            labels=args.labels,
            # Only views live here, so nothing is lost with the dataset.
            delete_contents_on_destroy=True,
            opts=child,
        )
        self.dataset_id = dataset.dataset_id
        for table, columns in args.tables.items():
            self._view(name, table, columns, args)
        for key, member in args.readers.items():
            gcp.bigquery.DatasetIamMember(
                f"{name}-{key}",
                dataset_id=self.dataset_id,
                role="roles/bigquery.dataViewer",
                member=member,
                opts=child,
            )
        self.register_outputs({"dataset_id": self.dataset_id})

    def _view(self, name: str, table: str, columns: Sequence[str], args: WarehouseArgs) -> None:
        selected = ", ".join(f"`{column}`" for column in columns)
        gcp.bigquery.Table(
            f"{name}-{table}",
            dataset_id=self.dataset_id,
            table_id=table,
            view={
                "query": pulumi.Output.concat(f"SELECT {selected} FROM `", args.source, f".{table}`"),
                "use_legacy_sql": False,
            },
            labels=args.labels,
            deletion_protection=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
