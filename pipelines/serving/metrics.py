"""The metrics of a replica, in Prometheus's format at /metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import Counter, Gauge
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pipelines.serving.overload.gate import Gate

BUCKETS_S = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
WEIGHT = 0.3
"""Of the newest second in the load, which the seconds before it have the rest of."""

SNAPSHOT_ROWS = Gauge("serving_snapshot_rows", "Rows of the snapshot at hand.", ["table"])
REFRESH_FAILURES = Counter("serving_refresh_failures", "Looks for a new snapshot that failed.")


class Statistics(Collector):
    """Counted without locks by the only thread that answers; the library's own histogram costs as much as a lookup.

    load: what is asked of the replica as a share of what it can answer: 0 idle, 1 full, more if it refuses.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._counts: dict[int, list[int]] = {}
        self._sums: dict[int, float] = {}
        self._reviewed = (0.0, 0.0, 0.0, 0, 0)
        self.load = 0.0

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
        gate, last = self._gate, self._reviewed
        current = (now, gate.rounds.busy, gate.counts.refusing, gate.counts.admitted, gate.counts.refused)
        seconds, busy, refusing, admitted, refused = (new - old for new, old in zip(current, last, strict=True))
        self._reviewed = current
        if last[0] and seconds > 0:
            answering = max(busy - refusing, 0.0)
            missing = refused * answering / admitted if admitted else 0.0
            self.load += WEIGHT * ((answering + missing) / seconds - self.load)

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
