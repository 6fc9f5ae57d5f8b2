"""The metrics of a replica, in Prometheus's format at /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUEST_SECONDS = Histogram(
    "serving_request_seconds",
    "Time to answer a request, s.",
    ["route", "status"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
IN_FLIGHT = Gauge("serving_requests_in_flight", "Requests that are being answered.")
SHED = Counter("serving_requests_shed", "Requests refused because too many were in flight.")
SNAPSHOT_ROWS = Gauge("serving_snapshot_rows", "Rows of the snapshot at hand.", ["table"])
REFRESH_FAILURES = Counter("serving_refresh_failures", "Looks for a new snapshot that failed.")
