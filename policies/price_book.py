"""Prices that the cost pack compares by. List prices of Google Cloud in us-central1, US dollars, on demand.

Source: the public price lists of Compute Engine, as of 2026-11. They are for comparison and ceilings, not for invoices.
"""

from __future__ import annotations

import re

# Per vCPU-hour and GiB-hour of each machine series.
SERIES_USD_PER_HOUR = {
    "e2": (0.021811, 0.002923),
    "n2": (0.031611, 0.004237),
    "n2d": (0.027502, 0.003686),
    "n1": (0.031611, 0.004237),
    "c2": (0.033980, 0.004550),
    "c3": (0.033980, 0.004550),
}

GIB_PER_VCPU = {"standard": 4.0, "highmem": 8.0, "highcpu": 1.0}
# Series whose shapes differ from that.
SHAPES = {("n1", "standard"): 3.75, ("n1", "highmem"): 6.5, ("n1", "highcpu"): 0.9, ("c3", "highcpu"): 2.0}

MACHINE_TYPE = re.compile(r"(?P<series>[a-z]\w+)-(?P<shape>standard|highmem|highcpu)-(?P<vcpus>\d+)")


def hourly_usd(machine_type: str) -> float | None:
    """Price of one machine for an hour, None if the price book does not know the type."""
    match = MACHINE_TYPE.fullmatch(machine_type)
    if match is None or match["series"] not in SERIES_USD_PER_HOUR:
        return None
    per_vcpu, per_gib = SERIES_USD_PER_HOUR[match["series"]]
    vcpus = int(match["vcpus"])
    gib_per_vcpu = SHAPES.get((match["series"], match["shape"]), GIB_PER_VCPU[match["shape"]])
    return vcpus * (per_vcpu + gib_per_vcpu * per_gib)
