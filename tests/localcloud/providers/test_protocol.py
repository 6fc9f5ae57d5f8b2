"""The protocol itself: handshake, settings by connection, names, secrets, unknowns, errors, and the process."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from grpc_status import rpc_status
from pulumi.runtime.proto import provider_pb2

from localcloud.providers.assets import read_asset
from localcloud.providers.values import UNKNOWN, Archive, Asset, Secret, decode
from localcloud.settings import LocalCloud
from tests.localcloud.providers.conftest import PROJECT
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_google.server import FakeGoogle

BUCKET = "gcp:storage/bucket:Bucket"
Options = provider_pb2.CheckRequest.AutonamingOptions


def test_handshake_and_plugin_info(gcp: Engine) -> None:
    answer = gcp.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address=""))
    assert answer.accept_secrets
    assert not answer.accept_outputs
    assert re.fullmatch(r"\d+\.\d+\.\d+", gcp.stub.GetPluginInfo(empty_pb2.Empty()).version)
    assert '"name": "gcp"' in gcp.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    configured = gcp.configure()
    assert configured.supportsPreview
    assert gcp.stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()
    with pytest.raises(grpc.RpcError) as caught:
        gcp.stub.Parameterize(provider_pb2.ParameterizeRequest())
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_each_connection_has_its_own_settings(gcp: Engine, gcp_port: int) -> None:
    other = Engine(gcp_port)
    other.configure(project="other-project", defaultLabels='{"team": "fleet"}', addPulumiAttributionLabel="false")
    inputs = {"name": "landing", "location": "US", "labels": {"owner": "me"}}
    preview = other.preview(BUCKET, "landing", inputs)
    assert preview["project"] == "other-project"
    assert preview["effectiveLabels"] == preview["pulumiLabels"] == {"team": "fleet", "owner": "me"}
    assert gcp.preview(BUCKET, "landing", inputs)["project"] == PROJECT


def test_new_default_labels_change_what_has_labels(gcp: Engine, gcp_port: int, google: FakeGoogle) -> None:
    inputs = {"name": "landing", "location": "US", "labels": {"owner": "me"}}
    state = gcp.create(BUCKET, "landing", inputs)
    gcp.configure(project=PROJECT, region="us-central1", defaultLabels='{"team": "fleet"}')
    assert list(gcp.diff(state, inputs).diffs) == ["effectiveLabels"]
    gcp.update(state, inputs)
    wanted = {"goog-pulumi-provisioned": "true", "team": "fleet", "owner": "me"}
    assert google.resources["/storage/v1/b/landing"]["labels"] == wanted


def test_names_are_made_once_and_kept(gcp: Engine) -> None:
    first = gcp.checked(BUCKET, "Landing", {"location": "US"})
    assert re.fullmatch(r"landing-[0-9a-f]{7}", first["name"])
    assert "name" in first["__defaults"]
    assert gcp.checked(BUCKET, "Landing", {"location": "US"})["name"] == first["name"]
    assert gcp.check(BUCKET, "Landing", {"location": "US"}, randomSeed=b"other seed")[0]["name"] != first["name"]
    kept = gcp.check(BUCKET, "Landing", {"location": "EU"}, first, randomSeed=b"other seed")[0]
    assert kept["name"] == first["name"]
    unseeded = {gcp.check(BUCKET, "Landing", {"location": "US"}, randomSeed=b"")[0]["name"] for _ in range(3)}
    assert len(unseeded) == 3


def test_explicit_name_taken_away_is_not_kept(gcp: Engine) -> None:
    explicit = gcp.checked(BUCKET, "landing", {"location": "US", "name": "my-bucket"})
    assert gcp.checked(BUCKET, "landing", {"location": "US"}, explicit)["name"] != "my-bucket"


def test_engine_can_rule_over_names(gcp: Engine) -> None:
    proposed = Options(proposed_name="prod-landing", mode=Options.ENFORCE)
    assert gcp.check(BUCKET, "landing", {"location": "US"}, autonaming=proposed)[0]["name"] == "prod-landing"
    failures = gcp.check(BUCKET, "landing", {"location": "US"}, autonaming=Options(mode=Options.DISABLE))[1]
    assert failures == {"name": "missing: automatic naming is disabled, so give the resource a name"}


def test_names_fit_their_service(gcp: Engine) -> None:
    account = gcp.checked("gcp:serviceaccount/account:Account", "a-rather-long-name-for-a-service-account", {})
    assert re.fullmatch(r"a-rather-long-name-for-[0-9a-f]{7}", account["accountId"])


def test_autonamed_is_created_before_the_old_one_goes(gcp: Engine, google: FakeGoogle) -> None:
    state = gcp.create(BUCKET, "landing", {"location": "us-central1"})
    answer = gcp.diff(state, {"location": "us-east1"})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["location"], False)


def test_secrets_stay_secret(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {
        "name": "landing",
        "location": "US",
        "labels": {"owner": Secret("me")},
        "storageClass": Secret("NEARLINE"),
    }
    state = gcp.create(BUCKET, "landing", inputs)
    assert state.outputs is not None
    assert state.outputs["labels"] == {"owner": Secret("me")}
    assert state.outputs["storageClass"] == Secret("NEARLINE")
    assert google.resources["/storage/v1/b/landing"]["storageClass"] == "NEARLINE"
    assert gcp.diff(state, {**inputs, "storageClass": "NEARLINE"}).changes == provider_pb2.DiffResponse.DIFF_NONE


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


def test_ignored_changes(gcp: Engine, google: FakeGoogle) -> None:
    rule = {"action": {"type": "Delete"}, "condition": {"age": 3}}
    state = gcp.create(BUCKET, "landing", {"name": "landing", "location": "US", "lifecycleRules": [rule]})
    wanted = {**state.inputs, "lifecycleRules": [{**rule, "condition": {"age": 4}}], "requesterPays": True}
    answer = gcp.diff(state, wanted, ignore=("lifecycleRules[*].condition",))
    assert list(answer.detailedDiff) == ["requesterPays"]
    full = gcp.diff(state, wanted)
    assert full.detailedDiff["lifecycleRules[0].condition.age"].kind == provider_pb2.PropertyDiff.UPDATE


def test_existing_resource_is_named_with_how_to_adopt_it(gcp: Engine, google: FakeGoogle) -> None:
    inputs = {"name": "landing", "location": "US"}
    gcp.create(BUCKET, "other", inputs)
    with pytest.raises(grpc.RpcError) as caught:
        gcp.create(BUCKET, "landing", inputs)
    assert caught.value.details() == (
        "gcp:storage/bucket:Bucket 'landing' exists already; choose another name, "
        "or adopt it with the Pulumi CLI: `pulumi import gcp:storage/bucket:Bucket landing landing`"
    )


def test_cluster_that_fails_to_start_is_kept_in_the_state(gcp: Engine, google: FakeGoogle) -> None:
    google.operation_error = "no capacity"
    with pytest.raises(grpc.RpcError) as caught:
        gcp.create("gcp:container/cluster:Cluster", "serving", {"name": "serving"})
    status = rpc_status.from_call(caught.value)
    assert status is not None
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == f"projects/{PROJECT}/locations/us-central1/clusters/serving"
    assert list(detail.reasons) == ["cluster 'serving': no capacity"]
    assert decode(detail.properties)["name"] == "serving"


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


def test_protected_resource_is_not_deleted(gcp: Engine) -> None:
    key = {"keyRing": "ring", "name": "key", "deletionPolicy": "PREVENT"}
    state = gcp.create("gcp:kms/cryptoKey:CryptoKey", "key", key)
    with pytest.raises(grpc.RpcError, match="has deletionPolicy PREVENT; set it to DELETE and deploy that first"):
        gcp.delete(state)


def test_cloud_that_is_not_running(gcp: Engine) -> None:
    with pytest.raises(grpc.RpcError, match="is localcloud running"):
        gcp.create(BUCKET, "landing", {"name": "landing", "location": "US"})


def test_invokes(gcp: Engine, google: FakeGoogle) -> None:
    project, _ = gcp.invoke("gcp:organizations/getProject:getProject")
    assert project["projectId"] == PROJECT
    assert re.fullmatch(r"\d{12}", project["number"])
    client, _ = gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")
    assert (client["project"], client["region"], client["accessToken"]) == (PROJECT, "us-central1", "owner-token")
    failures = gcp.invoke("gcp:organizations/getProject:getProject", projectid="p")[1]
    assert failures == {"projectid": 'unknown argument; did you mean "projectId"?'}
    with pytest.raises(grpc.RpcError, match="is not available on the local cloud; it has"):
        gcp.invoke("gcp:compute/getZones:getZones")


def test_folder_archive_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "job.py").write_text("print()")
    (tmp_path / "main.py").write_text("import pipelines")
    archive = Archive((("path", str(tmp_path)),))
    first = read_asset(archive, None)
    os.utime(tmp_path / "main.py", (1, 1))
    assert read_asset(archive, None) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["main.py", "pipelines/job.py"]
    mixed = Archive((("assets", (("a/x.txt", Asset((("text", "x"),))), ("b", archive))),))
    names = zipfile.ZipFile(io.BytesIO(read_asset(mixed, None))).namelist()
    assert names == ["a/x.txt", "b/main.py", "b/pipelines/job.py"]


def test_relative_asset_starts_at_the_program(gcp: Engine, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x")
    inputs: dict[str, Any] = {"bucket": "b", "source": Asset((("path", "main.py"),))}
    token = "gcp:storage/bucketObject:BucketObject"
    advice = "there is no file or folder 'main.py' (give an absolute path: the provider runs in another folder)"
    assert gcp.check(token, "main", inputs)[1] == {"source": advice}
    gcp.stub.Handshake(provider_pb2.ProviderHandshakeRequest(program_directory=str(tmp_path)))
    gcp.configure(project="p")
    assert gcp.check(token, "main", inputs)[1] == {}


def test_process_serves_both_until_terminated(cloud: LocalCloud) -> None:
    command = [sys.executable, "-m", "localcloud.providers"]
    environment = {**os.environ, **cloud.environment()}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        for name in ("gcp", "kubernetes"):
            channel = grpc.insecure_channel(f"127.0.0.1:{cloud.port_of(name + '_provider')}")
            grpc.channel_ready_future(channel).result(timeout=60)
            channel.close()
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        port = cloud.port_of("gcp_provider")
        assert second.stderr == f"gcp provider: port {port} is taken; set LOCALCLOUD_PORT to another\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()
