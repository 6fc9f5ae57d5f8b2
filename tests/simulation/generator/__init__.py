"""A seeded fleet generator: drives with sensor noise as in the real minute, and the scenarios known to be in them."""

from tests.simulation.generator.fleet import GeneratedDrive, generate_fleet
from tests.simulation.generator.ground_truth import Differences, compare, from_rows, write_ground_truth
from tests.simulation.generator.logs import write_log
from tests.simulation.planning.kind import Scenario

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
