"""The writer of drive logs: the same calls give the same bytes, which the platform's reader and any other take."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO

import pytest
from mcap.reader import make_reader

from pipelines.contracts import Contracts
from pipelines.sources.metadata import METADATA_NAME, DriveMetadata
from tests.simulation.mcap_writer import PROFILE, DriveLogWriter

METADATA = DriveMetadata("drive-1", "vehicle-1", "1.0")
START_NS = 1_790_000_000_000_000_000


def written(contracts: Contracts, more: int = 0) -> bytes:
    """A log of three messages, and as many more as asked for."""
    stream = BytesIO()
    with DriveLogWriter(stream, contracts, METADATA) as log:
        log.write("/vehicle/speed", START_NS, {"speed_mps": 8.5})
        log.write_payload("/vehicle/speed", START_NS + 1, b'{"speed_mps": 9}')
        log.write("/gnss/fix", START_NS + 2, {"utc_time": datetime(2026, 11, 25, 12, tzinfo=UTC)})
        for number in range(more):
            log.write("/vehicle/speed", START_NS + 3 + number, {"speed_mps": number / 7})
    return stream.getvalue()


def test_a_log_says_what_it_is_and_what_is_in_it(contracts: Contracts):
    reader = make_reader(BytesIO(written(contracts)))
    assert reader.get_header().profile == PROFILE
    (metadata,) = reader.iter_metadata()
    assert (metadata.name, metadata.metadata) == (METADATA_NAME, asdict(METADATA))
    messages = [
        (schema.name, channel.topic, message.sequence, message.log_time - START_NS, bytes(message.data))
        for schema, channel, message in reader.iter_messages()
        if schema is not None
    ]
    assert messages == [
        ("drive_logs.speed", "/vehicle/speed", 0, 0, b'{"speed_mps":8.5}'),
        ("drive_logs.speed", "/vehicle/speed", 1, 1, b'{"speed_mps": 9}'),
        ("drive_logs.gnss", "/gnss/fix", 0, 2, b'{"utc_time":"2026-11-25T12:00:00Z"}'),
    ]


def test_the_same_calls_give_the_same_bytes(contracts: Contracts):
    assert written(contracts, 3000) == written(contracts, 3000)


def test_a_topic_that_is_not_in_the_contract_is_refused(contracts: Contracts):
    log = DriveLogWriter(BytesIO(), contracts, METADATA)
    with pytest.raises(KeyError, match=r"/vehicle/sped.* is not in the contract; it has /gnss/fix"):
        log.write("/vehicle/sped", START_NS, {})


def test_a_log_whose_writing_fails_has_no_end_mark(contracts: Contracts):
    stream = BytesIO()
    with pytest.raises(KeyError), DriveLogWriter(stream, contracts, METADATA) as log:
        log.write("/vehicle/sped", START_NS, {})
    assert not stream.getvalue().endswith(b"\x89MCAP0\r\n")
