"""Long-running operations of the GKE API."""

from __future__ import annotations

from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.gcp.resource_type import Call
from localcloud.providers.waiting import Patience

POLL_S = 0.25


def wait(call: Call, operation: dict[str, Any], what: str) -> None:
    """Wait until an operation on the call's resource, or on one in its place, is done. Errors: ProviderError."""
    place = call.identifier.split("/clusters/")[0]
    patience = Patience(call.timeout, call.ended, call.log)
    while operation.get("status") != "DONE":
        if patience.is_over:
            raise ProviderError(f"{what} was not ready within {call.timeout:.0f} s (operation {operation['name']})")
        patience.pause(POLL_S, operation.get("detail") or operation.get("statusMessage") or "")
        operation = call.services.get("kubernetes", f"/v1/{place}/operations/{operation['name'].rsplit('/', 1)[-1]}")
    error = operation.get("error") or {}
    if error:
        raise ProviderError(f"{what}: {error.get('message') or operation.get('statusMessage')}")


def wait_while(call: Call, path: str, status: str) -> dict[str, Any] | None:
    """Wait until a thing leaves a status; the thing as it is then, None if it is gone. Errors: ProviderError."""
    patience = Patience(call.timeout, call.ended, call.log)
    body = call.services.find("kubernetes", path)
    while body is not None and body.get("status") == status:
        if patience.is_over:
            raise ProviderError(f"{call.identifier} was still {status} after {call.timeout:.0f} s")
        patience.pause(POLL_S)
        body = call.services.find("kubernetes", path)
    return body
