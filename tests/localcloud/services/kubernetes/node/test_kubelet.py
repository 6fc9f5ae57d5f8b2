"""The node's agent: which pods it runs, and that the end of one does not hang on another's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from localcloud.services.kubernetes.node.pod import PodRunner
from tests.localcloud.services.kubernetes.bodies import shell
from tests.localcloud.services.kubernetes.in_process import InProcess


def test_one_pod_that_cannot_be_ended_does_not_keep_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def stop(runner: PodRunner, grace: float) -> None:
        name = runner.pod()["metadata"]["name"]
        if name == "broken":
            raise OSError("no such thing")
        ended.append(name)

    async def scenario() -> None:
        cluster = InProcess(tmp_path)
        for name in ("one", "broken", "two"):
            body = shell(name, "true")
            body["spec"]["nodeName"] = "n"
            cluster.create("pods", body)
        kubelet = cluster.runtime.kubelet
        kubelet.start()
        assert len(kubelet.runners) == 3
        monkeypatch.setattr(PodRunner, "stop", stop)
        await kubelet.shutdown(0.0)
        assert sorted(ended) == ["one", "two"]
        assert kubelet.runners == {}

    asyncio.run(scenario())


def test_only_pods_that_have_a_node_and_are_not_done_are_run(tmp_path: Path) -> None:
    async def scenario() -> None:
        cluster = InProcess(tmp_path)
        for name, node in (("waits", ""), ("done", "n"), ("runs", "n")):
            body = shell(name, "true")
            body["spec"] |= {"nodeName": node} if node else {}
            cluster.create("pods", body)
        cluster.set_status("pods", "done", phase="Succeeded")
        kubelet = cluster.runtime.kubelet
        kubelet.start()
        assert [runner.pod()["metadata"]["name"] for runner in kubelet.runners.values()] == ["runs"]
        cluster.store.modify("pods", "default", "waits", lambda pod: pod["spec"].update(nodeName="n"))
        await asyncio.sleep(0)  # a pod is considered after the write that gave it to the node
        assert len(kubelet.runners) == 2
        await kubelet.shutdown(0.0)

    asyncio.run(scenario())
