"""What Dataproc fills in where a cluster's description is silent."""

from __future__ import annotations

from google.cloud import dataproc_v1 as dataproc

ZONE = "b"
"""The zone of a region in which automatic placement ends: there is hardly a region without it."""
ZONES = "https://www.googleapis.com/compute/v1/projects"
MASTERS, WORKERS = 1, 2
NO_WORKERS = "dataproc:dataproc.allow.zero.workers"


def complete_config(config: dataproc.ClusterConfig, project: str, region: str, bucket: str) -> None:
    """Fill in the staging bucket, the zone by its address, and how many machines there are.

    Source: https://cloud.google.com/dataproc/docs/reference/rest/v1/ClusterConfig and .../guides/single-node-clusters;
    gcloud reads the zone of every cluster.
    """
    config.config_bucket = config.config_bucket or bucket
    zone = config.gce_cluster_config.zone_uri or f"{region}-{ZONE}"
    config.gce_cluster_config.zone_uri = zone if "/" in zone else f"{ZONES}/{project}/zones/{zone}"
    config.master_config.num_instances = config.master_config.num_instances or MASTERS
    alone = config.software_config.properties.get(NO_WORKERS, "").lower() == "true"
    if not alone:
        config.worker_config.num_instances = config.worker_config.num_instances or WORKERS
