"""How a container is started again, watched and ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from kubernetes import client

from localcloud.services.kubernetes.api.store import Change
from localcloud.services.kubernetes.node import container as containers
from tests.localcloud.services.kubernetes.bodies import UNLESS_SICK, exec_action, scratch, shell
from tests.localcloud.services.kubernetes.harness import existing, wait
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, container_of, is_ready, until_deleted
from tests.waiting import PATIENCE_S

MANY = 1100  # 2.0 to the power of 1024 is more than a float holds


def test_restart_policies_and_previous_logs(kube: Kube, namespace: str) -> None:
    kube.start(namespace, shell("never", "exit 4"))
    kube.start(namespace, shell("crashes", "echo I; exit 1", "OnFailure"))
    status = existing(kube.phase(namespace, "never", "Failed").container_statuses)[0]
    assert (existing(existing(status.state).terminated).exit_code, status.restart_count) == (4, 0)

    def looping() -> client.V1ContainerStateWaiting | None:
        status = container_of(kube.pod(namespace, "crashes"))
        return existing(status.state).waiting if status and status.restart_count >= 1 else None

    assert wait(looping, "a crash loop").reason == "CrashLoopBackOff"
    assert kube.log(namespace, "crashes", previous=True) == "I\n"
    assert kube.events(namespace, "BackOff")


def test_liveness_restarts_a_container(kube: Kube, namespace: str) -> None:
    kube.start(namespace, scratch("lives", "touch sick; sleep 600", livenessProbe=UNLESS_SICK))
    ended = existing(kube.restarted(namespace, "lives").last_state).terminated
    assert existing(ended).signal == 15
    assert any(message.startswith("Liveness probe failed") for message in kube.events(namespace, "Unhealthy"))


def test_a_sick_container_is_ended_once(kube: Kube, namespace: str) -> None:
    script = "if [ -e scratch/ended ]; then cat scratch/ended; else touch sick; fi; sleep 600"
    hook = {"preStop": exec_action("echo once >> scratch/ended; sleep 2")}  # the probe fails again meanwhile
    kube.start(namespace, scratch("slow-end", script, livenessProbe=UNLESS_SICK, lifecycle=hook, grace=60))
    kube.event(namespace, "Killing")

    def second_start() -> str:
        status = existing(container_of(kube.pods(namespace, "slow-end")[0]))
        return kube.log(namespace, "slow-end") if status.restart_count else ""

    assert wait(second_start, "the container is started again") == "once\n"


def test_end_of_a_pod_prestop_then_sigterm_then_sigkill(kube: Kube, namespace: str) -> None:
    script = "trap 'cat scratch/hook; echo got TERM' TERM; echo up; while true; do sleep 0.1; done"
    hook = {"preStop": exec_action("echo prestop > scratch/hook")}
    kube.start(namespace, scratch("stubborn", script, lifecycle=hook))
    kube.ready(namespace, 1, "stubborn")
    chunks = kube.follow(namespace, "stubborn")
    text = next(chunks)
    listed = kube.core.list_namespaced_pod
    start = existing(existing(listed(namespace).metadata).resource_version)
    kube.core.delete_namespaced_pod("stubborn", namespace, grace_period_seconds=3)
    assert text + b"".join(chunks) == b"up\nprestop\ngot TERM\n"
    seen = until_deleted(listed, namespace, start)
    assert [kind for kind, _ in seen].index("DELETED") == len(seen) - 1
    assert not any(is_ready(entry) for kind, entry in seen[1:])
    assert kube.pods(namespace, "stubborn") == []


def test_a_pre_stop_that_cannot_be_executed_does_not_keep_a_pod(kube: Kube, namespace: str) -> None:
    script = "echo '#!/nowhere' > scratch/hook; chmod +x scratch/hook; echo up; exec sleep 600"
    hook = {"preStop": {"exec": {"command": ["/app/scratch/hook"]}}}
    kube.start(namespace, scratch("broken-hook", script, lifecycle=hook))
    kube.ready(namespace, 1, "broken-hook")
    next(kube.follow(namespace, "broken-hook"))
    kube.core.delete_namespaced_pod("broken-hook", namespace)
    wait(lambda: kube.pods(namespace, "broken-hook") == [], "the pod is gone")
    assert "No such file or directory" in kube.events(namespace, "FailedPreStopHook")[0]


def test_a_container_backs_off_for_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LONGEST_BACKOFF_SECONDS", 0.0)

    async def scenario() -> None:
        cluster, enough = InProcess(tmp_path), asyncio.Event()
        spec = {"nodeName": "one", "containers": [{"name": "main", "image": "nowhere/missing:1"}]}
        cluster.create("pods", {"metadata": {"name": "stuck"}, "spec": spec})

        def look(change: Change) -> None:
            if change.resource == "events" and change.object["count"] > MANY:
                enough.set()

        cluster.store.subscribe(look)
        cluster.runtime.kubelet.start()
        await asyncio.wait_for(enough.wait(), PATIENCE_S)
        status = cluster.store.require("pods", "default", "stuck")["status"]["containerStatuses"][0]
        assert status["state"]["waiting"]["reason"] in {"ErrImagePull", "ImagePullBackOff"}
        await cluster.runtime.kubelet.shutdown(0.0)

    asyncio.run(scenario())
