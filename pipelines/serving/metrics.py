"""The metrics of a replica, in Prometheus's format at /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import Counter, Gauge
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pipelines.serving.overload.gate import Gate
from pipelines.serving.overload.pool import Pool

BUCKETS_S = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
WEIGHT = 0.3
"""Of the newest second in the load, which the seconds before it have the rest of."""

SNAPSHOT_ROWS = Gauge("serving_snapshot_rows", "Rows of the snapshot at hand.", ["table"])
REFRESH_FAILURES = Counter("serving_refresh_failures", "Looks for a new snapshot that failed.")


class Load:
    """How much is asked of something that can work for so many seconds a second, as a share of that.

    Work that was refused counts as what was done would have taken, so that the load is above 1 when there is too much.
    """

    def __init__(self) -> None:
        self._last = (0.0, 0.0, 0, 0)
        self.value = 0.0

    def review(self, now: float, working: float, done: int, refused: int) -> None:
        """Take in the time since the last review; all since the beginning: s of work, pieces done and refused."""
        last, self._last = self._last, (now, working, done, refused)
        seconds, worked, more_done, more_refused = (new - old for new, old in zip(self._last, last, strict=True))
        if last[0] and seconds > 0:
            missing = more_refused * worked / more_done if more_done else 0.0
            self.value += WEIGHT * ((worked + missing) / seconds - self.value)


class Statistics(Collector):
    """Counted without locks by the only thread that answers; the library's own histogram costs as much as a lookup."""

    def __init__(self, gate: Gate, pool: Pool) -> None:
        self._gate, self._pool = gate, pool
        self._counts: dict[int, list[int]] = {}
        self._sums: dict[int, float] = {}
        self._loop_load, self._pool_load = Load(), Load()

    def observe(self, status: int, seconds: float) -> None:
        """Take in an answer: its status, and the time from its request's last byte to its own, s."""
        counts = self._counts.get(status)
        if counts is None:
            counts = self._counts[status] = [0] * (len(BUCKETS_S) + 1)
            self._sums[status] = 0.0
        counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sums[status] += seconds

    def review(self, now: float) -> None:
        """Take in the time since the last review, some second, for the load. now: s of perf_counter."""
        counts, pool = self._gate.counts, self._pool
        answering = max(self._gate.rounds.busy - counts.refusing, 0.0)
        self._loop_load.review(now, answering, counts.admitted, counts.refused)
        self._pool_load.review(now, pool.busy / pool.threads, pool.done, pool.refused)

    @property
    def load(self) -> float:
        """What is asked of the replica as a share of what it can answer: 0 idle, 1 full, more if it refuses."""
        return max(self._loop_load.value, self._pool_load.value)

    def collect(self) -> Iterator[Metric]:
        """The metrics, as prometheus_client asks for them."""
        requests = HistogramMetricFamily("serving_request_seconds", "Time to answer a request, s.", labels=["status"])
        for status, counts in self._counts.items():
            below, buckets = 0, []
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                below += count
                buckets.append((bound, below))
            requests.add_metric([str(status)], buckets, self._sums[status])
        yield requests
        counts = self._gate.counts
        yield GaugeMetricFamily("serving_load", "Requests asked for, as a share of those it can answer.", self.load)
        yield CounterMetricFamily("serving_requests_admitted", "Requests that were let in.", counts.admitted)
        yield CounterMetricFamily("serving_requests_shed", "Requests refused for want of time.", counts.refused)
