"""The kubernetes provider against a small API server over TLS, with a credential plugin."""

from __future__ import annotations

import base64
import json
import threading
from concurrent import futures
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.protobuf import empty_pb2
from grpc_status import rpc_status
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2

from localcloud.providers.kubernetes import await_ready
from localcloud.providers.kubernetes.client import KubernetesClient
from localcloud.providers.values import UNKNOWN, Secret, decode, encode
from localcloud.providers.waiting import Patience
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.fake_kubernetes import FakeCluster, serve

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
CONTAINER = {"name": "main", "image": "serving:1", "ports": [{"containerPort": 8080}]}


def deployment(**changes: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "serving"}}, "spec": {"containers": [{**CONTAINER, **changes}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "serving"}}, "template": template}
    return {"metadata": {"name": "serving"}, "spec": spec}


@pytest.fixture
def engine(kubernetes: Engine) -> Engine:
    return kubernetes


BAD: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        DEPLOYMENT,
        deployment(imagee="x"),
        {"spec.template.spec.containers[0].imagee": 'unknown property; did you mean "image"?'},
    ),
    (
        DEPLOYMENT,
        deployment(ports=[{"containerPort": "8080"}]),
        {"spec.template.spec.containers[0].ports[0].containerPort": 'expected integer, got string "8080"'},
    ),
    (
        SERVICE,
        {"spec": {"type": "LoadBalencer", "ports": [{"port": 80}]}},
        {
            "spec.type": 'expected one of "ExternalName", "ClusterIP", "NodePort", "LoadBalancer", '
            'got string "LoadBalencer"; did you mean "LoadBalancer"?'
        },
    ),
    (
        SERVICE,
        {"spec": {"ports": [{"port": 80, "targetPort": True}]}},
        {"spec.ports[0].targetPort": "expected integer or string, got boolean true"},
    ),
    (
        "kubernetes:policy/v1:PodDisruptionBudget",
        {"metadata": {"name": "x", "labels": {"app": 1}}},
        {"metadata.labels.app": "expected string, got number 1"},
    ),
]


@pytest.mark.parametrize(
    ("token", "inputs", "expected"), BAD, ids=lambda value: value if isinstance(value, str) else None
)
def test_bad_object_is_refused_with_its_path(
    engine: Engine, token: str, inputs: dict[str, Any], expected: dict[str, str]
) -> None:
    assert engine.check(token, "x", inputs)[1] == expected


def test_schema_of_kubernetes_is_checked_when_all_is_known(engine: Engine) -> None:
    incomplete = deployment()
    del incomplete["spec"]["template"]["spec"]
    incomplete["spec"]["template"]["spec"] = {
        "containers": [
            {"name": "x", "resources": {"limits": {"cpu": "1"}}, "lifecycle": {"preStop": {"httpGet": {"path": "/"}}}}
        ]
    }
    failures = engine.check(DEPLOYMENT, "x", incomplete)[1]
    assert failures == {"spec.template.spec.containers[0].lifecycle.preStop.httpGet.port": "missing required property"}
    incomplete["spec"]["template"]["spec"]["containers"][0]["image"] = UNKNOWN
    incomplete["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = UNKNOWN
    assert engine.check(DEPLOYMENT, "x", incomplete)[1] == {}


def test_lists_and_patches_are_refused(engine: Engine) -> None:
    for token in ("kubernetes:core/v1:PodList", "kubernetes:core/v1:ConfigMapPatch", "kubernetes:helm.sh/v3:Release"):
        with pytest.raises(grpc.RpcError, match="is not available on the local cloud: only single objects are"):
            engine.check(token, "x", {})


def test_names_and_namespaces_are_filled_in_and_kept(engine: Engine, kubernetes_port: int) -> None:
    first = engine.checked(CONFIG_MAP, "Settings", {"data": {"a": "1"}})
    assert first["metadata"]["name"].startswith("settings-")
    assert first["metadata"]["namespace"] == "default"
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert engine.checked(CONFIG_MAP, "Settings", {"data": {"a": "2"}}, first)["metadata"] == first["metadata"]
    other = Engine(kubernetes_port)
    other.configure(namespace="serving")
    assert other.checked(CONFIG_MAP, "x", {})["metadata"]["namespace"] == "serving"
    assert "namespace" not in other.checked("kubernetes:core/v1:Namespace", "x", {})["metadata"]
    assert engine.checked(CONFIG_MAP, "y", {})["metadata"]["namespace"] == "default"


def test_deployment_is_awaited_and_patched(engine: Engine, cluster: FakeCluster) -> None:
    state = engine.create(DEPLOYMENT, "serving", deployment())
    assert state.id == "default/serving"
    assert state.outputs is not None
    assert state.outputs["status"]["availableReplicas"] == 2
    assert "managedFields" not in state.outputs["metadata"]
    assert engine.diff(state, deployment()).changes == provider_pb2.DiffResponse.DIFF_NONE
    wanted = deployment(image="serving:2")
    answer = engine.diff(state, wanted)
    assert list(answer.detailedDiff) == ["spec.template.spec.containers[0].image"]
    assert list(answer.replaces) == []
    changed = engine.update(state, wanted)
    path = "/apis/apps/v1/namespaces/default/deployments/serving"
    patches = [body for method, asked, body in cluster.asked if (method, asked) == ("PATCH", path)]
    assert list(patches[0]["spec"]) == ["template"]
    engine.delete(changed)
    assert cluster.objects == {}
    engine.delete(changed)
    assert engine.read(changed).id == ""


def test_what_forces_replacement(engine: Engine) -> None:
    state = engine.create(CONFIG_MAP, "settings", {"metadata": {"name": "settings"}, "data": {"a": "1"}})
    answer = engine.diff(state, {"metadata": {"name": "settings"}, "data": {"a": "2"}})
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["data"], True)
    state = engine.create(DEPLOYMENT, "serving", deployment())
    moved = {**deployment(), "metadata": {"name": "serving", "namespace": "other"}}
    answer = engine.diff(state, moved)
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["metadata"], False)
    answer = engine.diff(state, {**deployment(), "metadata": {"name": "serving", "labels": {"a": "b"}}})
    assert (list(answer.diffs), list(answer.replaces)) == (["metadata"], [])


