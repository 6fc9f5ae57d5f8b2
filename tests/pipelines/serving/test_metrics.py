"""What a replica measures, as Prometheus reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from pipelines.serving.metrics import Load, Statistics
from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.pool import Pool


@pytest.fixture
def statistics() -> Iterator[Statistics]:
    loop, pool = asyncio.new_event_loop(), Pool(threads=2)
    yield Statistics(Gate(loop), pool)
    pool.close()
    loop.close()


def test_requests_are_counted_by_status_and_time(statistics: Statistics) -> None:
    for status, seconds in ((200, 0.00002), (200, 0.0003), (404, 5.0)):
        statistics.observe(status, seconds)
    registry = CollectorRegistry()
    registry.register(statistics)

    def sample(suffix: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"serving_request_seconds{suffix}", labels)

    assert [sample("_bucket", status="200", le=le) for le in ("1e-05", "2.5e-05", "0.0005", "+Inf")] == [0, 1, 2, 2]
    assert sample("_bucket", status="404", le="1.0") == 0
    assert sample("_count", status="404") == 1
    assert sample("_sum", status="200") == pytest.approx(0.00032)


def test_the_load_is_the_share_of_the_time_and_above_one_when_work_is_refused() -> None:
    load, working, done, refused = Load(), 0.0, 0, 0
    load.review(1000.0, working, done, refused)
    for second in range(1, 40):
        working, done = working + 0.5, done + 100
        load.review(1000.0 + second, working, done, refused)
    assert load.value == pytest.approx(0.5, abs=0.01)
    for second in range(40, 80):
        working, done, refused = working + 0.95, done + 190, refused + 760
        load.review(1000.0 + second, working, done, refused)
    assert load.value == pytest.approx(0.95 * 5, abs=0.05)
    for second in range(80, 120):
        load.review(1000.0 + second, working, done, refused)
    assert load.value == pytest.approx(0.0, abs=0.01)


def test_threads_count_too(statistics: Statistics) -> None:
    pool = statistics._pool
    for second in range(1, 40):
        statistics.review(1000.0 + second)
        pool.busy, pool.done = pool.busy + 1.6, pool.done + 10
    assert statistics.load == pytest.approx(0.8, abs=0.01)
