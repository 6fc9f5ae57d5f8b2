"""Derived columns of a contract, computed from other columns of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from pipelines.contracts.model import Derived


def derive(derived: Derived, columns: Mapping[str, pa.Array], rejected: Mapping[int, str]) -> pa.Array:
    """The column's values; null in rejected rows, whose inputs may be anything, and where an input is null."""
    inputs = zip(*(columns[name].to_pylist() for name in derived.columns), strict=True)
    function = FUNCTIONS[derived.function]()
    return pa.array(
        [
            None if row in rejected or None in values else function(*values, *derived.parameters)
            for row, values in enumerate(inputs)
        ],
        pa.string(),
    )


def _h3_cell() -> Callable[..., Any]:
    from h3.api.basic_str import latlng_to_cell

    return latlng_to_cell


FUNCTIONS: dict[str, Callable[[], Callable[..., Any]]] = {"h3_cell": _h3_cell}
"""By the name the contract uses (pipelines.contracts.odcs_tables.DERIVED_FUNCTIONS); imported when first needed."""
