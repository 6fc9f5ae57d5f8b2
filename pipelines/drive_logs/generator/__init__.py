"""A seeded fleet generator: drives with sensor noise as in the real minute, and the scenarios known to be in them."""

from pipelines.drive_logs.generator.fleet import GeneratedDrive, generate_fleet
from pipelines.drive_logs.generator.ground_truth import (
    Differences,
    Scenario,
    compare,
    from_rows,
    write_ground_truth,
)
from pipelines.drive_logs.generator.logs import write_log

__all__ = [
    "Differences",
    "GeneratedDrive",
    "Scenario",
    "compare",
    "from_rows",
    "generate_fleet",
    "write_ground_truth",
    "write_log",
]
