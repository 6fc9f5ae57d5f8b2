"""Writes a generated fleet: one MCAP log per drive, and ground_truth.json beside them.

python -m tests.simulation.generator --seed 7 --drives 12 --out DIR
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.arguments import OneLineParser
from pipelines.contracts import ContractError, Contracts, load_contracts
from tests.simulation.generator.fleet import GeneratedDrive, generate_fleet
from tests.simulation.generator.ground_truth import write_ground_truth
from tests.simulation.generator.logs import write_log
from tests.simulation.planning.kind import Scenario

GROUND_TRUTH = "ground_truth.json"


def parse_args(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; unknown or missing ones exit with status 2 and one line."""
    parser = OneLineParser("generator", (__doc__ or "").splitlines()[0])
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
        with (folder / f"{drive.drive_id}.mcap").open("wb") as stream:
            write_log(drive, contracts, stream)
        truth[drive.drive_id] = drive.ground_truth
    write_ground_truth(folder / GROUND_TRUTH, truth)
    return truth


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
