"""Calls of resource types without a provider around them."""

from __future__ import annotations

import threading
from typing import Any

from localcloud.providers.gcp.resource_type import Call
from localcloud.providers.gcp.rest import GoogleServices
from localcloud.providers.sdk_types import installed
from localcloud.settings import LocalCloud


def call_of(
    cloud: LocalCloud, token: str, identifier: str, inputs: dict[str, Any], *, timeout: float = 60
) -> tuple[Call, list[str]]:
    """A call, and the lines that it logs."""
    schema, logged = installed("pulumi_gcp").resource(token), list[str]()
    assert schema is not None
    call = Call(
        schema=schema,
        services=GoogleServices(cloud),
        inputs=inputs,
        state={},
        old_inputs={},
        identifier=identifier,
        logical_name="subject",
        labels={},
        timeout=timeout,
        log=logged.append,
        ended=threading.Event(),
    )
    return call, logged
