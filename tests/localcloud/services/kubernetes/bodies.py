"""The objects that these tests deploy."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.kubernetes.harness import APP


def deployment(name: str = "web", replicas: int = 2, tag: str = "blue", **container: Any) -> dict[str, Any]:
    """A Deployment of the test's server, which has to be started and ready."""
    probe = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1, "failureThreshold": 2}
    spec = {
        "name": "web",
        "image": f"{APP}:{tag}",
        "args": ["--host=$(POD_IP)", "--port=8080"],
        "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "startupProbe": {**probe, "httpGet": {"path": "/started", "port": "http"}, "failureThreshold": 30},
        "readinessProbe": probe,
        "resources": {"requests": {"cpu": "100m", "memory": "32Mi"}},
    }
    spec["env"] = [*spec["env"], *container.pop("env", [])]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{**spec, **container}], "terminationGracePeriodSeconds": 5},
            },
        },
    }


def image_patch(tag: str) -> dict[str, Any]:
    """The patch that gives a Deployment another image."""
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"{APP}:{tag}"}]}}}}


def service(name: str = "web", port: int = 8080) -> dict[str, Any]:
    ports = [{"name": "http", "port": port, "targetPort": "http"}]
    return {"metadata": {"name": name}, "spec": {"type": "LoadBalancer", "selector": {"app": name}, "ports": ports}}


def config_map(name: str, labels: dict[str, str] | None = None, /, **data: str) -> dict[str, Any]:
    kind = {"apiVersion": "v1", "kind": "ConfigMap"}
    return {**kind, "metadata": {"name": name, "labels": labels or {}}, "data": data}


def pod(name: str, spec: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    """A pod of the test's server."""
    template = deployment(**container)["spec"]["template"]
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": {**template["spec"], **(spec or {})}}


def shell(name: str, script: str, restart: str = "Never", **container: Any) -> dict[str, Any]:
    """A pod of one shell script."""
    entry = {"name": "main", "image": f"{APP}:blue", "command": ["/bin/sh", "-c", script], **container}
    spec = {"containers": [entry], "restartPolicy": restart, "terminationGracePeriodSeconds": 5}
    return {"metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def scratch(name: str, script: str, grace: int = 5, **container: Any) -> dict[str, Any]:
    """A pod that is started again and again, with files of its own and a folder scratch/ that outlives a start."""
    body = shell(name, script, "Always", **container, volumeMounts=[{"name": "s", "mountPath": "/app/scratch"}])
    body["spec"] |= {"volumes": [{"name": "s", "emptyDir": {}}], "terminationGracePeriodSeconds": grace}
    return body


def exec_action(script: str) -> dict[str, Any]:
    return {"exec": {"command": ["/bin/sh", "-c", script]}}


UNLESS_SICK = {**exec_action("test ! -e sick"), "periodSeconds": 1, "failureThreshold": 1}
