"""Keeping calls to this machine away from an HTTP proxy, which could not make them."""

from __future__ import annotations

import os
from collections.abc import Mapping

LOOPBACK = ("127.0.0.1", "localhost", "127.0.0.0/8")
"""Clusters, pods and Services have loopback addresses of their own, hence the range, for clients that know ranges."""

EXCEPTIONS = ("NO_PROXY", "no_proxy", "no_grpc_proxy")
"""What says where no proxy is to be used. gRPC heeds the third if it is there, else the second."""


def direct_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables under which gRPC, curl and Python's clients call this machine directly; what they had is kept."""
    given = os.environ if environment is None else environment
    hosts = [host.strip() for name in EXCEPTIONS for host in given.get(name, "").split(",")]
    # `*`, which means everything, is understood only where it stands alone.
    text = "*" if "*" in hosts else ",".join(dict.fromkeys([*filter(None, hosts), *LOOPBACK]))
    return dict.fromkeys(EXCEPTIONS, text)
