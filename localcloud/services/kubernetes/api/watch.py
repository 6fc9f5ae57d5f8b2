"""Watches: a stream of changes as JSON lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

from localcloud.services.kubernetes.api.answers import Form
from localcloud.services.kubernetes.api.discovery import Resource
from localcloud.services.kubernetes.api.errors import ApiError, invalid_of
from localcloud.services.kubernetes.api.listing import require_reached
from localcloud.services.kubernetes.api.requests import whole_number
from localcloud.services.kubernetes.api.store import Change, Object, Store
from localcloud.services.kubernetes.api.targets import Target

DEFAULT_SECONDS = 1800.0
Matches = Callable[[Object], bool]


class Options(NamedTuple):
    """What a watch's query asks for; `start` is a resourceVersion, None: from now, all objects first."""

    start: int | None
    seconds: float
    initial_events: bool
    bookmarks: bool


def read_options(query: Mapping[str, str]) -> Options:
    """400 for a resourceVersion or timeoutSeconds that is no number, 422 for options that don't go together."""
    start = whole_number(query, "resourceVersion")
    seconds = whole_number(query, "timeoutSeconds")
    asked, match = query.get("sendInitialEvents"), query.get("resourceVersionMatch", "")
    if match and asked is None:
        why = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        raise invalid_of("ListOptions", "meta.k8s.io", "", [("resourceVersionMatch", why)])
    if asked is not None and match != "NotOlderThan":
        why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        raise invalid_of("ListOptions", "meta.k8s.io", "", [("resourceVersionMatch", why)])
    return Options(
        start=None if asked == "true" else start or None,  # 0 is as good as unset
        seconds=float(seconds) if seconds else DEFAULT_SECONDS,
        initial_events=asked == "true",
        bookmarks=query.get("allowWatchBookmarks") == "true",
    )


def line(kind: str, obj: Any) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


def seen_as(change: Change, matches: Matches) -> tuple[str, Object] | None:
    """What a change is for a watch with a selector: an object that begins to fit is ADDED, one that ceases DELETED.

    An object that is DELETED is shown as it was before, in the version of the change.
    """
    before = change.previous is not None and matches(change.previous)
    if change.type != "DELETED" and matches(change.object):
        return ("MODIFIED" if before else "ADDED"), change.object
    if change.previous is None or not before:
        return None
    metadata = {**change.previous["metadata"], "resourceVersion": str(change.version)}
    return "DELETED", {**change.previous, "metadata": metadata}


async def stream(
    store: Store, target: Target, matches: Matches, options: Options, closing: asyncio.Event, form: Form
) -> AsyncIterator[bytes]:
    """Changes in a collection after `options.start` for `options.seconds`."""
    resource, namespace = target.resource, target.namespace
    changes: asyncio.Queue[Change] = asyncio.Queue()

    def fits(obj: Object) -> bool:
        return (not namespace or obj["metadata"].get("namespace") == namespace) and matches(obj)

    first: list[bytes] = []
    if options.start is None:
        first = [line("ADDED", form.of(obj)) for obj in store.list(resource.key, namespace) if matches(obj)]
    else:
        try:
            require_reached(store, options.start)
            for change in store.since(options.start):
                changes.put_nowait(change)
        except ApiError as error:
            yield line("ERROR", error.status())
            return
    stop = store.subscribe(changes.put_nowait)
    closed = asyncio.ensure_future(closing.wait())
    try:
        if options.initial_events:
            annotations = {"k8s.io/initial-events-end": "true"}
            first.append(_bookmark(resource, store.version, annotations))
        for entry in first:
            yield entry
        deadline = asyncio.get_running_loop().time() + options.seconds
        while (change := await _next(changes, closed, deadline)) is not None:
            seen = seen_as(change, fits) if change.resource == resource.key else None
            if seen:
                yield line(seen[0], form.of(seen[1]))
        if options.bookmarks:
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
