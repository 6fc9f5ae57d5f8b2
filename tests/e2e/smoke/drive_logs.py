"""The logs that the smoke test lands: generated drives, the real minute where it is at hand, a damaged file, a duplicate."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.contracts import load_contracts
from pipelines.drive_logs.comma2k19 import import_segment
from pipelines.drive_logs.generator.fleet import generate_fleet
from pipelines.drive_logs.generator.ground_truth import Scenario
from pipelines.drive_logs.generator.mcap_files import write_drive
from tests.e2e.smoke.clients import Clients

ROOT = Path(__file__).parents[3]
REAL_MINUTE = ROOT.parent / "shared" / "data" / "comma2k19" / "b0c9d2329ad1606b_2018-08-02--08-34-47" / "40"
PREFIX = "drive_logs/smoke/"
SEED = 20261122
DRIVES = 12
DURATION_S = 60.0


@dataclass(frozen=True)
class Landed:
    """What was landed, and what has to come of it.

    files: by object name the MCAP bytes' path.  messages: by topic the messages of all good logs, each log once.
    ground_truth: by generated drive its scenarios.  real_drive: id of the real minute's drive, if it is at hand.
    damaged, duplicate: object names of the two odd files.
    """

    prefix: str
    files: dict[str, Path]
    messages: Counter[str]
    ground_truth: dict[str, list[Scenario]]
    real_drive: str | None
    damaged: str
    duplicate: str
    drives: list[str] = field(default_factory=list)
