"""Startup, readiness and liveness probes of one container."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import h11

from localcloud.services.kubernetes.api.store import Object
from localcloud.services.kubernetes.network import http_client
from localcloud.services.kubernetes.network.backing_pods import port_number

Execute = Callable[[list[str], float], Awaitable[tuple[int, str]]]


class ProbeError(Exception):
    """The container didn't pass; the message says why."""


async def check(probe: dict[str, Any], pod: Object, execute: Execute) -> None:
    """One try of a probe; ProbeError if it isn't passed within its timeout."""
    seconds = float(probe.get("timeoutSeconds", 1))
    try:
        async with asyncio.timeout(seconds):
            if probe.get("httpGet"):
                await _http(probe["httpGet"], pod)
            elif probe.get("tcpSocket"):
                await _tcp(probe["tcpSocket"], pod)
            elif probe.get("exec"):
                code, output = await execute(probe["exec"]["command"], seconds)
                if code:
                    raise ProbeError(f"command exited with {code}: {output[-200:]}")
            else:
                raise ProbeError("gRPC probes are not supported here: use httpGet, tcpSocket or exec")
    except TimeoutError as error:
        raise ProbeError(f"no answer within {seconds:g} s") from error
    except (OSError, h11.ProtocolError) as error:
        raise ProbeError(str(error)) from error


def _address(action: dict[str, Any], pod: Object) -> tuple[str, int]:
    port = port_number(pod, action["port"])
    if port is None:
        raise ProbeError(f"no container port is named {action['port']!r}")
    return action.get("host") or pod["status"]["podIP"], port


async def _http(action: dict[str, Any], pod: Object) -> None:
    if action.get("scheme", "HTTP") != "HTTP":
        raise ProbeError("HTTPS probes are not supported here")
    headers = [(entry["name"].encode(), entry["value"].encode()) for entry in action.get("httpHeaders") or []]
    headers.append((b"user-agent", b"kube-probe/1.33"))
    answer = await http_client.request(_address(action, pod), "GET", action.get("path", "/"), headers)
    answer.close()
    if not 200 <= answer.status < 400:
        raise ProbeError(f"HTTP probe failed with statuscode: {answer.status}")


async def _tcp(action: dict[str, Any], pod: Object) -> None:
    _, writer = await asyncio.open_connection(*_address(action, pod))
    writer.close()


async def watch(
    probe: dict[str, Any],
    pod: Callable[[], Object],
    execute: Execute,
    changed: Callable[[bool, str], None],
    until_passed: bool = False,
) -> None:
    """Probe for as long as the container runs; calls `changed` whenever a threshold of tries in a row is reached.

    With `until_passed` (a startup probe) it ends with the first success.
    """
    await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)))
    run, last = 0, None
    while True:
        try:
            await check(probe, pod(), execute)
            passed, message = True, ""
        except ProbeError as error:
            passed, message = False, str(error)
        run = run + 1 if passed == last else 1
        last = passed
        threshold = probe.get("successThreshold", 1) if passed else probe.get("failureThreshold", 3)
        if run >= threshold:
            changed(passed, message)
            if passed and until_passed:
                return
        await asyncio.sleep(float(probe.get("periodSeconds", 10)))
