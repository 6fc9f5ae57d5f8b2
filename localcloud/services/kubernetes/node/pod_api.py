"""The pods' own subresources: log, proxy (also of Services), eviction."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import h11
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from localcloud.services.kubernetes.api.conditions import is_finished
from localcloud.services.kubernetes.api.errors import ApiError, bad_request
from localcloud.services.kubernetes.api.objects import Objects
from localcloud.services.kubernetes.api.requests import body_of, is_dry_run, options_in, whole_number
from localcloud.services.kubernetes.api.selectors import labels_match
from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.api.targets import Target
from localcloud.services.kubernetes.controllers.disruption import allowed_disruptions
from localcloud.services.kubernetes.network import http_client
from localcloud.services.kubernetes.network.backing_pods import backends, port_number

HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer", b"proxy-connection"}
UNQUOTED = "/:@!$&'()*+,;=~"  # all that may stand in a path (RFC 3986)
FOLLOW_SECONDS = 0.3  # how often a followed log is looked at
TAIL_BLOCK = 65536


class PodApi:
    """`logs` is the folder below which the node keeps each container's output: <pod uid>/<container>/<attempt>.log.

    A followed log ends once `closing` is set.
    """

    def __init__(self, objects: Objects, logs: Path, closing: asyncio.Event) -> None:
        self.objects, self.store, self.logs, self.closing = objects, objects.store, logs, closing
        self._turn = itertools.count()

    async def log(self, request: Request, target: Target) -> Response:
        """Output of a container: `container`, `tailLines`, `limitBytes`, `previous`, `follow`."""
        name, query = target.name, request.query_params
        pod = self.store.require(*target.key)
        for unknown in ("sinceSeconds", "sinceTime", "timestamps"):
            if query.get(unknown) not in {None, "", "false"}:
                raise bad_request(f"{unknown} is not supported: lines are kept as written, without their times")
        container = self._container(pod, query.get("container", ""))
        attempts = sorted(
            (self.logs / pod["metadata"]["uid"] / container).glob("*.log"), key=lambda path: int(path.stem)
        )
        if query.get("previous") == "true":
            if len(attempts) < 2:
                raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
            attempts = attempts[:-1]
        if not attempts:
            waiting = f'container "{container}" in pod "{name}" is waiting to start'
            raise bad_request(waiting)
        lines, most = whole_number(query, "tailLines"), whole_number(query, "limitBytes")
        start = 0 if lines is None else _tail_offset(attempts[-1], lines)
        if query.get("follow") == "true":
            return StreamingResponse(self._follow(attempts[-1], start, pod), media_type="text/plain")
        with attempts[-1].open("rb") as file:
            file.seek(start)
            return PlainTextResponse(file.read(-1 if most is None else most))

    def _container(self, pod: Object, wanted: str) -> str:
        spec = pod["spec"]
        names = [container["name"] for container in [*spec["containers"], *(spec.get("initContainers") or [])]]
        if wanted and wanted not in names:
            raise bad_request(f"container {wanted} is not valid for pod {pod['metadata']['name']}: {', '.join(names)}")
        if not wanted and len(spec["containers"]) > 1:
            raise bad_request(f"a container name must be specified, choose one of: {', '.join(names)}")
        return wanted or names[0]

    async def _follow(self, path: Path, start: int, pod: Object) -> AsyncIterator[bytes]:
        """What is written to a log until its container's process has ended."""
        metadata = pod["metadata"]
        with path.open("rb") as file:
            file.seek(start)
            while True:
                live = self.store.get("pods", metadata["namespace"], metadata["name"])
                ended = self.closing.is_set() or live is None or _has_ended(live, path.parent.name, int(path.stem))
                data = file.read()
                if data:
                    yield data
                if ended:
                    return
                await asyncio.sleep(FOLLOW_SECONDS)

    async def evict(self, request: Request, target: Target) -> Response:
        """Delete a pod unless a PodDisruptionBudget has no disruption left (then 429)."""
        body, dry_run = await body_of(request), is_dry_run(request)
        options = _eviction(body, target.name)
        pod, namespace = self.store.require(*target.key), target.namespace
        for budget in self.store.list("poddisruptionbudgets.policy", namespace):
            if not labels_match(budget["spec"].get("selector"), pod["metadata"].get("labels") or {}):
                continue
            if allowed_disruptions(self.store, budget).allowed < 1:
                why = f"The disruption budget {budget['metadata']['name']} allows no disruption now"
                message = f"Cannot evict pod as it would violate the pod's disruption budget. {why}"
                raise ApiError(
                    429, "TooManyRequests", message, {"causes": [{"reason": "DisruptionBudget", "message": why}]}
                )
        if dry_run:
            options["dryRun"] = ["All"]
        self.objects.delete(target.resource, namespace, target.name, options)
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        return JSONResponse(status, 201)

    async def proxy(self, request: Request, target: Target) -> Response:
        """Pass a request on to `pods/NAME:PORT` or `services/NAME:PORT` (also `http:NAME:PORT`)."""
        parts = target.name.split(":")
        if len(parts) == 3 and parts[0] in {"http", ""}:
            parts = parts[1:]
        if len(parts) > 2:
            raise bad_request(f"{target.name!r} is not NAME, NAME:PORT or http:NAME:PORT")
        address = self._address(target.resource.key, target.namespace, *[*parts, ""][:2])
        # as Kubernetes does: the path is decoded on its way in and quoted anew, so %20 stays and %2F becomes /
        path = f"/{quote(target.rest, safe=UNQUOTED)}" + (f"?{request.url.query}" if request.url.query else "")
        dropped = HOP_BY_HOP | {b"host", b"content-length", b"authorization"}  # the token is for the API server alone
        headers = [(key, value) for key, value in request.headers.raw if key.lower() not in dropped]
        try:
            answer = await http_client.request(address, request.method, path, headers, await request.body())
        except (OSError, h11.ProtocolError) as error:
            message = f"error trying to reach service: {address[0]}:{address[1]}: {error}"
            raise ApiError(503, "ServiceUnavailable", message) from error
        response = StreamingResponse(answer.chunks(), answer.status)
        response.raw_headers = [(key, value) for key, value in answer.headers if key.lower() not in HOP_BY_HOP]
        return response

    def _address(self, resource: str, namespace: str, name: str, port: str) -> tuple[str, int]:
        obj = self.store.require(resource, namespace, name)
        if resource == "pods":
            ports = [entry for container in obj["spec"]["containers"] for entry in container.get("ports") or []]
            number = port_number(obj, port or (ports[0]["containerPort"] if ports else 80))
            if not obj["status"].get("podIP") or number is None:
                raise ApiError(503, "ServiceUnavailable", f"pod {name} has no address or no port {port!r} yet")
            return obj["status"]["podIP"], number
        wanted = [
            entry for entry in obj["spec"].get("ports") or []
            if port in {"", entry.get("name", ""), str(entry["port"])}
        ]  # fmt: skip
        ready = backends(self.store, obj, wanted[0]) if wanted else []
        if not ready:
            raise ApiError(503, "ServiceUnavailable", f'no endpoints available for service "{name}"')
        return ready[next(self._turn) % len(ready)]


