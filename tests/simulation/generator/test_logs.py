"""A generated drive as a log: every message once, in order of time, as the recorder writes it."""

from __future__ import annotations

from io import BytesIO

from mcap.reader import make_reader

from pipelines.contracts import Contracts
from tests.pipelines.read_log import read_messages
from tests.simulation.generator import generate_fleet, write_log


def test_a_log_holds_every_message_in_order_of_time(contracts: Contracts):
    (drive,) = generate_fleet(7, 1, 30.0, 0.25)
    stream = BytesIO()
    write_log(drive, contracts, stream)
    reader = make_reader(BytesIO(stream.getvalue()))
    times = [message.log_time for _, _, message in reader.iter_messages(log_time_order=False)]
    assert times == sorted(times)
    assert len(times) == drive.message_count
    (metadata,) = reader.iter_metadata()
    assert drive.drive_id in metadata.metadata.values()
    found = list(read_messages(BytesIO(stream.getvalue())))
    for topic in drive.recordings:
        logged = [(one.log_time_ns, one.message) for one in found if one.topic == topic]
        assert logged == list(drive.messages(topic)), topic
