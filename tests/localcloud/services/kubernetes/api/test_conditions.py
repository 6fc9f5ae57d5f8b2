"""Conditions of objects, and owners."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.services.kubernetes.api import conditions
from localcloud.services.kubernetes.api.conditions import (
    controller_of,
    is_active,
    is_ready,
    owned_by,
    owner_reference,
    seconds_until_available,
    set_condition,
)
from localcloud.services.kubernetes.api.store import Store
from tests.localcloud.services.kubernetes.in_process import ready_pod


def test_a_condition_s_time_changes_with_its_status_only(monkeypatch: pytest.MonkeyPatch) -> None:
    status: dict[str, Any] = {}
    for stamp, value, reason in (("1", True, "A"), ("2", True, "B"), ("3", False, "")):
        monkeypatch.setattr(conditions, "now", lambda stamp=stamp: stamp)
        set_condition(status, "Ready", value, reason)
        if stamp == "2":
            expected = {"type": "Ready", "status": "True", "lastTransitionTime": "1", "reason": "B"}
            assert status["conditions"] == [expected]
    assert status["conditions"] == [{"type": "Ready", "status": "False", "lastTransitionTime": "3"}]


@pytest.mark.parametrize(("since", "wait"), [(0.0, 30.0), (20.0, 10.0), (30.0, 0.0), (99.0, 0.0)])
def test_a_pod_is_available_once_it_was_ready_for_long_enough(
    monkeypatch: pytest.MonkeyPatch, since: float, wait: float
) -> None:
    monkeypatch.setattr(conditions, "seconds_since", lambda stamp: since)
    pod = ready_pod("p", "127.0.0.2")
    assert seconds_until_available(pod, 30) == wait
    assert seconds_until_available(pod, 0) == 0.0
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert seconds_until_available(pod, 30) is None


def test_what_counts_as_a_replica() -> None:
    pod = ready_pod("p", "127.0.0.2")
    assert (is_active(pod), is_ready(pod)) == (True, True)
    assert not is_active({**pod, "status": {"phase": "Failed"}})
    assert not is_active({**pod, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
    assert not is_ready({**pod, "status": {}})


def test_one_owner_is_the_controller(store: Store) -> None:
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "r", "namespace": "default", "uid": "1"},
    }
    reference = owner_reference(owner)
    assert (reference["controller"], reference["blockOwnerDeletion"], reference["uid"]) == (True, True, "1")
    pod = ready_pod("p", "127.0.0.2")
    pod["metadata"]["ownerReferences"] = [{"uid": "2"}, reference]
    assert controller_of(pod) == reference
    store.create("pods", pod)
    store.create("pods", ready_pod("q", "127.0.0.3"))
    assert [entry["metadata"]["name"] for entry in owned_by(store, "pods", owner)] == ["p"]
