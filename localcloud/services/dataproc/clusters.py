"""Clusters: records with a Spark runtime behind them, which gets its driver with the first job."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from google.cloud import dataproc_v1 as dataproc
from google.longrunning.operations_pb2 import Operation
from google.protobuf.message import Message

from localcloud.services.common import GoogleError, page
from localcloud.services.dataproc.checks import CLUSTER_NAME, check_config, check_identifier
from localcloud.services.dataproc.defaults import complete_config
from localcloud.services.dataproc.drivers.conf import cluster_conf, cluster_variables, identity_of
from localcloud.services.dataproc.drivers.pool import DriverPool
from localcloud.services.dataproc.drivers.runtime import SparkRuntime
from localcloud.services.dataproc.drivers.staging import StagingBucket
from localcloud.services.dataproc.names import cluster_name, matches, parent_of
from localcloud.services.dataproc.store import Store
from localcloud.services.protobuf import now, update, wire

State = dataproc.ClusterStatus.State
LOCATION = "goog-dataproc-location"
WORKFLOW = "goog-dataproc-workflow-template-id"
OWN_LABELS = "goog-dataproc-"
"""What the labels that Dataproc itself sets begin with."""
UPDATABLE = (
    "labels",
    "config.worker_config.num_instances",
    "config.secondary_worker_config.num_instances",
    "config.autoscaling_config.policy_uri",
)
"""Source: google.cloud.dataproc.v1.UpdateClusterRequest.update_mask."""
ClusterRequest = dataproc.CreateClusterRequest | dataproc.UpdateClusterRequest | dataproc.DeleteClusterRequest


def key_of(cluster: dataproc.Cluster, region: str) -> str:
    return cluster_name(cluster.project_id, region, cluster.cluster_name)


class Clusters:
    """The clusters API, and for jobs and workflows the runtime of each cluster."""

    def __init__(self, drivers: DriverPool, store: Store) -> None:
        self.drivers = drivers
        self.store = store
        self.runtimes: dict[str, SparkRuntime] = {}
        for name, cluster in [(key_of(one, one.labels[LOCATION]), one) for one in store.clusters.list("")]:
            if WORKFLOW in cluster.labels:  # the workflow it was made for ended with the service
                store.clusters.delete(name)

    def make(self, region: str, cluster: dataproc.Cluster) -> dataproc.Cluster:
        """A running cluster of this description, with an identity of its own."""
        cluster.cluster_uuid = str(uuid.uuid4())
        complete_config(cluster.config, cluster.project_id, region, self._staging(cluster.project_id, region).name)
        cluster.status = dataproc.ClusterStatus(state=State.RUNNING, state_start_time=now())
        cluster.labels["goog-dataproc-cluster-name"] = cluster.cluster_name
        cluster.labels["goog-dataproc-cluster-uuid"] = cluster.cluster_uuid
        cluster.labels[LOCATION] = region
        return self.store.clusters.create(key_of(cluster, region), cluster)

    def _staging(self, project: str, region: str) -> StagingBucket:
        return StagingBucket(self.drivers.cloud, project, region)

    def remove(self, region: str, cluster: dataproc.Cluster) -> None:
        """Forget a cluster, if it is still there, and end its processes; its jobs and their output stay."""
        with self.store.lock:
            runtime = self.runtimes.pop(cluster.cluster_uuid, None)
            if self._is_there(cluster):
                self.store.clusters.delete(key_of(cluster, region))
        if runtime is not None:
            runtime.close()

    def _is_there(self, cluster: dataproc.Cluster) -> bool:
        """Whether this very cluster is, not another of its name."""
        stored = self.store.clusters.get(key_of(cluster, cluster.labels[LOCATION]))
        return stored is not None and stored.cluster_uuid == cluster.cluster_uuid

    def runtime(self, cluster: dataproc.Cluster) -> SparkRuntime:
        """The Spark of a cluster; a 404 if the cluster was deleted meanwhile."""
        with self.store.lock:
            if not self._is_there(cluster):
                name = key_of(cluster, cluster.labels[LOCATION])
                raise GoogleError(404, f"{name} was deleted", "notFound")
            if cluster.cluster_uuid not in self.runtimes:
                properties = dict(cluster.config.software_config.properties)
                self.runtimes[cluster.cluster_uuid] = SparkRuntime(
                    self.drivers,
                    cluster.cluster_uuid,
                    self._staging(cluster.project_id, cluster.labels[LOCATION]),
                    identity_of(cluster.config),
                    cluster_conf(properties),
                    cluster_variables(properties),
                )
            return self.runtimes[cluster.cluster_uuid]

    def find(self, project: str, region: str, name: str) -> dataproc.Cluster:
        """A running cluster by name, or a 404."""
        return self.store.clusters.require(cluster_name(project, region, name))

    def select(self, project: str, region: str, labels: dict[str, str]) -> dataproc.Cluster:
        """A running cluster that has all of these labels, or a 404."""
        for cluster in self.store.clusters.list(f"{parent_of(project, region)}/clusters/"):
            if labels.items() <= dict(cluster.labels).items():
                return cluster
        raise GoogleError(404, f"{parent_of(project, region)} has no cluster with the labels {labels}", "notFound")

    def create(self, request: dataproc.CreateClusterRequest) -> Operation:
        check_identifier("cluster.clusterName", request.cluster.cluster_name, CLUSTER_NAME)
        check_config("cluster.config", request.cluster.config)
        request.cluster.project_id = request.project_id

        def make() -> Operation:
            cluster = self.make(request.region, request.cluster)
            return self._operation(request.region, cluster, "CREATE", wire(cluster))

        return self._once("createCluster", request, make)

    def update(self, request: dataproc.UpdateClusterRequest) -> Operation:
        """Change a cluster's record. There is one driver however many workers it has."""

        def make() -> Operation:
            cluster = self.find(request.project_id, request.region, request.cluster_name)
            own = {name: value for name, value in cluster.labels.items() if name.startswith(OWN_LABELS)}
            update(cluster, request.cluster, request.update_mask, UPDATABLE)
            cluster.labels.update(own)
            self.store.clusters.put(key_of(cluster, request.region), cluster)
            return self._operation(request.region, cluster, "UPDATE", wire(cluster))

        with self.store.lock:
            return self._once("updateCluster", request, make)

    def get(self, request: dataproc.GetClusterRequest) -> dataproc.Cluster:
        return self.find(request.project_id, request.region, request.cluster_name)

    def list(self, request: dataproc.ListClustersRequest) -> dataproc.ListClustersResponse:
        prefix = f"{parent_of(request.project_id, request.region)}/clusters/"
        found = [one for one in self.store.clusters.list(prefix) if _fits(one, request.filter)]
        clusters, token = page(found, request.page_size, request.page_token)
        return dataproc.ListClustersResponse(clusters=clusters, next_page_token=token)

    def delete(self, request: dataproc.DeleteClusterRequest) -> Operation:
        def make() -> Operation:
            cluster = self.find(request.project_id, request.region, request.cluster_name)
            if request.cluster_uuid and request.cluster_uuid != cluster.cluster_uuid:
                message = f"no cluster {request.cluster_name} with uuid {request.cluster_uuid}"
                raise GoogleError(404, message, "notFound")
            self.remove(request.region, cluster)
            return self._operation(request.region, cluster, "DELETE", None)

        return self._once("deleteCluster", request, make)

    def _once(self, method: str, request: ClusterRequest, make: Callable[[], Operation]) -> Operation:
        """What `make` gives, or gave when this request id was first seen."""
        key = request.request_id and f"{method}/{request.project_id}/{request.region}/{request.request_id}"
        return self.store.operations.messages.require(self.store.once(key, lambda: make().name))

    def _operation(self, region: str, cluster: dataproc.Cluster, kind: str, response: Message | None) -> Operation:
        """The operation of something that is done already."""
        metadata = dataproc.ClusterOperationMetadata(
            cluster_name=cluster.cluster_name,
            cluster_uuid=cluster.cluster_uuid,
            operation_type=kind,
            status=dataproc.ClusterOperationStatus(
                state=dataproc.ClusterOperationStatus.State.DONE, state_start_time=now()
            ),
        )
        operation = self.store.operations.start(parent_of(cluster.project_id, region), wire(metadata))
        return self.store.operations.finish(operation.name, wire(metadata), response)

    def close(self) -> None:
        """End every driver at once."""
        for runtime in list(self.runtimes.values()):  # requests and jobs still go on
            runtime.close(at_once=True)


def _fits(cluster: dataproc.Cluster, filter_text: str) -> bool:
    state = State(cluster.status.state)
    told = "ACTIVE" if state == State.RUNNING else state.name  # what Dataproc calls a cluster that can take jobs
    return matches(filter_text, {"clusterName": cluster.cluster_name, "status.state": told}, cluster.labels)
