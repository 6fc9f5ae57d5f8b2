"""Quantities, as Kubernetes' documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api.quantities import is_quantity, quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", 0.25), ("2", 2), (1.5, 1.5), ("64Mi", 64 * 2**20), ("1e3", 1000), ("1G", 1e9), (".5", 0.5),
        ("100u", 1e-4), ("128974848", 128974848), ("129e6", 129e6), ("123Mi", 128974848), ("-1", -1), ("1Ei", 2**60),
    ],
)  # fmt: skip
def test_quantities(text: Any, value: float) -> None:
    assert quantity(text) == pytest.approx(value)
    assert is_quantity(text)


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1X", None, [], "1ki", "0x1"])
def test_no_quantities(text: Any) -> None:
    assert not is_quantity(text)


def test_no_quantity_has_no_value() -> None:
    with pytest.raises(ValueError, match="'much' is not a quantity"):
        quantity("much")
