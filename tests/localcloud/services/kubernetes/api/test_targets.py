"""Paths of the API and what they name."""

from __future__ import annotations

import pytest

from localcloud.services.kubernetes.api.targets import parse_target


@pytest.mark.parametrize(
    ("path", "key", "sub", "rest"),
    [
        ("/api/v1/pods", ("pods", "", ""), "", ""),
        ("/api/v1/namespaces/n/pods/p", ("pods", "n", "p"), "", ""),
        ("/api/v1/namespaces/n/pods/p/log", ("pods", "n", "p"), "log", ""),
        ("/api/v1/namespaces/n/pods/p:80/proxy/a/b/", ("pods", "n", "p:80"), "proxy", "a/b/"),
        ("/api/v1/namespaces/n", ("namespaces", "", "n"), "", ""),
        ("/api/v1/namespaces/n/finalize", ("namespaces", "", "n"), "finalize", ""),
        ("/apis/apps/v1/namespaces/n/deployments/d/scale", ("deployments.apps", "n", "d"), "scale", ""),
    ],
)
def test_targets(path: str, key: tuple[str, str, str], sub: str, rest: str) -> None:
    target = parse_target(path)
    assert target is not None
    assert (target.key, target.sub, target.rest) == (key, sub, rest)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1",
        "/api/v2/pods",
        "/apis/apps/v1",
        "/apis/apps/v2/deployments",
        "/apis/batch/v1/namespaces/n/jobs",
        "/api/v1/namespaces/n/nodes/x",  # nodes are in no namespace
    ],
)
def test_paths_of_nothing(path: str) -> None:
    assert parse_target(path) is None
