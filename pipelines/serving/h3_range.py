"""H3 cells as ranges: all cells of one resolution below a coarser cell lie between two indexes."""

from __future__ import annotations

import re

import h3

CELL_RESOLUTION = 9
BITS_PER_DIGIT = 3
HIGHEST_DIGIT = 6
FINEST_RESOLUTION = 15
INDEX = re.compile("[0-9a-fA-F]{15}")
"""A cell's index as text: its highest four bits are always 0."""


def cell_range(cell: str) -> tuple[str, str]:
    """Lowest and highest index of resolution 9 inside `cell`, both included, as the hex strings that tables hold.

    Index layout: https://h3geo.org/docs/core-library/h3Indexing (3 bits a digit, 0 to 6, finest digits last).
    Raises ValueError if `cell` is not a cell, or one finer than resolution 9.
    """
    # h3 itself fails on text that is no 64-bit number.
    if not INDEX.fullmatch(cell) or not h3.is_valid_cell(cell):
        raise ValueError(f"{cell[:80]!r} is not an H3 cell index")
    resolution = h3.get_resolution(cell)
    if resolution > CELL_RESOLUTION:
        raise ValueError(f"{cell} has resolution {resolution}; use {CELL_RESOLUTION} or coarser")
    low = h3.str_to_int(h3.cell_to_center_child(cell, CELL_RESOLUTION))
    digits = range(resolution + 1, CELL_RESOLUTION + 1)
    high = low + sum(HIGHEST_DIGIT << (BITS_PER_DIGIT * (FINEST_RESOLUTION - digit)) for digit in digits)
    return h3.int_to_str(low), h3.int_to_str(high)