def test_failed_rollout_is_an_initialization_failure(engine: Engine, cluster: FakeCluster) -> None:
    cluster.looks = -1
    with pytest.raises(grpc.RpcError) as caught:
        engine.create(DEPLOYMENT, "serving", deployment())
    status = rpc_status.from_call(caught.value)
    assert status is not None
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "default/serving"
    assert list(detail.reasons) == [
        "Deployment 'default/serving': rollout failed: ReplicaSet has timed out progressing",
        "pod serving-1, container main: CrashLoopBackOff exit code 1",
    ]
    assert decode(detail.properties)["spec"]["replicas"] == 2


def test_rollout_that_takes_too_long_says_what_it_waits_for(engine: Engine, cluster: FakeCluster) -> None:
    cluster.looks = 1_000_000
    slow = deployment()
    slow["metadata"]["annotations"] = {"pulumi.com/timeoutSeconds": "0.3"}
    with pytest.raises(grpc.RpcError, match=r"not ready within 0\.3 s: 0 of 2 replicas available"):
        engine.create(DEPLOYMENT, "serving", slow)


def test_load_balancer_is_awaited(engine: Engine) -> None:
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "selector": {"app": "serving"}}
    state = engine.create(SERVICE, "serving", {"metadata": {"name": "serving"}, "spec": spec})
    assert state.outputs is not None
    assert state.outputs["status"]["loadBalancer"]["ingress"] == [{"ip": "127.30.0.9"}]


def test_object_that_exists_already(engine: Engine, cluster: FakeCluster) -> None:
    inputs = {"metadata": {"name": "settings"}}
    engine.create(CONFIG_MAP, "other", inputs)
    with pytest.raises(
        grpc.RpcError, match="ConfigMap 'default/settings' exists already; choose another name, or adopt it"
    ):
        engine.create(CONFIG_MAP, "settings", inputs)


def test_secrets_stay_secret(engine: Engine, cluster: FakeCluster) -> None:
    state = engine.create(SECRET, "key", {"metadata": {"name": "key"}, "stringData": {"key": Secret("hidden")}})
    assert state.outputs is not None
    assert state.outputs["stringData"] == {"key": Secret("hidden")}
    assert cluster.objects["/api/v1/namespaces/default/secrets/key"]["stringData"] == {"key": "hidden"}
    state = engine.create(SECRET, "plain", {"metadata": {"name": "plain"}, "data": {"key": "aGlkZGVu"}})
    assert state.outputs is not None
    assert state.outputs["data"] == Secret({"key": "aGlkZGVu"})


