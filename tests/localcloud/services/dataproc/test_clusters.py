"""Clusters and what becomes of their drivers."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import dataproc_v1 as dataproc

from localcloud.services.common import GoogleError
from localcloud.services.dataproc.clusters import LOCATION, WORKFLOW, Clusters
from tests.localcloud.services.dataproc.parts import CLUSTER, PLACE, PROJECT, REGION, Parts


def test_a_deleted_cluster_takes_its_running_job_with_it_and_keeps_no_driver(parts: Parts) -> None:
    parts.pool.on_run = parts.delete_cluster
    parts.create_cluster()

    operation = parts.finished(parts.submit())

    assert operation.error.message == "driver lost"
    assert parts.pool.leaked() == parts.pool.given == []


def test_an_idle_clusters_driver_goes_to_the_next_when_it_is_deleted(parts: Parts) -> None:
    parts.create_cluster()
    parts.finished(parts.submit())

    parts.delete_cluster()

    assert parts.pool.given == parts.pool.taken
    assert len(parts.pool.given) == 1
    assert parts.pool.given[0].alive


def test_clusters_are_found_by_name_labels_and_filter(parts: Parts) -> None:
    parts.create_cluster(pool="shared", owner="roads")
    clusters = parts.clusters
    assert clusters.find(PROJECT, REGION, CLUSTER).status.state == dataproc.ClusterStatus.State.RUNNING
    assert clusters.select(PROJECT, REGION, {"pool": "shared"}).cluster_name == CLUSTER
    with pytest.raises(GoogleError, match="has no cluster with the labels") as refused:
        clusters.select(PROJECT, REGION, {"pool": "shared", "owner": "maps"})
    assert refused.value.code == 404
    for text, found in (("status.state = ACTIVE", [CLUSTER]), ("labels.owner = maps", []), ("clusterName = x", [])):
        listed = clusters.list(dataproc.ListClustersRequest(filter=text, **PLACE))
        assert [one.cluster_name for one in listed.clusters] == found


def test_a_cluster_is_deleted_by_its_own_uuid_only(parts: Parts) -> None:
    parts.create_cluster()
    with pytest.raises(GoogleError, match="no cluster mining with uuid other"):
        parts.clusters.delete(dataproc.DeleteClusterRequest(cluster_name=CLUSTER, cluster_uuid="other", **PLACE))
    assert parts.cluster_names() == [CLUSTER]


def test_a_restart_forgets_the_clusters_of_workflows(parts: Parts) -> None:
    parts.create_cluster()
    workflows = dataproc.Cluster(project_id=PROJECT, cluster_name="its-own", labels={WORKFLOW: "nightly"})
    parts.clusters.make(REGION, workflows)
    Clusters(parts.clusters.drivers, parts.store)
    assert parts.cluster_names() == [CLUSTER]


def changed(parts: Parts, *paths: str, **fields: Any) -> dataproc.Cluster:
    """The cluster after an update with this mask and these changes."""
    changes = {"update_mask": {"paths": paths}, "cluster": {"cluster_name": CLUSTER, **fields}}
    parts.clusters.update(dataproc.UpdateClusterRequest(cluster_name=CLUSTER, **changes, **PLACE))
    return parts.clusters.find(PROJECT, REGION, CLUSTER)


def test_only_what_an_updates_mask_names_changes(parts: Parts) -> None:
    parts.create_cluster(pool="shared")
    policy = {"policy_uri": "projects/p/regions/r/autoscalingPolicies/small"}
    workers = {"worker_config": {"num_instances": 3, "machine_type_uri": "n2-standard-4"}}
    mask = ("config.worker_config.num_instances", "config.autoscaling_config.policy_uri")

    config = changed(parts, *mask, labels={}, config={**workers, "autoscaling_config": policy}).config

    assert (config.worker_config.num_instances, config.worker_config.machine_type_uri) == (3, "")
    assert config.autoscaling_config.policy_uri == policy["policy_uri"]
    assert parts.clusters.select(PROJECT, REGION, {"pool": "shared"}).cluster_name == CLUSTER
    assert changed(parts, "config.autoscaling_config.policy_uri").config.autoscaling_config.policy_uri == ""


def test_an_update_changes_no_label_of_dataprocs_own(parts: Parts) -> None:
    parts.create_cluster(pool="shared", owner="roads")
    labels = changed(parts, "labels", labels={"pool": "mine", LOCATION: "nowhere"}).labels
    assert {name: value for name, value in labels.items() if not name.startswith("goog-")} == {"pool": "mine"}
    assert labels[LOCATION] == REGION


@pytest.mark.parametrize("paths", [["config.worker_config.machine_type_uri"], ["config"], ["labels.pool"], ["x"], []])
def test_what_dataproc_updates_not_is_refused(parts: Parts, paths: list[str]) -> None:
    parts.create_cluster()
    with pytest.raises(GoogleError, match="updateMask: ") as refused:
        changed(parts, *paths)
    assert refused.value.code == 400


def test_a_request_id_deletes_once(parts: Parts) -> None:
    parts.create_cluster()
    request = dataproc.DeleteClusterRequest(cluster_name=CLUSTER, request_id="r", **PLACE)
    first = parts.clusters.delete(request)
    parts.create_cluster()
    assert parts.clusters.delete(request).name == first.name
    assert parts.cluster_names() == [CLUSTER]
