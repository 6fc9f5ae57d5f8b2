"""What goes with what: dependents with their owners, all of a namespace, pods with their node."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.controllers.garbage import GarbageCollector
from tests.localcloud.services.kubernetes.bodies import config_map, deployment, service
from tests.localcloud.services.kubernetes.harness import PARENT, Cloud, existing, wait
from tests.localcloud.services.kubernetes.in_process import InProcess
from tests.localcloud.services.kubernetes.kube import Kube, is_ready, names, until_deleted


def test_foreground_deletion_takes_the_pods_first(kube: Kube, namespace: str) -> None:
    kube.deploy(namespace, deployment())
    kube.rolled_out(namespace)
    listed = kube.apps.list_namespaced_deployment
    start = existing(existing(listed(namespace).metadata).resource_version)
    kube.apps.delete_namespaced_deployment("web", namespace, propagation_policy="Foreground")
    *before, (last, _) = until_deleted(listed, namespace, start)
    going = [(kind, entry.metadata.finalizers) for kind, entry in before if entry.metadata.deletion_timestamp]
    assert going[0] == ("MODIFIED", ["foregroundDeletion"])
    assert last == "DELETED"
    assert (kube.pods(namespace), kube.apps.list_namespaced_replica_set(namespace).items) == ([], [])


def test_a_new_namespace_has_its_service_account_and_takes_all_with_it(kube: Kube, namespace: str) -> None:
    name = f"{namespace}-2"[-60:].strip("-")
    kube.make_namespace(name)
    kube.expose(name, service())
    assert names(kube.core.list_namespaced_service(name).items) == ["web"]
    kube.core.delete_namespace(name)
    kube.gone(name)
    assert kube.core.list_namespaced_service(name).items == []
    assert names(kube.core.list_namespaced_service_account(namespace).items) == ["default"]


def test_pods_move_when_their_node_pool_is_deleted(cloud: Cloud, kube: Kube, namespace: str) -> None:
    extra = {"name": "extra", "config": {"labels": {"pool": "extra"}}}
    assert cloud.call("POST", f"{PARENT}/clusters/one/nodePools", {"nodePool": extra})["status"] == "DONE"
    body = deployment(replicas=1)
    term = {"weight": 10, "preference": {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["extra"]}]}}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}
    body["spec"]["template"]["spec"]["affinity"] = affinity
    kube.deploy(namespace, body)
    assert existing(kube.ready(namespace, 1)[0].spec).node_name == "gke-one-extra"
    cloud.call("DELETE", f"{PARENT}/clusters/one/nodePools/extra")

    def moved() -> bool:
        return [existing(pod.spec).node_name for pod in kube.pods(namespace) if is_ready(pod)] == ["gke-one-main"]

    wait(moved, "it has moved")


def own(cluster: InProcess, name: str, *owners: str) -> None:
    """A ConfigMap that belongs to others."""
    found = [cluster.store.require("configmaps", "default", owner) for owner in owners]
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}
        for obj in found
    ]
    body = config_map(name)
    body["metadata"]["ownerReferences"] = references
    cluster.create("configmaps", body)


def names_left(cluster: InProcess) -> list[str]:
    return [obj["metadata"]["name"] for obj in cluster.store.list("configmaps")]


@pytest.mark.parametrize(
    ("policy", "left"), [("Background", ["other", "shared"]), ("Orphan", ["other", "owned", "shared"])]
)
def test_dependents_go_unless_they_are_orphaned_or_have_another_owner(
    in_process: InProcess, policy: str, left: list[str]
) -> None:
    owner = in_process.create("configmaps", config_map("owner"))
    in_process.create("configmaps", config_map("other"))
    own(in_process, "owned", "owner")
    own(in_process, "shared", "owner", "other")
    in_process.send("DELETE", f"/api/v1/namespaces/default/configmaps/owner?propagationPolicy={policy}")
    GarbageCollector(in_process.cluster).reconcile("", owner["metadata"]["uid"])
    assert names_left(in_process) == left
    references = in_process.store.require("configmaps", "default", "shared")["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in references] == ["other"]


def test_an_owner_waits_for_the_dependents_that_block_its_foreground_deletion(in_process: InProcess) -> None:
    owner = in_process.create("configmaps", config_map("owner"))
    own(in_process, "owned", "owner")
    in_process.store.modify(
        "configmaps", "default", "owned",
        lambda obj: obj["metadata"]["ownerReferences"][0].update(blockOwnerDeletion=True),
    )  # fmt: skip
    owned = in_process.store.require("configmaps", "default", "owned")
    in_process.send("DELETE", "/api/v1/namespaces/default/configmaps/owner?propagationPolicy=Foreground")
    collector = GarbageCollector(in_process.cluster)
    for uid, left in ((owner["metadata"]["uid"], ["owned", "owner"]), (owned["metadata"]["uid"], ["owner"])):
        collector.reconcile("", uid)
        assert names_left(in_process) == left
    collector.reconcile("", owner["metadata"]["uid"])
    assert names_left(in_process) == []
