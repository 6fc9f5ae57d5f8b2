"""In what form rows of a result are asked for: how timestamps are written, and which columns are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from localcloud.services.bigquery.errors import invalid
from localcloud.services.bigquery.types import TIMESTAMP_FORMATS, Field, rows_of


@dataclass(frozen=True)
class Form:
    """What a request says of the rows that it wants."""

    timestamps: str = TIMESTAMP_FORMATS[0]
    selected: tuple[str, ...] = ()
    """Columns to give; none for all."""

    def rows(self, table: pa.Table, fields: list[Field]) -> list[dict[str, Any]]:
        places = [place for place, one in enumerate(fields) if not self.selected or one["name"] in self.selected]
        return rows_of(table.select(places), [fields[place] for place in places], self.timestamps)

    def refuse_unknown(self, fields: list[Field]) -> None:
        """Errors: 400 for a selected field that is no column; a column is given whole."""
        unknown = set(self.selected) - {one["name"] for one in fields}
        if unknown:
            raise invalid(f"Invalid value for selectedFields: {sorted(unknown)[0]} is no column of the table")


def timestamps_of(output: str | None, int64: bool) -> str:
    """TIMESTAMP_FORMATS' name for a request's formatOptions.

    source: cloud.google.com/bigquery/docs/reference/rest/v2/DataFormatOptions.
    """
    if not output or output == "TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED":
        return "INT64" if int64 else TIMESTAMP_FORMATS[0]
    if int64:
        raise invalid("Only one of useInt64Timestamp and timestampOutputFormat may be set in formatOptions")
    if output not in TIMESTAMP_FORMATS:
        raise invalid(f"Invalid value for timestampOutputFormat: {output!r} is none of {', '.join(TIMESTAMP_FORMATS)}")
    return output
