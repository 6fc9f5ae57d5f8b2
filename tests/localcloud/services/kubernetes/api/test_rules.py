"""Names, and that a rule of any kind is looked at."""

from __future__ import annotations

import pytest

from tests.localcloud.services.kubernetes.bodies import config_map, service
from tests.localcloud.services.kubernetes.in_process import InProcess, refused


@pytest.mark.parametrize(
    ("resource", "name", "good"),
    [
        ("configmaps", "with.dots", True),
        ("services", "with.dots", False),  # its name becomes a label of a domain
        ("configmaps", "Upper", False),
        ("roles.rbac.authorization.k8s.io", "system:basic", True),
        ("roles.rbac.authorization.k8s.io", "a/b", False),
    ],
)
def test_names(in_process: InProcess, resource: str, name: str, good: bool) -> None:
    body = {"services": service(), "configmaps": config_map("x")}.get(resource, {"rules": []})
    body = {**body, "metadata": {"name": name}}
    if good:
        in_process.create(resource, body)
    else:
        assert "metadata.name: Invalid value" in refused(in_process, resource, body)
