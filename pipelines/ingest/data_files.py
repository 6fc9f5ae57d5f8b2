"""A Parquet file's entry in a manifest, made from its footer alone (add_files would read the file again for it)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyarrow.parquet import ColumnChunkMetaData, FileMetaData
    from pyiceberg.io.fileformat import DataFileStatistics
    from pyiceberg.manifest import DataFile
    from pyiceberg.table import Table


def data_file(table: Table, path: str, size: int, footer: FileMetaData) -> DataFile:
    """The entry. ValueError if the file is of no partition, or of several."""
    from pyiceberg.io.pyarrow import (
        compute_statistics_plan,
        data_file_statistics_from_parquet_metadata,
        parquet_path_to_id_mapping,
    )
    from pyiceberg.manifest import DataFile, DataFileContent, FileFormat

    schema, ids = table.schema(), parquet_path_to_id_mapping(table.schema())
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=footer,
        stats_columns=compute_statistics_plan(schema, table.metadata.properties),
        parquet_column_mapping=ids,
    )
    drop_what_bounds_nothing(statistics, footer, ids)
    for field in table.spec().fields:
        if field.source_id not in statistics.column_aggregates:
            raise ValueError(f"the values of {schema.find_column_name(field.source_id)} are too long to partition by")
    values: dict[str, Any] = statistics.to_serialized_dict()
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=statistics.partition(table.spec(), schema),
        file_size_in_bytes=size,
        sort_order_id=None,
        spec_id=table.spec().spec_id,
        equality_ids=None,
        key_metadata=None,
        **values,
    )


def drop_what_bounds_nothing(statistics: DataFileStatistics, footer: FileMetaData, ids: dict[str, int]) -> None:
    """Leave out the bounds of columns of which the footer does not say them throughout, or that can't be written.

    Parquet has no bounds of a row group with texts longer than 4 KiB, and pyiceberg takes those of the others for the
    file's. Its upper bound of a long text can be half of a surrogate pair, which is no text.
    """
    for group in range(footer.num_row_groups):
        for place in range(footer.num_columns):
            column = footer.row_group(group).column(place)
            if not is_bounded(column):
                statistics.column_aggregates.pop(ids[column.path_in_schema], None)
    for field_id, bounds in list(statistics.column_aggregates.items()):
        try:
            bounds.max_as_bytes()
        except UnicodeEncodeError:
            del statistics.column_aggregates[field_id]


def is_bounded(column: ColumnChunkMetaData) -> bool:
    """Whether a row group's column has bounds, or nothing to bound."""
    statistics = column.statistics
    return statistics is not None and (statistics.has_min_max or statistics.null_count == column.num_values)
