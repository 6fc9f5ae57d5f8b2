"""Prices of machine types, from the price of their vCPUs and memory."""

from __future__ import annotations

import pytest

from policies.price_book import hourly_usd


def test_a_price_is_that_of_vcpus_and_memory() -> None:
    assert hourly_usd("e2-standard-4") == pytest.approx(4 * 0.021811 + 16 * 0.002923)
    assert hourly_usd("n2-highcpu-8") == pytest.approx(8 * 0.031611 + 8 * 0.004237)


def test_a_series_of_its_own_shape_has_its_own_memory() -> None:
    assert hourly_usd("n1-standard-4") == pytest.approx(4 * 0.031611 + 15 * 0.004237)


@pytest.mark.parametrize("machine_type", ["custom-4", "z9-standard-4", "e2-standard", ""])
def test_what_the_book_does_not_know_has_no_price(machine_type: str) -> None:
    assert hourly_usd(machine_type) is None
