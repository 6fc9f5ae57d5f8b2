"""The subresources of pods: log and proxy, of real ones; which part of a log is asked for."""

from __future__ import annotations

import ast
import http.client
import json
import urllib.error
from typing import Any
from urllib.parse import urlencode

import pytest
from kubernetes import client

from tests.localcloud.services.kubernetes.bodies import deployment, pod, service, shell
from tests.localcloud.services.kubernetes.harness import existing, fetch
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, address_of, container_of, names, refusal


def test_logs(kube: Kube, namespace: str) -> None:
    kube.start(namespace, shell("talks", "for n in 1 2 3; do echo line $n; done; echo wrong >&2"))
    kube.phase(namespace, "talks", "Succeeded")
    assert kube.log(namespace, "talks") == "line 1\nline 2\nline 3\nwrong\n"
    assert kube.log(namespace, "talks", tail_lines=2) == "line 3\nwrong\n"
    assert kube.log(namespace, "talks", tail_lines=0) == ""
    assert kube.log(namespace, "talks", follow=True) == "line 1\nline 2\nline 3\nwrong\n"
    assert kube.log(namespace, "talks", limit_bytes=6) == "line 1"
    for wrong in ("container=other", "limitBytes=many", "tailLines=few"):
        assert kube.call("GET", f"/api/v1/namespaces/{namespace}/pods/talks/log?{wrong}")["code"] == 400


def test_a_followed_log_ends_with_its_container(kube: Kube, namespace: str) -> None:
    kube.start(namespace, pod("again"))
    address = address_of(kube.ready(namespace, 1, "again")[0])
    chunks = kube.follow(namespace, "again")
    text = next(chunks)
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        fetch(address, "/exit")
    assert (text + b"".join(chunks)).decode() == f"listening on {address}:8080\n"
    started_again = existing(container_of(kube.ready(namespace, 1, "again")[0]))
    assert started_again.restart_count == 1


def test_proxy_to_pods_and_services(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    kube.expose(namespace, service())
    found = kube.ready(namespace, 2)[0]
    own = names([found])[0]
    through = kube.core.connect_get_namespaced_pod_proxy_with_path
    answer = ast.literal_eval(through(f"{own}:8080", namespace, "v1/things"))  # the client reads JSON, and prints it
    assert (answer["path"], answer["env"]["POD_IP"]) == ("/v1/things", address_of(found))
    with kube.open("POST", f"/api/v1/namespaces/{namespace}/services/web:http/proxy/p", {"a": 1}) as posted:
        body = json.load(posted)
    assert posted.status == 201
    assert json.loads(body["received"]) == {"a": 1}
    assert "Authorization" not in body["headers"]
    root = f"/api/v1/namespaces/{namespace}/pods/{own}:8080/proxy"
    for asked, received in (("/a%20b/?q=%20", "/a%20b/?q=%20"), ("/a%2Fb", "/a/b"), ("/what%3F", "/what%3F")):
        assert kube.call("GET", root + asked)["path"] == received
    with pytest.raises(client.ApiException) as caught:
        kube.core.connect_get_namespaced_pod_proxy(f"{own}:9", namespace)
    assert refusal(caught)[0] == 503


@pytest.fixture
def talking(in_process: InProcess) -> InProcess:
    """A pod with the containers main, which was started twice, and silent, which was not yet."""
    body = shell("p", "true")
    body["spec"]["containers"].append({"name": "silent", "image": "i:1"})
    made = in_process.create("pods", body)
    folder = in_process.runtime.kubelet.logs / made["metadata"]["uid"] / "main"
    folder.mkdir(parents=True)
    (folder / "0.log").write_text("first\n")
    (folder / "1.log").write_text("one\ntwo\nthree")
    return in_process


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "one\ntwo\nthree"),
        ({"tailLines": "2"}, "two\nthree"),
        ({"tailLines": "9"}, "one\ntwo\nthree"),
        ({"tailLines": "1", "limitBytes": "2"}, "th"),
        ({"limitBytes": "0"}, ""),
        ({"previous": "true"}, "first\n"),
    ],
)
def test_parts_of_a_log(talking: InProcess, query: dict[str, str], text: str) -> None:
    path = f"/api/v1/namespaces/default/pods/p/log?{urlencode({'container': 'main', **query})}"
    assert talking.send("GET", path).text == text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "a container name must be specified, choose one of: main, silent"),
        ({"container": "other"}, "container other is not valid for pod p: main, silent"),
        ({"container": "silent"}, 'container "silent" in pod "p" is waiting to start'),
        ({"container": "main", "sinceSeconds": "1"}, "sinceSeconds is not supported"),
    ],
)
def test_logs_that_cannot_be_had(talking: InProcess, query: dict[str, str], message: str) -> None:
    answer: Any = talking.call("GET", f"/api/v1/namespaces/default/pods/p/log?{urlencode(query)}")
    assert (answer["code"], answer["message"][: len(message)]) == (400, message)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "Pod"}, 400),
        ([], 400),
        ({"metadata": {"name": "q"}}, 400),
        ({"deleteOptions": 3}, 400),
        ({"deleteOptions": {"preconditions": {"uid": "other"}}}, 409),
        ({"kind": "Eviction", "metadata": {"name": "p"}, "deleteOptions": {"dryRun": ["All"]}}, 201),
    ],
)
def test_what_is_no_eviction_evicts_nothing(in_process: InProcess, body: Any, code: int) -> None:
    in_process.create("pods", shell("p", "true"))
    assert in_process.call("POST", "/api/v1/namespaces/default/pods/p/eviction", body)["code"] == code
    assert in_process.store.get("pods", "default", "p")
