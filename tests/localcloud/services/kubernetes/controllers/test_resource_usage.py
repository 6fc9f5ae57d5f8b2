"""What pods use, from seconds that only grow."""

from __future__ import annotations

from localcloud.services.kubernetes.controllers.resource_usage import Sampler
from tests.localcloud.services.kubernetes.controllers.measured import Measured


def test_seconds_of_use_become_cpus_and_are_measured_once_a_second(measured: Measured) -> None:
    sampler, measured.cpus = Sampler(measured), {"a": 0.5}
    for measured.moment in (60.0, 120.0):
        sampler.sample()
    assert (sampler.current, sampler.window) == ({"a": {"cpu": 0.5, "memory": 1000.0}}, 60.0)
    measured.moment, measured.cpus["a"] = 120.5, 2.0
    sampler.sample()
    assert sampler.current["a"]["cpu"] == 0.5
