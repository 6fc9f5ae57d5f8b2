"""Scaling on load: names that GKE's autoscaler takes, steps that meet a spike at once and leave it slowly."""

from __future__ import annotations

import re

from components import load_scaling


def test_names_are_such_as_gke_takes() -> None:
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", load_scaling.NAME)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", load_scaling.LABEL)


def test_the_metric_is_of_the_pods_of_one_app() -> None:
    (metric,) = load_scaling.gauge_of("serving", 8080)["metrics"]
    assert metric["pod"]["selector"] == {"matchLabels": {load_scaling.LABEL: "serving"}}
    assert metric["pod"]["containers"][0]["metrics"] == [
        {"gauge": {"name": "serving-load", "prometheusMetricName": "serving_load"}}
    ]


def test_up_at_once_and_down_by_halves() -> None:
    up, down = load_scaling.BEHAVIOR["scale_up"], load_scaling.BEHAVIOR["scale_down"]
    assert up["stabilization_window_seconds"] == 0
    assert down["stabilization_window_seconds"] >= 60
    assert [policy["value"] for policy in down["policies"]] == [50]
