"""Long-running operations of the GKE API."""

from __future__ import annotations

import threading
import time
from typing import Any

from localcloud.providers.errors import ProviderError
from localcloud.providers.resource_type import Call

POLL_S = 0.25


def wait(call: Call, operation: dict[str, Any], folder: str, what: str) -> None:
    """Wait until an operation in `folder` (`projects/p/locations/l`) is done. Errors: ProviderError."""
    deadline = time.monotonic() + call.timeout
    shown = ""
    pause = threading.Event()
    while operation.get("status") != "DONE":
        if time.monotonic() > deadline:
            raise ProviderError(f"{what} was not ready within {call.timeout:.0f} s (operation {operation['name']})")
        detail = operation.get("detail") or operation.get("statusMessage") or ""
        if detail != shown:
            call.log(detail)
            shown = detail
        pause.wait(POLL_S)
        operation = call.services.get("kubernetes", f"/v1/{folder}/operations/{operation['name'].rsplit('/', 1)[-1]}")
    error = operation.get("error") or {}
    if error:
        raise ProviderError(f"{what}: {error.get('message') or operation.get('statusMessage')}")
