"""Objects over the protocol, against a small API server over TLS."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.settings import LocalCloud
from localcloud.wire.typed import Secret
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_kubernetes import FakeCluster, serve
from tests.localcloud.providers.kubernetes.objects import CONFIG_MAP, DEPLOYMENT, SECRET, deployment


def test_lists_and_patches_are_refused(kubernetes: Engine) -> None:
    for token in ("kubernetes:core/v1:PodList", "kubernetes:core/v1:ConfigMapPatch", "kubernetes:helm.sh/v3:Release"):
        with pytest.raises(grpc.RpcError, match="is not available on the local cloud: only single objects are"):
            kubernetes.check(token, "x", {})


def test_names_and_namespaces_are_filled_in_and_kept(kubernetes: Engine, kubernetes_port: int) -> None:
    first = kubernetes.checked(CONFIG_MAP, "Settings", {"data": {"a": "1"}})
    assert first["metadata"]["name"].startswith("settings-")
    assert first["metadata"]["namespace"] == "default"
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert kubernetes.checked(CONFIG_MAP, "Settings", {"data": {"a": "2"}}, first)["metadata"] == first["metadata"]
    other = Engine(kubernetes_port)
    other.configure(namespace="serving")
    assert other.checked(CONFIG_MAP, "x", {})["metadata"]["namespace"] == "serving"
    assert "namespace" not in other.checked("kubernetes:core/v1:Namespace", "x", {})["metadata"]
    assert kubernetes.checked(CONFIG_MAP, "y", {})["metadata"]["namespace"] == "default"


def test_deployment_is_awaited_and_patched(kubernetes: Engine, cluster: FakeCluster) -> None:
    state = kubernetes.create(DEPLOYMENT, "serving", deployment())
    assert state.id == "default/serving"
    assert state.outputs is not None
    assert state.outputs["status"]["availableReplicas"] == 2
    assert "managedFields" not in state.outputs["metadata"]
    assert kubernetes.diff(state, deployment()).changes == provider_pb2.DiffResponse.DIFF_NONE
    wanted = deployment(image="serving:2")
    answer = kubernetes.diff(state, wanted)
    assert list(answer.detailedDiff) == ["spec.template.spec.containers[0].image"]
    assert list(answer.replaces) == []
    changed = kubernetes.update(state, wanted)
    path = "/apis/apps/v1/namespaces/default/deployments/serving"
    patches = [body for method, asked, body in cluster.asked if (method, asked) == ("PATCH", path)]
    assert list(patches[0]["spec"]) == ["template"]
    kubernetes.delete(changed)
    assert cluster.objects == {}
    kubernetes.delete(changed)
    assert kubernetes.read(changed).id == ""


def test_what_forces_replacement(kubernetes: Engine) -> None:
    state = kubernetes.create(CONFIG_MAP, "settings", {"metadata": {"name": "settings"}, "data": {"a": "1"}})
    answer = kubernetes.diff(state, {"metadata": {"name": "settings"}, "data": {"a": "2"}})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["data"], True)
    state = kubernetes.create(DEPLOYMENT, "serving", deployment())
    moved = {**deployment(), "metadata": {"name": "serving", "namespace": "other"}}
    answer = kubernetes.diff(state, moved)
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["metadata"], False)
    answer = kubernetes.diff(state, {**deployment(), "metadata": {"name": "serving", "labels": {"a": "b"}}})
    assert (list(answer.diffs), list(answer.replaces)) == (["metadata"], [])


def test_object_that_exists_already(kubernetes: Engine, cluster: FakeCluster) -> None:
    inputs = {"metadata": {"name": "settings"}}
    kubernetes.create(CONFIG_MAP, "other", inputs)
    with pytest.raises(
        grpc.RpcError, match="ConfigMap 'default/settings' exists already; choose another name, or adopt it"
    ):
        kubernetes.create(CONFIG_MAP, "settings", inputs)


def test_secrets_stay_secret(kubernetes: Engine, cluster: FakeCluster) -> None:
    state = kubernetes.create(SECRET, "key", {"metadata": {"name": "key"}, "stringData": {"key": Secret("hidden")}})
    assert state.outputs is not None
    assert state.outputs["stringData"] == {"key": Secret("hidden")}
    assert cluster.objects["/api/v1/namespaces/default/secrets/key"]["stringData"] == {"key": "hidden"}
    state = kubernetes.create(SECRET, "plain", {"metadata": {"name": "plain"}, "data": {"key": "aGlkZGVu"}})
    assert state.outputs is not None
    assert state.outputs["data"] == Secret({"key": "aGlkZGVu"})


def test_objects_are_gone_with_their_cluster(
    kubernetes_port: int, cluster: FakeCluster, kubeconfig: str, tmp_path: Path
) -> None:
    """At once if another cluster has its address, else when the user says so."""
    kubernetes = Engine(kubernetes_port)
    kubernetes.configure(kubeconfig=Secret(kubeconfig))
    state = kubernetes.create(CONFIG_MAP, "settings", {"metadata": {"name": "settings"}})
    other = FakeCluster()
    (tmp_path / "other").mkdir()
    server = serve(other, tmp_path / "other")
    moved = kubeconfig.replace(f":{cluster.port}", f":{other.port}")
    kubernetes.configure(kubeconfig=Secret(moved))
    kubernetes.delete(state)
    assert other.asked == []
    server.shutdown()
    server.server_close()
    with pytest.raises(grpc.RpcError, match="if it is gone for good, set deleteUnreachable"):
        kubernetes.delete(state)
    kubernetes.configure(kubeconfig=Secret(moved), deleteUnreachable="true")
    kubernetes.delete(state)
    kubernetes.channel.close()


def test_a_refusal_names_the_object_and_leaves_no_note(
    kubernetes: Engine, cluster: FakeCluster, cloud: LocalCloud
) -> None:
    inputs = {"metadata": {"name": "settings"}}
    cluster.failing = {"POST": 403}
    with pytest.raises(grpc.RpcError, match=r"could not create ConfigMap 'default/settings': not now \(Failed\)"):
        kubernetes.create(CONFIG_MAP, "settings", inputs)
    assert list((cloud.home / "providers" / "kubernetes").iterdir()) == []
    cluster.failing = {"PATCH": 422, "DELETE": 403}
    state = kubernetes.create(CONFIG_MAP, "settings", inputs)
    with pytest.raises(grpc.RpcError, match=r"could not update ConfigMap 'default/settings': not now \(Failed\)"):
        kubernetes.update(state, {**inputs, "data": {"a": "1"}})
    with pytest.raises(grpc.RpcError, match=r"could not delete ConfigMap 'default/settings': not now \(Failed\)"):
        kubernetes.delete(state)


def test_what_was_made_although_the_answer_was_an_error_is_carried_on(kubernetes: Engine, cluster: FakeCluster) -> None:
    inputs = {"metadata": {"name": "settings"}}
    cluster.failing = {"POST": 500}
    with pytest.raises(grpc.RpcError, match="could not create ConfigMap"):
        kubernetes.create(CONFIG_MAP, "settings", inputs)
    cluster.failing = {}
    assert kubernetes.create(CONFIG_MAP, "settings", inputs).id == "default/settings"


def test_names_that_the_server_makes_up_never_clash(kubernetes: Engine, cluster: FakeCluster) -> None:
    inputs = {"metadata": {"generateName": "run-"}}
    cluster.failing = {"POST": 403}
    with pytest.raises(grpc.RpcError, match=r"could not create ConfigMap 'run': not now \(Failed\)"):
        kubernetes.create(CONFIG_MAP, "run", inputs)
    cluster.failing = {}
    ids = {kubernetes.create(CONFIG_MAP, "run", inputs).id for _ in range(2)}
    assert ids == {"default/run-1", "default/run-2"}