def _eviction(body: Any, name: str) -> Object:
    """The DeleteOptions of an Eviction of a pod; 400 if it is of something else."""
    metadata = body.get("metadata") or {} if isinstance(body, dict) else None
    if not isinstance(metadata, dict) or body.get("kind", "Eviction") != "Eviction":
        raise bad_request("the body is not an object of kind Eviction")
    if metadata.get("name", name) != name:
        raise bad_request(f"name in URL does not match name in Eviction object: {metadata['name']}")
    return options_in(body.get("deleteOptions"))


def _has_ended(pod: Object, container: str, attempt: int) -> bool:
    """Whether the process of a container's start number `attempt` has ended, by the pod's status."""
    status = pod["status"]
    entries = [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]
    entry = next((entry for entry in entries if entry["name"] == container), None)
    if is_finished(pod) or entry is None:
        return is_finished(pod)
    return entry["restartCount"] > attempt or (entry["restartCount"] == attempt and "terminated" in entry["state"])


def _tail_offset(path: Path, lines: int) -> int:
    """Where the last `lines` lines of a file begin; only the file's end is read."""
    position = end = path.stat().st_size
    found = b""
    with path.open("rb") as file:
        while position > 0 and found.rstrip(b"\n").count(b"\n") < lines:
            position = max(0, position - TAIL_BLOCK)
            file.seek(position)
            found = file.read(end - position)
    return end - sum(map(len, found.splitlines(keepends=True)[-lines:])) if lines else end