def test_progress_is_logged_to_the_engine(engine: Engine) -> None:
    messages: list[str] = []

    class Log(engine_pb2_grpc.EngineServicer):
        def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
            messages.append(f"{request.urn.rsplit('::', 1)[-1]}: {request.message}")
            return empty_pb2.Empty()

    server = grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(Log(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    engine.stub.Attach(plugin_pb2.PluginAttach(address=f"127.0.0.1:{port}"))
    engine.create(DEPLOYMENT, "serving", deployment())
    server.stop(None).wait()
    assert messages == ["serving: waiting for the rollout to begin", "serving: 0 of 2 replicas available"]


def test_unknown_kubeconfig_is_fine_in_a_preview_only(kubernetes_port: int) -> None:
    engine = Engine(kubernetes_port)
    engine.configure(kubeconfig=UNKNOWN)
    assert engine.preview(DEPLOYMENT, "serving", deployment())["status"] is UNKNOWN
    with pytest.raises(grpc.RpcError, match="the provider's kubeconfig is not known yet"):
        engine.create(DEPLOYMENT, "serving", deployment())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "no cluster: make a kubernetes.Provider with a kubeconfig"),
        ({"kubeconfig": "/nowhere/config"}, "kubeconfig: cannot read '/nowhere/config': No such file or directory"),
        ({"kubeconfig": "a: 1\nb: 2"}, "kubeconfig: not a kubeconfig's contents or path"),
    ],
)
def test_unusable_kubeconfig_is_one_clear_line(kubernetes_port: int, settings: dict[str, str], message: str) -> None:
    engine = Engine(kubernetes_port)
    engine.configure(**settings)
    with pytest.raises(grpc.RpcError, match=message):
        engine.create(CONFIG_MAP, "x", {})


def test_clusters_elsewhere_are_never_touched(kubernetes_port: int, kubeconfig: str) -> None:
    engine = Engine(kubernetes_port)
    document = json.loads(kubeconfig)
    document["clusters"][0]["cluster"]["server"] = "https://192.0.2.1"
    engine.configure(kubeconfig=json.dumps(document))
    with pytest.raises(grpc.RpcError, match="is not on this machine; the local cloud serves local clusters only"):
        engine.create(CONFIG_MAP, "x", {})


def test_another_cluster_replaces_the_provider(engine: Engine, kubeconfig: str) -> None:
    document = json.loads(kubeconfig)
    document["users"][0]["user"] = {"token": "other"}
    request = {"old_inputs": encode({"kubeconfig": kubeconfig})}
    answer = engine.stub.DiffConfig(
        provider_pb2.DiffRequest(news=encode({"kubeconfig": json.dumps(document)}), **request)
    )
    assert list(answer.replaces) == []
    place = document["clusters"][0]["cluster"]
    another = {"certificate-authority-data": base64.b64encode(b"another authority").decode()}
    for change in ({"server": "https://127.0.0.1:1"}, another):
        document["clusters"][0]["cluster"] = {**place, **change}
        answer = engine.stub.DiffConfig(
            provider_pb2.DiffRequest(news=encode({"kubeconfig": json.dumps(document)}), **request)
        )
        assert list(answer.replaces) == ["kubeconfig"]


def test_objects_are_gone_with_their_cluster(
    kubernetes_port: int, cluster: FakeCluster, kubeconfig: str, tmp_path: Path
) -> None:
    """At once if another cluster has its address, else when the user says so."""
    engine = Engine(kubernetes_port)
    engine.configure(kubeconfig=Secret(kubeconfig))
    state = engine.create(CONFIG_MAP, "settings", {"metadata": {"name": "settings"}})
    other = FakeCluster()
    (tmp_path / "other").mkdir()
    server = serve(other, tmp_path / "other")
    moved = kubeconfig.replace(f":{cluster.port}", f":{other.port}")
    engine.configure(kubeconfig=Secret(moved))
    engine.delete(state)
    assert other.asked == []
    server.shutdown()
    server.server_close()
    with pytest.raises(grpc.RpcError, match="if it is gone for good, set deleteUnreachable"):
        engine.delete(state)
    engine.configure(kubeconfig=Secret(moved), deleteUnreachable="true")
    engine.delete(state)
    engine.channel.close()


def test_a_deletion_that_takes_long_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        looks = 0

        def find(self, path: str) -> dict[str, Any] | None:
            self.looks += 1
            return {} if self.looks < 4 else None

    monkeypatch.setattr(await_ready, "POLL_S", 0)
    told: list[str] = []
    await_ready.wait_gone(cast(KubernetesClient, Client()), "/x", Patience(60, threading.Event(), told.append))
    assert told == ["waiting until it is gone"]
