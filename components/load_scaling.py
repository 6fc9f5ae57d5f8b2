"""Autoscaling on load: the share of its capacity that is offered to a replica, which each exports as a gauge.

It moves before CPU does, and goes above 1 where requests are refused, so that one look tells how many replicas are
missing. GKE's autoscaler can have a gauge of pods in these ways:

- An AutoscalingMetric object (autoscaling.gke.io/v1beta1): GKE reads the pods itself. Nothing of ours runs for it, no
  identity and no role is needed, no sample is stored or paid for, and scaling goes on when Cloud Monitoring does not.
  It wants GKE 1.35.1-gke.1396000 or later, a cluster of the Rapid channel, the performance HPA profile, and labels
  without a dot or a slash in their names to select pods by; gauges only, 20 of them a cluster at most. A preview.
- The Custom Metrics Stackdriver Adapter with a PodMonitoring object: a Deployment to run and update, with a service
  account that reads Cloud Monitoring, and samples that are paid for. A sample is as old as its way through Monitoring.
- KEDA or the Prometheus adapter: the same, of others' making.

The first is used: least to run, and quickest. CPU stays the second metric: should the gauge be missing, replicas are
still added by CPU, and none are taken away (k8s.io/kubernetes, pkg/controller/podautoscaler/horizontal.go).

Sources: docs.cloud.google.com/kubernetes-engine/docs/how-to/expose-custom-metrics-autoscaling (copies of 2026, a later
one with the rule of label names), how-to/autoscale-using-metrics, stackdriver/docs/managed-prometheus/hpa; Google's
"Grow your own way: Introducing native support for custom metrics in GKE" (March 2026).
"""

from __future__ import annotations

from typing import Any

import pulumi

API_VERSION, KIND = "autoscaling.gke.io/v1beta1", "AutoscalingMetric"
LABEL = "app"
"""Of the pods, whose gauge is read."""
EXPORTED, NAME = "serving_load", "serving-load"
"""What replicas call the gauge, and the autoscaler, for whom a name has `-` and no `_`."""

# A spike is met at once, twice the replicas or four more at each look. Going down waits, so that a second spike finds
# the replicas still there, and then takes half of them a minute until the floor is reached.
BEHAVIOR: Any = {
    "scale_up": {
        "stabilization_window_seconds": 0,
        "select_policy": "Max",
        "policies": [
            {"type": "Percent", "value": 100, "period_seconds": 15},
            {"type": "Pods", "value": 4, "period_seconds": 15},
        ],
    },
    "scale_down": {
        "stabilization_window_seconds": 300,
        "policies": [{"type": "Percent", "value": 50, "period_seconds": 60}],
    },
}


def gauge_of(app: str, port: pulumi.Input[int]) -> dict[str, Any]:
    """Spec of the AutoscalingMetric of an app's pods, which show their metrics at `port`."""
    gauge = {"name": NAME, "prometheusMetricName": EXPORTED}
    container = {"endpoint": {"port": port, "path": "/metrics"}, "metrics": [{"gauge": gauge}]}
    return {"metrics": [{"pod": {"selector": {"matchLabels": {LABEL: app}}, "containers": [container]}}]}


def metrics(gauge: str, target_load: pulumi.Input[float], target_cpu_percent: pulumi.Input[int]) -> list[Any]:
    """The autoscaler's metrics: the load that the AutoscalingMetric called `gauge` names, and CPU."""
    thousandths = pulumi.Output.from_input(target_load).apply(lambda load: f"{round(1000 * load)}m")
    load = {
        "metric": {"name": f"autoscaling.gke.io|{gauge}|{NAME}"},
        "target": {"type": "AverageValue", "average_value": thousandths},
    }
    cpu = {"name": "cpu", "target": {"type": "Utilization", "average_utilization": target_cpu_percent}}
    return [{"type": "Pods", "pods": load}, {"type": "Resource", "resource": cpu}]
