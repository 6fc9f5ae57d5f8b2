"""What stands for a type that is not declared."""

from __future__ import annotations

from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.gcp.resources.lives import LABELS, MEMBER


def test_undeclared_type_is_a_record(gcp: Engine) -> None:
    token = "gcp:secretmanager/regionalSecret:RegionalSecret"
    state = gcp.create(token, "s", {"secretId": "s", "location": "us"})
    assert state.id.startswith("regionalsecret/s-")
    topic = gcp.create("gcp:pubsub/topic:Topic", "Files", {"labels": {"team": "fleet"}})
    assert topic.outputs is not None
    assert topic.id == f"projects/test-project/topics/{topic.outputs['name']}"
    assert topic.outputs["effectiveLabels"] == LABELS
    grant = gcp.create("gcp:pubsub/topicIAMMember:TopicIAMMember", "grant", {"topic": "t", **MEMBER})
    assert grant.id == "test-project/t/roles/storage.objectViewer/serviceAccount:job@p.iam.gserviceaccount.com"
    assert list(gcp.diff(grant, {"topic": "t", **MEMBER, "role": "roles/viewer"}).replaces) == ["role"]
