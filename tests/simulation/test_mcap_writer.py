"""Logs that tests and demonstrations write: the same calls give the same bytes, in the contract's topics."""

from __future__ import annotations

import pytest

from tests.pipelines.ingest.logs import POSE, START_NS, log_bytes, speeds


def test_the_bytes_are_the_same_each_time() -> None:
    first, second = (log_bytes([*speeds(3000), ("/localization/pose", START_NS, POSE)]) for _ in range(2))
    assert first == second


def test_a_topic_outside_the_contract_cannot_be_written() -> None:
    with pytest.raises(KeyError, match="not in the contract; it has /gnss/fix"):
        log_bytes([("/vehicle/horn", START_NS, {})])
