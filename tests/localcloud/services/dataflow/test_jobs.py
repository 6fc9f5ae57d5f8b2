"""The jobs' messages, through the official clients."""

from __future__ import annotations

from datetime import UTC, datetime

from localcloud.services.dataflow.store import State
from tests.localcloud.services.buckets import Buckets
from tests.localcloud.services.dataflow.conftest import Dataflow


def test_messages_are_those_of_the_time_asked_for(service: Dataflow, buckets: Buckets) -> None:
    parameters = {"input": "gs://data/in.txt", "output": "gs://data/out.txt"}
    buckets.write("gs://data/in.txt", "one\n")
    launched = service.launch("timed", parameters=parameters)
    service.reached(launched.id, State.JOB_STATE_DONE)
    place = {**service.place, "job_id": launched.id}
    first, *others = service.job_messages.list_job_messages(request=place)

    assert service.messages(launched.id, end_time=others[0].time) == [first.message_text]
    assert service.messages(launched.id, start_time=others[0].time) == [one.message_text for one in others]
    assert service.messages(launched.id, start_time=datetime.now(UTC)) == []
