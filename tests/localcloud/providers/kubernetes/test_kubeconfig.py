"""Which kubeconfigs are of use."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import grpc
import pytest

from localcloud.providers.errors import ProviderError
from localcloud.providers.kubernetes.kubeconfig import Cluster, read_kubeconfig
from tests.localcloud.providers.engine import Engine
from tests.localcloud.providers.kubernetes.objects import CONFIG_MAP


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "no cluster: make a kubernetes.Provider with a kubeconfig"),
        ({"kubeconfig": "/nowhere/config"}, "kubeconfig: cannot read '/nowhere/config': No such file or directory"),
        ({"kubeconfig": "a: 1\nb: 2"}, "kubeconfig: not a kubeconfig's contents or path"),
    ],
)
def test_unusable_kubeconfig_is_one_clear_line(kubernetes_port: int, settings: dict[str, str], message: str) -> None:
    kubernetes = Engine(kubernetes_port)
    kubernetes.configure(**settings)
    with pytest.raises(grpc.RpcError, match=message):
        kubernetes.create(CONFIG_MAP, "x", {})


def test_clusters_elsewhere_are_never_touched(kubernetes_port: int, kubeconfig: str) -> None:
    kubernetes = Engine(kubernetes_port)
    document = json.loads(kubeconfig)
    document["clusters"][0]["cluster"]["server"] = "https://192.0.2.1"
    kubernetes.configure(kubeconfig=json.dumps(document))
    with pytest.raises(grpc.RpcError, match="is not on this machine; the local cloud serves local clusters only"):
        kubernetes.create(CONFIG_MAP, "x", {})


def kubeconfig_with(server: str = "https://127.0.0.1:6443", **cluster: str) -> str:
    document = {
        "current-context": "c",
        "clusters": [
            {"name": "c", "cluster": {"server": server, **cluster}},
            {"name": "d", "cluster": {"server": server}},
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "u"}} for name in ("c", "d")],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    return json.dumps(document)


def test_a_kubeconfig_is_its_contents_or_a_files_path(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(kubeconfig_with("https://localhost:6443/"))
    read = read_kubeconfig(str(tmp_path / "config"))
    assert (read.server, read.token()) == ("https://localhost:6443", "t")
    (tmp_path / "ca").write_text("certificate")
    chosen = read_kubeconfig(kubeconfig_with(**{"certificate-authority": str(tmp_path / "ca")}))
    assert chosen.authority == "certificate"
    assert read_kubeconfig(kubeconfig_with(), "d").authority is None
    with pytest.raises(ProviderError, match="kubeconfig: cannot read '/nowhere/ca': No such file or directory"):
        read_kubeconfig(kubeconfig_with(**{"certificate-authority": "/nowhere/ca"}))
    with pytest.raises(ProviderError, match="certificate-authority-data is not base64 of a certificate"):
        read_kubeconfig(kubeconfig_with(**{"certificate-authority-data": "?"}))


@pytest.mark.parametrize("server", ["https://127.9.9.9", "https://[::1]:6443", "http://localhost"])
def test_a_cluster_on_this_machine_is_used(server: str) -> None:
    assert read_kubeconfig(kubeconfig_with(server)).server == server


@pytest.mark.parametrize(
    "server", ["https://10.0.0.1", "https://localhost.example.com", "https://0.0.0.0", "file:///x"]
)
def test_a_cluster_elsewhere_is_not(server: str) -> None:
    with pytest.raises(ProviderError, match="is not on this machine"):
        read_kubeconfig(kubeconfig_with(server))


def cluster_with_plugin(script: str, command: str = sys.executable) -> Cluster:
    plugin = {"command": command, "args": ["-c", script], "env": [{"name": "EXPIRES", "value": "2099-01-01T00:00:00Z"}]}
    return Cluster("https://127.0.0.1", None, {"exec": plugin}, {"OWN": "mine"})


PRINTS_A_TOKEN = """
import json, os, pathlib
calls = pathlib.Path({calls!r})
calls.write_text((calls.read_text() if calls.exists() else "") + "x")
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
assert info["kind"] == "ExecCredential" and os.environ["OWN"] == "mine"
status = {{"token": f"token-{{len(calls.read_text())}}", "expirationTimestamp": {expires}}}
print(json.dumps({{**info, "status": status}}))
"""


@pytest.mark.parametrize(
    ("expires", "tokens"),
    [('os.environ["EXPIRES"]', ["token-1", "token-1"]), ('"2020-01-01T00:00:00Z"', ["token-1", "token-2"])],
)
def test_a_plugins_token_is_kept_until_it_expires(tmp_path: Path, expires: str, tokens: list[str]) -> None:
    cluster = cluster_with_plugin(PRINTS_A_TOKEN.format(calls=str(tmp_path / "calls"), expires=expires))
    assert [cluster.token(), cluster.token()] == tokens


@pytest.mark.parametrize(
    ("script", "command", "message"),
    [
        ("", "no-such-plugin", "credential plugin 'no-such-plugin' is not on the PATH"),
        ("echo not today >&2; exit 3", "sh", "credential plugin 'sh' failed: not today"),
        ("exit 3", "sh", "credential plugin 'sh' failed: exit code 3"),
        ("echo '{}'", "sh", "credential plugin 'sh' gave no ExecCredential"),
    ],
)
def test_a_plugin_that_fails_is_one_clear_line(script: str, command: str, message: str) -> None:
    with pytest.raises(ProviderError) as caught:
        cluster_with_plugin(script, command).token()
    assert str(caught.value) == f"kubeconfig: {message}"
