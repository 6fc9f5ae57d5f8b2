"""Derived columns: the function's values, and null where there is nothing to derive from."""

from __future__ import annotations

import h3
import pyarrow as pa

from pipelines.contracts import Derived
from pipelines.contracts.odcs_tables import DERIVED_FUNCTIONS
from pipelines.ingest.derive import FUNCTIONS, derive


def test_the_cell_is_h3_s_and_null_where_an_input_is_null_or_the_row_is_refused() -> None:
    columns = {"lat": pa.array([37.721, None, 1000.0, -33.9]), "lon": pa.array([-122.4723, 1.0, 1.0, 18.4])}
    cells = derive(Derived("h3_cell", ("lat", "lon"), (9,)), columns, {2: "above maximum 90"})
    expected = [h3.latlng_to_cell(37.721, -122.4723, 9), None, None, h3.latlng_to_cell(-33.9, 18.4, 9)]
    assert (cells.type, cells.to_pylist()) == (pa.string(), expected)


def test_every_function_a_contract_can_name_has_code() -> None:
    assert set(DERIVED_FUNCTIONS) == set(FUNCTIONS)
