"""Writes a generated fleet: one MCAP log per drive, and ground_truth.json beside them.

python -m pipelines.drive_logs.generator --seed 7 --drives 12 --out DIR
"""

from __future__ import annotations

import argparse
import heapq
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.contracts import ContractError, Contracts, load_contracts
from pipelines.drive_logs.generator.fleet import GeneratedDrive, generate_fleet
from pipelines.drive_logs.generator.ground_truth import Scenario, write_ground_truth
from pipelines.drive_logs.mcap_writer import DriveLogWriter
from pipelines.drive_logs.metadata import DriveMetadata

GROUND_TRUTH = "ground_truth.json"


def parse_args(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; unknown or missing ones exit with a message (argparse)."""
    parser = argparse.ArgumentParser(prog="generator", description=(__doc__ or "").splitlines()[0], allow_abbrev=False)
    parser.add_argument("--seed", type=int, required=True, help="same seed, same fleet")
    parser.add_argument("--drives", type=int, default=12)
    parser.add_argument("--duration_s", type=float, default=60.0, help="length of each drive, at least 20")
    parser.add_argument(
        "--rate", type=float, default=1.0, help="0.25 to 2: how often sensors are read; 1: as in real cars"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the logs; made if missing")
    parser.add_argument("--contracts", type=Path, default=Path("stacks/datasets"), help="folder of *.odcs.yaml")
    return parser.parse_args(arguments)


def write_fleet(drives: Iterator[GeneratedDrive], contracts: Contracts, folder: Path) -> dict[str, list[Scenario]]:
    """Write every drive to `<folder>/<drive_id>.mcap` and the ground truth beside; returns the latter by drive_id."""
    folder.mkdir(parents=True, exist_ok=True)
    truth: dict[str, list[Scenario]] = {}
    for drive in drives:
        write_drive(drive, contracts, folder / f"{drive.drive_id}.mcap")
        truth[drive.drive_id] = drive.ground_truth
    write_ground_truth(folder / GROUND_TRUTH, truth)
    return truth


def write_drive(drive: GeneratedDrive, contracts: Contracts, path: Path) -> None:
    """Write one drive as a log, its messages in order of time as a recorder would."""
    metadata = DriveMetadata(drive.drive_id, drive.vehicle_id, drive.software_version)
    with path.open("wb") as stream, DriveLogWriter(stream, contracts, metadata) as log:
        for time_ns, topic, message in in_order(drive):
            log.write(topic, time_ns, message)


def in_order(drive: GeneratedDrive) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The messages of all topics by log time."""
    return heapq.merge(*(of_topic(drive, topic) for topic in drive.recordings), key=lambda entry: entry[0])


def of_topic(drive: GeneratedDrive, topic: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The messages of one topic with its name."""
    for time_ns, message in drive.messages(topic):
        yield time_ns, topic, message


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 if an argument is out of range or a file can't be read or written."""
    parsed = parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        fleet = generate_fleet(parsed.seed, parsed.drives, parsed.duration_s, parsed.rate)
        truth = write_fleet(fleet, load_contracts(parsed.contracts), parsed.out)
    except (ValueError, ContractError, OSError) as error:
        print(f"generator: {error}", file=sys.stderr)
        return 1
    count = sum(len(scenarios) for scenarios in truth.values())
    print(f"{len(truth)} drives with {count} scenarios in {parsed.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
