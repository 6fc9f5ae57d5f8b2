"""The labels a resource ends up with."""

from __future__ import annotations

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
