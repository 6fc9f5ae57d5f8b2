"""The logs that the smoke test lands: generated drives, the real minute if at hand, a damaged one, a duplicate."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat

from google.api_core.exceptions import PreconditionFailed

from pipelines.contracts import Contracts
from tests.e2e.smoke.clients import Clients
from tests.simulation.comma2k19 import Segment, convert
from tests.simulation.generator import GeneratedDrive, Scenario, generate_fleet, write_log
from tests.simulation.real_minute import SEGMENT

FOLDER = "smoke/"
"""Below the address that drive logs land at."""

SEED = 20261122
DRIVES = 12
DURATION_S = 60.0


@dataclass
class Logs:
    """Logs to land, and what has to come of them.

    files: MCAP bytes by name below the address that logs land at.
    messages: messages by topic of all good logs, each log counted once.
    ground_truth: scenarios by generated drive.  real_drive: id of the real minute's drive, None if it is not at hand.
    damaged, duplicate: names of the two odd files.  duplicate_messages: messages in the duplicate.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    ground_truth: dict[str, list[Scenario]] = field(default_factory=dict)
    real_drive: str | None = None
    damaged: str = ""
    duplicate: str = ""
    duplicate_messages: int = 0

    @property
    def drives(self) -> list[str]:
        """Ids of all drives whose rows must be in the tables."""
        return [*self.ground_truth, *([self.real_drive] if self.real_drive else [])]


def make_logs(contracts: Contracts) -> Logs:
    """Generate the fleet, import the real minute, cut one file short and copy another. The same each time."""
    contract, logs = contracts.contract("drive_logs"), Logs()
    drives = list(generate_fleet(seed=SEED, drives=DRIVES, duration_s=DURATION_S))
    with ProcessPoolExecutor() as pool:
        contents = pool.map(log_of, drives, repeat(contracts))
    for drive, content in zip(drives, contents, strict=True):
        logs.files[f"{FOLDER}{drive.drive_id}.mcap"] = content
        written = Counter({topic: len(recording.time_ns) for topic, recording in drive.recordings.items()})
        logs.messages.update(written)
        logs.ground_truth[drive.drive_id] = drive.ground_truth
        logs.duplicate_messages = written.total()
    add_odd_files(logs)
    if SEGMENT.is_dir():
        stream = io.BytesIO()
        logs.messages.update(convert(SEGMENT, stream, contract))
        logs.real_drive = Segment(SEGMENT).metadata.drive_id
        logs.files[f"{FOLDER}real-minute.mcap"] = stream.getvalue()
    return logs


def log_of(drive: GeneratedDrive, contracts: Contracts) -> bytes:
    stream = io.BytesIO()
    write_log(drive, contracts, stream)
    return stream.getvalue()


def add_odd_files(logs: Logs) -> None:
    """A log whose upload broke off in the middle, and the last log once more under another name."""
    last = list(logs.files.values())[-1]
    logs.damaged, logs.duplicate = f"{FOLDER}broken-off.mcap", f"{FOLDER}sent-twice.mcap"
    logs.files[logs.damaged] = next(iter(logs.files.values()))[: len(last) // 2]
    logs.files[logs.duplicate] = last


def land(clients: Clients, logs: Logs, progress: Callable[[str], None]) -> str:
    """Put the logs into the landing bucket, those that are not there yet; returns the prefix as `gs://` address.

    Logs that were landed before take the place of theirs in `logs`.
    """
    address, landed = clients.outputs.ingest.arguments["input"], 0
    for name, data in logs.files.items():
        blob = clients.blob(f"{address}{name}")
        try:
            blob.upload_from_string(data, "application/octet-stream", if_generation_match=0)
            landed += 1
        except PreconditionFailed:
            # A log carries its schemas, so a new word in the contract gives other bytes: what was landed counts.
            logs.files[name] = blob.download_as_bytes()
    size = sum(len(data) for data in logs.files.values()) / 2**20
    progress(f"{len(logs.files)} logs of {size:.1f} MiB, {landed} of them new")
    return f"{address}{FOLDER}"
