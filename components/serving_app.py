"""The serving service on Kubernetes: replicas with an identity, a Service, autoscaling and a disruption budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from typing_extensions import TypedDict

from components import load_scaling
from components.validation import check, check_range

NAMESPACE = "serving"
PORT = 8080
CACHE = "/cache"
"""Where a replica keeps what it serves from."""
SPREAD = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
TEMPORARY_SIZE = "256Mi"  # of /tmp
SPOT_TOLERATION = {
    "key": "cloud.google.com/gke-spot",
    "operator": "Equal",
    "value": "true",
    "effect": "NoSchedule",
}


class ServingAppSettings(TypedDict, total=False):
    """What an environment may set; the defaults are those of ServingAppArgs."""

    minimum_replicas: int
    maximum_replicas: int
    cpu: str
    memory: str
    cache_size: str
    target_load: float


@dataclass(kw_only=True)
class ServingAppArgs:
    """Arguments of ServingApp.

    provider: the Kubernetes provider of the cluster.
    image: the service's image.
    arguments: its command line; `$(POD_IP)` stands for the replica's own address.
    identity: e-mail of the Google service account that the replicas run as.
    namespace: made by the component.
    port: TCP port that the replicas listen on and the Service offers.
    minimum_replicas, maximum_replicas: bounds of the autoscaler.
    cpu, memory: requests of one replica, in Kubernetes quantities; memory is also its limit.
    cache_size: disk of one replica at /cache, which goes with it.
    target_load: average share of their capacity that the autoscaler keeps replicas at, of what each exports as its
        gauge serving_load at /metrics; the rest is for what comes until new ones are ready.
    target_cpu_percent: average use of the requested CPU that it keeps besides.
    labels: labels of every object.
    """

    provider: kubernetes.Provider
    image: pulumi.Input[str]
    arguments: Sequence[pulumi.Input[str]]
    identity: pulumi.Input[str]
    namespace: pulumi.Input[str] = NAMESPACE
    port: pulumi.Input[int] = PORT
    minimum_replicas: pulumi.Input[int] = 2
    maximum_replicas: pulumi.Input[int] = 20
    cpu: pulumi.Input[str] = "500m"
    memory: pulumi.Input[str] = "1Gi"
    # A node of 4 CPUs with GKE's boot disk of 100 GB has 47 GB for pods (kubernetes-engine/docs/concepts/
    # plan-node-sizes): as many replicas fit on it by disk as by CPU.
    cache_size: pulumi.Input[str] = "5Gi"
    target_load: pulumi.Input[float] = 0.6
    target_cpu_percent: pulumi.Input[int] = 60
    labels: Mapping[str, pulumi.Input[str]] | None = None

    def __post_init__(self) -> None:
        check_range(self.minimum_replicas, self.maximum_replicas, "replicas")
        self.minimum_replicas = check(
            self.minimum_replicas, lambda count: count >= 1, "minimum_replicas must be at least 1"
        )
        self.target_load = check(
            self.target_load,
            lambda load: 0 < load <= 1,
            "target_load must be above 0 and at most 1, which is just full",
        )


class ServingApp(pulumi.ComponentResource):
    """Namespace, service account, Deployment, Service, autoscaler with its metric, and PodDisruptionBudget.

    Outputs: namespace; url, the address that clients use; selector, the label selector of the replicas.
    """

    namespace: pulumi.Output[str]
    url: pulumi.Output[str]
    selector: str

    def __init__(self, name: str, args: ServingAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("roadbed:serving:ServingApp", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self, provider=args.provider)
        self._match = {"app.kubernetes.io/name": name}
        self.selector = f"app.kubernetes.io/name={name}"
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": args.namespace, "labels": args.labels},
            opts=self._child,
        )
        self.namespace = namespace.metadata.apply(lambda metadata: metadata.name or "")
        account = self._service_account()
        deployment = self._deployment(account)
        service = self._service()
        self._autoscaler(deployment)
        self._disruption_budget()
        self.url = pulumi.Output.format("http://{0}:{1}", service.status.apply(load_balancer_host), args.port)
        self.register_outputs({"namespace": self.namespace, "url": self.url, "selector": self.selector})

    def _metadata(self, **extra: Any) -> Any:
        labels = {**(self._args.labels or {}), **self._match}
        return {"name": self._name, "namespace": self.namespace, "labels": labels, **extra}

    def _service_account(self) -> kubernetes.core.v1.ServiceAccount:
        annotations = {"iam.gke.io/gcp-service-account": self._args.identity}
        return kubernetes.core.v1.ServiceAccount(
            f"{self._name}-account", metadata=self._metadata(annotations=annotations), opts=self._child
        )

    def _deployment(self, account: kubernetes.core.v1.ServiceAccount) -> kubernetes.apps.v1.Deployment:
        labels = {**(self._args.labels or {}), **self._match, load_scaling.LABEL: self._name}
        pod: Any = {
            "metadata": {"labels": labels},
            "spec": {
                "service_account_name": account.metadata.name,
                "tolerations": [SPOT_TOLERATION],
                "topology_spread_constraints": [self._spread(key) for key in SPREAD],
                "termination_grace_period_seconds": 30,
                "security_context": {
                    "run_as_user": 1000,
                    "run_as_non_root": True,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
                "containers": [self._container()],
                "volumes": [
                    {"name": "cache", "empty_dir": {"size_limit": self._args.cache_size}},
                    {"name": "tmp", "empty_dir": {"size_limit": TEMPORARY_SIZE}},
                ],
            },
        }
        return kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata=self._metadata(),
            spec={
                # `replicas` is the autoscaler's, so it is not declared here.
                "selector": {"match_labels": self._match},
                "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0, "max_surge": 1}},
                "template": pod,
            },
            opts=self._child,
        )

    def _spread(self, topology_key: str) -> Any:
        """Evenly, as far as there are nodes: a replica in an uneven place is better than none."""
        selector = {"match_labels": self._match}
        return {
            "max_skew": 1,
            "topology_key": topology_key,
            "when_unsatisfiable": "ScheduleAnyway",
            "label_selector": selector,
        }

    def _container(self) -> Any:
        args = self._args
        return {
            "name": self._name,
            "image": args.image,
            "args": list(args.arguments),
            "env": [{"name": "POD_IP", "value_from": {"field_ref": {"field_path": "status.podIP"}}}],
            "ports": [{"name": "http", "container_port": args.port}],
            "resources": {
                "requests": {"cpu": args.cpu, "memory": args.memory, "ephemeral-storage": args.cache_size},
                "limits": {"memory": args.memory},
            },
            "security_context": {
                "allow_privilege_escalation": False,
                "read_only_root_filesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volume_mounts": [{"name": "cache", "mount_path": CACHE}, {"name": "tmp", "mount_path": "/tmp"}],
            # A replica is ready in under a second: it is looked at as often as Kubernetes can. One that is busy
            # refuses at once, so that only one that hangs is late; it gets longer before it is started anew.
            "startup_probe": probe("/healthz", args.port, period_seconds=1, failure_threshold=60),
            "readiness_probe": probe("/readyz", args.port, period_seconds=1, failure_threshold=3),
            "liveness_probe": probe("/healthz", args.port, period_seconds=10, failure_threshold=3, timeout_seconds=5),
        }

    def _service(self) -> kubernetes.core.v1.Service:
        annotations = {"networking.gke.io/load-balancer-type": "Internal"}
        return kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata=self._metadata(annotations=annotations),
            spec={
                "type": "LoadBalancer",
                "selector": self._match,
                "ports": [{"name": "http", "port": self._args.port, "target_port": self._args.port}],
            },
            opts=self._child,
        )

    def _autoscaler(self, deployment: kubernetes.apps.v1.Deployment) -> None:
        args = self._args
        gauge = kubernetes.apiextensions.CustomResource(
            f"{self._name}-load",
            api_version=load_scaling.API_VERSION,
            kind=load_scaling.KIND,
            metadata=self._metadata(),
            spec=load_scaling.gauge_of(self._name, args.port),
            opts=self._child,
        )
        kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            f"{self._name}-autoscaler",
            metadata=self._metadata(),
            spec={
                "scale_target_ref": {
                    "api_version": "apps/v1",
                    "kind": "Deployment",
                    "name": deployment.metadata.apply(lambda metadata: metadata.name or ""),
                },
                "min_replicas": args.minimum_replicas,
                "max_replicas": args.maximum_replicas,
                "metrics": load_scaling.metrics(self._name, args.target_load, args.target_cpu_percent),
                "behavior": load_scaling.BEHAVIOR,
            },
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[gauge])),
        )

    def _disruption_budget(self) -> None:
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-disruption-budget",
            metadata=self._metadata(),
            spec={"max_unavailable": 1, "selector": {"match_labels": self._match}},
            opts=self._child,
        )


def probe(
    path: str, port: pulumi.Input[int], *, period_seconds: int, failure_threshold: int, timeout_seconds: int = 1
) -> Any:
    """An HTTP probe."""
    return {
        "http_get": {"path": path, "port": port},
        "period_seconds": period_seconds,
        "failure_threshold": failure_threshold,
        "timeout_seconds": timeout_seconds,
    }


def load_balancer_host(status: Any) -> str:
    """Address or name of a Service's load balancer, from its status."""
    ingress = status.load_balancer.ingress[0]
    return ingress.ip or ingress.hostname
