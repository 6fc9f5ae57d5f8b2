"""Long-running operations of the GKE API."""

from __future__ import annotations

import time
from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.interruption import pause
from localcloud.providers.resource_type import Call

POLL_S = 0.25


def wait(call: Call, operation: dict[str, Any], folder: str, what: str) -> None:
    """Wait until an operation in `folder` (`projects/p/locations/l`) is done. Errors: ProviderError."""
    deadline = time.monotonic() + call.timeout
    shown = ""
    while operation.get("status") != "DONE":
        if time.monotonic() > deadline:
            raise ProviderError(f"{what} was not ready within {call.timeout:.0f} s (operation {operation['name']})")
        detail = operation.get("detail") or operation.get("statusMessage") or ""
        if detail != shown:
            call.log(detail)
            shown = detail
        pause(call.ended, POLL_S)
        operation = call.services.get("kubernetes", f"/v1/{folder}/operations/{operation['name'].rsplit('/', 1)[-1]}")
    error = operation.get("error") or {}
    if error:
        raise ProviderError(f"{what}: {error.get('message') or operation.get('statusMessage')}")


def wait_while(call: Call, path: str, status: str, what: str) -> dict[str, Any] | None:
    """Wait until a thing leaves a status; the thing as it is then, None if it is gone. Errors: ProviderError."""
    deadline = time.monotonic() + call.timeout
    body = call.services.find("kubernetes", path)
    while body is not None and body.get("status") == status:
        if time.monotonic() > deadline:
            raise ProviderError(f"{what} was still {status} after {call.timeout:.0f} s")
        pause(call.ended, POLL_S)
        body = call.services.find("kubernetes", path)
    return body
