"""What is known of a generated fleet, and the one rule by which mined scenarios are compared with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.simulation.planning.kind import Kinds, Scenario
from tests.simulation.scenarios import KINDS

TOLERANCE_NS = 500_000_000
"""Noise, sampling and jitter move a start or an end by at most 0.2 s; scenarios of one kind lie 2 s apart and more."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Differences:
    """What sets mined apart from truth; each entry is one readable line. Both empty: they are equal."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected)

    def __str__(self) -> str:
        if not self:
            return "mined scenarios equal the ground truth"
        return "\n".join(
            [*(f"missing: {line}" for line in self.missing), *(f"unexpected: {line}" for line in self.unexpected)]
        )


def compare(
    mined: Mapping[str, Sequence[Scenario]], truth: Mapping[str, Sequence[Scenario]], kinds: Kinds = KINDS
) -> Differences:
    """Compare per drive_id.

    A mined scenario matches a true one of the same drive and kind if start and end each lie within TOLERANCE_NS of it
    and the peak within the kind's peak_tolerance (both None, or neither). Matching is one to one, in order of start:
    what is left over is missing or unexpected. Drives of `mined` that `truth` doesn't know are unexpected as a whole.
    """
    missing: list[str] = []
    unexpected: list[str] = []
    for drive_id in sorted({*mined, *truth}):
        rest = sorted(mined.get(drive_id, ()), key=_order)
        for expected in sorted(truth.get(drive_id, ()), key=_order):
            match = next((found for found in rest if matches(found, expected, kinds)), None)
            if match is None:
                missing.append(describe(drive_id, expected))
            else:
                rest.remove(match)
        unexpected += [describe(drive_id, found) for found in rest]
    return Differences(tuple(missing), tuple(unexpected))


def matches(found: Scenario, expected: Scenario, kinds: Kinds = KINDS) -> bool:
    """The matching rule of `compare` for one pair of the same drive."""
    if found.kind != expected.kind or (found.peak_value is None) != (expected.peak_value is None):
        return False
    if max(abs(found.start_ns - expected.start_ns), abs(found.end_ns - expected.end_ns)) > TOLERANCE_NS:
        return False
    if found.peak_value is None or expected.peak_value is None:
        return True
    return abs(found.peak_value - expected.peak_value) <= (kinds.by_name[found.kind].peak_tolerance or 0.0)


def describe(drive_id: str, scenario: Scenario) -> str:
    """One line for people."""
    start = datetime.fromtimestamp(scenario.start_ns / 1e9, UTC).isoformat(timespec="milliseconds")
    seconds = (scenario.end_ns - scenario.start_ns) / 1e9
    peak = "" if scenario.peak_value is None else f", peak {scenario.peak_value:.2f}"
    return f"{scenario.kind} in {drive_id} at {start} for {seconds:.2f} s{peak}"


def from_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Scenario]]:
    """Rows of scenarios.scenarios (start_time and end_time as aware datetimes) by drive_id, for `compare`."""
    drives: dict[str, list[Scenario]] = {}
    for row in rows:
        scenario = Scenario(
            row["kind"], nanoseconds(row["start_time"]), nanoseconds(row["end_time"]), row["peak_value"]
        )
        drives.setdefault(row["drive_id"], []).append(scenario)
    return drives


def nanoseconds(time: datetime) -> int:
    """An aware datetime as nanoseconds since the epoch, exact to the microsecond."""
    return (time - EPOCH) // timedelta(microseconds=1) * 1000


def write_ground_truth(path: Path, truth: Mapping[str, Sequence[Scenario]]) -> None:
    """Write {drive_id: [{kind, start_ns, end_ns, peak_value}, ...]} as JSON."""
    value = {drive_id: [asdict(scenario) for scenario in scenarios] for drive_id, scenarios in truth.items()}
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _order(scenario: Scenario) -> tuple[int, str]:
    return scenario.start_ns, scenario.kind
