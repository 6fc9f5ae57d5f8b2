"""Watches: a stream of changes as JSON lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from localcloud.services.kubernetes.discovery import Resource
from localcloud.services.kubernetes.errors import ApiError, bad_request
from localcloud.services.kubernetes.store import Change, Object, Store

DEFAULT_SECONDS = 1800.0
Matches = Callable[[Object], bool]


def line(kind: str, obj: Any) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def seen_as(change: Change, matches: Matches) -> str | None:
    """What a change is for a watch with a selector: an object that begins to fit is ADDED, one that ceases DELETED."""
    before = change.previous is not None and matches(change.previous)
    after = change.type != "DELETED" and matches(change.object)
    if before and after:
        return "MODIFIED"
    return "ADDED" if after else "DELETED" if before else None


async def stream(
    store: Store,
    resource: Resource,
    namespace: str,
    matches: Matches,
    query: dict[str, str],
    closing: asyncio.Event,
) -> AsyncIterator[bytes]:
    """Changes after `resourceVersion` (from now, all objects first, if it is unset or 0) until `timeoutSeconds`."""
    changes: asyncio.Queue[Change] = asyncio.Queue()
    start = query.get("resourceVersion", "")
    if start and not start.isdigit():
        raise bad_request(f"invalid resource version {start!r}")

    def fits(obj: Object) -> bool:
        return (not namespace or obj["metadata"].get("namespace") == namespace) and matches(obj)

    first: list[bytes] = []
    if start in {"", "0"}:
        first = [line("ADDED", obj) for obj in store.list(resource.key, namespace) if matches(obj)]
    else:
        try:
            for change in store.since(int(start)):
                changes.put_nowait(change)
        except ApiError as error:
            yield line("ERROR", error.status())
            return
    stop = store.subscribe(changes.put_nowait)
    closed = asyncio.ensure_future(closing.wait())
    try:
        if query.get("sendInitialEvents") == "true":
            annotations = {"k8s.io/initial-events-end": "true"}
            first.append(_bookmark(resource, store.version, annotations))
        for entry in first:
            yield entry
        deadline = asyncio.get_running_loop().time() + float(query.get("timeoutSeconds") or DEFAULT_SECONDS)
        while (change := await _next(changes, closed, deadline)) is not None:
            kind = seen_as(change, fits) if change.resource == resource.key else None
            if kind:
                yield line(kind, change.object)
        if query.get("allowWatchBookmarks") == "true":
            yield _bookmark(resource, store.version, {})
    finally:
        closed.cancel()
        stop()


def _bookmark(resource: Resource, version: int, annotations: dict[str, str]) -> bytes:
    metadata = {"resourceVersion": str(version), **({"annotations": annotations} if annotations else {})}
    return line("BOOKMARK", {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata})


async def _next(changes: asyncio.Queue[Change], closed: asyncio.Future[Any], deadline: float) -> Change | None:
    """The next change; None at the deadline or when the API server closes."""
    if not changes.empty():
        return changes.get_nowait()
    getter = asyncio.ensure_future(changes.get())
    left = deadline - asyncio.get_running_loop().time()
    try:
        await asyncio.wait({getter, closed}, timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
        return getter.result() if getter.done() else None
    finally:
        getter.cancel()
