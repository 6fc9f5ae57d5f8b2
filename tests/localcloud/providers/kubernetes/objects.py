"""Objects that several tests make."""

from __future__ import annotations

from typing import Any

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
CONTAINER = {"name": "main", "image": "serving:1", "ports": [{"containerPort": 8080}]}


def deployment(**changes: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "serving"}}, "spec": {"containers": [{**CONTAINER, **changes}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "serving"}}, "template": template}
    return {"metadata": {"name": "serving"}, "spec": spec}
