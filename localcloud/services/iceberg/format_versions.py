"""What pyiceberg's models leave out of the format's versions: version 3, defaults of columns, commits that come late.

Source: https://iceberg.apache.org/spec, "Version 3", and Iceberg's TableMetadata.java and Schema.java (1.11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pyiceberg.exceptions import ValidationError as IcebergValidationError
from pyiceberg.schema import Schema, _SetFreshIDs, pre_order_visit
from pyiceberg.table.metadata import TableMetadata, TableMetadataUtil, TableMetadataV1, TableMetadataV3
from pyiceberg.table.update import AddSnapshotUpdate, UpgradeFormatVersionUpdate, _apply_table_update
from pyiceberg.typedef import IcebergBaseModel
from pyiceberg.types import IcebergType, StructType

from localcloud.services.iceberg.errors import bad_request, commit_failed

NEWEST = 3
FIRST_ROW_ID = 0


def parsed(data: bytes) -> TableMetadata:
    """A table's metadata. Errors: ValueError if it is none."""
    try:
        metadata = TableMetadataUtil.parse_raw(data.decode())
    except (IcebergValidationError, ValidationError) as error:
        raise ValueError(" ".join(str(error).split())) from error
    return with_row_ids(metadata)


def to_json(metadata: TableMetadata) -> bytes:
    """The metadata as its file has it; pyiceberg's own model of version 3 refuses to write."""
    return IcebergBaseModel.model_dump_json(metadata, exclude_none=True).encode()


def with_row_ids(metadata: TableMetadata) -> TableMetadata:
    """The metadata with the next row's id, as every table of version 3 has it: 0 at first, also after an upgrade."""
    if isinstance(metadata, TableMetadataV3) and metadata.next_row_id is None:
        return metadata.model_copy(update={"next_row_id": FIRST_ROW_ID})
    return metadata


def check_schemas(metadata: TableMetadata) -> None:
    """Errors: ValueError for a type or a default that the table's version does not have."""
    for schema in metadata.schemas:
        schema.check_format_version_compatibility(metadata.format_version)
        for field in schema._lazy_id_to_field.values():
            if field.initial_default is not None and metadata.format_version < NEWEST:
                raise ValueError(f"{field.name}: initial-default is only supported in version {NEWEST} or higher")


class _FreshIds(_SetFreshIDs):
    """Ids as pyiceberg gives them to a new table's columns, which keep their defaults."""

    def struct(self, struct: StructType, field_results: list[Callable[[], IcebergType]]) -> StructType:
        fresh = super().struct(struct, field_results)
        pairs = zip(fresh.fields, struct.fields, strict=True)
        defaults = ({name: getattr(given, name) for name in ("initial_default", "write_default")} for _, given in pairs)
        return StructType(
            *(field.model_copy(update=of) for field, of in zip(fresh.fields, defaults, strict=True)),
        )


def with_defaults(metadata: TableMetadata, given: Schema) -> TableMetadata:
    """A new table's metadata with the defaults of the columns that were given."""
    return metadata.model_copy(update={"schemas": [pre_order_visit(given, _FreshIds())]})


def _upgrade(update: UpgradeFormatVersionUpdate, base: TableMetadata, context: Any) -> TableMetadata:
    """As pyiceberg does it, which ends at version 2."""
    version = update.format_version
    if not 1 <= version <= NEWEST:
        raise ValueError(f"Unsupported table format version: {version}")
    if version < base.format_version:
        raise ValueError(f"Cannot downgrade v{base.format_version} table to v{version}")
    if version == base.format_version:
        return base
    context.add_update(update)
    upgraded = TableMetadataUtil._construct_without_validation(base.model_copy(update={"format_version": version}))
    return with_row_ids(upgraded)


_add_snapshot = _apply_table_update.dispatch(AddSnapshotUpdate)


def _add_checked_snapshot(update: AddSnapshotUpdate, base: TableMetadata, context: Any) -> TableMetadata:
    """Add a snapshot. One made from a table that has moved on is a 409, so that its client begins again."""
    snapshot = update.snapshot
    for name, value in (snapshot.summary.additional_properties if snapshot.summary else {}).items():
        if not isinstance(value, str):
            raise bad_request(f"snapshot {snapshot.snapshot_id}: {name!r} of its summary is no text: {value!r}")
    if not isinstance(base, TableMetadataV1) and snapshot.sequence_number is not None:
        sequence, last = snapshot.sequence_number, base.last_sequence_number
        if snapshot.parent_snapshot_id is not None and sequence <= last:
            raise commit_failed(f"snapshot's sequence number {sequence} is not above the table's last one, {last}")
    if isinstance(base, TableMetadataV3):
        first, rows, least = snapshot.first_row_id, snapshot.added_rows, base.next_row_id or FIRST_ROW_ID
        if first is None or rows is None or rows < 0:
            raise bad_request(f"snapshot {snapshot.snapshot_id}: version {NEWEST} needs first-row-id and added-rows")
        if first < least:
            raise commit_failed(f"snapshot's first-row-id {first} is below the table's next-row-id {least}")
    return _add_snapshot(update, base, context)


_apply_table_update.register(UpgradeFormatVersionUpdate, _upgrade)
_apply_table_update.register(AddSnapshotUpdate, _add_checked_snapshot)
