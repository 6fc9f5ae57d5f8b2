"""Kubernetes quantities such as `250m`, `1.5`, `64Mi`."""

from __future__ import annotations

import re
from typing import Any

SUFFIXES = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip
QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$")


def is_quantity(text: Any) -> bool:
    return isinstance(text, int | float) or (isinstance(text, str) and QUANTITY.match(text) is not None)


def quantity(text: Any) -> float:
    """Value in the base unit: CPUs or bytes. ValueError if it is no quantity."""
    if isinstance(text, int | float):
        return float(text)
    found = QUANTITY.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a quantity")
    number, exponent, suffix = found.groups()
    return float(number + exponent) if exponent else float(number) * SUFFIXES[suffix or ""]
