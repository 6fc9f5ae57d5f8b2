"""Creations: named so that nobody is misled, and carried on by the next run where an engine was killed in one."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from localcloud.settings import LocalCloud
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle
from tests.localcloud.providers.fake_kubernetes import FakeCluster

BUCKET = "gcp:storage/bucket:Bucket"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
LANDING = {"name": "landing", "location": "US"}


def refusal(engine: Engine, token: str, name: str, inputs: dict[str, Any]) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(token, name, inputs)
    return str(caught.value.details())


def test_type_that_the_sdk_lacks_is_an_error(gcp: Engine) -> None:
    with pytest.raises(
        Exception, match=r'has no type gcp:storage/bukket:Bukket; did you mean "gcp:storage/bucket:Bucket"\?'
    ):
        gcp.check("gcp:storage/bukket:Bukket", "x", {})


def test_existing_resource_is_named_with_how_to_adopt_it(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "landing", "location": "US"}
    gcp.create(BUCKET, "other", inputs)
    with pytest.raises(grpc.RpcError) as caught:
        gcp.create(BUCKET, "landing", inputs)
    assert caught.value.details() == (
        "gcp:storage/bucket:Bucket 'landing' exists already; choose another name, "
        "or adopt it with the Pulumi CLI: `pulumi import gcp:storage/bucket:Bucket landing landing`"
    )


def test_errors_of_services_are_one_clear_line(gcp: Engine, google: FakeGoogle) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        gcp.create(
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            "grant",
            {"bucket": "b", "role": "roles/x", "member": "user:x"},
        )
    assert caught.value.details() == (
        "could not create gcp:storage/bucketIAMMember:BucketIAMMember 'b/b/roles/x/user:x': "
        "storage: /storage/v1/b/b/iam was not found"
    )


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
