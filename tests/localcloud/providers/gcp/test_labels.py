"""The labels a resource ends up with."""

from __future__ import annotations

from localcloud.providers.gcp.labels import effective_labels, label_key
from localcloud.providers.sdk_types import ResourceSchema, installed
from localcloud.wire.typed import UNKNOWN, Secret
from tests.localcloud.providers.conftest import PROJECT
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"


def test_new_default_labels_change_what_has_labels(gcp: Engine, gcp_port: int, google: FakeGoogle) -> None:
    inputs = {"name": "landing", "location": "US", "labels": {"owner": "me"}}
    state = gcp.create(BUCKET, "landing", inputs)
    gcp.configure(project=PROJECT, region="us-central1", defaultLabels='{"team": "fleet"}')
    assert list(gcp.diff(state, inputs).diffs) == ["effectiveLabels"]
    gcp.update(state, inputs)
    wanted = {"goog-pulumi-provisioned": "true", "team": "fleet", "owner": "me"}
    assert google.resources["/storage/v1/b/landing"]["labels"] == wanted


def schema_of(token: str) -> ResourceSchema:
    found = installed("pulumi_gcp").resource(token)
    assert found is not None
    return found


def test_a_resources_own_labels_win_over_the_default_ones() -> None:
    bucket, defaults = schema_of(BUCKET), {"team": "fleet", "owner": "everybody"}
    assert effective_labels(bucket, {"labels": {"owner": Secret("me")}}, defaults) == {"team": "fleet", "owner": "me"}
    assert effective_labels(bucket, {}, defaults) == defaults
    assert effective_labels(bucket, {"labels": UNKNOWN}, defaults) is UNKNOWN


def test_labels_are_under_another_key_in_some_types_and_not_the_providers_in_others() -> None:
    assert label_key(schema_of("gcp:container/cluster:Cluster")) == "resourceLabels"
    # Alert policies have userLabels, but no effective ones: the real provider adds nothing to them.
    assert label_key(schema_of("gcp:monitoring/alertPolicy:AlertPolicy")) is None
    assert label_key(schema_of("gcp:kms/keyRing:KeyRing")) is None
