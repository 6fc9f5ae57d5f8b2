"""A generated drive as a log."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipelines.contracts import Contracts
from pipelines.sources.metadata import DriveMetadata
from tests.simulation.generator.fleet import GeneratedDrive
from tests.simulation.mcap_writer import DriveLogWriter


def write_log(drive: GeneratedDrive, contracts: Contracts, stream: BinaryIO) -> None:
    """Write one drive as an MCAP log, its messages in order of time as a recorder would."""
    metadata = DriveMetadata(drive.drive_id, drive.vehicle_id, drive.software_version)
    with DriveLogWriter(stream, contracts, metadata) as log:
        for time_ns, topic, message in _in_order(drive):
            log.write(topic, time_ns, message)


def _in_order(drive: GeneratedDrive) -> Iterator[tuple[int, str, dict[str, Any]]]:
    return heapq.merge(*(_of_topic(drive, topic) for topic in drive.recordings), key=lambda entry: entry[0])


def _of_topic(drive: GeneratedDrive, topic: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for time_ns, message in drive.messages(topic):
        yield time_ns, topic, message
