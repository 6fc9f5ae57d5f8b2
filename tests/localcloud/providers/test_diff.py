"""What changed, and what the change does."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"


def test_ignored_changes(gcp: Engine, google: FakeGoogle) -> None:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 3}}
    state = gcp.create(BUCKET, "landing", {"name": "landing", "location": "US", "lifecycleRules": [rule]})
    wanted = {**state.inputs, "lifecycleRules": [{**rule, "condition": {"age": 4}}], "requesterPays": True}
    answer = gcp.diff(state, wanted, ignore=("lifecycleRules[*].condition",))
    assert list(answer.detailedDiff) == ["requesterPays"]
    full = gcp.diff(state, wanted)
    assert full.detailedDiff["lifecycleRules[0].condition.age"].kind == provider_pb2.PropertyDiff.UPDATE
