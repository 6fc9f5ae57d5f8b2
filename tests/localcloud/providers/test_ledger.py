"""Creations that an engine was killed in: carried on by its next run, and by nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest

from localcloud.providers.__main__ import serve
from localcloud.providers.gcp.package import GcpPackage
from localcloud.providers.ledger import Ledger
from localcloud.providers.values import Secret
from localcloud.settings import LocalCloud
from tests.localcloud.providers.conftest import PROJECT
from tests.localcloud.providers.engine import Engine, State
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.fake_kubernetes import FakeCluster

BUCKET = "gcp:storage/bucket:Bucket"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
LANDING = {"name": "landing", "location": "US"}


def refusal(engine: Engine, token: str, name: str, inputs: dict[str, Any]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(token, name, inputs)
    return str(caught.value.details())


def test_a_creation_that_no_engine_learnt_of_is_carried_on_with_the_inputs_of_now(
    gcp: Engine, google: FakeGoogle
) -> None:
    gcp.create(BUCKET, "landing", {**LANDING, "labels": {"team": "fleet"}})
    wanted = {**LANDING, "labels": {"owner": "me"}, "versioning": {"enabled": True}}
    state = gcp.create(BUCKET, "landing", wanted)
    assert state.id == "landing"
    assert state.outputs is not None
    assert state.outputs["labels"] == {"owner": "me"}
    assert len(google.calls("POST", "/storage/v1/b")) == 1
    assert google.calls("PATCH", "/storage/v1/b/landing")[0].body["labels"]["team"] is None
    assert list(gcp.diff(state, wanted).detailedDiff) == []


def test_what_an_engine_knows_is_never_adopted(gcp: Engine, google: FakeGoogle, cloud: LocalCloud) -> None:
    state = gcp.create(BUCKET, "landing", LANDING)
    assert len(list((cloud.home / "providers" / "gcp").iterdir())) == 1
    gcp.diff(state, LANDING)
    assert list((cloud.home / "providers" / "gcp").iterdir()) == []
    assert "'landing' exists already; choose another name, or adopt it" in refusal(gcp, BUCKET, "landing", LANDING)


def test_what_is_another_resources_is_never_adopted(gcp: Engine, google: FakeGoogle, cloud: LocalCloud) -> None:
    gcp.create(BUCKET, "landing", LANDING)
    for _ in range(2):
        assert "exists already" in refusal(gcp, BUCKET, "quarantine", LANDING)
    assert len(list((cloud.home / "providers" / "gcp").iterdir())) == 1


def test_what_would_have_to_be_replaced_is_refused_with_what_differs(gcp: Engine, google: FakeGoogle) -> None:
    gcp.create(BUCKET, "landing", LANDING)
    assert refusal(gcp, BUCKET, "landing", {**LANDING, "location": "EU"}) == (
        "gcp:storage/bucket:Bucket 'landing' was made by a run that was cut off, with another location: "
        "delete it, or set location as it was then"
    )


def test_a_lost_creation_keeps_its_automatic_name(gcp: Engine, google: FakeGoogle) -> None:
    lost = gcp.create(BUCKET, "landing", {"location": "US"})
    checked, _ = gcp.check(BUCKET, "landing", {"location": "US"}, randomSeed=b"another seed")
    assert checked["name"] == lost.inputs["name"]
    elsewhere, _ = gcp.check(BUCKET, "landing", {"location": "EU"}, randomSeed=b"another seed")
    assert elsewhere["name"] != lost.inputs["name"]
    assert gcp.create(BUCKET, "landing", {"location": "US"}).id == lost.id
    gcp.diff(lost, {"location": "US"})
    checked, _ = gcp.check(BUCKET, "landing", {"location": "US"}, randomSeed=b"another seed")
    assert checked["name"] != lost.inputs["name"]


def test_a_replacement_that_was_cut_off_after_its_deletion_is_carried_on(gcp: Engine, google: FakeGoogle) -> None:
    """The engine still compares the deleted one, which has the same name: that does not mean that it knows the new."""
    deleted = gcp.create(BUCKET, "landing", LANDING)
    gcp.diff(deleted, {**LANDING, "location": "EU"})
    gcp.delete(deleted)
    gcp.create(BUCKET, "landing", {**LANDING, "location": "EU"})
    gcp.diff(deleted, {**LANDING, "location": "EU"})
    assert gcp.create(BUCKET, "landing", {**LANDING, "location": "EU"}).id == "landing"


def test_the_ledger_outlives_the_providers_process(google: FakeGoogle, cloud: LocalCloud) -> None:
    for _ in range(2):
        server = serve(GcpPackage(cloud), cloud.port_of("gcp_provider"))
        engine = Engine(cloud.port_of("gcp_provider"))
        engine.configure(project=PROJECT, region="us-central1")
        assert engine.create(BUCKET, "landing", LANDING).id == "landing"
        engine.channel.close()
        server.stop(None).wait()
    assert len(google.calls("POST", "/storage/v1/b")) == 1


def test_what_a_service_refused_is_not_noted(gcp: Engine, google: FakeGoogle, cloud: LocalCloud) -> None:
    google.refusing = {"/storage/v1/b"}
    assert "could not create gcp:storage/bucket:Bucket 'landing'" in refusal(gcp, BUCKET, "landing", LANDING)
    assert list((cloud.home / "providers" / "gcp").iterdir()) == []


def test_a_lost_object_is_carried_on(kubernetes: Engine, cluster: FakeCluster) -> None:
    lost = kubernetes.create(CONFIG_MAP, "settings", {"metadata": {"labels": {"a": "1"}}, "data": {"a": "1"}})
    inputs = {"metadata": {"labels": {"b": "2"}}, "data": {"a": "1"}}
    checked = kubernetes.checked(CONFIG_MAP, "settings", inputs)
    assert checked["metadata"]["name"] == lost.inputs["metadata"]["name"]
    state = kubernetes.create(CONFIG_MAP, "settings", inputs)
    assert state.id == lost.id
    assert len(cluster.objects) == 1
    assert next(iter(cluster.objects.values()))["metadata"]["labels"] == {"b": "2"}
    assert list(kubernetes.diff(state, inputs).detailedDiff) == []
    assert "exists already" in refusal(kubernetes, CONFIG_MAP, "settings", inputs)


def test_secrets_are_not_written_down(kubernetes: Engine, cluster: FakeCluster, cloud: LocalCloud) -> None:
    inputs = {"metadata": {"name": "key"}, "stringData": {"key": Secret("hunter-2")}}
    kubernetes.create(SECRET, "key", inputs)
    notes = [path.read_text() for path in (cloud.home / "providers" / "kubernetes").iterdir()]
    assert len(notes) == 1
    assert "hunter-2" not in notes[0]
    assert kubernetes.create(SECRET, "key", inputs).id == "default/key"
    changed = {**inputs, "stringData": {"key": Secret("hunter-3")}}
    assert "with another stringData" in refusal(kubernetes, SECRET, "key", changed)


def test_a_damaged_note_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(tmp_path)
    ledger.add("urn-1", "bucket a", {"name": "a", "count": 3, "items": [1.5, None], "nothing": None})
    (tmp_path / "other.json").write_text("{")
    found = Ledger(tmp_path).find("urn-1", "bucket a")
    assert found is not None
    assert found.inputs == {"name": "a", "count": 3, "items": [1.5, None]}
    assert "passed over" in caplog.text
    assert Ledger(tmp_path).find("urn-2", "bucket a") is None


@pytest.mark.parametrize("end", ["kill", "interrupt"])
def test_an_engine_that_is_gone_is_not_waited_for(kubernetes: Engine, cluster: FakeCluster, end: str) -> None:
    """A Deployment that never becomes ready holds the next engine up no longer than the call of a living one."""
    cluster.looks = 10**9
    spec = {
        "selector": {"matchLabels": {"app": "s"}},
        "template": {"metadata": {"labels": {"app": "s"}}, "spec": {"containers": [{"name": "s", "image": "s"}]}},
    }
    token = "kubernetes:apps/v1:Deployment"
    inputs = kubernetes.checked(token, "serving", {"metadata": {"name": "serving"}, "spec": spec})
    dead = kubernetes.begin_create(State(token, "serving", inputs))
    cluster.wait_for("POST")
    getattr(kubernetes, end)(dead)
    cluster.looks = 0
    assert kubernetes.create(token, "serving", {"metadata": {"name": "serving"}, "spec": spec}).id == "default/serving"
    assert [method for method, _, _ in cluster.asked].count("POST") == 1
