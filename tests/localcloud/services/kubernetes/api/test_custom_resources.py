"""AutoscalingMetric, as the API server takes and refuses it."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.kubernetes.controllers.measured import autoscaling_metric
from tests.localcloud.services.kubernetes.in_process import InProcess, refused

METRICS = "autoscalingmetrics.autoscaling.gke.io"
PATH = "/apis/autoscaling.gke.io/v1beta1"


def pod_of(body: dict[str, Any]) -> dict[str, Any]:
    return body["spec"]["metrics"][0]["pod"]


def test_it_is_listed_made_changed_and_deleted(in_process: InProcess) -> None:
    listed = in_process.call("GET", PATH)["resources"]
    assert [(entry["name"], entry["kind"]) for entry in listed] == [("autoscalingmetrics", "AutoscalingMetric")]
    collection = f"{PATH}/namespaces/default/autoscalingmetrics"
    made = in_process.call("POST", collection, autoscaling_metric("web", ("load", "serving_load")))
    assert (made["apiVersion"], made["kind"]) == ("autoscaling.gke.io/v1beta1", "AutoscalingMetric")
    patch = {"metadata": {"labels": {"owner": "team"}}}
    merge = {"content-type": "application/merge-patch+json"}
    assert in_process.call("PATCH", f"{collection}/web", patch, **merge)["metadata"]["labels"] == {"owner": "team"}
    applied = {**autoscaling_metric("web", ("depth", "depth")), "apiVersion": "autoscaling.gke.io/v1beta1"}
    apply = {"content-type": "application/apply-patch+yaml"}
    applied["kind"] = "AutoscalingMetric"
    changed = in_process.call("PATCH", f"{collection}/web?fieldManager=me&force=true", applied, **apply)
    assert pod_of(changed)["containers"][0]["metrics"][0]["gauge"]["name"] == "depth"
    assert in_process.call("DELETE", f"{collection}/web")["status"] == "Success"
    assert in_process.call("GET", collection)["items"] == []


def test_a_strategic_merge_patch_is_for_kubernetes_own_kinds(in_process: InProcess) -> None:
    in_process.create(METRICS, autoscaling_metric("web", ("load", "serving_load")))
    strategic = {"content-type": "application/strategic-merge-patch+json"}
    path = f"{PATH}/namespaces/default/autoscalingmetrics/web"
    answer = in_process.call("PATCH", path, {"spec": {}}, **strategic)
    assert (answer["code"], answer["reason"]) == (415, "UnsupportedMediaType")


def test_what_is_wrong_is_named(in_process: InProcess) -> None:
    body = autoscaling_metric("web", ("Load_1", "serving_load"))
    pod_of(body)["selector"]["matchLabels"] = {"app.kubernetes.io/name": "web"}
    message = refused(in_process, METRICS, body)
    assert "matchLabels: Invalid value: 'app.kubernetes.io/name'" in message
    assert "spec.metrics[0].pod.containers[0].metrics[0].gauge.name: Invalid value: 'Load_1'" in message
    pod_of(body)["selector"] = {}
    assert "spec.metrics[0].pod.selector.matchLabels: Required value" in refused(in_process, METRICS, body)
    body["spec"]["metrics"] = [{"promql": {"name": "depth", "query": "up"}}, {}]
    message = refused(in_process, METRICS, body)
    assert "spec.metrics[0].promql: Forbidden: the local cloud reads gauges of pods" in message
    assert "spec.metrics[1].pod: Required value" in message
    assert "spec: Required value" in refused(in_process, METRICS, {"metadata": {"name": "web"}})


def test_other_custom_resources_are_not_there(in_process: InProcess) -> None:
    path = "/apis/monitoring.googleapis.com/v1/namespaces/default/podmonitorings"
    assert in_process.call("POST", path, {"metadata": {"name": "web"}})["code"] == 404


def test_a_field_that_it_has_not_is_warned_of(in_process: InProcess) -> None:
    body = autoscaling_metric("web", ("load", "serving_load"))
    body["spec"]["period"] = 5
    answer = in_process.send("POST", f"{PATH}/namespaces/default/autoscalingmetrics", body)
    assert "period" not in answer.json()["spec"]
    assert answer.headers["warning"] == r'299 - "unknown field \"spec.period\""'
