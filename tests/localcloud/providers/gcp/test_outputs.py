"""Outputs in previews and after calls."""

from __future__ import annotations

from localcloud.wire.typed import UNKNOWN
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"


def test_unknowns_in_previews(gcp: Engine, google: FakeGoogle) -> None:
    preview = gcp.preview(BUCKET, "landing", {"name": UNKNOWN, "location": "US"})
    assert (preview["name"], preview["url"], preview["selfLink"]) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert preview["storageClass"] == "STANDARD"
    assert gcp.preview(BUCKET, "landing", {"name": "landing", "location": "US"})["url"] == "gs://landing"
    assert google.asked == []
    state = gcp.create(BUCKET, "landing", {"name": "landing", "location": "US"})
    changed = gcp.update(state, {"name": "landing", "location": "US", "labels": {"a": UNKNOWN}}, preview=True)
    assert changed.outputs is not None
    assert changed.outputs["labels"] == {"a": UNKNOWN}
    assert (changed.outputs["url"], changed.outputs["updated"]) == ("gs://landing", UNKNOWN)
