"""What a cluster has that its description does not say."""

from __future__ import annotations

from google.cloud import dataproc_v1 as dataproc

from localcloud.services.dataproc.defaults import NO_WORKERS, complete_config

ZONES = "https://www.googleapis.com/compute/v1/projects/p/zones"


def test_what_is_not_said_is_filled_in() -> None:
    config = dataproc.ClusterConfig()
    complete_config(config, "p", "europe-west1", "staging")
    assert (config.config_bucket, config.gce_cluster_config.zone_uri) == ("staging", f"{ZONES}/europe-west1-b")
    assert (config.master_config.num_instances, config.worker_config.num_instances) == (1, 2)


def test_what_is_said_stays() -> None:
    config = dataproc.ClusterConfig(
        config_bucket="mine",
        gce_cluster_config={"zone_uri": "europe-west1-d"},
        master_config={"num_instances": 3},
        worker_config={"num_instances": 5},
    )
    complete_config(config, "p", "europe-west1", "staging")
    assert (config.config_bucket, config.gce_cluster_config.zone_uri) == ("mine", f"{ZONES}/europe-west1-d")
    assert (config.master_config.num_instances, config.worker_config.num_instances) == (3, 5)
    complete_config(config, "p", "europe-west1", "staging")
    assert config.gce_cluster_config.zone_uri == f"{ZONES}/europe-west1-d"


def test_a_single_node_has_no_workers() -> None:
    config = dataproc.ClusterConfig(software_config={"properties": {NO_WORKERS: "true"}})
    complete_config(config, "p", "europe-west1", "staging")
    assert config.worker_config.num_instances == 0
