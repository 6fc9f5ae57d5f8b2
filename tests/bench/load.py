"""Load generators, run on another core than the server: wrk asks as fast as it is answered, vegeta at a rate.

wrk is a Debian package; vegeta is the Go module github.com/tsenart/vegeta/v12. Neither is in a lock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVER_CORE, GENERATOR_CORE = 0, 1
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6}


@dataclass(frozen=True)
class ClosedLoop:
    """What wrk saw: answers a second, their p99 in µs, and processor time of the server an answer, µs."""

    rate: float
    p99: float
    cost: float
    bad: int


@dataclass(frozen=True)
class OpenLoop:
    """What vegeta saw: requests a second, statuses, and latencies of all answers in ms by percentile."""

    sent: float
    statuses: dict[str, int]
    latencies: dict[str, float]
    seconds: float

    def rate(self, status: str) -> float:
        """Answers with a status a second."""
        return self.statuses.get(status, 0) / self.seconds


def missing(*tools: str) -> list[str]:
    """Those of the tools that this machine does not have."""
    return [tool for tool in tools if shutil.which(tool) is None]


def pinned(command: Sequence[str], core: int) -> list[str]:
    """A command on one core, if there are several."""
    return ["taskset", "-c", str(core), *command] if (os.cpu_count() or 1) > 1 else list(command)


def closed_loop(
    url: str, server: psutil.Process, connections: int, seconds: int, script: Path | None = None
) -> ClosedLoop:
    """Ask with so many connections, each as soon as it has its answer."""
    before = server.cpu_times()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *(["-s", str(script)] if script else [])]
    said = subprocess.run(pinned([*command, url], GENERATOR_CORE), capture_output=True, text=True, check=True).stdout
    after = server.cpu_times()
    count = int(re.findall(r"(\d+) requests in", said)[0])
    value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", said)[0]
    bad = re.findall(r"Non-2xx or 3xx responses: (\d+)", said)
    busy = after.user + after.system - before.user - before.system
    return ClosedLoop(count / seconds, float(value) * MICROSECONDS[unit], busy / count * 1e6, int(bad[0]) if bad else 0)


def open_loop(targets: Path, rate: float, connections: int, seconds: int) -> OpenLoop:
    """Ask at a rate, whatever is answered, on so many connections at most. A target a line, as vegeta has them."""
    attack = ["vegeta", "attack", f"-targets={targets}", f"-rate={rate:.0f}/1s", f"-duration={seconds}s", "-timeout=5s"]
    limits = [f"-connections={connections}", f"-max-connections={connections}", f"-max-workers={connections}"]
    results = subprocess.run(pinned([*attack, *limits], GENERATOR_CORE), capture_output=True, check=True).stdout
    report = json.loads(
        subprocess.run(["vegeta", "report", "-type=json"], input=results, capture_output=True, check=True).stdout
    )
    latencies = {name: report["latencies"][name] / 1e6 for name in ("50th", "99th", "max")}
    return OpenLoop(report["rate"], report["status_codes"], latencies, report["duration"] / 1e9)
